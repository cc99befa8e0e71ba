//! How many upstream sessions the pool ended of its own accord.

use crate::settlement::SESSIONS_OF_A_POOL_THAT_FILLS;
use units::{Millis, Timestamp};

/// A pool that gives jobs and gets no share for so long may end the session because nobody works in it, and that is the host's
/// doing. The most impatient pool that is known waits twice as long.
const IDLE: Millis = Millis::new(300_000);

#[derive(Clone, Copy, Default)]
pub(super) struct Sessions {
    /// Those that are over and were not idle.
    ended: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    /// When it began.
    began: Timestamp,
    last_job: Timestamp,
    /// The last share that counts, and the last one before the last job.
    last_share: Option<Timestamp>,
    worked: Option<Timestamp>,
}

impl Sessions {
    /// The one before is over. A session without an extranonce1 may stand for any number that were for one machine each.
    pub(super) fn begin(&mut self, at: Timestamp, extranonce1: &[u8]) {
        let before = self.open.is_some_and(|open| !open.is_idle());
        let many = if extranonce1.is_empty() {
            SESSIONS_OF_A_POOL_THAT_FILLS
        } else {
            0
        };
        self.ended = (self.ended.saturating_add(before.into())).saturating_add(many);
        self.open = Some(Open {
            began: at,
            last_job: at,
            last_share: None,
            worked: None,
        });
    }

    pub(super) const fn job(&mut self, at: Timestamp) {
        if let Some(open) = &mut self.open {
            (open.last_job, open.worked) = (at, open.last_share);
        }
    }

    pub(super) const fn share(&mut self, at: Timestamp) {
        if let Some(open) = &mut self.open {
            open.last_share = Some(at);
        }
    }

    /// So many as [`Ended`](crate::settlement::Ended) counts.
    pub(super) const fn ended(&self) -> u32 {
        self.ended
    }
}

impl Open {
    /// By its last job, since the time after that is the pool's: it gave no work then.
    fn is_idle(&self) -> bool {
        let since = self.worked.unwrap_or(self.began);
        self.last_job.since(since) >= IDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(at: u64) -> Timestamp {
        Timestamp::from_unix_ms(at.saturating_mul(1_000))
    }

    /// A session from second 1,000 on, with these jobs and shares by their seconds, and the next one that ends it.
    fn counts(jobs: &[u64], shares: &[u64]) -> u32 {
        let mut sessions = Sessions::default();
        sessions.begin(seconds(1_000), &[1]);
        for at in 1_000..9_000 {
            if jobs.contains(&at) {
                sessions.job(seconds(at));
            }
            if shares.contains(&at) {
                sessions.share(seconds(at));
            }
        }
        assert_eq!(sessions.ended(), 0, "the open one does not count");
        sessions.begin(seconds(9_000), &[2]);
        sessions.ended()
    }

    #[test]
    fn a_session_in_which_nobody_worked_is_not_the_pools_to_end() {
        let jobs: Vec<u64> = (1_000..=1_600).step_by(30).collect();
        assert_eq!(counts(&jobs, &[]), 0);
        assert_eq!(counts(&jobs, &[1_300]), 0, "idle for 300 s");
        assert_eq!(counts(&jobs, &[1_301]), 1);
        assert_eq!(counts(&jobs, &[1_601, 1_700]), 0, "after the last job");
        // A pool that gives no more jobs, or ends it early, does that itself.
        assert_eq!(counts(&[1_000], &[]), 1);
        assert_eq!(counts(&[1_000, 1_299], &[]), 1);
        assert_eq!(counts(&[1_000, 1_300], &[]), 0);
        assert_eq!(counts(&[], &[]), 1);
    }

    #[test]
    fn sessions_for_one_machine_each_are_many() {
        let mut sessions = Sessions::default();
        sessions.begin(seconds(1), &[]);
        assert_eq!(sessions.ended(), SESSIONS_OF_A_POOL_THAT_FILLS);
        sessions.begin(seconds(2), &[1]);
        assert_eq!(sessions.ended(), SESSIONS_OF_A_POOL_THAT_FILLS + 1);
    }
}
