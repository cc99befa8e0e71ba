//! The sessions of a pool that leaves too little extranonce2 to be shared: each is a berth for one machine, the one whose
//! prefix is what the pool's extranonce1 ends with.

use super::{
    delivery::LiveJob,
    prefixes::{Prefix, Prefixes},
};
use pow::bundle::JobRecord;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use stratum::PREFIX_SIZE;
use tokio::{sync::Notify, time::Instant};

/// Sessions of one contract, so machines that it can have.
pub(super) const BERTHS_MAX: usize = 64;

/// A session for which no machine works is ended after so long.
const IDLE: Duration = Duration::from_secs(600);

/// A machine of which no share has counted for so long loses its session where others wait and no more can be opened.
const UNWORKED: Duration = Duration::from_secs(120);

/// Different jobs of one block that are remembered: sessions mostly get the same one.
const JOBS_KEPT: usize = 2 * BERTHS_MAX;

/// A contract's berths.
pub(super) struct Berths {
    inner: Mutex<Inner>,
    wanted: Notify,
    pub prefixes: Arc<Prefixes>,
}

#[derive(Default)]
struct Inner {
    by_prefix: BTreeMap<[u8; PREFIX_SIZE], Berth>,
    /// The prefixes of machines that have no berth and could move into one.
    waiting: BTreeSet<[u8; PREFIX_SIZE]>,
    /// Those of them that lost one: the others come first.
    gave_up: BTreeSet<[u8; PREFIX_SIZE]>,
    session: Option<Shared>,
}

struct Berth {
    /// The pool's session, by its connection's number.
    connection: u64,
    prefix: Arc<Prefix>,
    job: Option<Arc<LiveJob>>,
    /// The last job that a machine got.
    worked: Option<Arc<LiveJob>>,
    /// Since when no machine works here.
    idle_since: Option<Instant>,
    /// When a share counted last, or the machine came.
    counted: Instant,
}

/// What the sessions are in the bundle: one upstream session of which extranonce1 is empty, so that the whole of each
/// one's extranonce1 is in its worker's prefix.
struct Shared {
    upstream: u32,
    extranonce2_size: u8,
    /// Latest last; all on one block.
    jobs: VecDeque<(u32, JobRecord)>,
}

impl Berths {
    pub(super) fn new(prefixes: Arc<Prefixes>) -> Self {
        Self {
            inner: Mutex::default(),
            wanted: Notify::new(),
            prefixes,
        }
    }

    /// From now on this connection's session is the berth for this prefix; false where another one's is.
    #[must_use]
    pub(super) fn hold(&self, connection: u64, bytes: [u8; PREFIX_SIZE]) -> bool {
        let mut inner = self.lock();
        if let Some(berth) = inner.by_prefix.get(&bytes) {
            return berth.connection == connection;
        }
        // The pool may give a session another extranonce1.
        let left = inner.take(connection);
        let berth = Berth {
            connection,
            prefix: self.prefixes.share(bytes),
            job: None,
            worked: None,
            idle_since: Some(Instant::now()),
            counted: Instant::now(),
        };
        inner.by_prefix.insert(bytes, berth);
        drop((inner, left));
        true
    }

    /// A session's latest job.
    pub(super) fn give(&self, bytes: [u8; PREFIX_SIZE], job: Arc<LiveJob>) {
        if let Some(berth) = self.lock().by_prefix.get_mut(&bytes) {
            berth.job = Some(job);
        }
    }

    /// A session has ended.
    pub(super) fn close(&self, connection: u64) {
        let closed = self.lock().take(connection);
        drop(closed);
    }

    /// All sessions have ended.
    pub(super) fn close_all(&self) {
        let closed = std::mem::take(&mut *self.lock());
        drop(closed);
    }

    /// The upstream session that stands for all of them in the bundle, and its size of extranonce2.
    pub(super) fn session(&self) -> Option<(u32, u8)> {
        let inner = self.lock();
        inner
            .session
            .as_ref()
            .map(|session| (session.upstream, session.extranonce2_size))
    }

    /// It is in the bundle under this number.
    pub(super) fn introduced(&self, upstream: u32, extranonce2_size: u8) {
        self.lock().session = Some(Shared {
            upstream,
            extranonce2_size,
            jobs: VecDeque::new(),
        });
    }

    /// A job is in the bundle under this number.
    pub(super) fn recorded(&self, number: u32, record: JobRecord) {
        let mut inner = self.lock();
        let Some(Shared { jobs, .. }) = &mut inner.session else {
            return;
        };
        jobs.retain(|(_, known)| known.job.prev_hash == record.job.prev_hash);
        jobs.push_back((number, record));
        if jobs.len() > JOBS_KEPT {
            jobs.pop_front();
        }
    }

