//! One machine: its logins, its place in the contract's coinbase space, its difficulty and its jobs. No I/O.

use super::{
    delivery::{Delivery, LiveJob, Submitted},
    login::Login,
};
use crate::sharelog::{LogError, Mark};
use pow::{Share, VERSION_ROLLING_MASK, bundle::ShareRecord};
use std::{collections::BTreeMap, sync::Arc};
use stratum::{
    Downstream, ExtranonceSpace, JobTable, Reject, Submission, Vardiff, VardiffSettings, downstream,
};
use units::{Difficulty, Millis, Timestamp};

/// While a machine is new its difficulty may change at once; later only with an epoch's first job, so that it is constant
/// within an epoch, unless shares come in a flood.
const SETTLING: Millis = Millis::new(60_000);

/// What a job was sent as.
#[derive(Clone)]
struct SentJob {
    delivery: Arc<Delivery>,
    job: Arc<LiveJob>,
    /// The place it was sent for, and that place's space.
    place: u32,
    space: ExtranonceSpace,
}

/// A coinbase space of the contract that is this machine's, with one difficulty for good: were there two, it could
/// hash once and submit each header under the one that pays. Another difficulty is another place.
struct Place {
    number: u32,
    upstream: u32,
    space: ExtranonceSpace,
    difficulty: Difficulty,
}

pub(super) struct Machine {
    prefix: [u8; stratum::PREFIX_SIZE],
    connected: Timestamp,
    floor: Difficulty,
    vardiff: Vardiff,
    /// Logins as the machine writes them.
    logins: BTreeMap<String, Login>,
    delivery: Option<Arc<Delivery>>,
    place: Option<Place>,
    places: u32,
    /// The next padding: none is used twice, so that no work is given twice.
    variants: u32,
    /// Numbers in the bundle, by place and login.
    workers: BTreeMap<(u32, String), u32>,
    jobs: JobTable<SentJob>,
    /// The block that the last job sent builds on.
    sent_block: Option<[u8; 32]>,
    retargeted_in: Option<u32>,
}

impl Machine {
    pub(super) fn new(
        prefix: [u8; stratum::PREFIX_SIZE],
        vardiff: VardiffSettings,
        now: Timestamp,
    ) -> Self {
        Self {
            prefix,
            connected: now,
            floor: vardiff.floor,
            vardiff: Vardiff::new(vardiff, now),
            logins: BTreeMap::new(),
            delivery: None,
            place: None,
            places: 0,
            variants: 0,
            workers: BTreeMap::new(),
            jobs: JobTable::new(),
            sent_block: None,
            retargeted_in: None,
        }
    }

    /// The host of this connection, once a login was accepted.
    pub(super) fn login(&self) -> Option<&Login> {
        self.logins.values().next()
    }

    /// A login was accepted: `written` is how the machine writes it.
    pub(super) fn log_in(&mut self, written: &str, login: &Login, now: Timestamp) {
        let new = self
            .logins
            .insert(written.to_owned(), login.clone())
            .is_none();
        let Some(delivery) = self.delivery.clone().filter(|_| new) else {
            return;
        };
        delivery.stats().connected(&login.to_string(), now);
        // The others' job is this one's too, under the same target.
        let job = delivery.jobs().borrow().clone();
        if let (Some(job), Some(place)) = (job, &self.place)
            && job.upstream == place.upstream
        {
            let joined = self.join(&delivery, &job, place, &login.to_string());
            self.workers
                .extend(joined.map(|number| ((place.number, login.to_string()), number)));
        }
    }

    /// From now on the machine works for this contract, or for none.
    pub(super) fn assign(&mut self, delivery: Option<Arc<Delivery>>, now: Timestamp) {
        self.leave();
        if let Some(delivery) = &delivery {
            for login in self.logins.values() {
                delivery.stats().connected(&login.to_string(), now);
            }
        }
        self.delivery = delivery;
        // Epochs are numbered by contract.
        self.retargeted_in = None;
    }

