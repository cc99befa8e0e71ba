//! The document around the application, rendered on the server alone.

use crate::App;
use leptos::{
    nonce::use_nonce,
    prelude::*,
    server_fn::http_export::{HeaderValue, header},
};
use leptos_axum::ResponseOptions;
use leptos_meta::MetaTags;

/// The names that Trunk gave its outputs; the server reads them from `dist/index.html`.
#[derive(Clone, Debug, Default)]
pub struct Assets {
    /// Stylesheets, in order.
    pub css: Vec<String>,
    /// The page's module.
    pub js: String,
    /// Its subresource integrity.
    pub js_integrity: String,
    /// The page's wasm.
    pub wasm: String,
}

/// Before the first paint, so that the chosen theme does not flash and what needs JavaScript is not hidden first.
const EARLY: &str = "document.documentElement.dataset.js='';\
try{const t=localStorage.getItem('theme');\
if(t==='light'||t==='dark')document.documentElement.dataset.theme=t}catch{}";

/// Scripts, styles and workers from here alone; inline scripts with this answer's nonce; wasm may be compiled.
fn content_security_policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; \
         img-src 'self' data:; connect-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
    )
}

/// Here and not in the server's other headers: the nonce is made for each rendering.
fn send_policy() {
    let Some((nonce, response)) = use_nonce().zip(use_context::<ResponseOptions>()) else {
        return;
    };
    if let Ok(policy) = HeaderValue::from_str(&content_security_policy(&nonce)) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// The document.
pub fn shell(assets: Assets) -> impl IntoView {
    send_policy();
    let boot = format!(
        "import init from '{}';\nawait init({{ module_or_path: '{}' }});",
        assets.js, assets.wasm
    );
    let stylesheets = assets.css.into_iter();
    view! {
        <!DOCTYPE html>
        <html lang="en">
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <meta name="color-scheme" content="light dark" />
                <script nonce=use_nonce()>{EARLY}</script>
                <link rel="icon" href="/favicon.svg" r#type="image/svg+xml" />
                {stylesheets
                    .map(|href| view! { <link rel="stylesheet" href=href /> })
                    .collect_view()}
                <link
                    rel="modulepreload"
                    href=assets.js
                    crossorigin="anonymous"
                    integrity=assets.js_integrity
                />
                // Without integrity: Chromium warns of it on a preload.
                <link
                    rel="preload"
                    href=assets.wasm
                    r#as="fetch"
                    r#type="application/wasm"
                    crossorigin="anonymous"
                />
                <script type="module" nonce=use_nonce()>
                    {boot}
                </script>
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}
