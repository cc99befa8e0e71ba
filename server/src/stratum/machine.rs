//! One machine: its logins, its place in the contract's coinbase space, its difficulty and its jobs. No I/O.

mod place;
mod shares;

use place::stamp;
pub(super) use shares::Prepared;

use super::{
    delivery::{Delivery, LiveJob, Unplaced},
    login::Login,
    meter::Meter,
};
use crate::identity::MachineKey;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    sync::Arc,
};
use stratum::{Downstream, JobTable, Vardiff, VardiffSettings, downstream};
use units::{Difficulty, Millis, Timestamp};

/// While a machine is new its difficulty may change at once; later only with an epoch's first job, so that it is constant
/// within an epoch, unless shares come in a flood.
const SETTLING: Millis = Millis::new(60_000);

/// What a job was sent as.
pub(super) struct SentJob {
    pub delivery: Arc<Delivery>,
    pub job: Arc<LiveJob>,
    /// The place it was sent for.
    pub place: u32,
    /// The extranonce there, but for the machine's own bytes.
    pub extranonce1: Box<[u8]>,
    /// What the machine might roll when it got the job.
    pub mask: u32,
}

/// A login of the connection.
struct Known {
    login: Login,
    /// The login as text.
    name: Arc<str>,
    number: u32,
    key: MachineKey,
}

/// A coinbase space of the contract that is this machine's, with one difficulty for good: were there two, it could
/// hash once and submit each header under the one that pays. Another difficulty is another place.
struct Place {
    number: u32,
    upstream: u32,
    /// The pool's.
    extranonce1: Vec<u8>,
    /// The job from which on it has its target.
    from: u32,
    /// The padding's number.
    variant: u32,
    /// Padding and prefix.
    fixed: Vec<u8>,
    /// As worker records have it.
    prefix: Vec<u8>,
    difficulty: Difficulty,
}

/// How a job is sent.
#[derive(Clone, Copy)]
struct How {
    clean: bool,
    new_difficulty: bool,
}

pub(super) struct Machine {
    address: IpAddr,
    prefix: [u8; stratum::PREFIX_SIZE],
    connected: Timestamp,
    floor: Difficulty,
    vardiff: Vardiff,
    /// As the machine writes them.
    logins: BTreeMap<String, Known>,
    delivery: Option<Arc<Delivery>>,
    place: Option<Place>,
    places: u32,
    /// Numbers in the bundle, by place and login's number: of those that have one so far.
    workers: BTreeMap<(u32, u32), u32>,
    /// Of which a share counted last.
    speaker: Option<Arc<str>>,
    /// Why it has no job, where there is one for others.
    unplaced: Option<Unplaced>,
    jobs: JobTable<Arc<SentJob>>,
    /// The last job sent, while it counts.
    given: Option<Arc<LiveJob>>,
    /// The block that the last job sent builds on.
    sent_block: Option<[u8; 32]>,
    retargeted_in: Option<u32>,
    /// What its host's crew knows of it.
    meter: Option<Arc<Meter>>,
}

impl Machine {
    pub(super) fn new(
        address: IpAddr,
        prefix: [u8; stratum::PREFIX_SIZE],
        vardiff: VardiffSettings,
        now: Timestamp,
    ) -> Self {
        Self {
            address,
            prefix,
            connected: now,
            floor: vardiff.floor,
            vardiff: Vardiff::new(vardiff, now),
            logins: BTreeMap::new(),
            delivery: None,
            place: None,
            places: 0,
            workers: BTreeMap::new(),
            speaker: None,
            unplaced: None,
            jobs: JobTable::new(),
            given: None,
            sent_block: None,
            retargeted_in: None,
            meter: None,
        }
    }

    /// The host of this connection, once a login was accepted.
    pub(super) fn login(&self) -> Option<&Login> {
        self.logins.values().next().map(|known| &known.login)
    }

    /// Its place among all connections.
    pub(super) const fn prefix(&self) -> [u8; stratum::PREFIX_SIZE] {
        self.prefix
    }

    /// Another one, while it has no work.
    pub(super) fn move_to(&mut self, prefix: [u8; stratum::PREFIX_SIZE], now: Timestamp) {
        self.stop(now);
        self.prefix = prefix;
    }

    /// What it works for.
    pub(super) const fn delivery(&self) -> Option<&Arc<Delivery>> {
        self.delivery.as_ref()
    }

    /// True where this is the last job sent.
    pub(super) fn has(&self, job: &Arc<LiveJob>) -> bool {
        self.given
            .as_ref()
            .is_some_and(|given| Arc::ptr_eq(given, job))
    }

