use super::{ThemeButton, ZoneButton};
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
            </nav>
            <div class="choices">
                <ZoneButton />
                <ThemeButton />
            </div>
        </header>
    }
    .into_any()
}
