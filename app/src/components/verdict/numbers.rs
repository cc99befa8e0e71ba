use crate::{components::Stat, display};
use api::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// The figures that the verdict comes down to.
#[component]
pub fn Numbers(verdict: Arc<Verdict>) -> impl IntoView {
    let fixed = |text: String| Signal::stored(text);
    let range = format!(
        "95 %: {}, over {}",
        display::interval(&verdict.hashrate),
        display::duration(verdict.duration_ms)
    );
    view! {
        <dl class="stats">
            <Stat
                label="Shares valid"
                testid="verdict-shares-valid"
                text=fixed(display::count(verdict.shares_valid))
                value=fixed(verdict.shares_valid.to_string())
            />
            <Stat
                label="Shares invalid"
                testid="verdict-shares-invalid"
                text=fixed(display::count(verdict.shares_invalid))
                value=fixed(verdict.shares_invalid.to_string())
            />
            <Stat
                label="Work"
                testid="verdict-work"
                text=fixed(display::work(verdict.work_hashes))
                value=fixed(verdict.work_hashes.to_string())
            />
            <Stat
                label="Hashrate"
                testid="verdict-hashrate"
                text=fixed(display::hashrate(verdict.hashrate.estimate_hs))
                value=fixed(verdict.hashrate.estimate_hs.to_string())
                note=fixed(range)
            />
        </dl>
    }
    .into_any()
}
