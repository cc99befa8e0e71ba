use leptos::prelude::*;

/// Text to copy, with a button that does it.
#[component]
pub fn CopyBlock(#[prop(into)] text: Signal<String>, label: &'static str) -> impl IntoView {
    let said = RwSignal::new("Copy");
    let copy = move |_| {
        #[cfg(feature = "hydrate")]
        leptos::task::spawn_local(async move {
            let copied = write_to_clipboard(&text.get_untracked()).await;
            said.try_set(if copied { "Copied" } else { "Select and copy" });
        });
        #[cfg(not(feature = "hydrate"))]
        let _ = (text, said);
    };
    view! {
        <div class="copy">
            <pre tabindex="0" role="region" aria-label=label>
                <code>{text}</code>
            </pre>
            <button type="button" class="quiet needs-js" on:click=copy>
                {said}
            </button>
        </div>
    }
    .into_any()
}

/// Browsers have a clipboard only for pages from a secure origin.
#[cfg(feature = "hydrate")]
async fn write_to_clipboard(text: &str) -> bool {
    if !window().is_secure_context() {
        return false;
    }
    let written = window().navigator().clipboard().write_text(text);
    wasm_bindgen_futures::JsFuture::from(written).await.is_ok()
}
