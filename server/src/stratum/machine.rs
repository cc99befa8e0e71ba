//! One machine: its logins, its place in the contract's coinbase space, its difficulty and its jobs. No I/O.

use super::{
    delivery::{Delivery, LiveJob, Submitted},
    login::Login,
};
use crate::sharelog::{LogError, Mark};
use pow::{Share, bundle::ShareRecord};
use std::{collections::BTreeMap, sync::Arc};
use stratum::{
    Downstream, ExtranonceSpace, JobTable, Reject, Submission, Vardiff, VardiffSettings, downstream,
};
use units::{Difficulty, Millis, Timestamp};

/// While a machine is new its difficulty may change at once; later only with an epoch's first job, so that it is constant
/// within an epoch.
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

/// A contract's coinbase space as this machine has it: a new one for each upstream session, and for each change of
/// difficulty in the middle of a job.
struct Place {
    number: u32,
    upstream: u32,
    variant: u32,
    space: ExtranonceSpace,
    difficulty: Difficulty,
}

pub(super) struct Machine {
    prefix: [u8; stratum::PREFIX_SIZE],
    connected: Timestamp,
    vardiff: Vardiff,
    /// Logins as the machine writes them.
    logins: BTreeMap<String, Login>,
    delivery: Option<Arc<Delivery>>,
    place: Option<Place>,
    places: u32,
    /// Numbers in the bundle, by place and login.
    workers: BTreeMap<(u32, String), u32>,
    jobs: JobTable<SentJob>,
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
            vardiff: Vardiff::new(vardiff, now),
            logins: BTreeMap::new(),
            delivery: None,
            place: None,
            places: 0,
            workers: BTreeMap::new(),
            jobs: JobTable::new(),
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
        let epoch = delivery.log.read(|state| state.epochs());
        let cap = Difficulty::at_most(&job.from_pool.target);
        let settling = now.since(self.connected) <= SETTLING;
        let free = settling || self.retargeted_in.is_none_or(|last| last < epoch);
        // A pool that has become easier must be followed at once: its shares would be lost.
        if free || self.vardiff.difficulty() > cap {
            self.vardiff.retarget(now, Some(cap));
            self.retargeted_in = Some(epoch);
        }
        let clean = job.from_pool.clean
            || self
                .place
                .as_ref()
                .is_none_or(|p| p.upstream != job.upstream);
        let placed = match self
            .place
            .take()
            .filter(|place| place.upstream == job.upstream)
        {
            Some(place) => self.keep(&delivery, job, place),
            None => self.take_place(&delivery, job, job.space.clone(), 0),
        };
        match placed {
            Ok(first) => self.send(session, &delivery, job, clean, first),
            Err(error) => {
                tracing::debug!(%error, "a machine was not given a job");
                Vec::new()
            }
        }
    }

    /// While the machine is new: another difficulty in the middle of a job, as fresh work.
    pub(super) fn settle(&mut self, session: &mut Downstream, now: Timestamp) -> Vec<String> {
        let Some(delivery) = self.delivery.clone() else {
            return Vec::new();
        };
        let job = delivery.jobs().borrow().clone();
        let (Some(job), Some(place)) = (job, &self.place) else {
            return Vec::new();
        };
        if now.since(self.connected) > SETTLING || job.upstream != place.upstream {
            return Vec::new();
        }
        let variant = place.variant + 1;
        let Some(space) = job.space.variant(variant) else {
            return Vec::new();
        };
        let cap = Difficulty::at_most(&job.from_pool.target);
        if self.vardiff.retarget(now, Some(cap)).is_none() {
            return Vec::new();
        }
        match self.take_place(&delivery, &job, space, variant) {
            Ok(first) => self.send(session, &delivery, &job, false, first),
            Err(error) => {
                tracing::debug!(%error, "a machine was not given another difficulty");
                Vec::new()
            }
        }
    }

    /// Stays where it is; a changed difficulty holds from this job on. Answers whether it changed.
    fn keep(
        &mut self,
        delivery: &Delivery,
        job: &LiveJob,
        mut place: Place,
    ) -> Result<bool, LogError> {
        let difficulty = self.vardiff.difficulty();
        let changed = difficulty != place.difficulty;
        if changed {
            let here = self
                .workers
                .iter()
                .filter(|((number, _), _)| *number == place.number);
            for (_, worker) in here {
                delivery.assign(*worker, job, difficulty.target())?;
            }
            place.difficulty = difficulty;
        }
        self.place = Some(place);
        Ok(changed)
    }

    fn take_place(
        &mut self,
        delivery: &Delivery,
        job: &LiveJob,
        space: ExtranonceSpace,
        variant: u32,
    ) -> Result<bool, LogError> {
        self.places += 1;
        let difficulty = self.vardiff.difficulty();
        let (number, upstream) = (self.places, job.upstream);
        let place = Place {
            number,
            upstream,
            variant,
            space,
            difficulty,
        };
        let logins: Vec<String> = self.logins.values().map(ToString::to_string).collect();
        for login in logins {
            let worker = self.join(delivery, job, &place, &login)?;
            self.workers.insert((number, login), worker);
        }
        self.place = Some(place);
        Ok(true)
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
        let id = self.jobs.insert(sent, place.difficulty.target());
        lines.push(downstream::notify(
            &id,
            &place.space.downstream_job(&job.from_pool.job),
            clean,
        ));
        lines
    }

    /// Judges a share; where it counts, it may be answered once the mark is durable.
    pub(super) fn submit(
        &mut self,
        submission: &Submission,
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
        let record = ShareRecord {
            at: now,
            worker: *worker,
            job: sent.job.number,
            extranonce2: share.extranonce2.to_vec(),
            share: Share {
                ntime: share.ntime,
                nonce: share.nonce,
                version_bits: share.version_bits.unwrap_or(0),
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
