//! The worker records of a contract's bundle: which are there and may be used again, and who may add one. A bundle holds a
//! bounded number, and a machine that comes costs one.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    net::IpAddr,
    sync::{Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};
use units::{Target, Timestamp};

/// How many worker records a contract may have, and how fast those may use them up of whom no share has counted.
#[derive(Clone, Copy, Debug)]
pub struct RecordLimits {
    /// The most in all: what a bundle holds.
    pub all: u32,
    /// What there is at first for logins that have not earned one.
    pub reserve: u32,
    /// What of it one address may have.
    pub of_address: u32,
    /// One comes back to each of them in this time.
    pub refill: Duration,
}

impl Default for RecordLimits {
    /// What docs/stratum.md promises: 10,000 machines at once find room three times; strangers alone would need 53 days
    /// to fill a bundle.
    fn default() -> Self {
        Self {
            all: 1 << 18,
            reserve: 1 << 15,
            of_address: 1 << 12,
            refill: Duration::from_secs(20),
        }
    }
}

/// So many counted shares earn a login a worker record, at the address that they came from.
pub(super) const SHARES_EACH: u64 = 4;

/// Addresses that are remembered before it is looked whether they have to be.
const LOOK_AT: usize = 64;

/// A contract's worker records of the latest upstream session, and what is left for more.
pub(super) struct Records {
    limits: RecordLimits,
    inner: Mutex<Inner>,
    full: OnceLock<Timestamp>,
    filled: Notify,
}

pub(super) struct Inner {
    upstream: Option<u32>,
    /// By the worker records' prefix.
    spaces: BTreeMap<Vec<u8>, Space>,
    reserve: Bucket,
    /// Those that lack some.
    by_address: BTreeMap<IpAddr, Bucket>,
    /// With so many addresses it is looked whether they still do.
    look_at: usize,
}

/// A coinbase space that was recorded with a target.
struct Space {
    target: Target,
    /// The job from which on the target holds.
    from: u32,
    /// A machine works there.
    taken: bool,
    /// The last job that was given there, once the machine has left.
    last: Option<JobStamp>,
    /// Who has a record there, with the job from which on it has the latest target.
    workers: Vec<Recorded>,
}

pub(super) struct Recorded {
    login: String,
    number: u32,
    from: u32,
}

/// What is left, one more after each `refill`.
#[derive(Clone, Copy)]
struct Bucket {
    left: u32,
    since: Instant,
}

/// What tells a job's work from another's: its number in the bundle and its ntime. A pool may give the same job again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct JobStamp {
    pub number: u32,
    pub ntime: u32,
}

/// A login's place in a coinbase space.
pub(super) struct Place<'a> {
    pub login: &'a str,
    /// Where its machine connects from.
    pub address: IpAddr,
    pub prefix: &'a [u8],
    pub target: Target,
}

/// What has to be written so that a login has its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: this worker has it.
    Is(u32),
    /// An assignment to this worker, from that job on.
    Assign(u32, u32),
    /// A worker, with an assignment from that job on.
    Introduce(u32),
}

impl Records {
    pub(super) fn new(limits: RecordLimits, now: Instant) -> Self {
        let inner = Inner {
            upstream: None,
            spaces: BTreeMap::new(),
            reserve: Bucket {
                left: limits.reserve,
                since: now,
            },
            by_address: BTreeMap::new(),
            look_at: LOOK_AT,
        };
        Self {
            limits,
            inner: Mutex::new(inner),
            full: OnceLock::new(),
            filled: Notify::new(),
        }
    }

    pub(super) const fn limits(&self) -> &RecordLimits {
        &self.limits
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The bundle takes no more of them; true where that is news.
    pub(super) fn fill(&self, now: Timestamp) -> bool {
        let is_news = self.full.set(now).is_ok();
        if is_news {
            self.filled.notify_one();
        }
        is_news
    }

    /// Once it is full; for one who waits.
    pub(super) async fn filled(&self) {
        self.filled.notified().await;
    }

    /// Since when workers are refused because the bundle takes no more.
    pub(super) fn full_since(&self) -> Option<Timestamp> {
        self.full.get().copied()
    }

    /// The padding with which a machine of this prefix gets fresh work of this target: one that it or another machine had
    /// there before, which costs no record, where the job is a later one; else the first that nobody had.
    pub(super) fn variant(
        &self,
        upstream: u32,
        job: JobStamp,
        prefix: impl Fn(u32) -> Option<Vec<u8>>,
        target: Target,
    ) -> Option<u32> {
        let inner = self.lock();
        let known = inner.upstream == Some(upstream);
        for variant in 0.. {
            let prefix = prefix(variant)?;
            match inner.spaces.get(&prefix).filter(|_| known) {
                None => return Some(variant),
                Some(space) if space.is_free_for(job, target) => return Some(variant),
                Some(_) => {}
            }
        }
        None
    }

    /// For a machine that has no space while none is fresh: the padding of one that nobody works in and whose work of this job is not
    /// done, whatever its target. That may have to stay until the next block: best is the nearest that is not harder.
    pub(super) fn unworked(
        &self,
        upstream: u32,
        job: JobStamp,
        prefix: impl Fn(u32) -> Option<Vec<u8>>,
        target: Target,
    ) -> Option<u32> {
        let inner = self.lock();
        if inner.upstream != Some(upstream) {
            return None;
        }
        let prefixes = (0..).map_while(|variant| Some((variant, prefix(variant)?)));
        let unworked = prefixes.filter_map(|(variant, prefix)| {
            let space = inner.spaces.get(&prefix)?;
            space.is_unworked(job).then_some((variant, space.target))
        });
        let best = unworked.min_by_key(|(_, has)| {
            // Of those that are harder the easiest.
            let harder = (*has < target).then_some(Reverse(*has));
            (harder, *has)
        });
        best.map(|(variant, _)| variant)
    }

    /// The machine that worked there has gone; `last` is the last job that it was given.
    pub(super) fn left(&self, upstream: u32, prefix: &[u8], last: Option<JobStamp>) {
        let mut inner = self.lock();
        if inner.upstream != Some(upstream) {
            return;
        }
        if let Some(space) = inner.spaces.get_mut(prefix) {
            space.taken = false;
            space.last = last;
        }
    }
}

impl Inner {
    /// Takes one for somebody who has not earned it; false where there is none.
    pub(super) fn spend(&mut self, limits: &RecordLimits, address: IpAddr, now: Instant) -> bool {
        let RecordLimits {
            reserve,
            of_address,
            refill,
            ..
        } = *limits;
        self.reserve.fill(reserve, refill, now);
        // So many as the reserve ever had at most.
        if self.by_address.len() >= self.look_at {
            self.by_address.retain(|_, bucket| {
                bucket.fill(of_address, refill, now);
                bucket.left < of_address
            });
            self.look_at = self.by_address.len().saturating_mul(2).max(LOOK_AT);
        }
        let whole = Bucket {
            left: of_address,
            since: now,
        };
        let mut here = self.by_address.get(&address).copied().unwrap_or(whole);
        here.fill(of_address, refill, now);
        if self.reserve.left == 0 || here.left == 0 {
            return false;
        }
        let left = here.left.saturating_sub(1);
        self.by_address.insert(address, Bucket { left, ..here });
        self.reserve.left = self.reserve.left.saturating_sub(1);
        true
    }

