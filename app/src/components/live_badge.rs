use super::Time;
use crate::{
    display,
    live::{Feed, Freshness},
};
use leptos::prelude::*;

/// Says whether the numbers move, and how old they are. Not a live region: it changes too often to be read aloud.
#[component]
pub fn LiveBadge(
    feed: Feed,
    /// When the server read the numbers.
    #[prop(into)]
    at_ms: Signal<u64>,
) -> impl IntoView {
    let state = Memo::new(move |_| feed.freshness());
    let name = move || match state.get() {
        Freshness::Snapshot => "snapshot",
        Freshness::Live => "live",
        Freshness::Stale { .. } => "stale",
    };
    let words = move || match state.get() {
        Freshness::Snapshot => "Snapshot".to_string(),
        Freshness::Live => "Live".to_string(),
        Freshness::Stale { age_ms } => {
            format!("Reconnecting, {} old", display::duration(age_ms))
        }
    };
    view! {
        <p class="live">
            <span class="badge" data-testid="live-badge" data-state=name>
                {words}
            </span>
            <Time ms=at_ms />
        </p>
    }
    .into_any()
}
