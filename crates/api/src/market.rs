//! The market as a visitor sees it.

use crate::ContractSummary;
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
    /// Resting bids, best (highest) first.
    pub bids: Vec<Level>,
    /// Resting asks, best (lowest) first.
    pub asks: Vec<Level>,
    /// The last trade.
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
    /// The contract it opened.
    pub contract: u64,
}
