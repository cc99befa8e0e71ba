//! What a contract was served, by the clock.

use super::{AMOUNT_PER_HASH, Amount, Rules, amount, amount_of, rate, work_of};
use units::{Hashrate, Millis, Timestamp, Work};

/// What a contract was served by the clock: the measured hashrates of its workers times how long they served it.
///
/// Shares alone do not do: an hour of one worker is a few hundred, and so off by several percent by chance. A plan that
/// followed them would give and take work for nothing. Kept by the caller, one a contract; it need not survive a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Served {
    total: Amount,
    marked: Amount,
    marked_at: Timestamp,
}

impl Served {
    /// At the opening (`work` is zero), or after a restart (`work` is what the shares prove).
    #[must_use]
    pub fn starting(at: Timestamp, work: Work) -> Self {
        Self {
            total: amount_of(work),
            marked: amount_of(work),
            marked_at: at,
        }
    }

    /// A worker served the contract for this long. What its switch lost is not time served.
    pub fn add(&mut self, hashrate: Hashrate, length: Millis) {
        self.total = self
            .total
            .saturating_add(amount(rate(hashrate), length.get()));
    }

    /// A worker that was taken to serve did not: it was silent for this long and counts as gone.
    pub fn take_back(&mut self, hashrate: Hashrate, length: Millis) {
        self.total = self
            .total
            .saturating_sub(amount(rate(hashrate), length.get()));
        self.marked = self.marked.min(self.total);
    }

    /// To be called before each plan, with everything added until `now`: notes where a cycle began.
    pub fn turn(&mut self, now: Timestamp, rules: &Rules) {
        if rules.cycle_at(now) > rules.cycle_at(self.marked_at) {
            (self.marked, self.marked_at) = (self.total, now);
        }
    }

    /// The work served.
    #[must_use]
    pub fn work(&self) -> Work {
        work_of(self.total)
    }

    pub(super) fn amount(&self) -> Amount {
        self.total
    }

    /// What it was at the cycle's beginning, and when that was.
    pub(super) fn mark(&self) -> (Amount, Timestamp) {
        (self.marked, self.marked_at)
    }

    pub(super) fn is_none(&self) -> bool {
        self.total < AMOUNT_PER_HASH
    }
}
