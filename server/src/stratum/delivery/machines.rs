//! A contract's machines: whether they wait for its pool, how fast they shall be, and what they do.

use super::Delivery;
use crate::stratum::crews::Activity;
use market::SharePace;
use std::{
    collections::BTreeMap,
    sync::{Arc, MutexGuard, PoisonError},
};
use units::{Millis, Timestamp};

impl Delivery {
    /// While there is no job, and one may come any moment: until when its machines wait for it.
    pub(in crate::stratum) fn awaited_until(&self, now: Timestamp) -> Option<Timestamp> {
        let grace = self.access().patience.fail_over.as_millis();
        let grace = Millis::new(u64::try_from(grace).unwrap_or(u64::MAX));
        let until = self.lock_jobless().map(|since| since.after(grace));
        until.filter(|until| now < *until && !self.closed.is_cancelled())
    }

    /// True while its machines stay: the pool gives work, or did a moment ago.
    pub(in crate::stratum) fn keeps_machines(&self, now: Timestamp) -> bool {
        self.pool_connected() || self.awaited_until(now).is_some()
    }

    pub(super) fn lock_jobless(&self) -> MutexGuard<'_, Option<Timestamp>> {
        self.jobless.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Shares a minute that each of its machines is steered to.
    #[must_use]
    pub fn shares_per_minute(&self) -> u32 {
        let own = self.contract.shares_per_minute;
        own.map_or(self.about.shares_per_minute, SharePace::get)
    }

    /// What the host's machines do, by login, as this contract sees it; those that are not connected are missing.
    #[must_use]
    pub fn activities(&self) -> BTreeMap<Arc<str>, Activity> {
        let (crews, contract) = (&self.about.crews, &self.contract);
        crews.states(&contract.host, contract.id)
    }
}
