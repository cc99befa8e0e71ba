//! The market as a visitor sees it.

use crate::{ContractSummary, Product};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price};

/// The book, the last trade and the contracts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Market {
    /// When this was read.
    pub at_ms: u64,
    /// Hashrate is traded in multiples of this.
    pub lot_hs: Hashrate,
    /// Prices are multiples of this.
    pub tick_sats_per_phs_day: Price,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// Whose book this is.
    #[serde(default)]
    pub product: Product,
    /// Resting bids of it, best (highest) first: the best 100 prices.
    pub bids: Vec<Level>,
    /// Resting asks of it, best (lowest) first: likewise.
    pub asks: Vec<Level>,
    /// The last trade, of whatever product.
    pub last_trade: Option<Trade>,
    /// Contracts, newest first.
    pub contracts: Vec<ContractSummary>,
    /// True where the machines, the pool and the chain are the sandbox's.
    pub sandbox: bool,
    /// Where a host points machines: `stratum+tcp://host:port`.
    pub stratum_url: String,
}

/// All resting hashrate at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// The price.
    pub price_sats_per_phs_day: Price,
    /// What rests there.
    pub hashrate_hs: Hashrate,
    /// In how many orders.
    pub orders: u32,
}

/// A fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trade {
    /// When.
    pub at_ms: u64,
    /// At the maker's price.
    pub price_sats_per_phs_day: Price,
    /// How much.
    pub hashrate_hs: Hashrate,
    /// Of what.
    #[serde(default)]
    pub product: Product,
    /// The contract it opened.
    pub contract: u64,
}
