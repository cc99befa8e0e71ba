use super::{Bill, Faults, InvalidReasons, Limits, VerdictWorkers, focus::focused_when_shown};
use crate::display;
use api::Verdict;
use leptos::{html, prelude::*};
use std::sync::Arc;

mod arrivals;
mod chain;
mod checks;
mod coinbases;
mod delivery;
mod evidence;
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

use chain::ChainView;
use checks::Checks;
use coinbases::CoinbasesView;
use delivery::DeliveryView;
use evidence::Evidence;
use numbers::Numbers;
use report::Report;
use sample::{SampleNote, heading};
use statistics::{StatisticsView, suspicion};
use worked::WorkedView;

/// The verdict on a bundle, with everything it is based on.
#[component]
pub fn VerdictView(
    verdict: Verdict,
    /// The contract that the bundle must be of, whose payments the server can be asked for.
    contract: Option<u64>,
    /// SHA-256 of the verifier that ran, in hex, where the page knows it.
    #[prop(optional_no_strip)]
    verifier_hash: Option<String>,
) -> impl IntoView {
    let node = focused_when_shown::<html::H3>();
    // A month of hours and epochs is not copied for each part.
    let verdict = Arc::new(verdict);
    let sample = verdict.sample.clone().map(|sample| {
        let shares_read = verdict.shares_valid.saturating_add(verdict.shares_invalid);
        view! { <SampleNote sample shares_read /> }
    });
    let odd = verdict.statistics.as_ref().and_then(suspicion);
    let odd = odd.map(|words| view! { <p class="notice" data-testid="suspicion">{words}</p> });
    view! {
        <section
            class="verdict"
            data-testid="verdict"
            data-valid=verdict.valid.to_string()
            aria-labelledby="verdict-heading"
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
            <Bill verdict=verdict.clone() contract />
            <Findings verdict=verdict.clone() />
            <Evidence verdict=verdict.clone() />
            <Report verdict=verdict.clone() verifier_hash />
            <Limits />
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

/// What the numbers rest on: delivery, rules, statistics, pool and chain, and one share worked through.
#[component]
fn Findings(verdict: Arc<Verdict>) -> impl IntoView {
    let tolerance_ppm = verdict
        .terms
        .as_ref()
        .map_or(0, |terms| terms.tolerance_ppm);
    let network = verdict.terms.as_ref().map(|terms| terms.network.clone());
    let network = network.unwrap_or_default();
    let delivery = verdict.statistics.as_ref().map(|statistics| {
        let (delivery, hours) = (statistics.delivery, statistics.hours.clone());
        view! { <DeliveryView delivery hours tolerance_ppm /> }
    });
    let statistics = verdict.statistics.clone();
    let worked = verdict.worked.clone();
    let (coinbases, chain) = (verdict.coinbases.clone(), verdict.chain.clone());
    // Without a job there is neither a pool nor a chain to speak of.
    let origin = (verdict.jobs > 0).then(|| {
        view! {
            <CoinbasesView coinbases />
            <ChainView chain network />
        }
    });
    view! {
        {delivery}
        <VerdictWorkers workers=verdict.workers.clone() />
        <Checks verdict />
        {statistics.map(|statistics| view! { <StatisticsView statistics /> })}
        {origin}
        {worked.map(|worked| view! { <WorkedView worked /> })}
    }
    .into_any()
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