    /// What its logins came with, the latest of each.
    pub(super) fn keys(&self) -> impl Iterator<Item = MachineKey> {
        self.logins.values().map(|known| known.key)
    }

    /// A login was accepted: `written` is how the machine writes it.
    pub(super) fn log_in(&mut self, written: &str, login: &Login, key: MachineKey, now: Timestamp) {
        if let Some(known) = self.logins.get_mut(written) {
            known.key = key;
            return;
        }
        let name: Arc<str> = login.to_string().into();
        if let Some(meter) = &self.meter {
            meter.known_as(&name);
        }
        let number = u32::try_from(self.logins.len()).unwrap_or(u32::MAX);
        let known = Known {
            login: login.clone(),
            name: Arc::clone(&name),
            number,
            key,
        };
        self.logins.insert(written.to_owned(), known);
        // Where there is a job it is this login's too, under the same target: its first share says that it works.
        if let Some(delivery) = &self.delivery {
            delivery.stats().connected(&name, now);
        }
    }

    /// What the machine wishes: where to start, and what it cannot do with less.
    pub(super) fn wishes(&mut self, session: &Downstream) {
        if let Some(start) = session.suggested_difficulty() {
            self.vardiff.suggest(start);
        }
        if let Some(least) = session.minimum_difficulty() {
            self.vardiff.require(least);
        }
    }

    /// From now on its shares are told to its host's crew.
    pub(super) fn measure(&mut self, meter: Arc<Meter>) {
        for known in self.logins.values() {
            meter.known_as(&known.name);
        }
        self.meter = Some(meter);
    }

    /// From now on the machine works for this contract, or for none.
    pub(super) fn assign(&mut self, delivery: Option<Arc<Delivery>>, now: Timestamp) {
        self.leave(now);
        if let Some(delivery) = &delivery {
            for known in self.logins.values() {
                delivery.stats().connected(&known.name, now);
            }
            self.vardiff.set_pace(delivery.shares_per_minute(), now);
        }
        self.delivery = delivery;
        // Epochs are numbered by contract.
        self.retargeted_in = None;
    }

    /// The connection or the assignment ends.
    pub(super) fn leave(&mut self, now: Timestamp) {
        self.stop(now);
        if let Some(delivery) = self.delivery.take() {
            for known in self.logins.values() {
                delivery.stats().disconnected(&known.name);
            }
            delivery.berths().leave(self.prefix);
        }
    }

    /// There is no job: shares of the earlier ones are stale.
    pub(super) fn stop(&mut self, now: Timestamp) {
        if self.given.is_some() {
            // What its shares say, without this pool's limit: the next job begins another measurement.
            self.vardiff.retarget(now, None);
        }
        if let Some(meter) = &self.meter {
            meter.working(false, now);
        }
        self.vacate();
        self.jobs.clear();
        self.workers.clear();
        self.given = None;
        self.sent_block = None;
        self.unplaced = None;
    }

    /// Its space is free for others, from the next job on.
    fn vacate(&mut self) {
        if let (Some(place), Some(delivery)) = (self.place.take(), &self.delivery) {
            let last = self.given.as_deref().map(stamp);
            let records = delivery.records();
            records.left(place.upstream, &place.prefix, last);
        }
    }

    /// True where a share of this machine counted in a space from which fresh work can be made at any time: if it comes back,
    /// it may have the same prefix again.
    pub(super) fn may_return(&self) -> bool {
        let given = self.given.as_ref();
        self.speaker.is_some() && given.is_some_and(|job| job.space.variant(1).is_some())
    }

    /// Why it has no job, where there is one for others.
    pub(super) const fn unplaced(&self) -> Option<Unplaced> {
        self.unplaced
    }

    /// There is a job, but not for this machine: it is as one that delivers nothing.
    pub(super) fn strand(&mut self, now: Timestamp) {
        if self.given.is_some() {
            self.stop(now);
        }
        if let Some(meter) = &self.meter {
            meter.strand();
        }
    }

