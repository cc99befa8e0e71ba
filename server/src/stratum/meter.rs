//! What one machine hashes, measured over its shares whatever contract they were for.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use units::{Hashrate, Millis, Timestamp, Work};

/// Shares before a measurement counts more than the guess.
const ENOUGH: u64 = 8;
/// Where working time passes this its older half is forgotten, so that a machine's change is noticed.
const WINDOW: Millis = Millis::new(600_000);

/// One machine's measurement, shared by its connection and its host's crew.
pub(super) struct Meter(Mutex<Inner>);

struct Inner {
    guess: Hashrate,
    work: Work,
    shares: u64,
    /// Time with a job, up to `since`.
    worked: Millis,
    /// Since when there is a job without a pause.
    since: Option<Timestamp>,
    /// It ought to have a job, and has none.
    stranded: bool,
    heard: Timestamp,
    /// The logins of its connection, which has few.
    logins: BTreeSet<Arc<str>>,
}

impl Meter {
    pub(super) fn new(guess: Hashrate, now: Timestamp) -> Self {
        Self(Mutex::new(Inner {
            guess,
            work: Work::ZERO,
            shares: 0,
            worked: Millis::new(0),
            since: None,
            stranded: false,
            heard: now,
            logins: BTreeSet::new(),
        }))
    }

    /// One more login of its connection.
    pub(super) fn known_as(&self, login: &Arc<str>) {
        self.lock().logins.insert(Arc::clone(login));
    }

    /// Its logins.
    pub(super) fn logins(&self) -> Vec<Arc<str>> {
        self.lock().logins.iter().cloned().collect()
    }

    /// A job was given, or there is none any more.
    pub(super) fn working(&self, works: bool, now: Timestamp) {
        let mut inner = self.lock();
        inner.count(now);
        // From its first job on shares are expected. A further job is the server's word, and no sign of life.
        if !works || inner.since.is_none() {
            inner.heard = inner.heard.max(now);
        }
        inner.since = works.then_some(now);
        inner.stranded = false;
    }

    /// True where it has no job though it ought to.
    pub(super) fn is_stranded(&self) -> bool {
        self.lock().stranded
    }

    /// There is no job for it where there ought to be: its crew will take it for gone, and give it other work.
    pub(super) fn strand(&self) {
        self.lock().stranded = true;
    }

    /// Shares that count.
    pub(super) fn shares(&self, count: u64, work: Work, now: Timestamp) {
        let mut inner = self.lock();
        inner.shares = inner.shares.saturating_add(count);
        inner.work = inner.work.checked_add(work).unwrap_or(Work::MAX);
        inner.heard = inner.heard.max(now);
        inner.count(now);
    }

    /// Its hashrate, and when it last delivered or was given a job.
    pub(super) fn read(&self, now: Timestamp) -> (Hashrate, Timestamp) {
        let mut inner = self.lock();
        inner.count(now);
        if inner.since.is_none() && !inner.stranded {
            // Without a job nobody expects a share of it.
            inner.heard = now;
        }
        (inner.hashrate(), inner.heard)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn count(&mut self, now: Timestamp) {
        if let Some(since) = &mut self.since {
            let time = now.since(*since).get();
            self.worked = Millis::new(self.worked.get().saturating_add(time));
            *since = now.max(*since);
        }
        if self.worked > WINDOW {
            self.worked = Millis::new(self.worked.get() / 2);
            self.work = Work::new(self.work.get() / 2);
            self.shares /= 2;
        }
    }

    fn hashrate(&self) -> Hashrate {
        if self.shares < ENOUGH || self.worked.get() == 0 {
            return self.guess;
        }
        let per_second = self.work.get().saturating_mul(1_000) / u128::from(self.worked.get());
        Hashrate::new(per_second.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_ms(seconds * 1_000)
    }

    #[test]
    fn jobs_are_no_sign_of_life() {
        let meter = Meter::new(Hashrate::new(5), at(0));
        for second in (10..200).step_by(20) {
            meter.working(true, at(second));
        }
        assert_eq!(meter.read(at(200)).1, at(10), "since its first job");
        meter.shares(1, Work::new(1_000), at(210));
        meter.working(true, at(230));
        assert_eq!(meter.read(at(230)).1, at(210));
        meter.working(false, at(240));
        assert_eq!(meter.read(at(300)).1, at(300), "nothing is expected of it");
    }

    #[test]
    fn pauses_do_not_count_and_a_change_is_noticed() {
        let meter = Meter::new(Hashrate::new(5), at(0));
        assert_eq!(meter.read(at(1)).0, Hashrate::new(5), "a guess at first");
        meter.working(true, at(10));
        for second in 11..=110 {
            meter.shares(1, Work::new(1_000), at(second));
        }
        assert_eq!(meter.read(at(110)), (Hashrate::new(1_000), at(110)));
        meter.working(false, at(110));
        assert_eq!(meter.read(at(5_000)), (Hashrate::new(1_000), at(5_000)));
        meter.working(true, at(5_000));
        for second in 5_001..=7_000 {
            meter.shares(1, Work::new(3_000), at(second));
        }
        let (now, heard) = meter.read(at(7_030));
        assert!((2_700..=3_050).contains(&now.get()), "{now:?}");
        assert_eq!(heard, at(7_000), "silent since its last share");
        // There ought to be a job.
        meter.working(false, at(7_100));
        meter.strand();
        assert_eq!(meter.read(at(7_200)).1, at(7_100));
        meter.working(false, at(7_300));
        assert_eq!(meter.read(at(7_400)).1, at(7_400), "it has no contract now");
    }
}
