use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::components::A;

/// There is no such page.
#[component]
pub fn NotFound(
    /// What there is none of.
    #[prop(optional, into)]
    sentence: Option<String>,
) -> impl IntoView {
    #[cfg(feature = "ssr")]
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(leptos::server_fn::http_export::StatusCode::NOT_FOUND);
    }
    let sentence = sentence.unwrap_or_else(|| "There is no page at this address.".into());
    view! {
        <Title text="Not found" />
        <div class="not-found" data-testid="not-found">
            <h1>"Not found"</h1>
            <p>{sentence}</p>
            <p>
                <A href="/">"Go to the market"</A>
            </p>
        </div>
    }
}
