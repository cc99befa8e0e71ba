use super::{
    answers::AnswersView, chain::ChainView, checks::Checks, coinbases::CoinbasesView,
    delivery::DeliveryView, guarantee::GuaranteeView, statistics::StatisticsView,
    worked::WorkedView,
};
use crate::components::{Slice, VerdictWorkers};
use api::{Chain, Verdict};
use leptos::prelude::*;
use std::sync::Arc;

/// What the numbers rest on: delivery, rules, statistics, pool and chain, and one share worked through.
#[component]
pub fn Findings(
    /// A month of hours and epochs is not copied for each part.
    verdict: StoredValue<Arc<Verdict>>,
) -> impl IntoView {
    let whole = move || verdict.get_value();
    let delivery = move || {
        let verdict = whole();
        let terms = verdict.terms.as_ref();
        let tolerance_ppm = terms.map_or(0, |terms| terms.tolerance_ppm);
        let statistics = verdict.statistics.as_ref()?;
        let (delivery, hours) = (statistics.delivery, statistics.hours.clone());
        Some(view! { <DeliveryView delivery hours tolerance_ppm /> })
    };
    let guarantee = move || {
        let verdict = whole();
        let terms = verdict.terms.clone()?;
        let (ending, guarantee) = (verdict.ending, verdict.guarantee);
        let says = terms.term_days > 0 || ending.is_some();
        says.then(|| view! { <GuaranteeView terms ending guarantee /> })
    };
    let statistics = move || {
        let statistics = whole().statistics.clone();
        statistics.map(|statistics| view! { <StatisticsView statistics /> })
    };
    // Without a job there is neither a pool nor a chain to speak of.
    let coinbases = move || {
        let verdict = whole();
        let coinbases = (verdict.jobs > 0).then(|| verdict.coinbases.clone());
        coinbases.map(|coinbases| view! { <CoinbasesView coinbases /> })
    };
    let answers = move || {
        let verdict = whole();
        let shares_valid = verdict.shares_valid;
        let answers = verdict.pool_answers.clone().filter(|_| verdict.jobs > 0);
        answers.map(|answers| view! { <AnswersView answers shares_valid /> })
    };
    let chain = move || {
        let verdict = whole();
        let network = verdict.terms.as_ref().map(|terms| terms.network.clone());
        // Thousands of blocks are not copied to draw two of them.
        let chain = &verdict.chain;
        let chain = (verdict.jobs > 0).then(|| Chain {
            built_on: Vec::new(),
            first: chain.first.clone(),
            last: chain.last.clone(),
            doubts: chain.doubts.clone(),
            ..*chain
        });
        chain.map(|chain| view! { <ChainView chain network=network.unwrap_or_default() /> })
    };
    let worked = move || {
        let worked = whole().worked.clone();
        worked.map(|worked| view! { <WorkedView worked /> })
    };
    view! {
        <Slice>{delivery()}</Slice>
        <Slice>{guarantee()}</Slice>
        <Slice>
            <VerdictWorkers workers=whole().workers.clone() left_out=whole().workers_left_out />
        </Slice>
        <Slice>
            <Checks verdict=whole() />
        </Slice>
        <Slice>{statistics()}</Slice>
        <Slice>{coinbases()}</Slice>
        <Slice>{answers()}</Slice>
        <Slice>{chain()}</Slice>
        <Slice>{worked()}</Slice>
    }
    .into_any()
}
