//! What the work is worth by the contract's terms.

use super::{Admitted, State};
use crate::{
    bundle::Epoch,
    settlement::{Class, OurAnswer, PoolAnswer, Tally, owed},
};
use units::{Sats, Work};

impl State {
    /// Owed as of the last sealed epoch.
    #[must_use]
    pub const fn sealed(&self) -> Sats {
        self.sealed
    }

    /// What a contract owes so far, if it is settled here: sealed or not, and never less than was owed before. Of a sample
    /// whose terms ask what the pools answered, as of the last sealed epoch.
    #[must_use]
    pub fn owed(&self) -> Sats {
        let (terms, before) = (&self.terms, self.sealed);
        if self.is_unknown() {
            return before;
        }
        let owed = terms.rejects.owed_total(&self.tally, terms.price, before);
        // Budgets keep it within its type.
        owed.unwrap_or(before)
    }

    /// The work by the pools' answers. Those that are still due stand under the silent.
    #[must_use]
    pub const fn tally(&self) -> Tally {
        self.tally
    }

    /// The same as of the last sealed epoch, by what was known then.
    #[must_use]
    pub const fn tally_sealed(&self) -> Tally {
        self.tally_sealed
    }

    pub(super) fn tally_with(&self, share: &Admitted) -> Option<Tally> {
        let pools = match share.pool {
            Some(_) => PoolAnswer::Silent,
            None => PoolAnswer::NotAsked,
        };
        let class = Class::of(OurAnswer::Counted, pools);
        self.tally.with(class, share.work, share.pool_work)
    }

    /// What may have to be paid whatever the pools still answer; none where the budget has not that much. Of shares that were
    /// left out of a sample nothing is known: each epoch is looked at then.
    pub(super) fn within_budget(&self, tally: &Tally) -> Option<Work> {
        let work = self.terms.rejects.payable_at_most(tally)?;
        let fits = |owed: Sats| owed <= self.terms.budget;
        let fits = self.is_unknown() || owed(work, self.terms.price).is_some_and(fits);
        fits.then_some(work)
    }

    const fn is_unknown(&self) -> bool {
        self.sampled && !self.terms.rejects.ignore_answers()
    }

    /// Whether an epoch may say that so much is owed. Of a sample whose terms ask for answers: no less than before, and no more
    /// than all the work is worth, nor than the budget.
    pub(super) fn may_owe(&self, said: Sats) -> bool {
        if !self.is_unknown() {
            return said == self.owed();
        }
        let most = owed(self.sum.work, self.terms.price).unwrap_or(Sats::MAX);
        (self.sealed..=most.min(self.terms.budget)).contains(&said)
    }

    /// Money stays the verifier's own, whatever a wrong epoch says. Only a sample has to take the epoch's word.
    pub(super) fn seal_money(&mut self, epoch: &Epoch) {
        self.sealed = match self.is_unknown() && self.may_owe(epoch.owed_total) {
            true => epoch.owed_total,
            false => self.owed(),
        };
        self.tally_sealed = self.tally;
    }
}
