//! What the rule on under-delivery needs of the shares that count.

use super::{State, sessions::Sessions};
use crate::statistics::Delivered;
use units::{Hashrate, Work};

#[derive(Clone, Copy)]
pub(super) struct Promised {
    /// The shares, as the exact interval needs them.
    delivered: Delivered,
    /// Work of one share at the target that was assigned last, and at the hardest that ever was.
    assigned: Work,
    heaviest: Work,
    pub(super) sessions: Sessions,
    /// `delivered`, `assigned` and the sessions that count as of the last epoch.
    sealed: (Delivered, Work, u32),
    /// The most that might ever have had to be paid, whatever pools still answered.
    payable_most: Work,
}

impl Promised {
    pub(super) fn new(promised: Hashrate) -> Self {
        Self {
            delivered: Delivered::default(),
            assigned: Work::ZERO,
            heaviest: Work::ZERO,
            sessions: Sessions::new(promised),
            sealed: (Delivered::default(), Work::ZERO, 0),
            payable_most: Work::ZERO,
        }
    }

    pub(super) fn assign(&mut self, work: Work) {
        self.assigned = work;
        self.heaviest = self.heaviest.max(work);
    }

    /// A share that counts, with which so much may have to be paid in all.
    pub(super) fn count(&mut self, work: Work, payable_at_most: Work) {
        self.delivered.observe(work);
        self.sessions.share(work);
        self.payable_most = self.payable_most.max(payable_at_most);
    }

    pub(super) const fn seal(&mut self) {
        self.sealed = (self.delivered, self.assigned, self.sessions.ended());
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

    /// Upstream sessions that ended up to the last epoch and count, for [`crate::settlement::Ended`].
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