    /// The connection or the assignment ends.
    pub(super) fn leave(&mut self) {
        if let Some(delivery) = self.delivery.take() {
            for login in self.logins.values() {
                delivery.stats().disconnected(&login.to_string());
            }
        }
        self.stop();
    }

    /// There is no job: shares of the earlier ones are stale.
    pub(super) fn stop(&mut self) {
        self.jobs.clear();
        self.workers.clear();
        self.place = None;
        self.sent_block = None;
    }

    /// The lines that give the machine this job; none where it cannot be given.
    pub(super) fn notify(
        &mut self,
        session: &mut Downstream,
        job: &Arc<LiveJob>,
        now: Timestamp,
    ) -> Vec<String> {
        let Some(delivery) = self.delivery.clone() else {
            return Vec::new();
        };
        if self.place.is_none() {
            // There was no work: silence says nothing about the machine.
            self.vardiff.restart(now);
        }
        let epoch = delivery.log.read(|state| state.epochs());
        let cap = self.cap(job);
        let new_epoch = self.retargeted_in.is_none_or(|last| last < epoch);
        let free = new_epoch || self.settling(now) || self.vardiff.is_flooded(now);
        // A pool that has become easier must be followed at once: its shares would be lost.
        if free || self.vardiff.difficulty() > cap {
            self.vardiff.retarget(now, Some(cap));
            self.retargeted_in = Some(epoch);
        }
        let new_block = self.sent_block != Some(job.from_pool.job.prev_hash);
        let kept = self.place.take_if(|place| place.upstream == job.upstream);
        let new_session = kept.is_none();
        let wanted = self.vardiff.difficulty();
        let space = match &kept {
            Some(place) if place.difficulty == wanted => None,
            // Without padding another difficulty has to wait for a block, with which every header is new.
            Some(_) => self
                .fresh_space(job)
                .or_else(|| new_block.then(|| job.space.clone())),
            None => Some(self.fresh_space(job).unwrap_or_else(|| job.space.clone())),
        };
        self.place = kept;
        let clean = job.from_pool.clean || new_block || new_session;
        match space.map(|space| self.take_place(&delivery, job, space)) {
            None => self.send(session, &delivery, job, clean, false),
            Some(Ok(())) => self.send(session, &delivery, job, clean, true),
            Some(Err(error)) => {
                tracing::warn!(%error, contract = %delivery.contract.id, "a machine was not given a job");
                Vec::new()
            }
        }
    }

    /// In the middle of a job: another difficulty, as fresh work, for a machine that is new or floods.
    pub(super) fn settle(&mut self, session: &mut Downstream, now: Timestamp) -> Vec<String> {
        let Some(delivery) = self.delivery.clone() else {
            return Vec::new();
        };
        let job = delivery.jobs().borrow().clone();
        let (Some(job), Some(place)) = (job, &self.place) else {
            return Vec::new();
        };
        // A job that was not sent yet comes in a moment, and settles it.
        let sent = self.sent_block == Some(job.from_pool.job.prev_hash);
        let same = sent && job.upstream == place.upstream;
        if !same || !(self.settling(now) || self.vardiff.is_flooded(now)) {
            return Vec::new();
        }
        let before = self.vardiff.clone();
        if self.vardiff.retarget(now, Some(self.cap(&job))).is_none() {
            return Vec::new();
        }
        let Some(space) = self.fresh_space(&job) else {
            self.vardiff = before;
            return Vec::new();
        };
        match self.take_place(&delivery, &job, space) {
            Ok(()) => self.send(session, &delivery, &job, false, true),
            Err(error) => {
                tracing::warn!(%error, contract = %delivery.contract.id, "a machine was not given another difficulty");
                Vec::new()
            }
        }
    }

    fn settling(&self, now: Timestamp) -> bool {
        now.since(self.connected) <= SETTLING
    }

    /// The hardest that may be assigned: the pool's, else its shares would be lost; but not easier than the floor.
    fn cap(&self, job: &LiveJob) -> Difficulty {
        Difficulty::at_most(&job.from_pool.target).max(self.floor)
    }

