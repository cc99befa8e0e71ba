//! What the operator fixes of a book.

use crate::Order;
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price};

/// The grid and the limits of orders. With a lot or tick of zero every order is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The smallest hashrate, and the step between hashrates, in H/s.
    pub lot: Hashrate,
    /// The lowest price, and the step between prices.
    pub tick: Price,
    /// The most that one order may trade; above `Order::MAX_HASHRATE` that is the limit.
    pub max_hashrate: Hashrate,
    /// The lowest price of an order.
    pub min_price: Price,
    /// The highest price of an order.
    pub max_price: Price,
    /// How many orders of one account may rest.
    pub max_orders_of_account: u32,
    /// How many asks may share one capacity pool.
    pub max_orders_of_pool: u32,
    /// How many resting orders an arriving one may visit; without it, all.
    pub visit_budget: Option<u64>,
}

impl Settings {
    /// This grid, with limits no tighter than the types'.
    #[must_use]
    pub const fn new(lot: Hashrate, tick: Price) -> Self {
        Self {
            lot,
            tick,
            max_hashrate: Order::MAX_HASHRATE,
            min_price: Price::ZERO,
            max_price: Price::MAX,
            max_orders_of_account: u32::MAX,
            max_orders_of_pool: 16,
            visit_budget: None,
        }
    }
}
