//! How long a pool is waited for.

use crate::pools::PoolPolicy;
use std::{
    hash::{BuildHasher, RandomState},
    time::Duration,
};

/// What sessions with buyers' pools are made with.
#[derive(Clone, Debug, Default)]
pub struct PoolAccess {
    /// Where they may lead.
    pub policy: PoolPolicy,
    /// How long they wait.
    pub patience: PoolPatience,
}

/// How long a pool is waited for, and when another one is tried.
#[derive(Clone, Copy, Debug)]
pub struct PoolPatience {
    /// From the open connection to an accepted login and the first job that can be used.
    pub first_job: Duration,
    /// A pool that sends nothing for so long is gone.
    pub silence: Duration,
    /// The same while it owes answers to shares.
    pub no_answer: Duration,
    /// A pool that gives no job that can be used for so long gives no work, whatever else it says.
    pub no_job: Duration,
    /// Before the second attempt; each further one waits twice as long.
    pub back_off: Duration,
    /// Between attempts at most.
    pub back_off_max: Duration,
    /// A session that lasted so long was good: what failed before it is forgotten.
    pub steady: Duration,
    /// Machines wait so long for the next pool's first job before they get other work.
    pub fail_over: Duration,
    /// While a backup pool serves, the ones before it are tried that often.
    pub come_back: Duration,
    /// A pool that asks for a new connection later is stayed with for so long at most.
    pub stay: Duration,
    /// At a contract's end, the answers that its pools still owe are waited for so long at most.
    pub last_answers: Duration,
}

impl Default for PoolPatience {
    fn default() -> Self {
        Self {
            first_job: Duration::from_secs(30),
            silence: Duration::from_secs(120),
            no_answer: Duration::from_secs(30),
            no_job: Duration::from_secs(600),
            back_off: Duration::from_secs(1),
            back_off_max: Duration::from_secs(30),
            steady: Duration::from_secs(60),
            fail_over: Duration::from_secs(3),
            come_back: Duration::from_secs(600),
            stay: Duration::from_secs(60),
            last_answers: Duration::from_secs(5),
        }
    }
}

/// The pause before the next attempt.
pub(super) struct BackOff {
    patience: PoolPatience,
    next: Duration,
}

impl BackOff {
    pub(super) fn new(patience: PoolPatience) -> Self {
        Self {
            patience,
            next: patience.back_off,
        }
    }

    /// What failed is forgotten.
    pub(super) fn reset(&mut self) {
        self.next = self.patience.back_off;
    }

    /// Twice as long as before, up to the most, less a random part.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next.min(self.patience.back_off_max);
        self.next = pause.saturating_mul(2);
        jittered(pause, random())
    }
}

/// From half of it to all of it: many contracts of one pool must not come back at once.
pub(super) fn jittered(pause: Duration, random: u64) -> Duration {
    let half = pause / 2;
    let part = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
    half + Duration::from_nanos(random % part.max(1))
}

/// From the system's random source: the standard library keys its hash maps with it.
pub(super) fn random() -> u64 {
    RandomState::new().hash_one(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn pauses_double_up_to_half_a_minute_and_begin_anew() {
        let mut back_off = BackOff::new(PoolPatience::default());
        for round in 0..2 {
            for most in [1, 2, 4, 8, 16, 30, 30, 30] {
                let (pause, most) = (back_off.pause(), Duration::from_secs(most));
                assert!(most / 2 <= pause && pause <= most, "{round} {pause:?}");
            }
            back_off.reset();
        }
    }

    #[test]
    fn jitter_is_between_half_and_all_and_not_always_the_same() {
        let second = Duration::from_secs(1);
        assert_eq!(jittered(second, 0), second / 2);
        assert!(jittered(second, u64::MAX) < second);
        assert_eq!(jittered(Duration::ZERO, 5), Duration::ZERO);
        let many: BTreeSet<u64> = (0..100).map(|_| random()).collect();
        assert!(many.len() > 90);
    }
}
