use crate::{
    Filled,
    components::{Field, FormError},
};
use leptos::prelude::*;
use leptos_meta::Title;

const FORM: &str = "sign-up";

/// Opening an account.
#[component]
pub fn SignUpPage() -> impl IntoView {
    let filled = Filled::of_this_answer();
    view! {
        <Title text="Open an account" />
        <h1>"Open an account"</h1>
        <p class="lead">
            "To look, to verify and to check a pool you need none. With an account you buy hashrate, sell it, or both."
        </p>
        <section class="card" aria-labelledby="sign-up-heading">
            <h2 id="sign-up-heading">"Your account"</h2>
            <form method="post" action="/sign-up" class="fields">
                <FormError error=filled.error_of_form(FORM, &["account", "password"]) />
                <Field
                    id="sign-up-account"
                    name="account"
                    label="Account name"
                    hint="1 to 32 of a-z, 0-9, - and _. Everyone sees it, and machines log in with it: NAME.WORKER."
                    autocomplete="username"
                    maxlength=32
                    value=filled.value(FORM, "account")
                    error=filled.error_of(FORM, "account")
                />
                <Field
                    id="sign-up-password"
                    name="password"
                    label="Password"
                    kind="password"
                    hint="12 to 128 characters, of any kind. Nobody can restore it: keep it in a password manager."
                    autocomplete="new-password"
                    maxlength=512
                    error=filled.error_of(FORM, "password")
                />
                <p>
                    <button type="submit" class="primary">
                        "Open account"
                    </button>
                </p>
            </form>
            <p>
                "You have one? " <a href="/sign-in" rel="external">
                    "Sign in"
                </a> "."
            </p>
        </section>
    }
    .into_any()
}
