//! How much of a contract's time is not the host's: nobody could have delivered then as agreed.

use super::delivery::LiveJob;
use crate::{clock, sharelog::ShareLog};
use market::Contract;
use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::time::Instant;
use units::{Millis, Timestamp};

/// A minute in which machines had to begin anew more often than this, for another block or another session of the pool, is
/// not the host's. Each time costs a machine the work that is on its way, about a second of 60, and real chains have
/// three blocks within a minute once in five days.
const BEGINNINGS: u32 = 2;
const MINUTE: Duration = Duration::from_secs(60);

/// A moment by both clocks: the one that nobody sets, and the one that says when a term is over.
#[derive(Clone, Copy, Debug)]
struct Moment {
    at: Instant,
    clock: Timestamp,
}

/// A term's end: the last epoch may have to wait for the disk, and nothing is promised then.
#[derive(Clone, Copy, Debug)]
struct End {
    at: Timestamp,
    /// When that is by the clock at the start.
    from_start: Instant,
}

/// Of one contract. It never falls, and only the time before it was begun, and when the term is over, are taken from a clock that
/// can be set.
pub(super) struct Excused(Mutex<Counter>);

/// Time adds up by the minute, since what is counted of a minute depends on what happens in it.
#[derive(Debug)]
struct Counter {
    /// Of the minutes that are over, and before.
    total: Duration,
    minute_began: Instant,
    /// Of the minute that runs, up to `seen`.
    in_minute: Duration,
    beginnings: u32,
    seen: Instant,
    /// The session and the block that machines got last.
    last: Option<(u32, [u8; 32])>,
    no_job: bool,
    one_machine_each: bool,
    no_log: bool,
    over: bool,
    /// None for spot.
    end: Option<End>,
}

impl Excused {
    /// Goes on from what is settled. After a restart nobody has had a job since the log's last record.
    pub(super) fn new(contract: &Contract, log: &ShareLog) -> Self {
        let last = log.read(|state| state.last_time());
        let now = Moment::now();
        let before = before(contract, last, now.clock);
        let end = End::of(contract, now);
        Self(Mutex::new(Counter::new(before, end, now.at)))
    }

    /// The job of the machines from now on.
    pub(super) fn follow_job(&self, job: Option<&LiveJob>) {
        let job = job.map(|job| Given {
            session: job.upstream,
            block: job.from_pool.job.prev_hash,
            is_for_one: job.space.required_prefix().is_some(),
        });
        self.lock().follow_job(job, Moment::now());
    }

    /// Whether the share log takes shares.
    pub(super) fn follow_log(&self, is_available: bool) {
        self.lock().follow_log(is_available, Moment::now());
    }

    /// No share counts any more, and no time.
    pub(super) fn end(&self) {
        self.lock().end(Moment::now());
    }

    /// So far.
    pub(super) fn total(&self) -> Millis {
        self.total_at(Instant::now())
    }

    pub(super) fn total_at(&self, at: Instant) -> Millis {
        let clock = clock::now();
        let now = Moment { at, clock };
        let total = self.lock().total(now);
        Millis::new(u64::try_from(total.as_millis()).unwrap_or(u64::MAX))
    }

    fn lock(&self) -> MutexGuard<'_, Counter> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was settled, and the time since the log's last record, up to the term's end. A clock that was set back meanwhile makes
/// it less than it was, but not less than what was settled.
fn before(contract: &Contract, last_record: Timestamp, now: Timestamp) -> Millis {
    let Some(term) = contract.agreement.term() else {
        return Millis::new(0);
    };
    let away = now.min(term.ends_at()).since(last_record);
    Millis::new(term.seen.excused_total.get().saturating_add(away.get()))
}

impl Moment {
    fn now() -> Self {
        Self {
            at: Instant::now(),
            clock: clock::now(),
        }
    }
}

impl End {
    /// None for spot.
    fn of(contract: &Contract, start: Moment) -> Option<Self> {
        let term = contract.agreement.term()?;
        Some(Self::until(term.ends_at(), start))
    }

    fn until(at: Timestamp, start: Moment) -> Self {
        let left = Duration::from_millis(at.since(start.clock).get());
        Self {
            at,
            from_start: start.at + left,
        }
    }

    /// The moment, or the end where it is past. The clock may have been wrong at the start, and may be wrong now: the later
    /// end counts, so that no wrong clock takes time from the host. What is too much of it `promise::seen` bounds.
    fn cut(&self, now: Moment) -> Instant {
        let past = Duration::from_millis(now.clock.since(self.at).get());
        let from_now = now.at.checked_sub(past).unwrap_or(self.from_start);
        now.at.min(self.from_start.max(from_now))
    }
}

/// What of a job decides.
#[derive(Clone, Copy, Debug)]
struct Given {
    session: u32,
    block: [u8; 32],
    is_for_one: bool,
}

impl Counter {
    fn new(before: Millis, end: Option<End>, now: Instant) -> Self {
        Self {
            total: Duration::from_millis(before.get()),
            minute_began: now,
            in_minute: Duration::ZERO,
            beginnings: 0,
            seen: now,
            last: None,
            no_job: true,
            one_machine_each: false,
            no_log: false,
            over: false,
            end,
        }
    }

    fn follow_job(&mut self, job: Option<Given>, now: Moment) {
        self.advance(now);
        self.no_job = job.is_none();
        self.one_machine_each = job.is_some_and(|job| job.is_for_one);
        let Some(job) = job else { return };
        let given = Some((job.session, job.block));
        if self.last.is_some() && self.last != given {
            self.beginnings = self.beginnings.saturating_add(1);
        }
        self.last = given;
    }

    fn follow_log(&mut self, is_available: bool, now: Moment) {
        self.advance(now);
        self.no_log = !is_available;
    }

    fn end(&mut self, now: Moment) {
        self.advance(now);
        self.over = true;
    }

    fn total(&mut self, now: Moment) -> Duration {
        self.advance(now);
        self.total.saturating_add(self.of_minute())
    }

    /// Counts what has gone by under what was so until now.
    fn advance(&mut self, now: Moment) {
        let now = self.end.map_or(now.at, |end| end.cut(now));
        while !self.over && self.seen < now {
            let ends = self.minute_began + MINUTE;
            let until = now.min(ends);
            if self.is_excused() {
                self.in_minute += until.saturating_duration_since(self.seen);
            }
            self.seen = until;
            if until == ends {
                self.total = self.total.saturating_add(self.of_minute());
                self.minute_began = ends;
                self.in_minute = Duration::ZERO;
                self.beginnings = 0;
            }
        }
    }

    /// Of the minute that runs: it grows, and grows to all of it with one beginning too many.
    fn of_minute(&self) -> Duration {
        if self.beginnings > BEGINNINGS {
            self.seen.saturating_duration_since(self.minute_began)
        } else {
            self.in_minute
        }
    }

    const fn is_excused(&self) -> bool {
        self.no_job || self.one_machine_each || self.no_log
    }
}

#[cfg(test)]
mod tests;
