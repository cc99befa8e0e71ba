use leptos::prelude::*;

/// What a form takes along from the one before, unseen.
#[component]
pub fn Carried(fields: Vec<(String, String)>) -> impl IntoView {
    fields
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> })
        .collect_view()
}
