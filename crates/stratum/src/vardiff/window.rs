//! Work over the last while.

use units::{Timestamp, Work};

/// Two halves: the older is forgotten as a whole, so that what changed is seen after a half, and what stays is measured
/// over up to two.
#[derive(Clone, Debug)]
pub(super) struct Window {
    half_ms: u64,
    older: Work,
    older_ms: u64,
    since: Timestamp,
    work: Work,
}

impl Window {
    pub(super) const fn new(half_ms: u64, now: Timestamp) -> Self {
        Self {
            half_ms,
            older: Work::ZERO,
            older_ms: 0,
            since: now,
            work: Work::ZERO,
        }
    }

    pub(super) const fn restart(&mut self, now: Timestamp) {
        *self = Self::new(self.half_ms, now);
    }

    pub(super) fn add(&mut self, work: Work) {
        self.work = sum(self.work, work);
    }

    /// Work, and milliseconds that it took.
    pub(super) fn sums(&self, now: Timestamp) -> (Work, u64) {
        let elapsed_ms = now.since(self.since).get();
        (
            sum(self.older, self.work),
            self.older_ms.saturating_add(elapsed_ms),
        )
    }

    pub(super) fn roll(&mut self, now: Timestamp) {
        let elapsed_ms = now.since(self.since).get();
        if elapsed_ms >= self.half_ms {
            (self.older, self.older_ms) = (self.work, elapsed_ms);
            (self.since, self.work) = (now, Work::ZERO);
        }
    }
}

fn sum(a: Work, b: Work) -> Work {
    a.checked_add(b).unwrap_or(Work::MAX)
}
