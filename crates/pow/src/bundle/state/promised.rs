//! What the rule on under-delivery needs of the shares that count.

use super::State;
use crate::{settlement::SESSIONS_OF_A_POOL_THAT_FILLS, statistics::Delivered};
use units::Work;

#[derive(Clone, Copy, Default)]
pub(super) struct Promised {
    /// The shares, as the exact interval needs them.
    delivered: Delivered,
    /// Work of one share at the target that was assigned last, and at the hardest that ever was.
    assigned: Work,
    heaviest: Work,
    /// Upstream sessions, as [`Ended`](crate::settlement::Ended) counts them.
    sessions: u32,
    /// `delivered`, `assigned` and `sessions` as of the last epoch.
    sealed: (Delivered, Work, u32),
    /// The most that might ever have had to be paid, whatever pools still answered.
    payable_most: Work,
}

impl Promised {
    pub(super) fn assign(&mut self, work: Work) {
        self.assigned = work;
        self.heaviest = self.heaviest.max(work);
    }

    /// A session without an extranonce1 may stand for any number of sessions that were for one machine each.
    pub(super) const fn session(&mut self, extranonce1: &[u8]) {
        let many = extranonce1.is_empty();
        let sessions = if many {
            SESSIONS_OF_A_POOL_THAT_FILLS
        } else {
            1
        };
        self.sessions = self.sessions.saturating_add(sessions);
    }

    /// A share that counts, with which so much may have to be paid in all.
    pub(super) fn count(&mut self, work: Work, payable_at_most: Work) {
        self.delivered.observe(work);
        self.payable_most = self.payable_most.max(payable_at_most);
    }

    pub(super) const fn seal(&mut self) {
        self.sealed = (self.delivered, self.assigned, self.sessions);
    }
}

impl State {
    /// The valid shares of the sealed epochs, for [`crate::settlement::Guarantee`].
    #[must_use]
    pub const fn delivered_sealed(&self) -> Delivered {
        self.promised.sealed.0
    }

    /// Work of one share at the target that was the last assigned before the last epoch; zero where none was.
    #[must_use]
    pub const fn assigned_sealed(&self) -> Work {
        self.promised.sealed.1
    }

    /// Upstream sessions up to the last epoch, for [`crate::settlement::Ended`]: one without an extranonce1 counts as many.
    #[must_use]
    pub const fn sessions_sealed(&self) -> u32 {
        self.promised.sealed.2
    }

    /// The most work that the budget ever had to be kept for. Of a sample, which knows no answers, no less.
    pub(in crate::bundle) const fn payable_most(&self) -> Work {
        self.promised.payable_most
    }

    /// Work of one share at the hardest target that was ever assigned; zero where none was.
    pub(in crate::bundle) const fn heaviest_assigned(&self) -> Work {
        self.promised.heaviest
    }

    /// Shares that count since the last epoch.
    pub(in crate::bundle) const fn epoch_shares(&self) -> u64 {
        self.epoch_shares
    }
}
