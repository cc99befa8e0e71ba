//! Which coinbase space a machine works in.

use super::{Known, Machine, Place};
use crate::stratum::{
    delivery::{Delivery, LiveJob, Unplaced},
    records,
};
use std::sync::Arc;
use units::Difficulty;

/// Coinbase spaces that a machine may move into in an upstream session, each of which costs a worker record. A pool that becomes easier
/// and harder again within a block has a machine begin fresh work each time, and would fill the proof with a few machines. It cannot
/// have one come back.
const SPACES_OF_A_PREFIX: u32 = 8;

impl Machine {
    pub(super) fn is_in_session_of(&self, job: &LiveJob) -> bool {
        let place = self.place.as_ref();
        place.is_some_and(|place| place.is_in_session_of(job))
    }

    /// A padding with which the job is fresh work of the wanted difficulty; none where the prefix has had so many.
    pub(super) fn fresh_variant(&self, delivery: &Delivery, job: &LiveJob) -> Option<u32> {
        self.fresh_among(delivery, job, SPACES_OF_A_PREFIX)
    }

    /// The same for a machine that has no place. Where the prefix has had so many, one of them in which this job was not worked on; where
    /// it was in all, a further one, since the machine would do the same work again. None where there is no padding.
    pub(super) fn variant_to_begin(&self, delivery: &Delivery, job: &LiveJob) -> Option<u32> {
        let known = || {
            let prefix = |variant| self.prefix_in(job, variant, SPACES_OF_A_PREFIX);
            let target = self.vardiff.difficulty().target();
            delivery
                .records()
                .unworked(job.upstream, stamp(job), prefix, target)
        };
        self.fresh_variant(delivery, job)
            .or_else(known)
            .or_else(|| self.fresh_among(delivery, job, u32::MAX))
    }

    fn fresh_among(&self, delivery: &Delivery, job: &LiveJob, spaces: u32) -> Option<u32> {
        let prefix = |variant| self.prefix_in(job, variant, spaces);
        let target = self.vardiff.difficulty().target();
        delivery
            .records()
            .variant(job.upstream, stamp(job), prefix, target)
    }

    /// As worker records have it, of the first so many spaces.
    fn prefix_in(&self, job: &LiveJob, variant: u32, spaces: u32) -> Option<Vec<u8>> {
        let space = job.space.variant(variant).filter(|_| variant < spaces)?;
        Some(recorded_prefix(job, &space.fixed_extranonce2(self.prefix)))
    }

    /// The login that is likely to find the next share.
    fn next_speaker(&self) -> Option<(u32, Arc<str>)> {
        let mut logins = self.logins.values();
        let spoke = |known: &&Known| self.speaker.as_ref() == Some(&known.name);
        let known = logins
            .clone()
            .find(spoke)
            .or_else(|| logins.find(|known| known.number == 0))?;
        Some((known.number, Arc::clone(&known.name)))
    }

    /// Of the machine's logins one has its target recorded here; the others do with their first share, since they have the same.
    pub(super) fn take_place(
        &mut self,
        delivery: &Delivery,
        job: &LiveJob,
        variant: u32,
    ) -> Result<(), Unplaced> {
        let Some((speaker, login)) = self.next_speaker() else {
            return Ok(());
        };
        let space = job.space.variant(variant);
        let fixed = space
            .unwrap_or_else(|| job.space.clone())
            .fixed_extranonce2(self.prefix);
        let extranonce1 = job.space.extranonce1().to_vec();
        // Where shares of this space have counted under this block, others are judged alike.
        let whole = [&extranonce1[..], &fixed].concat();
        let judged = delivery.log.read(|state| state.space_target(&whole));
        let place = Place {
            number: self.places.saturating_add(1),
            upstream: job.upstream,
            extranonce1,
            from: job.number,
            variant,
            prefix: recorded_prefix(job, &fixed),
            fixed,
            difficulty: judged.map_or_else(
                || self.vardiff.difficulty(),
                |target| Difficulty::at_most(&target),
            ),
        };
        let recorded = records::Place {
            login: &login,
            address: self.address,
            prefix: &place.prefix,
            target: place.difficulty.target(),
        };
        let worker = delivery.enter(&recorded, job)?;
        self.workers.insert((place.number, speaker), worker);
        self.places = place.number;
        if self
            .place
            .as_ref()
            .is_some_and(|old| old.prefix != place.prefix)
        {
            self.vacate();
        }
        self.place = Some(place);
        Ok(())
    }
}

pub(super) fn stamp(job: &LiveJob) -> records::JobStamp {
    records::JobStamp {
        number: job.number,
        ntime: job.from_pool.job.ntime,
    }
}

/// What of a machine's coinbase is in its worker records. In the bundle, the sessions that are for one machine each are one,
/// without an extranonce1.
pub(super) fn recorded_prefix(job: &LiveJob, fixed: &[u8]) -> Vec<u8> {
    match job.space.required_prefix() {
        None => fixed.to_vec(),
        Some(_) => [job.space.extranonce1(), fixed].concat(),
    }
}