    /// Begins anew with each upstream session; false where the job's is over.
    pub(super) fn follow(&mut self, upstream: u32) -> bool {
        if self.upstream.is_none_or(|known| known < upstream) {
            self.upstream = Some(upstream);
            self.spaces.clear();
        }
        self.upstream == Some(upstream)
    }

    /// What a machine needs that begins to work in this space with this job.
    pub(super) fn enter(&self, place: &Place<'_>, job: u32) -> Step {
        match self.spaces.get(place.prefix) {
            Some(space) if space.target == place.target => space.step(place.login),
            Some(space) => match space.find(place.login) {
                Some(known) if known.from < job => Step::Assign(known.number, job),
                _ => Step::Introduce(job),
            },
            None => Step::Introduce(job),
        }
    }

    /// What another login of a machine needs that works there; none where the space has another target by now.
    pub(super) fn join(&self, place: &Place<'_>) -> Option<Step> {
        let space = self.spaces.get(place.prefix)?;
        (space.target == place.target).then(|| space.step(place.login))
    }

    /// A machine works there from now on.
    pub(super) fn take(&mut self, prefix: &[u8]) {
        if let Some(space) = self.spaces.get_mut(prefix) {
            space.taken = true;
        }
    }

    /// It was written, for this worker.
    pub(super) fn entered(&mut self, place: &Place<'_>, step: Step, number: u32) {
        let from = match step {
            Step::Is(_) => None,
            Step::Assign(_, from) | Step::Introduce(from) => Some(from),
        };
        let space = self
            .spaces
            .entry(place.prefix.to_vec())
            .or_insert_with(|| Space {
                target: place.target,
                from: from.unwrap_or_default(),
                taken: false,
                last: None,
                workers: Vec::new(),
            });
        let Some(from) = from else { return };
        if space.target != place.target {
            (space.target, space.from) = (place.target, from);
        }
        let known = space
            .workers
            .iter_mut()
            .find(|known| known.login == place.login);
        match known {
            Some(known) => (known.number, known.from) = (number, from),
            None => space.workers.push(Recorded {
                login: place.login.to_owned(),
                number,
                from,
            }),
        }
    }
}

impl Space {
    /// It can be had as it is.
    fn is_free_for(&self, job: JobStamp, target: Target) -> bool {
        self.target == target && self.is_unworked(job)
    }

    /// Nobody works there, and its work of this job is not done yet.
    fn is_unworked(&self, job: JobStamp) -> bool {
        let done = self
            .last
            .is_some_and(|last| last.number >= job.number || last.ntime == job.ntime);
        !(self.taken || done)
    }

    fn find(&self, login: &str) -> Option<&Recorded> {
        self.workers.iter().find(|known| known.login == login)
    }

    /// So that the login has the target that the space has: that was recorded before, so this may come with the login's first
    /// share and chooses nothing.
    fn step(&self, login: &str) -> Step {
        match self.find(login) {
            Some(known) if known.from >= self.from => Step::Is(known.number),
            Some(known) => Step::Assign(known.number, self.from),
            None => Step::Introduce(self.from),
        }
    }
}

impl Bucket {
    fn fill(&mut self, most: u32, refill: Duration, now: Instant) {
        let refill = refill.max(Duration::from_millis(1));
        let waited = now.saturating_duration_since(self.since).as_nanos();
        let more = waited.checked_div(refill.as_nanos()).unwrap_or(0);
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(more).min(most);
        // What is left of the time counts on, but a full one begins anew.
        self.since = if self.left >= most {
            now
        } else {
            self.since + refill * more
        };
    }
}

#[cfg(test)]
mod tests;
