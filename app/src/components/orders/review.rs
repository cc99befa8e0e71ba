use crate::{
    Review,
    components::PoolReportView,
    display::{self, PriceUnit},
};
use api::{Placed, PlacedFill};
use leptos::prelude::*;
use units::{Hashrate, Sats};

/// What an order would do, and what its pool did: before it is placed.
#[component]
pub fn ReviewView(review: Review, lot: Hashrate) -> impl IntoView {
    let pool = review.pool.map(|report| {
        view! {
            <h3>"Your pool"</h3>
            <PoolReportView report />
        }
    });
    view! {
        <div class="notice review" role="status" data-testid="review">
            <h3>"What this order would do now"</h3>
            <Effects placed=review.placed lot />
            {pool}
            <p>
                <strong>"Nothing is placed yet."</strong>
            </p>
        </div>
    }
    .into_any()
}

#[component]
fn Effects(placed: Placed, lot: Hashrate) -> impl IntoView {
    let unit = PriceUnit::of(lot);
    let fills = placed.fills.iter().map(|fill| fill_line(fill, unit));
    let fills = fills.collect_view();
    let line = |testid: &'static str, hashrate: Hashrate, words: &str| {
        let text = format!("{} {words}", display::hashrate(hashrate));
        (!hashrate.is_zero()).then(|| {
            view! {
                <li data-testid=testid data-value=hashrate.to_string()>
                    {text}
                </li>
            }
        })
    };
    let money = |testid: &'static str, sats: Sats, words: &str| {
        let text = format!("{} {words}", display::sats(sats));
        (!sats.is_zero()).then(|| {
            view! {
                <li data-testid=testid data-value=sats.to_string()>
                    {text}
                </li>
            }
        })
    };
    let truncated = placed.search_truncated.then(|| {
        view! { <li>"The search ends at the market's visit budget: there may be more on offer."</li> }
    });
    view! {
        <ul>
            {line("review-filled", placed.filled_hs, "trades at once:")}
            {fills}
            {line("review-resting", placed.resting_hs, "waits in the book.")}
            {line("review-cancelled", placed.cancelled_hs, "is cancelled at once.")}
            {money("review-escrow", placed.escrow_sats, "goes into the contracts' escrow.")}
            {money("review-bond", placed.bond_sats, "of bonds the hosts put up.")}
            {money("review-held", placed.held_sats, "is held while the order waits.")}
            {truncated}
        </ul>
    }
    .into_any()
}

fn fill_line(fill: &PlacedFill, unit: PriceUnit) -> impl IntoView + use<> {
    let bond = match fill.bond_sats.is_zero() {
        true => String::new(),
        false => format!(", bond {}", display::sats(fill.bond_sats)),
    };
    let text = format!(
        "a contract of {} at {}, escrow {}{bond}",
        display::hashrate(fill.hashrate_hs),
        unit.price(fill.price_sats_per_phs_day),
        display::sats(fill.escrow_sats)
    );
    view! { <li data-testid="review-fill">{text}</li> }
}
