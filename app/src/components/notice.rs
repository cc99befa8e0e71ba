use super::focus::focused_when_shown;
use leptos::{html, prelude::*};

/// Something went wrong: a sentence, and a way on.
#[component]
pub fn Notice<F>(
    #[prop(into)] sentence: String,
    /// What the button says, as in "Try again".
    action: &'static str,
    on_action: F,
    /// It stands where the reader's focus was.
    #[prop(optional)]
    takes_focus: bool,
) -> impl IntoView
where
    F: Fn() + Send + 'static,
{
    let node = match takes_focus {
        true => focused_when_shown::<html::Div>(),
        false => NodeRef::new(),
    };
    view! {
        <div class="notice" role="alert" data-testid="notice" tabindex="-1" node_ref=node>
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
