use leptos::prelude::*;

/// An order is looked at first and placed then: what its button does is known before.
#[component]
pub fn OrderButtons(
    /// `bid` or `ask`.
    side: &'static str,
    /// What is looked at.
    look: &'static str,
    /// True once it was.
    reviewed: bool,
) -> impl IntoView {
    let place = reviewed.then(|| {
        view! {
            <button
                type="submit"
                name="do"
                value=format!("place-{side}")
                class="primary"
                data-testid="place"
            >
                {format!("Place the {side}")}
            </button>
        }
    });
    view! {
        <p class="actions">
            <button
                type="submit"
                name="do"
                value=format!("review-{side}")
                class=(!reviewed).then_some("primary")
            >
                {if reviewed { "Check again" } else { look }}
            </button>
            {place}
        </p>
    }
    .into_any()
}
