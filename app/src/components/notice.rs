use leptos::prelude::*;

/// Something went wrong: a sentence, and a way on.
#[component]
pub fn Notice<F>(
    #[prop(into)] sentence: String,
    /// What the button says, as in "Try again".
    action: &'static str,
    on_action: F,
) -> impl IntoView
where
    F: Fn() + Send + 'static,
{
    view! {
        <div class="notice" role="alert" data-testid="notice">
            <p>{sentence}</p>
            <button type="button" class="needs-js" on:click=move |_| on_action()>
                {action}
            </button>
        </div>
    }
}

/// Room for what is on its way.
#[component]
pub fn Loading(what: &'static str) -> impl IntoView {
    view! { <p class="loading">{format!("Loading {what}…")}</p> }
}
