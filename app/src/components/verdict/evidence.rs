use crate::display::{self, PriceUnit};
use api::Verdict;
use leptos::prelude::*;
use std::sync::Arc;

/// What the verdict is on, to compare with what others were given.
#[component]
pub fn Evidence(verdict: Arc<Verdict>) -> impl IntoView {
    let terms = verdict.terms.as_ref().map(|terms| {
        let price = PriceUnit::of(terms.hashrate_hs).price(terms.price_sats_per_phs_day);
        let backups = terms.backups.iter();
        let backups =
            backups.map(|backup| format!(", else into {} as {}", backup.pool, backup.user));
        format!(
            "Contract {}: {} buys {} from {} at {price}, at most {}, into {} as {}{}.",
            terms.contract,
            terms.buyer,
            display::hashrate(terms.hashrate_hs),
            terms.host,
            display::sats(terms.budget_sats),
            terms.pool,
            terms.pool_user,
            backups.collect::<String>(),
        )
    });
    let counts = format!(
        "{} epochs sealed, {} jobs, {} upstream sessions.",
        display::count(verdict.epochs_total.into()),
        display::count(verdict.jobs.into()),
        display::count(verdict.upstreams.into()),
    );
    let head = Some(verdict.head.clone()).filter(|head| !head.is_empty());
    view! {
        <div class="evidence">
            <h4>"What was verified"</h4>
            {terms.map(|terms| view! { <p>{terms}</p> })}
            <p>{counts}</p>
            {head.map(|head| view! { <p>"Last sealed record: " <code data-testid="verdict-head">{head}</code></p> })}
        </div>
    }
    .into_any()
}
