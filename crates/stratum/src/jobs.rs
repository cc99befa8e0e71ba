//! The jobs that one connection may still submit shares for.

use std::collections::VecDeque;
use units::{Millis, Target, Timestamp};

/// Jobs by the id that the machine knows them by, each with the target that was assigned with it: a share is judged by
/// that one, whatever difficulty was sent since.
#[derive(Clone, Debug)]
pub struct JobTable<J> {
    jobs: VecDeque<Sent<J>>,
    issued: u64,
    /// What the jobs build on, once [`JobTable::renew`] said so.
    block: Option<[u8; 32]>,
}

#[derive(Clone, Debug)]
struct Sent<J> {
    id: String,
    job: J,
    target: Target,
    /// When a clean job replaced it; its shares are taken for [`JobTable::GRACE`] more.
    replaced: Option<Timestamp>,
}

impl<J> Default for JobTable<J> {
    fn default() -> Self {
        Self {
            jobs: VecDeque::new(),
            issued: 0,
            block: None,
        }
    }
}

impl<J> JobTable<J> {
    /// How many jobs are kept; the oldest is forgotten first.
    pub const LIMIT: usize = 32;

    /// How long shares of a job still count after a clean job on the **same block** replaced it: they were on their way,
    /// and the block that they would make is still wanted. A job on another block is stale at once.
    pub const GRACE: Millis = Millis::new(10_000);

    /// No jobs.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a job and returns its id: never used before on this connection, because some machines ignore a job whose id
    /// they know.
    pub fn insert(&mut self, job: J, target: Target) -> String {
        self.issued = self.issued.saturating_add(1);
        let id = format!("{:x}", self.issued);
        if self.jobs.len() >= Self::LIMIT {
            self.jobs.pop_front();
        }
        self.jobs.push_back(Sent {
            id: id.clone(),
            job,
            target,
            replaced: None,
        });
        id
    }

    /// Call before [`JobTable::insert`] of a job that is sent with `clean`, or on a new block: what came before is stale
    /// at once where it builds on another block, and after [`JobTable::GRACE`] where it builds on the same.
    pub fn renew(&mut self, block: [u8; 32], now: Timestamp) {
        if self.block.replace(block) != Some(block) {
            self.jobs.clear();
        }
        self.jobs.retain(|sent| sent.is_live(now));
        for sent in &mut self.jobs {
            sent.replaced.get_or_insert(now);
        }
    }

    /// The job and its target; `None` for one that was never sent, was replaced by a clean job, or is forgotten.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(&J, &Target)> {
        let found = self.sent(id).filter(|sent| sent.replaced.is_none());
        found.map(|sent| (&sent.job, &sent.target))
    }

    /// As [`JobTable::find`], with the grace: `None` where a share of the job is stale `now`.
    #[must_use]
    pub fn find_at(&self, id: &str, now: Timestamp) -> Option<(&J, &Target)> {
        let found = self.sent(id).filter(|sent| sent.is_live(now));
        found.map(|sent| (&sent.job, &sent.target))
    }

    /// The jobs that shares may still come for, oldest first: what they refer to must be kept.
    pub fn live(&self, now: Timestamp) -> impl Iterator<Item = &J> {
        let live = self.jobs.iter().filter(move |sent| sent.is_live(now));
        live.map(|sent| &sent.job)
    }

    fn sent(&self, id: &str) -> Option<&Sent<J>> {
        // Shares are mostly for the latest job.
        self.jobs.iter().rev().find(|sent| sent.id == id)
    }

    /// Forgets all jobs: there is no work, or it is another contract's.
    pub fn clear(&mut self) {
        self.jobs.clear();
        self.block = None;
    }
}

impl<J> Sent<J> {
    fn is_live(&self, now: Timestamp) -> bool {
        // A clock that went back does not make a job stale.
        self.replaced
            .is_none_or(|then| now.since(then) <= JobTable::<J>::GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Timestamp {
        Timestamp::from_unix_ms(1_700_000_000_000 + ms)
    }

    #[test]
    fn a_job_keeps_its_target_and_the_oldest_goes_first() {
        let easy = Target::MAX;
        let mut bytes = [0xff; 32];
        bytes[0] = 0;
        let hard = Target::from_be_bytes(bytes).unwrap();
        let mut jobs = JobTable::new();
        let first = jobs.insert("first", easy);
        let second = jobs.insert("second", hard);
        assert_eq!(jobs.find(&first), Some((&"first", &easy)));
        assert_eq!(jobs.find(&second), Some((&"second", &hard)));
        (2..JobTable::<&str>::LIMIT).for_each(|_| drop(jobs.insert("more", easy)));
        assert!(jobs.find(&first).is_some());
        let last = jobs.insert("last", easy);
        assert_eq!(jobs.find(&first), None);
        assert!(jobs.find(&second).is_some());
        jobs.clear();
        assert_eq!(jobs.find(&last), None);
        assert_eq!(jobs.find_at(&last, at(0)), None);
        assert_ne!(
            jobs.insert("fresh", easy),
            first,
            "ids are never used again"
        );
    }

    #[test]
    fn jobs_of_the_same_block_have_ten_seconds_after_a_clean_one() {
        let mut jobs = JobTable::new();
        jobs.renew([1; 32], at(0));
        let first = jobs.insert("first", Target::MAX);
        jobs.renew([1; 32], at(60_000));
        let second = jobs.insert("second", Target::MAX);
        assert_eq!(jobs.find(&first), None, "without a time there is no grace");
        for (ms, live) in [
            (60_000, true),
            (70_000, true),
            (70_001, false),
            (59_000, true),
        ] {
            assert_eq!(jobs.find_at(&first, at(ms)).is_some(), live, "{ms}");
            assert!(jobs.find_at(&second, at(ms)).is_some());
        }
        // Another clean job does not begin the grace of the first anew.
        jobs.renew([1; 32], at(65_000));
        assert!(jobs.find_at(&first, at(70_000)).is_some());
        assert!(jobs.find_at(&first, at(70_001)).is_none());
        assert!(jobs.find_at(&second, at(75_000)).is_some());
        assert_eq!(jobs.live(at(70_001)).collect::<Vec<_>>(), [&"second"]);
    }

    #[test]
    fn jobs_of_another_block_are_stale_at_once() {
        let mut jobs = JobTable::new();
        jobs.renew([1; 32], at(0));
        let first = jobs.insert("first", Target::MAX);
        jobs.renew([2; 32], at(5_000));
        let second = jobs.insert("second", Target::MAX);
        assert_eq!(jobs.find_at(&first, at(5_000)), None);
        // A block that comes back brings no old jobs back.
        jobs.renew([1; 32], at(6_000));
        assert_eq!(jobs.find_at(&first, at(6_000)), None);
        assert_eq!(jobs.find_at(&second, at(6_000)), None);
    }
}
