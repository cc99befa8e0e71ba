use crate::{
    Filled,
    components::{Field, FormError, Loading},
    server_fns,
};
use api::DemoLogin;
use leptos::prelude::*;
use leptos_meta::Title;

const FORM: &str = "sign-in";

/// Signing in.
#[component]
pub fn SignInPage() -> impl IntoView {
    let filled = Filled::of_this_answer();
    let demo = Resource::new(|| (), |()| server_fns::demo_logins());
    view! {
        <Title text="Sign in" />
        <h1>"Sign in"</h1>
        <section class="card" aria-labelledby="sign-in-heading">
            <h2 id="sign-in-heading">"Your account"</h2>
            <form method="post" action="/sign-in" class="fields">
                <FormError error=filled.error_of_form(FORM, &["account", "password"]) />
                <Field
                    id="sign-in-account"
                    name="account"
                    label="Account name"
                    autocomplete="username"
                    maxlength=32
                    value=filled.value(FORM, "account")
                    error=filled.error_of(FORM, "account")
                />
                <Field
                    id="sign-in-password"
                    name="password"
                    label="Password"
                    kind="password"
                    autocomplete="current-password"
                    maxlength=512
                    error=filled.error_of(FORM, "password")
                />
                <p>
                    <button type="submit" class="primary">
                        "Sign in"
                    </button>
                </p>
            </form>
            <p>
                "No account yet? " <a href="/sign-up" rel="external">
                    "Open one"
                </a> "."
            </p>
        </section>
        <Suspense fallback=|| view! { <Loading what="the demo's accounts" /> }>
            {move || Suspend::new(async move {
                let logins = demo.await.unwrap_or_default();
                (!logins.is_empty()).then(|| view! { <DemoLogins logins /> })
            })}
        </Suspense>
    }
    .into_any()
}

/// What a visitor of the demo may try.
#[component]
fn DemoLogins(logins: Vec<DemoLogin>) -> impl IntoView {
    let row = |login: DemoLogin| {
        view! {
            <tr data-testid="demo-login">
                <th scope="row">
                    <code>{login.account.to_string()}</code>
                </th>
                <td>
                    <code>{login.password}</code>
                </td>
            </tr>
        }
    };
    view! {
        <section class="card" aria-labelledby="demo-heading">
            <h2 id="demo-heading">"Accounts of the demo"</h2>
            <p>"Anyone may use these: their money is of the sandbox."</p>
            <table>
                <thead>
                    <tr>
                        <th scope="col">"Account name"</th>
                        <th scope="col">"Password"</th>
                    </tr>
                </thead>
                <tbody>{logins.into_iter().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
    .into_any()
}
