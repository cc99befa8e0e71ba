//! What the rule on under-delivery needs of the shares that count.

use super::State;
use crate::statistics::Delivered;
use units::Work;

#[derive(Clone, Copy, Default)]
pub(super) struct Promised {
    /// The shares, as the exact interval needs them.
    pub delivered: Delivered,
    /// Work of one share at the target that was assigned last, and at the hardest that ever was.
    assigned: Work,
    heaviest: Work,
    /// `delivered` and `assigned` as of the last epoch.
    sealed: (Delivered, Work),
}

impl Promised {
    pub(super) fn assign(&mut self, work: Work) {
        self.assigned = work;
        self.heaviest = self.heaviest.max(work);
    }

    pub(super) const fn seal(&mut self) {
        self.sealed = (self.delivered, self.assigned);
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

    /// Work of one share at the hardest target that was ever assigned; zero where none was.
    pub(in crate::bundle) const fn heaviest_assigned(&self) -> Work {
        self.promised.heaviest
    }

    /// Shares that count since the last epoch.
    pub(in crate::bundle) const fn epoch_shares(&self) -> u64 {
        self.epoch_shares
    }
}
