//! The jobs that one connection may still submit shares for.

use std::collections::VecDeque;
use units::Target;

/// Jobs by the id that the machine knows them by, each with the target that was assigned with it: a share is judged by
/// that one, whatever difficulty was sent since.
#[derive(Clone, Debug)]
pub struct JobTable<J> {
    jobs: VecDeque<(String, J, Target)>,
    issued: u64,
}

impl<J> Default for JobTable<J> {
    fn default() -> Self {
        Self {
            jobs: VecDeque::new(),
            issued: 0,
        }
    }
}

impl<J> JobTable<J> {
    /// How many jobs are kept; the oldest is forgotten first.
    pub const LIMIT: usize = 32;

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
        self.jobs.push_back((id.clone(), job, target));
        id
    }

    /// The job and its target; `None` for one that was never sent, or is stale.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<(&J, &Target)> {
        // Shares are mostly for the latest job.
        let found = self.jobs.iter().rev().find(|(known, ..)| known == id);
        found.map(|(_, job, target)| (job, target))
    }

    /// Forgets all jobs: a clean job makes their shares stale.
    pub fn clear(&mut self) {
        self.jobs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_ne!(
            jobs.insert("fresh", easy),
            first,
            "ids are never used again"
        );
    }
}
