//! How many upstream sessions ended that the host did not let end.

use crate::settlement::SESSIONS_OF_A_POOL_THAT_FILLS;
use units::{Hashrate, Millis, Timestamp, Work};

/// Pools end sessions in which they get too little, the most impatient one that is known after twice this time. So a host could
/// have a session ended by not working in it.
const IDLE: Millis = Millis::new(300_000);
/// Three blocks a minute, one after the other for minutes, are a pool's invention: they make stale what is on its way.
const BLOCK_MS: u64 = 20_000;

#[derive(Clone, Copy)]
pub(super) struct Sessions {
    promised: Hashrate,
    /// Those that are over and count.
    ended: u32,
    open: Option<Open>,
}

#[derive(Clone, Copy)]
struct Open {
    began: Timestamp,
    last_job: Timestamp,
    /// Jobs that built on another block than the one before.
    blocks: u64,
    /// Of the shares that count, and what it was at the last job.
    work: u128,
    work_by_last_job: u128,
}

impl Sessions {
    pub(super) const fn new(promised: Hashrate) -> Self {
        Self {
            promised,
            ended: 0,
            open: None,
        }
    }

    /// The one before is over. A session without an extranonce1 may stand for any number that were for one machine each.
    pub(super) fn begin(&mut self, at: Timestamp, extranonce1: &[u8]) {
        let before = self.open.is_some_and(|open| open.counts(self.promised));
        let many = if extranonce1.is_empty() {
            SESSIONS_OF_A_POOL_THAT_FILLS
        } else {
            0
        };
        self.ended = (self.ended.saturating_add(before.into())).saturating_add(many);
        self.open = Some(Open {
            began: at,
            last_job: at,
            blocks: 0,
            work: 0,
            work_by_last_job: 0,
        });
    }

    pub(super) fn job(&mut self, at: Timestamp, new_block: bool) {
        if let Some(open) = &mut self.open {
            (open.last_job, open.work_by_last_job) = (at, open.work);
            open.blocks = open.blocks.saturating_add(new_block.into());
        }
    }

    pub(super) const fn share(&mut self, work: Work) {
        if let Some(open) = &mut self.open {
            open.work = open.work.saturating_add(work.get());
        }
    }

    /// So many as [`Ended`](crate::settlement::Ended) counts.
    pub(super) const fn ended(&self) -> u32 {
        self.ended
    }
}

/// By its last job: after that the pool gave no work.
impl Open {
    /// The pool ended it soon, or had too many blocks, or at least half of what was promised for its time was delivered.
    fn counts(&self, promised: Hashrate) -> bool {
        let time = self.last_job.since(self.began);
        let many_blocks = self.blocks.saturating_mul(BLOCK_MS) > time.get();
        let work = self.work_by_last_job.saturating_mul(2_000);
        let due = promised.get().saturating_mul(time.get().into());
        time < IDLE || many_blocks || work >= due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(at: u64) -> Timestamp {
        Timestamp::from_unix_ms(at.saturating_mul(1_000))
    }

    /// A session from second 1,000 on with jobs at these seconds, each after so many hashes, and the next one that ends it. 10 H/s
    /// were promised.
    fn counts(jobs: &[(u64, u128)], after: u128) -> u32 {
        let mut sessions = Sessions::new(Hashrate::new(10));
        sessions.begin(seconds(1_000), &[1]);
        for (at, work) in jobs {
            sessions.share(Work::new(*work));
            sessions.job(seconds(*at), *at == 1_000);
        }
        sessions.share(Work::new(after));
        assert_eq!(sessions.ended(), 0, "the open one does not count");
        sessions.begin(seconds(9_000), &[2]);
        sessions.ended()
    }

    #[test]
    fn a_session_in_which_too_little_was_done_does_not_count() {
        assert_eq!(counts(&[(1_000, 0), (1_600, 0)], 0), 0);
        // Half of 6,000 hashes, in one share or in many.
        assert_eq!(counts(&[(1_000, 0), (1_600, 2_999)], 0), 0);
        assert_eq!(counts(&[(1_000, 0), (1_600, 3_000)], 0), 1);
        assert_eq!(counts(&[(1_300, 2_999), (1_600, 1)], 0), 1);
        assert_eq!(counts(&[(1_600, 0)], 9_000), 0, "after the last job");
        // One that the pool ends sooner, or in which it gives no more jobs.
        assert_eq!(counts(&[(1_000, 0), (1_299, 0)], 0), 1);
        assert_eq!(counts(&[(1_000, 0), (1_300, 0)], 0), 0);
        assert_eq!(counts(&[(1_000, 0)], 0), 1);
        assert_eq!(counts(&[], 0), 1);
    }

    #[test]
    fn a_session_of_too_many_blocks_counts() {
        for (blocks, counts) in [(30, 0), (31, 1)] {
            let mut sessions = Sessions::new(Hashrate::new(10));
            sessions.begin(seconds(0), &[1]);
            (0..blocks).for_each(|at| sessions.job(seconds(at), true));
            sessions.job(seconds(600), false);
            sessions.begin(seconds(601), &[1]);
            assert_eq!(sessions.ended(), counts, "{blocks}");
        }
    }

    #[test]
    fn sessions_for_one_machine_each_are_many() {
        let mut sessions = Sessions::new(Hashrate::new(10));
        sessions.begin(seconds(1), &[]);
        assert_eq!(sessions.ended(), SESSIONS_OF_A_POOL_THAT_FILLS);
        sessions.begin(seconds(2), &[1]);
        assert_eq!(sessions.ended(), SESSIONS_OF_A_POOL_THAT_FILLS + 1);
    }
}
