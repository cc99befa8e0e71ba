use crate::forms::Entries;
use leptos::prelude::*;

/// A number and its unit, in two fields of the form: `NAME` and `NAME_unit`.
#[component]
pub fn Amount(
    /// Of the number's input; the texts beside it have ids made of it.
    id: &'static str,
    name: &'static str,
    label: &'static str,
    entries: Entries,
    /// Their names in the form and for people.
    units: Vec<(&'static str, &'static str)>,
    /// The unit where none was chosen.
    unit: &'static str,
    /// The number where none was typed.
    #[prop(optional_no_strip)]
    first: Option<String>,
    #[prop(optional)] hint: &'static str,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let error = entries.error_of(name);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let mut about = Vec::new();
    if error.is_some() {
        about.push(error_id.clone());
    }
    if !hint.is_empty() {
        about.push(hint_id.clone());
    }
    let about = (!about.is_empty()).then(|| about.join(" "));
    let unit_name = format!("{name}_unit");
    let chosen = entries.value_or(&unit_name, unit);
    let options = units.into_iter().map(|(code, title)| {
        let selected = code == chosen;
        view! {
            <option value=code selected=selected>
                {title}
            </option>
        }
    });
    let wrong = error.is_some();
    view! {
        <div class="field">
            <label for=id>{label}</label>
            {(!hint.is_empty()).then(|| view! { <span class="note" id=hint_id>{hint}</span> })}
            <span class="amount">
                <input
                    id=id
                    name=name
                    value=entries.sheet().filled(name).map(str::to_owned).or(first)
                    required=required
                    maxlength="40"
                    autocomplete="off"
                    inputmode="decimal"
                    aria-invalid=wrong.then_some("true")
                    aria-describedby=about
                />
                <select name=unit_name aria-label=format!("Unit of: {label}")>
                    {options.collect_view()}
                </select>
            </span>
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
