use crate::display::{self, PriceUnit};
use api::{OpenOrder, OrderSide};
use leptos::prelude::*;

/// The account's orders in the book.
#[component]
pub fn OpenOrders(orders: Vec<OpenOrder>) -> impl IntoView {
    if orders.is_empty() {
        return view! { <p class="empty">"None."</p> }.into_any();
    }
    let rows = orders.into_iter().map(row);
    view! {
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Order"</th>
                    <th scope="col">"Side"</th>
                    <th scope="col">"Limit"</th>
                    <th scope="col">"Open"</th>
                    <th scope="col">"Held"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}

fn row(order: OpenOrder) -> impl IntoView {
    let side = match order.side {
        OrderSide::Bid => "Bid",
        OrderSide::Ask => "Ask",
    };
    let held = order.held_sats;
    view! {
        <tr data-testid="order-row">
            <th scope="row" data-label="Order">
                {order.id}
            </th>
            <td data-label="Side">{side}</td>
            <td data-label="Limit" data-value=order.price_sats_per_phs_day.to_string()>
                {PriceUnit::of(order.hashrate_hs).price(order.price_sats_per_phs_day)}
            </td>
            <td data-label="Open" data-value=order.remaining_hs.to_string()>
                {display::hashrate(order.remaining_hs)}
                <span class="note">{format!("of {}", display::hashrate(order.hashrate_hs))}</span>
            </td>
            <td data-label="Held" data-value=held.map(|held| held.to_string())>
                {held.map_or_else(|| "–".into(), display::sats)}
            </td>
        </tr>
    }
}
