//! How a contract ended, and what its host's promise came to.

use super::Delivery;
use serde::{Deserialize, Serialize};
use units::{Sats, Work};

/// Why a contract ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndingReason {
    /// The budget pays for no more work.
    BudgetSpent,
    /// The buyer ended it.
    ByBuyer,
    /// The host ended it.
    ByHost,
    /// The agreed time is over.
    TermOver,
    /// The proof holds no more workers.
    ProofFull,
}

/// How a contract ended, as its bundle states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ending {
    /// Why.
    pub reason: EndingReason,
    /// How much of its time is not the host's: no job, sessions for one machine each, a share log that took nothing.
    pub excused_ms: u64,
    /// What of the bond went to the buyer.
    pub to_buyer_sats: Sats,
}

/// What the rule on under-delivery makes of a term that is over, computed from the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// How long was agreed.
    pub agreed_ms: u64,
    /// How much of that is judged; none at all unless the term was over, the host ended it, or the proof was full and the pool had
    /// few sessions.
    pub judged_ms: u64,
    /// The sealed epochs' shares against the promise, over that time.
    pub delivery: Delivery,
    /// Work that is missing beyond the tolerance and beyond doubt.
    pub missing_hashes: Work,
    /// What the host had put up.
    pub bond_sats: Sats,
    /// What of it is the buyer's.
    pub to_buyer_sats: Sats,
    /// The rest, which is the host's again.
    pub to_host_sats: Sats,
}