    /// Adds the lines that give the machine this job; none where it cannot be given.
    pub(super) fn notify(
        &mut self,
        session: &mut Downstream,
        job: &Arc<LiveJob>,
        now: Timestamp,
        lines: &mut Vec<u8>,
    ) {
        let Some(delivery) = self.delivery.clone() else {
            return;
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
        if !self.is_in_session_of(job) {
            self.vacate();
        }
        let new_session = self.place.is_none();
        let variant = match &self.place {
            Some(place) if place.difficulty == self.vardiff.difficulty() => None,
            // With a block every header is new.
            Some(place) if new_block => Some(place.variant),
            // Without padding another difficulty has to wait for that.
            Some(_) => self.fresh_variant(&delivery, job),
            None => self.variant_to_begin(&delivery, job),
        };
        let clean = job.from_pool.clean || new_block || new_session;
        let taken = match variant {
            Some(variant) => self.take_place(&delivery, job, variant),
            None if new_session => Err(Unplaced::Done),
            None => Ok(()),
        };
        self.unplaced = taken.err();
        if self.place.is_none() {
            if let Some(meter) = &self.meter {
                meter.strand();
            }
            return;
        }
        // The same work again would be done twice.
        if taken.is_err() && self.has(job) {
            return;
        }
        // Where it cannot have another difficulty now it goes on with the one that it has.
        let how = How {
            clean,
            new_difficulty: variant.is_some() && taken.is_ok(),
        };
        self.send(session, &delivery, job, how, now, lines);
    }

    /// In the middle of a job: another difficulty, as fresh work, for a machine that is new or floods.
    pub(super) fn settle(&mut self, session: &mut Downstream, now: Timestamp, lines: &mut Vec<u8>) {
        let Some(delivery) = self.delivery.clone() else {
            return;
        };
        let job = delivery.job_for(self.prefix);
        let Some(job) = job else {
            return;
        };
        // A job that was not sent yet comes in a moment, and settles it.
        let sent = self.sent_block == Some(job.from_pool.job.prev_hash);
        let same = sent && self.is_in_session_of(&job);
        if !same || !(self.settling(now) || self.vardiff.is_flooded(now)) {
            return;
        }
        let before = self.vardiff.clone();
        if self.vardiff.retarget(now, Some(self.cap(&job))).is_none() {
            return;
        }
        let Some(variant) = self.fresh_variant(&delivery, &job) else {
            self.vardiff = before;
            return;
        };
        if self.take_place(&delivery, &job, variant).is_err() {
            self.vardiff = before;
            return;
        }
        let how = How {
            clean: false,
            new_difficulty: true,
        };
        self.send(session, &delivery, &job, how, now, lines);
    }

    fn settling(&self, now: Timestamp) -> bool {
        now.since(self.connected) <= SETTLING
    }

    /// The hardest that may be assigned: the pool's, else its shares would be lost; but not easier than the floor.
    fn cap(&self, job: &LiveJob) -> Difficulty {
        job.cap.max(self.floor)
    }

    fn send(
        &mut self,
        session: &mut Downstream,
        delivery: &Arc<Delivery>,
        job: &Arc<LiveJob>,
        how: How,
        now: Timestamp,
        lines: &mut Vec<u8>,
    ) {
        let Some(place) = &self.place else {
            return;
        };
        if let Some(line) = session.offer_version_mask(job.version_mask) {
            end_line(line.as_bytes(), lines);
        }
        if how.new_difficulty {
            let line = downstream::set_difficulty(place.difficulty);
            end_line(line.as_bytes(), lines);
            for known in self.logins.values() {
                delivery.stats().difficulty(&known.name, place.difficulty);
            }
        }
        let block = job.from_pool.job.prev_hash;
        if how.clean {
            self.jobs.renew(block, now);
            let mut needed: BTreeSet<u32> = self.jobs.live(now).map(|sent| sent.place).collect();
            needed.insert(place.number);
            self.workers
                .retain(|(number, _), _| needed.contains(number));
        }
        let sent = SentJob {
            delivery: Arc::clone(delivery),
            job: Arc::clone(job),
            place: place.number,
            extranonce1: [job.space.extranonce1(), &place.fixed].concat().into(),
            mask: session.version_mask(),
        };
        self.sent_block = Some(block);
        self.given = Some(Arc::clone(job));
        if let Some(meter) = &self.meter {
            meter.working(true, now);
        }
        let id = self.jobs.insert(Arc::new(sent), place.difficulty.target());
        let template = &job.template;
        if template.write_variant_into(&id, place.variant, how.clean, lines) {
            lines.push(b'\n');
        }
    }
}

impl Place {
    fn is_in_session_of(&self, job: &LiveJob) -> bool {
        self.upstream == job.upstream
            && self.extranonce1 == job.space.extranonce1()
            && self.from <= job.number
    }
}

fn end_line(line: &[u8], lines: &mut Vec<u8>) {
    lines.extend_from_slice(line);
    lines.push(b'\n');
}
