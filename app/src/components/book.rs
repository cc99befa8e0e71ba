use crate::{charts::DepthBar, display, display::PriceUnit};
use api::{Level, Market};
use leptos::prelude::*;
use units::Hashrate;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Bid,
    Ask,
}

/// Bids and asks beside each other, best first.
#[component]
pub fn OrderBook(market: RwSignal<Market>) -> impl IntoView {
    let unit = Memo::new(move |_| market.with(|market| PriceUnit::of(market.lot_hs)));
    let deepest = Memo::new(move |_| {
        market.with(|market| {
            let levels = market.bids.iter().chain(&market.asks);
            levels
                .map(|level| level.hashrate_hs)
                .max()
                .unwrap_or_default()
        })
    });
    let bids = Memo::new(move |_| market.with(|market| market.bids.clone()));
    let asks = Memo::new(move |_| market.with(|market| market.asks.clone()));
    view! {
        <div class="book" data-testid="order-book">
            <BookSide side=Side::Bid levels=bids unit deepest />
            <BookSide side=Side::Ask levels=asks unit deepest />
        </div>
    }
    .into_any()
}

#[component]
fn BookSide(
    side: Side,
    levels: Memo<Vec<Level>>,
    unit: Memo<PriceUnit>,
    deepest: Memo<Hashrate>,
) -> impl IntoView {
    let (class, title, empty) = match side {
        Side::Bid => (
            "side bids",
            "Bids: buyers of hashrate",
            "No bids. Nobody waits to buy hashrate just now.",
        ),
        Side::Ask => (
            "side asks",
            "Asks: hosts who sell",
            "No asks. All the hashrate on offer is under contract.",
        ),
    };
    let table = move || match levels.get() {
        levels if levels.is_empty() => view! { <p class="empty">{empty}</p> }.into_any(),
        levels => {
            let rows = levels.into_iter().map(
                |level| view! { <LevelRow side level unit=unit.get() deepest=deepest.get() /> },
            );
            view! {
                <table>
                    <thead>
                        <tr>
                            <th scope="col">{format!("Price, {}", unit.get().name())}</th>
                            <th scope="col">"Hashrate"</th>
                            <th scope="col">"Orders"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            }
            .into_any()
        }
    };
    view! {
        <section class=class>
            <h3>{title}</h3>
            {table}
        </section>
    }
    .into_any()
}

#[component]
fn LevelRow(side: Side, level: Level, unit: PriceUnit, deepest: Hashrate) -> impl IntoView {
    let testid = match side {
        Side::Bid => "bid-row",
        Side::Ask => "ask-row",
    };
    let price = level.price_sats_per_phs_day;
    view! {
        <tr data-testid=testid>
            <td class="price" data-label="Price" data-value=price.to_string()>
                {unit.amount(price)}
            </td>
            <td data-label="Hashrate" data-value=level.hashrate_hs.to_string()>
                <span class="over-depth">
                    <DepthBar hashrate=level.hashrate_hs deepest />
                    <span>{display::hashrate(level.hashrate_hs)}</span>
                </span>
            </td>
            <td data-label="Orders" data-value=level.orders.to_string()>
                {display::count(level.orders.into())}
            </td>
        </tr>
    }
    .into_any()
}
