//! What a contract cost, line by line.

use crate::Product;
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, Price, Sats, Work};

/// Which epochs' lines are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceRange {
    /// The first epoch, from 0.
    pub from: u32,
    /// So many lines at most: 1 to [`InvoiceRange::MAX`].
    pub limit: u32,
}

impl InvoiceRange {
    /// Lines of one answer.
    pub const MAX: u32 = 1_000;
}

/// A contract's invoice as of now. Every amount was computed again from the settled work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invoice {
    /// When this was made.
    pub at_ms: u64,
    /// The contract.
    pub contract: u64,
    /// Who pays.
    pub buyer: AccountId,
    /// Who is paid.
    pub host: AccountId,
    /// What was sold.
    pub product: Product,
    /// Agreed.
    pub hashrate_hs: Hashrate,
    /// Agreed.
    pub price_sats_per_phs_day: Price,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// Settled epochs in all.
    pub epochs: u32,
    /// Those that were asked for, in order, without gaps: each is the epoch of that number in the proof bundle.
    pub lines: Vec<InvoiceLine>,
    /// The epoch after them, where there is one.
    pub next: Option<u32>,
    /// The work of all settled epochs. So are the sums below.
    pub work_hashes: Work,
    /// What the buyer paid: to the host and the fee.
    pub amount_sats: Sats,
    /// What of it the host got.
    pub to_host_sats: Sats,
    /// What of it is the fee.
    pub fee_sats: Sats,
    /// What went into escrow.
    pub budget_sats: Sats,
    /// What is left of that: in escrow while the contract is live, given back after.
    pub rest_sats: Sats,
    /// What the buyer got of the host's bond.
    pub compensation_sats: Sats,
    /// True once the contract is closed: no line will follow.
    pub closed: bool,
    /// Where the proof bundle is, on this server.
    pub bundle: String,
}

/// One epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// Its number in the bundle, from 0.
    pub epoch: u32,
    /// The hash that seals its record in the bundle, in hex.
    pub epoch_hash: String,
    /// When it was paid.
    pub settled_at_ms: u64,
    /// Valid shares in it.
    pub shares: u64,
    /// Verified work in it.
    pub work_hashes: Work,
    /// What was paid for it.
    pub amount_sats: Sats,
    /// What of it the host got.
    pub to_host_sats: Sats,
    /// What of it is the fee.
    pub fee_sats: Sats,
}
