//! So much at once, and then so much a second.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Keys that are remembered. Only those that are not rested are.
const ENTRIES: usize = 10_000;

/// How often each may ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    /// So often at once, after a rest; at least once.
    pub at_once: u32,
    /// And again after each such time.
    pub every: Duration,
}

/// What each has asked lately.
pub(crate) struct Pace<K> {
    steps: Steps,
    /// When each will be rested.
    rested: Mutex<HashMap<K, Instant>>,
}

impl<K: Copy + Eq + Hash> Pace<K> {
    pub(crate) fn new(steps: Steps) -> Self {
        Self {
            steps,
            rested: Mutex::default(),
        }
    }

    /// Counts a question, or says how long to wait with it: what is refused does not count.
    pub(crate) fn step(&self, key: K) -> Result<(), Duration> {
        self.step_at(key, Instant::now())
    }

    fn step_at(&self, key: K, now: Instant) -> Result<(), Duration> {
        let mut all = self.rested.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= ENTRIES && !all.contains_key(&key) {
            make_room(&mut all, now);
        }
        let rested = all.get(&key).map_or(now, |rested| (*rested).max(now));
        let most = (self.steps.every).saturating_mul(self.steps.at_once.saturating_sub(1));
        match (rested - now).checked_sub(most) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                all.insert(key, rested + self.steps.every);
                Ok(())
            }
        }
    }
}

/// Who is rested goes, or else who asked the least.
fn make_room<K: Copy + Eq + Hash>(all: &mut HashMap<K, Instant>, now: Instant) {
    all.retain(|_, rested| *rested > now);
    if all.len() >= ENTRIES {
        let first = all.iter().min_by_key(|(_, rested)| **rested);
        if let Some(key) = first.map(|(key, _)| *key) {
            all.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pace() -> Pace<u32> {
        Pace::new(Steps {
            at_once: 3,
            every: Duration::from_millis(500),
        })
    }

    #[test]
    fn three_at_once_then_one_each_half_second_for_each() {
        let pace = pace();
        let start = Instant::now();
        let at = |key, ms| pace.step_at(key, start + Duration::from_millis(ms));
        let wait = |ms| Err(Duration::from_millis(ms));
        for _ in 0..3 {
            assert_eq!(at(1, 0), Ok(()));
        }
        assert_eq!(at(1, 0), wait(500));
        assert_eq!(at(2, 0), Ok(()), "another one's");
        assert_eq!(at(1, 499), wait(1), "a refusal does not count");
        assert_eq!(at(1, 500), Ok(()));
        assert_eq!(at(1, 500), wait(500));
        for _ in 0..3 {
            assert_eq!(at(1, 60_000), Ok(()));
        }
        assert_eq!(
            at(1, 60_000),
            wait(500),
            "a long rest gives no more than three"
        );
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let pace = pace();
        let start = Instant::now();
        let last = u32::try_from(ENTRIES).unwrap() + 5;
        (0..3).for_each(|_| assert_eq!(pace.step_at(last, start), Ok(())));
        for key in 0..last {
            assert_eq!(pace.step_at(key, start), Ok(()));
        }
        assert_eq!(pace.rested.lock().unwrap().len(), ENTRIES);
        assert!(
            pace.step_at(last, start).is_err(),
            "who asked most is still known"
        );
    }
}
