//! An order's terms, read and told.

use super::{
    choices::{self, product_of},
    rejects,
};
use api::{Error, Product, TimeInForce};
use market::OrderTerms;
use orderbook::{ClientOrderId, Order};
use units::{Hashrate, Timestamp};

pub(super) fn read(product: Product, asked: &api::OrderTerms) -> Result<OrderTerms, Error> {
    let bad = |words: &str| Err(Error::bad_request(words).about("terms.good_till_ms"));
    let time_in_force = match (asked.time_in_force, asked.good_till_ms) {
        (TimeInForce::Gtd, Some(till)) => {
            orderbook::TimeInForce::Gtd(Timestamp::from_unix_ms(till))
        }
        (TimeInForce::Gtd, None) => return bad("Till when is the order good?"),
        (_, Some(_)) => return bad("A time goes with time_in_force gtd alone."),
        (TimeInForce::Gtc, None) => orderbook::TimeInForce::Gtc,
        (TimeInForce::Ioc, None) => orderbook::TimeInForce::Ioc,
        (TimeInForce::Fok, None) => orderbook::TimeInForce::Fok,
    };
    Ok(OrderTerms {
        product: product_of(product),
        time_in_force,
        post_only: asked.post_only,
        minimum_fill: asked.minimum_fill_hs.unwrap_or(Hashrate::ZERO),
        self_trade: choices::self_trade_of(asked.self_trade),
        client_id: asked.client_order_id.map(ClientOrderId),
        rejects: rejects::read(&asked.rejects),
    })
}

pub(super) fn tell(order: &Order) -> api::OrderTerms {
    let (time_in_force, good_till_ms) = match order.time_in_force {
        orderbook::TimeInForce::Gtc => (TimeInForce::Gtc, None),
        orderbook::TimeInForce::Ioc => (TimeInForce::Ioc, None),
        orderbook::TimeInForce::Fok => (TimeInForce::Fok, None),
        orderbook::TimeInForce::Gtd(till) => (TimeInForce::Gtd, Some(till.unix_ms())),
    };
    api::OrderTerms {
        time_in_force,
        good_till_ms,
        post_only: order.post_only,
        minimum_fill_hs: Some(order.minimum_fill).filter(|least| !least.is_zero()),
        self_trade: choices::self_trade(order.self_trade),
        client_order_id: order.client_id.map(|ClientOrderId(number)| number),
        rejects: rejects::of_order(order),
    }
}
