use super::{Bill, Faults, InvalidReasons, Limits, Slice, Slices, focus::focused_when_shown};
use crate::display;
use api::Verdict;
use leptos::{html, prelude::*};
use std::sync::Arc;

mod answers;
mod arrivals;
mod chain;
mod checks;
mod coinbases;
mod delivery;
mod evidence;
mod findings;
mod guarantee;
mod mark;
mod numbers;
mod report;
mod rules;
mod sample;
#[cfg(test)]
mod specimen;
mod statistics;
mod tail;
mod uniformity;
mod worked;

use evidence::Evidence;
use findings::Findings;
use numbers::Numbers;
use report::Report;
use sample::{SampleNote, heading};
use statistics::suspicion;

/// The verdict on a bundle, with everything it is based on; what it comes down to first, the rest in its turn.
#[component]
pub fn VerdictView(
    #[prop(into)] verdict: Arc<Verdict>,
    /// The contract that the bundle must be of, whose payments the server can be asked for.
    contract: Option<u64>,
    /// SHA-256 of the verifier that ran, in hex, where the page knows it.
    #[prop(optional_no_strip)]
    verifier_hash: Option<String>,
) -> impl IntoView {
    let node = focused_when_shown::<html::H3>();
    let slices = Slices::provide();
    let sample = verdict.sample.clone().map(|sample| {
        let shares_read = verdict.shares_valid.saturating_add(verdict.shares_invalid);
        view! { <SampleNote sample shares_read /> }
    });
    let odd = verdict.statistics.as_ref().and_then(suspicion);
    let odd = odd.map(|words| view! { <p class="notice" data-testid="suspicion">{words}</p> });
    let kept = StoredValue::new(verdict.clone());
    let whole = move || kept.get_value();
    let verifier_hash = StoredValue::new(verifier_hash);
    view! {
        <section
            class="verdict"
            data-testid="verdict"
            data-valid=verdict.valid.to_string()
            aria-labelledby="verdict-heading"
            aria-busy=move || slices.is_busy().to_string()
        >
            <h3 id="verdict-heading" tabindex="-1" node_ref=node>
                {heading(&verdict)}
            </h3>
            <p>{sentence(&verdict)}</p>
            {sample}
            {stranger(&verdict, contract).map(|words| view! { <p class="notice">{words}</p> })}
            {odd}
            <Faults faults=verdict.faults.clone() total=verdict.faults_total />
            <Numbers verdict=verdict.clone() />
            <InvalidReasons reasons=verdict.invalid_by_reason.clone() />
            <Slice>
                <Bill verdict=whole() contract />
            </Slice>
            <Findings verdict=kept />
            <Slice>
                <Evidence verdict=whole() />
                <Report verdict=whole() verifier_hash=verifier_hash.get_value() />
                <Limits />
            </Slice>
        </section>
    }
    .into_any()
}

/// A sentence where the bundle is of another contract than the page.
fn stranger(verdict: &Verdict, contract: Option<u64>) -> Option<String> {
    let (found, wanted) = (verdict.terms.as_ref()?.contract, contract?);
    (found != wanted)
        .then(|| format!("This bundle is of contract {found}, not of contract {wanted}."))
}

fn sentence(verdict: &Verdict) -> String {
    let shares = verdict.shares_valid.saturating_add(verdict.shares_invalid);
    let bytes = display::bytes(verdict.bytes);
    if verdict.valid && verdict.sample.is_some() {
        format!(
            "Your browser read {} shares, hashed a sample of them again, and checked every sealed epoch; {bytes} read to the end.",
            display::count(shares)
        )
    } else if verdict.valid {
        format!(
            "Your browser hashed all {} shares again, summed their work, and checked every sealed epoch; {bytes} read to the end.",
            display::count(shares)
        )
    } else {
        let faults = match verdict.faults_total {
            1 => "One thing is wrong".to_string(),
            faults => format!("{} things are wrong", display::count(faults)),
        };
        format!(
            "{faults}; {bytes} and {} shares were read. The numbers below cover only what holds.",
            display::count(shares)
        )
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests;
