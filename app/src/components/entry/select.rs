use leptos::prelude::*;

/// One of a few choices.
#[component]
pub fn Select(
    /// Of the input; the texts beside it have ids made of it.
    id: &'static str,
    name: &'static str,
    label: &'static str,
    /// Their names in the form and for people.
    options: Vec<(String, String)>,
    #[prop(optional_no_strip)] chosen: Option<String>,
    #[prop(optional_no_strip)] error: Option<String>,
    #[prop(optional)] hint: &'static str,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let about = match (&error, hint.is_empty()) {
        (None, true) => None,
        (None, false) => Some(hint_id.clone()),
        (Some(_), true) => Some(error_id.clone()),
        (Some(_), false) => Some(format!("{error_id} {hint_id}")),
    };
    let wrong = error.is_some();
    let chosen = chosen.unwrap_or_default();
    let options = options.into_iter().map(|(code, title)| {
        let selected = code == chosen;
        view! {
            <option value=code selected=selected>
                {title}
            </option>
        }
    });
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty()).then(|| view! { <span class="note" id=hint_id>{hint}</span> })}
            <select
                id=id
                name=name
                aria-invalid=wrong.then_some("true")
                aria-describedby=about
            >
                {options.collect_view()}
            </select>
            {error
                .map(|error| {
                    view! {
                        <span class="field-error" id=error_id data-testid="field-error">
                            {error}
                        </span>
                    }
                })}
        </div>
    }
    .into_any()
}
