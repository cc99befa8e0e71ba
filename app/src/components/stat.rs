use leptos::prelude::*;

/// A number with its name, inside a `<dl class="stats">`.
#[component]
pub fn Stat(
    label: &'static str,
    /// As people read it.
    #[prop(into)]
    text: Signal<String>,
    /// The exact number.
    #[prop(into)]
    value: Signal<String>,
    testid: &'static str,
    /// What else must be known about it.
    #[prop(into, optional)]
    note: Option<Signal<String>>,
) -> impl IntoView {
    view! {
        <div class="stat">
            <dt>{label}</dt>
            <dd>
                <span class="number" data-testid=testid data-value=value title=value>
                    {text}
                </span>
                {note.map(|note| view! { <span class="note">{note}</span> })}
            </dd>
        </div>
    }
    .into_any()
}
