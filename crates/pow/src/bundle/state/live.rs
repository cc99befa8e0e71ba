//! The jobs of one previous block, bounded in number and in bytes.

use crate::Job;
use alloc::collections::BTreeMap;

/// More means a broken or hostile bundle: a pool gives one or two in a minute.
const LIVE_JOBS_MAX: usize = 16_384;
/// Bytes of their coinbases and branches: 4 KiB for each job, were there so many.
const LIVE_JOB_BYTES_MAX: usize = 1 << 26;

/// What is known of each job, by number.
#[derive(Clone, Debug)]
pub(in crate::bundle) struct LiveJobs<T> {
    by_number: BTreeMap<u32, T>,
    bytes: usize,
}

impl<T> LiveJobs<T> {
    /// Whether one job more is allowed.
    pub(in crate::bundle) fn has_room(&self, job: &Job) -> bool {
        let bytes = self.bytes.saturating_add(job.size());
        self.by_number.len() < LIVE_JOBS_MAX && bytes <= LIVE_JOB_BYTES_MAX
    }

    pub(in crate::bundle) fn insert(&mut self, number: u32, job: &Job, known: T) {
        self.bytes = self.bytes.saturating_add(job.size());
        self.by_number.insert(number, known);
    }

    pub(in crate::bundle) fn get(&self, number: u32) -> Option<&T> {
        self.by_number.get(&number)
    }

    pub(in crate::bundle) fn oldest(&self) -> Option<u32> {
        self.by_number.keys().next().copied()
    }

    /// Forgets all: the next block has come.
    pub(in crate::bundle) fn clear(&mut self) {
        *self = Self::default();
    }
}

impl<T> Default for LiveJobs<T> {
    fn default() -> Self {
        Self {
            by_number: BTreeMap::new(),
            bytes: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(bytes: usize) -> Job {
        Job {
            version: 0,
            prev_hash: [0; 32],
            coinbase1: alloc::vec![0; bytes / 2 - 32],
            coinbase2: alloc::vec![0; bytes / 2],
            branch: alloc::vec![[0; 32]],
            nbits: 0,
            ntime: 0,
        }
    }

    #[test]
    fn room_is_for_so_many_and_for_so_many_bytes() {
        let mut live = LiveJobs::default();
        let large = job(LIVE_JOB_BYTES_MAX / 4);
        (0..4).for_each(|number| live.insert(number, &large, number));
        assert!(!live.has_room(&job(64)));
        assert_eq!((live.get(3), live.oldest()), (Some(&3), Some(0)));
        live.clear();
        assert!(live.has_room(&job(LIVE_JOB_BYTES_MAX)));
        assert!(!live.has_room(&job(LIVE_JOB_BYTES_MAX + 2)));
        let small = job(64);
        for number in 0..LIVE_JOBS_MAX {
            assert!(live.has_room(&small));
            live.insert(number as u32, &small, 0);
        }
        assert!(!live.has_room(&small));
    }
}
