use leptos::prelude::*;
use units::Hashrate;

/// A bar as wide as this level's part of the deepest one. Decoration: the number stands beside it.
#[component]
pub fn DepthBar(hashrate: Hashrate, deepest: Hashrate) -> impl IntoView {
    let thousandths = hashrate.get().saturating_mul(1_000) / deepest.get().max(1);
    view! {
        <svg class="depth" viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">
            <rect width=thousandths.to_string() height="10"></rect>
        </svg>
    }
}
