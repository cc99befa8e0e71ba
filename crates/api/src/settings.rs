//! What the operator fixes.

use crate::{Level, Product};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price};

/// The market's grid, its limits, and the terms that new contracts get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarketSettings {
    /// Hashrate is traded in multiples of this.
    pub lot_hs: Hashrate,
    /// The most that one order may trade.
    pub max_hashrate_hs: Hashrate,
    /// Prices are multiples of this.
    pub tick_sats_per_phs_day: Price,
    /// The lowest price of an order.
    pub min_price_sats_per_phs_day: Price,
    /// The highest price of an order.
    pub max_price_sats_per_phs_day: Price,
    /// How many orders of one account may rest.
    pub max_orders_of_account: u32,
    /// How many asks may share one listing.
    pub max_orders_of_listing: u32,
    /// How many sites, fleets and listings one account may have: so many of each. A withdrawn listing gives way to a new one.
    pub max_supply_of_account: u32,
    /// How many resting orders an arriving one may visit; none: all.
    pub visit_budget: Option<u64>,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// A term contract's bond, in hundredths of a percent of what the term costs.
    pub bond_bps: u16,
    /// How much less than the agreed hashrate still keeps a term contract, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that a term contract was not kept, in parts per million.
    pub confidence_ppm: u32,
    /// Intended length of an epoch.
    pub epoch_length_ms: u64,
    /// What is traded.
    pub products: Vec<Product>,
    /// True where the machines, the pool and the chain are the sandbox's.
    pub sandbox: bool,
}

/// The book of one product.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Book {
    /// When this was read.
    pub at_ms: u64,
    /// Which product.
    pub product: Product,
    /// Resting bids, best (highest) first: 100 levels at most.
    pub bids: Vec<Level>,
    /// Resting asks, best (lowest) first: 100 levels at most. Asks that share a listing count each for itself.
    pub asks: Vec<Level>,
}
