//! What a contract agrees on beside hashrate, price and budget.

use crate::{Bond, CloseReason, Notice, Party, Product, Term, product::is_default};
use orderbook::Attributes;
use pow::{settlement::RejectTerms, statistics::Delivered};
use serde::{Deserialize, Serialize};
use units::{ListingId, Millis, Timestamp, Work};

/// The rest of a contract's terms. The default is what contracts of journals without products have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Agreement {
    /// What was sold.
    pub product: Agreed,
    /// Whose capacity it is; none for a host that lists none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub listing: Option<ListingId>,
    /// What the host stated of it when the ask was placed.
    #[serde(skip_serializing_if = "is_default")]
    pub attributes: Attributes,
    /// Who pays for refused work.
    #[serde(skip_serializing_if = "is_default")]
    pub rejects: RejectTerms,
    /// The first notice; nobody can take it back, and a second one changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<Notice>,
}

/// A contract's product, with what it needs to know of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each contract, never in a queue"
)]
pub enum Agreed {
    /// No end is agreed.
    #[default]
    Spot,
    /// For a time, with a bond.
    Term(TermContract),
}

/// The promise of a term contract and what has come of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TermContract {
    /// How long.
    pub length: Term,
    /// From when on: the trade.
    pub starts_at: Timestamp,
    /// The host's security.
    pub bond: Bond,
    /// How much less than the agreed hashrate keeps the promise, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that it was not kept, in parts per million.
    pub confidence_ppm: u32,
    /// As of the last settled epoch.
    pub seen: EpochDelivery,
}

/// What a contract's epochs delivered so far, for the rule on under-delivery. Totals are of the contract.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochDelivery {
    /// When the epoch ended, by its record.
    pub ended_at: Timestamp,
    /// Its shares and those before, as the exact interval needs them.
    pub delivered: Delivered,
    /// How much of the contract's time is not the host's: `docs/settlement.md` says which.
    pub excused_total: Millis,
    /// The work of one share at the target that was assigned, for the case that none came; zero where none ever was.
    pub share_work: Work,
    /// Upstream sessions that ended, as [`pow::settlement::Ended`] counts them: with many a full proof is the pool's
    /// doing.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sessions: u32,
}

impl TermContract {
    /// The agreed end.
    #[must_use]
    pub const fn ends_at(&self) -> Timestamp {
        self.starts_at.after(self.length.length())
    }
}

impl Agreement {
    /// What was sold.
    #[must_use]
    pub const fn product(&self) -> Product {
        match &self.product {
            Agreed::Spot => Product::Spot,
            Agreed::Term(term) => Product::Term(term.length),
        }
    }

    /// The promise, where there is one.
    #[must_use]
    pub const fn term(&self) -> Option<&TermContract> {
        match &self.product {
            Agreed::Spot => None,
            Agreed::Term(term) => Some(term),
        }
    }

    /// Why the contract is over once this epoch, which ended then, is settled: whoever seals it then seals it as the last.
    #[must_use]
    pub fn ends_with(&self, epoch: u32, ended_at: Option<Timestamp>) -> Option<CloseReason> {
        let over = |term: &TermContract| ended_at.is_some_and(|ended| ended >= term.ends_at());
        if self.term().is_some_and(over) {
            return Some(CloseReason::TermOver);
        }
        let notice = self.notice.filter(|notice| epoch >= notice.last_epoch)?;
        Some(match notice.by {
            Party::Buyer => CloseReason::ByBuyer,
            Party::Host => CloseReason::ByHost,
        })
    }
}
