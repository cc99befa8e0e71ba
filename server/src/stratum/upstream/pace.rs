//! How much a pool may send.

use super::Ended;
use std::time::Duration;
use tokio::time::Instant;

/// Jobs that a pool may send within a minute; each is written to the log.
pub(super) const JOBS_PER_MINUTE: u32 = 240;
/// Lines that a pool may send within a minute, beside its answers to shares.
pub(super) const LINES_PER_MINUTE: u32 = 2_400;

/// What came within the minute.
pub(super) struct Pace {
    began: Instant,
    jobs: u32,
    lines: u32,
}

impl Pace {
    pub(super) const fn from(began: Instant) -> Self {
        Self {
            began,
            jobs: 0,
            lines: 0,
        }
    }

    pub(super) fn count_line(&mut self, now: Instant) -> Result<(), Ended> {
        if now.duration_since(self.began) >= Duration::from_secs(60) {
            *self = Self::from(now);
        }
        self.lines += 1;
        if self.lines > LINES_PER_MINUTE {
            return Err(Ended::Flood);
        }
        Ok(())
    }

    pub(super) fn count_job(&mut self) -> Result<(), Ended> {
        self.jobs += 1;
        if self.jobs > JOBS_PER_MINUTE {
            return Err(Ended::Jobs);
        }
        Ok(())
    }
}
