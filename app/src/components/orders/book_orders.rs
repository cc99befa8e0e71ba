use crate::{
    components::FormError,
    display::{self, PriceUnit, trade},
    forms::{self, Entries},
};
use api::{Order, OrderSide};
use leptos::prelude::*;
use units::Hashrate;

/// Orders in the book, each with what can be done to it.
#[component]
pub fn OwnOrders(
    orders: Vec<Order>,
    /// The request's name, so that an order is reduced once.
    key: String,
    /// The form that was sent and refused: it stands at its order.
    #[prop(optional)]
    sent: Entries,
) -> impl IntoView {
    let order = sent.value("order");
    let is_sent = move |id: u64| order.as_ref().is_some_and(|order| *order == id.to_string());
    let error = sent.error_beside(&[]);
    let error = error.filter(|_| !orders.iter().any(|order| is_sent(order.id)));
    if orders.is_empty() {
        return view! {
            <FormError error />
            <p class="empty">"None. An order that trades at once is a contract and not here."</p>
        }
        .into_any();
    }
    let rows = orders.into_iter().map(|order| {
        let sent = if is_sent(order.id) {
            sent.clone()
        } else {
            Entries::default()
        };
        view! { <Row order key=key.clone() sent /> }
    });
    let rows = rows.collect_view();
    view! {
        <FormError error />
        <table class="cards">
            <thead>
                <tr>
                    <th scope="col">"Order"</th>
                    <th scope="col">"Product"</th>
                    <th scope="col">"Limit"</th>
                    <th scope="col">"Open"</th>
                    <th scope="col">"Held"</th>
                    <th scope="col">"Terms"</th>
                    <th scope="col">"Change it"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        <form method="post" action="/orders">
            <input type="hidden" name="do" value="cancel-all" />
            <input type="hidden" name="key" value=format!("{key}-all") />
            <button type="submit">"Cancel all orders"</button>
        </form>
    }
    .into_any()
}

#[component]
fn Row(order: Order, key: String, sent: Entries) -> impl IntoView {
    let side = match order.side {
        OrderSide::Bid => "Bid",
        OrderSide::Ask => "Ask",
    };
    let (id, unit) = (order.id, PriceUnit::of(order.hashrate_hs));
    let mut terms = trade::terms(&order.terms);
    terms.extend(trade::constraints(&order.constraints));
    terms.extend(order.listing.map(|listing| format!("of listing {listing}")));
    terms.extend(order.pools.first().map(|pool| format!("to {pool}")));
    view! {
        <tr data-testid="own-order" data-order=id.to_string()>
            <th scope="row" data-label="Order">
                {format!("{side} {id}")}
            </th>
            <td data-label="Product">{trade::product(order.product)}</td>
            <td data-label="Limit" data-value=order.price_sats_per_phs_day.to_string()>
                {unit.price(order.price_sats_per_phs_day)}
            </td>
            <td data-label="Open" data-value=order.remaining_hs.to_string()>
                {display::hashrate(order.remaining_hs)}
                <span class="note">{format!("of {}", display::hashrate(order.hashrate_hs))}</span>
            </td>
            <td data-label="Held" data-value=order.held_sats.to_string()>
                {display::sats(order.held_sats)}
            </td>
            <td data-label="Terms">{terms.join("; ")}</td>
            <td data-label="Change it">
                <Change id hashrate=order.hashrate_hs key sent />
            </td>
        </tr>
    }
    .into_any()
}

#[component]
fn Change(id: u64, hashrate: Hashrate, key: String, sent: Entries) -> impl IntoView {
    let unit = sent.value_or("by_unit", forms::hashrate_unit(hashrate));
    let wrong = sent.error_of("by").is_some();
    let options = forms::HASHRATES.map(|(code, title, _)| {
        let selected = code == unit;
        view! {
            <option value=code selected=selected>
                {title}
            </option>
        }
    });
    view! {
        <FormError error=sent.error_beside(&[]) />
        <div class="change">
            <form method="post" action="/orders" class="amount">
                <input type="hidden" name="do" value="reduce" />
                <input type="hidden" name="key" value=format!("{key}-r{id}") />
                <input type="hidden" name="order" value=id.to_string() />
                <input
                    name="by"
                    value=sent.value("by")
                    aria-invalid=wrong.then_some("true")
                    required=true
                    inputmode="decimal"
                    maxlength="40"
                    autocomplete="off"
                    aria-label=format!("Reduce order {id} by")
                />
                <select name="by_unit" aria-label=format!("Unit of the reduction of order {id}")>
                    {options.collect_view()}
                </select>
                <button type="submit" aria-label=format!("Reduce order {id}")>
                    "Reduce"
                </button>
            </form>
            <form method="post" action="/orders">
                <input type="hidden" name="do" value="cancel" />
                <input type="hidden" name="key" value=format!("{key}-c{id}") />
                <input type="hidden" name="order" value=id.to_string() />
                <button type="submit" aria-label=format!("Cancel order {id}")>
                    "Cancel"
                </button>
            </form>
        </div>
    }
    .into_any()
}