    fn fresh_space(&mut self, job: &LiveJob) -> Option<ExtranonceSpace> {
        let space = job.space.variant(self.variants)?;
        self.variants += 1;
        Some(space)
    }

    fn take_place(
        &mut self,
        delivery: &Delivery,
        job: &LiveJob,
        space: ExtranonceSpace,
    ) -> Result<(), LogError> {
        self.places += 1;
        let place = Place {
            number: self.places,
            upstream: job.upstream,
            space,
            difficulty: self.vardiff.difficulty(),
        };
        let logins: Vec<String> = self.logins.values().map(ToString::to_string).collect();
        for login in logins {
            let worker = self.join(delivery, job, &place, &login)?;
            self.workers.insert((place.number, login), worker);
        }
        self.place = Some(place);
        Ok(())
    }

    fn join(
        &self,
        delivery: &Delivery,
        job: &LiveJob,
        place: &Place,
        login: &str,
    ) -> Result<u32, LogError> {
        let fixed = place.space.fixed_extranonce2(self.prefix);
        delivery.join(login, fixed, job, place.difficulty.target())
    }

    fn send(
        &mut self,
        session: &mut Downstream,
        delivery: &Arc<Delivery>,
        job: &Arc<LiveJob>,
        clean: bool,
        new_difficulty: bool,
    ) -> Vec<String> {
        let Some(place) = &self.place else {
            return Vec::new();
        };
        let mut lines = Vec::with_capacity(3);
        lines.extend(session.offer_version_mask(job.version_mask));
        if new_difficulty {
            lines.push(downstream::set_difficulty(place.difficulty));
            for login in self.logins.values() {
                delivery
                    .stats()
                    .difficulty(&login.to_string(), place.difficulty);
            }
        }
        if clean {
            self.jobs.clear();
            let current = place.number;
            self.workers.retain(|(number, _), _| *number == current);
        }
        let sent = SentJob {
            delivery: Arc::clone(delivery),
            job: Arc::clone(job),
            place: place.number,
            space: place.space.clone(),
        };
        self.sent_block = Some(job.from_pool.job.prev_hash);
        let id = self.jobs.insert(sent, place.difficulty.target());
        lines.push(downstream::notify(
            &id,
            &place.space.downstream_job(&job.from_pool.job),
            clean,
        ));
        lines
    }

    /// Judges a share; where it counts, it may be answered once the mark is durable. `mask` is what the machine may roll.
    pub(super) fn submit(
        &mut self,
        submission: &Submission,
        mask: u32,
        now: Timestamp,
    ) -> Result<(Arc<Delivery>, Mark), Reject> {
        let login = self
            .logins
            .get(&submission.login)
            .ok_or(Reject::Unauthorized)?
            .to_string();
        let found = self.jobs.find(&submission.job_id);
        let Some((sent, _)) = found else {
            if let Some(delivery) = &self.delivery {
                delivery.stats().rejected(Reject::JobNotFound);
            }
            return Err(Reject::JobNotFound);
        };
        let worker = self
            .workers
            .get(&(sent.place, login.clone()))
            .ok_or(Reject::JobNotFound)?;
        let share = submission.share;
        // BIP 310, by the negotiated mask; the record holds the bits of the whole BIP 320 range.
        let version = sent.job.from_pool.job.version;
        let rolled = |bits| ((version & !mask) | (bits & mask)) & VERSION_ROLLING_MASK;
        let record = ShareRecord {
            at: now,
            worker: *worker,
            job: sent.job.number,
            extranonce2: share.extranonce2[..].into(),
            share: Share {
                ntime: share.ntime,
                nonce: share.nonce,
                version_bits: share.version_bits.map_or(0, rolled),
            },
        };
        let extranonce2 = [
            &sent.space.fixed_extranonce2(self.prefix)[..],
            &share.extranonce2,
        ]
        .concat();
        let submitted = Submitted {
            login,
            record,
            extranonce2,
        };
        let (admitted, mark) = sent.delivery.submit(&sent.job, submitted)?;
        self.vardiff.on_share(admitted.work);
        Ok((Arc::clone(&sent.delivery), mark))
    }
}