    /// The number of the same job, where another session was given it before; not one before `after`, from which on targets
    /// may have been assigned.
    pub(super) fn known(&self, record: &JobRecord, after: Option<u32>) -> Option<u32> {
        let inner = self.lock();
        let mut latest_first = inner.session.as_ref()?.jobs.iter().rev();
        let same = latest_first.find(|(_, known)| {
            known.version_mask == record.version_mask
                && known.pool_target == record.pool_target
                && known.job == record.job
        });
        same.map(|(number, _)| *number)
            .filter(|number| Some(*number) >= after)
    }

    /// The job of the machine with this prefix, which is at work with it.
    pub(super) fn job_for(&self, bytes: [u8; PREFIX_SIZE]) -> Option<Arc<LiveJob>> {
        let mut inner = self.lock();
        let berth = inner.by_prefix.get_mut(&bytes)?;
        let job = berth.job.clone()?;
        berth.worked = Some(Arc::clone(&job));
        if berth.idle_since.take().is_some() {
            berth.counted = Instant::now();
        }
        inner.waiting.remove(&bytes);
        Some(job)
    }

    /// A berth for the machine with this prefix to move into, where one is free; else it waits for one.
    pub(super) fn claim(&self, from: [u8; PREFIX_SIZE]) -> Option<Arc<Prefix>> {
        let mut inner = self.lock();
        let mut others = inner.waiting.difference(&inner.gave_up);
        if inner.gave_up.contains(&from) && others.next().is_some() {
            inner.waiting.insert(from);
            return None;
        }
        let free = inner.by_prefix.values().find(|berth| berth.is_free());
        let free = free.map(|berth| Arc::clone(&berth.prefix));
        if free.is_some() {
            inner.waiting.remove(&from);
            inner.gave_up.remove(&from);
        } else if inner.waiting.insert(from) {
            self.wanted.notify_one();
        }
        free
    }

    /// The machine with this prefix works for another contract, or is gone.
    pub(super) fn leave(&self, bytes: [u8; PREFIX_SIZE]) {
        let mut inner = self.lock();
        inner.waiting.remove(&bytes);
        inner.gave_up.remove(&bytes);
        if let Some(berth) = inner.by_prefix.get_mut(&bytes) {
            berth.idle_since = Some(Instant::now());
        }
    }

    /// A share of the machine with this prefix counted.
    pub(super) fn counted(&self, bytes: [u8; PREFIX_SIZE]) {
        if let Some(berth) = self.lock().by_prefix.get_mut(&bytes) {
            berth.counted = Instant::now();
        }
    }

    /// Connections whose machine has long delivered nothing, as many as other machines wait, and so many at most; these come
    /// last from now on.
    pub(super) fn give_up(&self, most: usize, now: Instant) -> Vec<u64> {
        let mut inner = self.lock();
        let waiting = inner.waiting.difference(&inner.gave_up).count();
        let unworked = |berth: &Berth| {
            let since = now.saturating_duration_since(berth.counted);
            berth.idle_since.is_none() && since >= UNWORKED
        };
        let all = inner.by_prefix.iter();
        let (prefixes, connections): (Vec<_>, Vec<_>) = all
            .filter(|(_, berth)| unworked(berth))
            .take(waiting.min(most))
            .map(|(bytes, berth)| (*bytes, berth.connection))
            .unzip();
        inner.gave_up.extend(prefixes);
        connections
    }

    /// Once a machine waits that did not before.
    pub(super) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    /// True where more machines wait than have a berth to move into; `sessions` are all, those too that hold none yet.
    pub(super) fn are_too_few(&self, sessions: usize) -> bool {
        let inner = self.lock();
        let berths = inner.by_prefix.values();
        let taken = berths.filter(|berth| berth.job.is_some() && !berth.is_free());
        inner.waiting.len() > sessions.saturating_sub(taken.count())
    }

    /// Connections for which no machine has worked for long.
    pub(super) fn idle(&self) -> Vec<u64> {
        let idle = |since: Instant| since.elapsed() >= IDLE;
        let inner = self.lock();
        let berths = inner.by_prefix.values();
        berths
            .filter(|berth| berth.idle_since.is_some_and(idle))
            .map(|berth| berth.connection)
            .collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn take(&mut self, connection: u64) -> Option<Berth> {
        let mut berths = self.by_prefix.iter();
        let (bytes, _) = berths.find(|(_, berth)| berth.connection == connection)?;
        let bytes = *bytes;
        self.by_prefix.remove(&bytes)
    }
}

impl Berth {
    /// No connection holds its prefix or comes back for it, and none has done the work of its job: the next one would do the
    /// same again.
    fn is_free(&self) -> bool {
        let is_same = |job| {
            let worked = self.worked.as_ref();
            worked.is_some_and(|worked| Arc::ptr_eq(worked, job))
        };
        let fresh = self.job.as_ref().is_some_and(|job| !is_same(job));
        fresh && Arc::strong_count(&self.prefix) == 1
    }
}

#[cfg(test)]
pub(super) mod tests;
