use super::{ThemeButton, ZoneButton};
use crate::server_fns;
use leptos::prelude::*;
use leptos_router::components::A;

/// The head of every page.
#[component]
pub fn Header() -> impl IntoView {
    view! {
        <header class="header">
            <A href="/" attr:class="brand">
                <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
                    <path class="mark-ring" d="M16 2.5 27.7 9.25v13.5L16 29.5 4.3 22.75V9.25Z"></path>
                    <path class="mark-check" d="m10 16.5 4.2 4.2L22.5 12"></path>
                </svg>
                "Assay"
            </A>
            <nav aria-label="Main">
                <A href="/" exact=true>
                    "Market"
                </A>
                <A href="/verify">"Verify a bundle"</A>
                <AccountLink />
            </nav>
            <div class="choices">
                <ZoneButton />
                <ThemeButton />
            </div>
        </header>
    }
    .into_any()
}

/// The account that is signed in, or the way to one. Loaded anew from the server: what it shows is of the moment.
#[component]
fn AccountLink() -> impl IntoView {
    match SharedValue::new(server_fns::signed_in).into_inner() {
        Some(name) => view! {
            <a
                href="/account"
                rel="external"
                class="account-link"
                data-testid="account-link"
                title="Your account"
            >
                {name}
            </a>
        }
        .into_any(),
        None => view! {
            <a href="/sign-in" rel="external" data-testid="sign-in-link">
                "Sign in"
            </a>
        }
        .into_any(),
    }
}
