use leptos::prelude::*;

/// A field of a form: its label, what is to be known, the input, and what was wrong with it.
#[component]
pub fn Field(
    /// Of the input; the texts beside it have ids made of it.
    id: &'static str,
    name: &'static str,
    label: &'static str,
    #[prop(default = "text")] kind: &'static str,
    /// What was typed, or what is so now.
    #[prop(optional_no_strip)]
    value: Option<String>,
    /// What was wrong with it.
    #[prop(optional_no_strip)]
    error: Option<String>,
    /// What is to be known before.
    #[prop(optional)]
    hint: &'static str,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(default = "text")] inputmode: &'static str,
    #[prop(default = true)] required: bool,
    #[prop(default = 128)] maxlength: u32,
) -> impl IntoView {
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let about = match (hint.is_empty(), error.is_some()) {
        (true, false) => None,
        (false, false) => Some(hint_id.clone()),
        (true, true) => Some(error_id.clone()),
        (false, true) => Some(format!("{error_id} {hint_id}")),
    };
    let wrong = error.is_some();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty())
                .then(|| {
                    view! {
                        <span class="note" id=hint_id>
                            {hint}
                        </span>
                    }
                })}
            <input
                id=id
                name=name
                r#type=kind
                value=value
                required=required
                maxlength=maxlength
                autocomplete=autocomplete
                inputmode=inputmode
                autocapitalize="off"
                spellcheck="false"
                aria-invalid=wrong.then_some("true")
                aria-describedby=about
            />
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

/// What was wrong with a form, where it is about no field of it.
#[component]
pub fn FormError(#[prop(optional_no_strip)] error: Option<String>) -> impl IntoView {
    error.map(|error| {
        view! {
            <p class="notice" role="alert" data-testid="form-error">
                {error}
            </p>
        }
    })
}
