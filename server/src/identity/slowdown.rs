//! The more often somebody guesses, the longer he waits.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// Keys that are remembered.
const ENTRIES: usize = 10_000;
/// After so long without an attempt all is forgotten.
const FORGOTTEN: Duration = Duration::from_secs(3_600);

/// How attempts are slowed down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// So many cost nothing.
    pub free: u32,
    /// What the next one costs; each further one twice as much.
    pub first: Duration,
    /// The longest pause.
    pub most: Duration,
}

/// Attempts by key.
pub(super) struct Slowdown<K> {
    rule: Rule,
    seen: Mutex<HashMap<K, Seen>>,
}

struct Seen {
    attempts: u32,
    last: Instant,
    next: Instant,
}

impl<K: Clone + Eq + Hash> Slowdown<K> {
    pub(super) fn new(rule: Rule) -> Self {
        Self {
            rule,
            seen: Mutex::default(),
        }
    }

    /// Counts an attempt before it is made, so that many at once count as many; or says how long to wait.
    pub(super) fn attempt(&self, key: &K) -> Result<(), Duration> {
        self.attempt_at(key, Instant::now())
    }

    /// The attempt was a good one: it was none.
    pub(super) fn forgive(&self, key: &K) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = seen.get_mut(key) {
            one.attempts = one.attempts.saturating_sub(1);
            one.next = one.last;
        }
    }

    /// All attempts of this key are forgotten.
    pub(super) fn forget(&self, key: &K) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.remove(key);
    }

    fn attempt_at(&self, key: &K, now: Instant) -> Result<(), Duration> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(one) = seen.get(key)
            && now < one.next
        {
            return Err(one.next - now);
        }
        if seen.len() >= ENTRIES && !seen.contains_key(key) {
            make_room(&mut seen, now);
        }
        let one = seen.entry(key.clone()).or_insert(Seen {
            attempts: 0,
            last: now,
            next: now,
        });
        if now - one.last >= FORGOTTEN {
            one.attempts = 0;
        }
        one.attempts = one.attempts.saturating_add(1);
        one.last = now;
        one.next = now + self.rule.pause(one.attempts);
        Ok(())
    }
}

impl Rule {
    fn pause(&self, attempts: u32) -> Duration {
        match attempts.checked_sub(self.free) {
            None | Some(0) => Duration::ZERO,
            Some(beyond) => {
                let times = 1_u32.checked_shl(beyond - 1).unwrap_or(u32::MAX);
                self.first.saturating_mul(times).min(self.most)
            }
        }
    }
}

/// What is forgotten goes, or else what was quiet the longest.
fn make_room<K: Clone + Eq + Hash>(seen: &mut HashMap<K, Seen>, now: Instant) {
    seen.retain(|_, one| now - one.last < FORGOTTEN);
    if seen.len() >= ENTRIES {
        let oldest = seen.iter().min_by_key(|(_, one)| one.last);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            seen.remove(&key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule {
        free: 2,
        first: Duration::from_secs(1),
        most: Duration::from_secs(5),
    };

    #[test]
    fn pauses_double_up_to_the_longest() {
        let seconds = |attempts| RULE.pause(attempts).as_secs();
        let pauses: Vec<u64> = (0..=7).map(seconds).collect();
        assert_eq!(pauses, [0, 0, 0, 1, 2, 4, 5, 5]);
        assert_eq!(RULE.pause(u32::MAX), RULE.most);
    }

    #[test]
    fn guesses_wait_and_others_do_not() {
        let slow = Slowdown::new(RULE);
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        for _ in 0..3 {
            assert_eq!(slow.attempt_at(&1, start), Ok(()));
        }
        assert_eq!(
            slow.attempt_at(&1, at(400)),
            Err(Duration::from_millis(600))
        );
        assert_eq!(slow.attempt_at(&2, at(400)), Ok(()));
        assert_eq!(slow.attempt_at(&1, at(1_000)), Ok(()));
        assert_eq!(
            slow.attempt_at(&1, at(2_999)),
            Err(Duration::from_millis(1))
        );
        // A good one takes its own attempt back, and no other.
        slow.forgive(&1);
        assert_eq!(slow.attempt_at(&1, at(2_999)), Ok(()));
        assert!(slow.attempt_at(&1, at(3_000)).is_err());
        slow.forget(&1);
        assert_eq!(slow.attempt_at(&1, at(3_000)), Ok(()));
    }

    #[test]
    fn an_hour_later_nothing_is_held_against_anyone() {
        let slow = Slowdown::new(RULE);
        let start = Instant::now();
        for n in 0..6 {
            let _ = slow.attempt_at(&1, start + Duration::from_secs(10 * n));
        }
        let later = start + Duration::from_secs(50) + FORGOTTEN;
        assert_eq!(slow.attempt_at(&1, later), Ok(()));
        assert_eq!(slow.attempt_at(&1, later), Ok(()));
    }

    #[test]
    fn the_table_does_not_grow_without_end() {
        let slow = Slowdown::new(RULE);
        let start = Instant::now();
        for key in 0..ENTRIES + 5 {
            let at = start + Duration::from_micros(key as u64);
            assert_eq!(slow.attempt_at(&key, at), Ok(()));
        }
        let seen = slow.seen.lock().unwrap();
        assert_eq!(seen.len(), ENTRIES);
        assert!(!seen.contains_key(&0) && seen.contains_key(&(ENTRIES + 4)));
    }
}
