use leptos::prelude::*;

/// A box to tick.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Of the field.
    pub name: String,
    /// For people.
    pub label: String,
    /// Whether it is ticked.
    pub ticked: bool,
}

/// A group of boxes, each a field of its own.
#[component]
pub fn Ticks(
    legend: &'static str,
    ticks: Vec<Tick>,
    #[prop(optional)] hint: &'static str,
    #[prop(optional_no_strip)] error: Option<String>,
) -> impl IntoView {
    let boxes = ticks.into_iter().map(|tick| {
        view! {
            <label class="tick">
                <input type="checkbox" name=tick.name value="on" checked=tick.ticked />
                <span>{tick.label}</span>
            </label>
        }
    });
    view! {
        <fieldset class="field">
            <legend>{legend}</legend>
            {(!hint.is_empty()).then(|| view! { <p class="note">{hint}</p> })}
            <div class="ticks">{boxes.collect_view()}</div>
            {error
                .map(|error| {
                    view! {
                        <span class="field-error" role="alert" data-testid="field-error">
                            {error}
                        </span>
                    }
                })}
        </fieldset>
    }
    .into_any()
}
