//! How the contract ended, and what the rule on under-delivery makes of its promise.

use super::{Code, State, Terms};
use crate::{
    settlement::{CloseReason, Ended, Guarantee, owed},
    statistics::{DeliveryFinding, Promise},
};
use alloc::vec::Vec;
use serde::Serialize;
use units::{Millis, Sats, Work};

const DAY_MS: u64 = 86_400_000;

/// How a contract ended, as the market did it; the last record but the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// Why.
    pub reason: CloseReason,
    /// How much of its time is not the host's; zero for spot.
    pub excused: Millis,
    /// What of the bond went to the buyer; the rest went back to the host.
    pub to_buyer: Sats,
}

/// The ending as the bundle states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EndingLine {
    /// Why.
    pub reason: CloseReason,
    /// How much of its time is not the host's.
    pub excused_ms: u64,
    /// What of the bond went to the buyer.
    pub to_buyer_sats: Sats,
}

/// What the rule makes of the promise of a term that is over, computed from the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GuaranteeLine {
    /// How long was agreed.
    pub agreed_ms: u64,
    /// How much of that is judged: `docs/settlement.md`. None at all unless the term was over, or the host got out of it.
    pub judged_ms: u64,
    /// The sealed epochs' shares against the promise, over that time.
    pub delivery: DeliveryFinding,
    /// Work that is missing beyond the tolerance and beyond doubt.
    pub missing_hashes: Work,
    /// What the host had put up.
    pub bond_sats: Sats,
    /// What of it is the buyer's.
    pub to_buyer_sats: Sats,
    /// The rest, which is the host's again.
    pub to_host_sats: Sats,
}

impl Terms {
    /// What is judged: of spot, which promises nothing, for the reader's sake alone.
    #[must_use]
    pub const fn promise(&self) -> Promise {
        Promise {
            hashrate: self.hashrate,
            tolerance_ppm: self.tolerance_ppm,
            confidence_ppm: self.confidence_ppm,
        }
    }

    /// How long it is promised.
    fn term(&self) -> Millis {
        Millis::new(DAY_MS.saturating_mul(self.term_days.into()))
    }
}

impl Ending {
    pub(super) const fn line(&self) -> EndingLine {
        EndingLine {
            reason: self.reason,
            excused_ms: self.excused.get(),
            to_buyer_sats: self.to_buyer,
        }
    }

    /// What it contradicts, in the order of the codes, and the rule done again by what was sealed.
    pub(super) fn judge(&self, state: &State) -> (Vec<Code>, Option<GuaranteeLine>) {
        let terms = state.terms();
        let is_term = terms.term_days > 0;
        let settled = state.epoch_start().since(terms.opened_at);
        let guarantee = is_term.then(|| self.guarantee(state));
        let due = guarantee.map_or(Sats::ZERO, |line| line.to_buyer_sats);
        // Of spot none is.
        let longest = settled.min(terms.term());
        let faults = [
            (self.reason_may_be(state, settled), Code::EndingReason),
            (self.excused <= longest, Code::EndingTime),
            (state.epoch_shares() == 0, Code::EndingShares),
            (self.to_buyer == due, Code::EndingCompensation),
        ];
        let faults = faults
            .into_iter()
            .filter_map(|(good, code)| (!good).then_some(code));
        (faults.collect(), guarantee)
    }

    /// Whoever ended it is the writer's word; that its time was over, or its budget spent, shows.
    fn reason_may_be(&self, state: &State, settled: Millis) -> bool {
        let terms = state.terms();
        let is_over = terms.term_days > 0 && settled >= terms.term();
        if is_over || self.reason == CloseReason::TermOver {
            return is_over && self.reason == CloseReason::TermOver;
        }
        if self.reason != CloseReason::BudgetSpent {
            return true;
        }
        // The share whose pay would have passed the budget is not there. It had a target that was assigned, and the budget was
        // kept for no more work than it ever was.
        let with_one_more = state.payable_most().checked_add(state.heaviest_assigned());
        let owed = with_one_more.and_then(|work| owed(work, terms.price));
        owed.is_none_or(|owed| owed > terms.budget)
    }

    fn guarantee(&self, state: &State) -> GuaranteeLine {
        let terms = state.terms();
        let guarantee = Guarantee {
            promise: terms.promise(),
            price: terms.price,
            bond: terms.bond,
        };
        let ended = Ended {
            reason: self.reason,
            agreed: terms.term(),
            excused: self.excused,
            sessions: state.sessions_sealed(),
        };
        let judged = ended.judged();
        let found = guarantee.judge(&state.delivered_sealed(), judged, state.assigned_sealed());
        let rest = terms.bond.checked_sub(found.forfeit_sats);
        GuaranteeLine {
            agreed_ms: ended.agreed.get(),
            judged_ms: judged.get(),
            delivery: found.finding,
            missing_hashes: found.missing_hashes,
            bond_sats: terms.bond,
            to_buyer_sats: found.forfeit_sats,
            to_host_sats: rest.unwrap_or(Sats::ZERO),
        }
    }
}
