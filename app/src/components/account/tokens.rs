use super::machine_passwords::{END_MACHINES, MachinePasswords};
use crate::{
    Filled,
    components::{CopyBlock, Field, FormError, Time},
};
use api::{ApiToken, MadeToken, Scope};
use leptos::prelude::*;

const FORM: &str = "make-token";
const REVOKE: &str = "revoke-token";

/// What programs act with: the list, and a new one.
#[component]
pub fn ApiTokens(tokens: Vec<ApiToken>, filled: Filled) -> impl IntoView {
    let scope = filled.value(FORM, "scope").unwrap_or_default();
    let (trades, machines) = (scope == "trade", scope == "machine");
    view! {
        <p>
            "A program sends one with each request: " <code>"Authorization: Bearer assay_…"</code>
            ". Whoever has it may do what its scope says."
        </p>
        <MachinePasswords
            needed=tokens.iter().any(|token| token.scope == Scope::Machine)
            error=filled.error_of_form(END_MACHINES, &[])
        />
        {filled.made.clone().map(|made| view! { <Made made /> })}
        <FormError error=filled.error_of_form(REVOKE, &[]) />
        <List tokens />
        <form method="post" action="/account" class="fields">
            <h3>"New token"</h3>
            <input type="hidden" name="do" value=FORM />
            <FormError error=filled.error_of_form(FORM, &["name", "scope"]) />
            <Field
                id="token-name"
                name="name"
                label="Name"
                hint="What it is for."
                maxlength=40
                value=filled.value(FORM, "name")
                error=filled.error_of(FORM, "name")
            />
            <div class="field">
                <label for="token-scope">"Scope"</label>
                <select id="token-scope" name="scope">
                    <option value="read" selected=!trades && !machines>
                        "read: see the account"
                    </option>
                    <option value="trade" selected=trades>
                        "trade: also act for it"
                    </option>
                    <option value="machine" selected=machines>
                        "machines: as their Stratum password"
                    </option>
                </select>
            </div>
            <p>
                <button type="submit">"Make a token"</button>
            </p>
        </form>
    }
    .into_any()
}

/// The one time that a secret is shown.
#[component]
fn Made(made: MadeToken) -> impl IntoView {
    let words = format!(
        "The token {} was made. Copy it now: it is not shown again.",
        made.token.name
    );
    let secret = made.secret.clone();
    let label = match made.token.scope {
        Scope::Machine => "Stratum password",
        _ => "API token",
    };
    view! {
        <div role="status" data-testid="made-token" data-value=secret>
            <p>
                <strong>{words}</strong>
            </p>
            <CopyBlock label text=Signal::stored(made.secret) />
        </div>
    }
    .into_any()
}

#[component]
fn List(tokens: Vec<ApiToken>) -> impl IntoView {
    if tokens.is_empty() {
        return view! { <p class="empty">"No tokens."</p> }.into_any();
    }
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Name"</th>
                    <th scope="col">"Scope"</th>
                    <th scope="col">"Made"</th>
                    <th scope="col">"Last used"</th>
                    <th scope="col">"End it"</th>
                </tr>
            </thead>
            <tbody>{tokens.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(token: ApiToken) -> impl IntoView {
    let used = match (token.scope, token.last_used_at_ms) {
        (_, Some(ms)) => view! { <Time ms /> }.into_any(),
        // It may have been: machines' logins write nothing.
        (Scope::Machine, None) => "Not noted".into_any(),
        (_, None) => "Never".into_any(),
    };
    let revoke = format!("Revoke {}", token.name);
    view! {
        <tr data-testid="token-row">
            <th scope="row" data-label="Name">
                {token.name}
            </th>
            <td data-label="Scope">{token.scope.as_str()}</td>
            <td data-label="Made">
                <Time ms=token.made_at_ms />
            </td>
            <td data-label="Last used">{used}</td>
            <td data-label="End it">
                <form method="post" action="/account">
                    <input type="hidden" name="do" value=REVOKE />
                    <input type="hidden" name="id" value=token.id.to_string() />
                    <button type="submit" aria-label=revoke>
                        "Revoke"
                    </button>
                </form>
            </td>
        </tr>
    }
}
