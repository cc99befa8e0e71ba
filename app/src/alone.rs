//! The verify page without a server, router or anything else around it: one HTML file (`cargo xtask verifier`).

use crate::{
    components::{ThemeButton, ZoneButton, ZoneChoice},
    pages::VerifyPage,
};
use leptos::prelude::*;
use leptos_meta::provide_meta_context;

/// True on a page that holds its own verifier.
#[must_use]
pub fn is_alone() -> bool {
    document().get_element_by_id("verify-wasm").is_some()
}

/// The page.
#[component]
pub fn Alone() -> impl IntoView {
    provide_meta_context();
    ZoneChoice::provide();
    view! {
        <header class="header">
            <span class="brand">"Assay"</span>
            <div class="choices">
                <ZoneButton />
                <ThemeButton />
            </div>
        </header>
        <main id="main" class="page" tabindex="-1" data-hydrated="true">
            <VerifyPage />
        </main>
        <footer class="footer">
            <p>"This file works without any server, and may not ask one for anything."</p>
        </footer>
    }
    .into_any()
}
