//! What the operator fixes beside grid and fee.

use crate::BOND_BPS;
use orderbook::Order;
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price};

/// Limits of orders, and the terms that new contracts get. The default is what journals without limits mean, and never changes: what a
/// market that begins now gets is [`Limits::of_new_market`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// The most that one order may trade.
    pub max_hashrate: Hashrate,
    /// The lowest price of an order.
    pub min_price: Price,
    /// The highest price of an order.
    pub max_price: Price,
    /// How many orders of one account may rest.
    pub max_orders_of_account: u32,
    /// How many asks may share one listing.
    pub max_orders_of_listing: u32,
    /// How many resting orders an arriving one may visit; without it, all.
    pub visit_budget: Option<u64>,
    /// A term contract's bond, in hundredths of a percent of what the term costs; at most 10,000.
    pub bond_bps: u16,
    /// How much less than the agreed hashrate still keeps a term contract, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that a term contract was not kept: of the two-sided interval, in parts per million.
    pub confidence_ppm: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_hashrate: Order::MAX_HASHRATE,
            min_price: Price::ZERO,
            max_price: Price::MAX,
            max_orders_of_account: u32::MAX,
            max_orders_of_listing: 16,
            visit_budget: None,
            bond_bps: BOND_BPS,
            tolerance_ppm: 50_000,
            confidence_ppm: 950_000,
        }
    }
}

impl Limits {
    /// How many orders of one account may rest in a market that begins now.
    pub const ORDERS_OF_ACCOUNT: u32 = 200;

    /// Of a market that begins now: one account's orders cannot fill the book.
    #[must_use]
    pub fn of_new_market() -> Self {
        Self {
            max_orders_of_account: Self::ORDERS_OF_ACCOUNT,
            ..Self::default()
        }
    }

    /// As the book takes them.
    pub(crate) const fn of_book(&self, lot: Hashrate, tick: Price) -> orderbook::Settings {
        orderbook::Settings {
            max_hashrate: self.max_hashrate,
            min_price: self.min_price,
            max_price: self.max_price,
            max_orders_of_account: self.max_orders_of_account,
            max_orders_of_pool: self.max_orders_of_listing,
            visit_budget: self.visit_budget,
            ..orderbook::Settings::new(lot, tick)
        }
    }
}
