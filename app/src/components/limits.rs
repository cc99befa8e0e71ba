use leptos::prelude::*;

/// What share proofs cannot show: said wherever a verdict is.
#[component]
pub fn Limits() -> impl IntoView {
    view! {
        <aside class="limits">
            <h3>"What a verdict cannot show"</h3>
            <ul>
                <li>
                    "Shares prove work. They cannot show that a host withheld a block that he found."
                </li>
                <li>"They cannot show that the buyer's pool paid for the work."</li>
                <li>
                    "A bundle alone cannot show that no share was left out of it; the host, who has his own records, can."
                </li>
                <li>
                    "It cannot show that everyone was given the same bundle: compare the last sealed record with what others have."
                </li>
            </ul>
        </aside>
    }
    .into_any()
}
