//! How many pools are looked at, and how often.

use super::PoolAddress;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::Instant,
};

/// At a time.
const AT_A_TIME: usize = 4;
/// Of all, within a minute: this bounds what the server can be used for.
const A_MINUTE: usize = 30;
const MINUTE: Duration = Duration::from_secs(60);
/// Between two looks at one pool.
const BETWEEN: Duration = Duration::from_secs(3);

/// Lets a few through.
pub(crate) struct Turnstile {
    permits: Arc<Semaphore>,
    /// The looks of the last minute, oldest first: at most [`A_MINUTE`].
    recent: Mutex<VecDeque<(Instant, PoolAddress)>>,
}

/// Why nobody gets through just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Wait {
    #[error("This pool was checked a moment ago. Try again in {} seconds.", BETWEEN.as_secs())]
    SamePool,
    #[error("Too many pools are being checked just now. Try again in a minute.")]
    Busy,
}

impl Wait {
    /// After which another try is worth it.
    pub(crate) const fn seconds(self) -> u64 {
        match self {
            Self::SamePool => BETWEEN.as_secs(),
            Self::Busy => MINUTE.as_secs(),
        }
    }
}

impl Turnstile {
    pub(crate) fn new() -> Self {
        Self {
            permits: Arc::new(Semaphore::new(AT_A_TIME)),
            recent: Mutex::default(),
        }
    }

    /// Goes through, or not; the permit is given back when it is dropped.
    pub(crate) fn enter(&self, pool: &PoolAddress) -> Result<OwnedSemaphorePermit, Wait> {
        self.enter_at(pool, Instant::now())
    }

    fn enter_at(&self, pool: &PoolAddress, now: Instant) -> Result<OwnedSemaphorePermit, Wait> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent.front().is_some_and(|(at, _)| now - *at >= MINUTE) {
            recent.pop_front();
        }
        let mut same = recent.iter().rev().filter(|(_, other)| other == pool);
        if same.next().is_some_and(|(at, _)| now - *at < BETWEEN) {
            return Err(Wait::SamePool);
        }
        if recent.len() >= A_MINUTE {
            return Err(Wait::Busy);
        }
        let permit = Arc::clone(&self.permits).try_acquire_owned();
        let permit = permit.map_err(|_| Wait::Busy)?;
        recent.push_back((now, pool.clone()));
        Ok(permit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(number: usize) -> PoolAddress {
        PoolAddress::parse(&format!("pool{number}.net:3333")).unwrap()
    }

    #[test]
    fn four_at_a_time_thirty_a_minute_and_one_pool_every_three_seconds() {
        let turnstile = Turnstile::new();
        let start = Instant::now();
        let enter = |number, after| turnstile.enter_at(&pool(number), start + after);
        let none = Duration::ZERO;
        let inside: Vec<_> = (0..4).map(|number| enter(number, none)).collect();
        assert!(inside.iter().all(Result::is_ok));
        assert_eq!(enter(4, none).err(), Some(Wait::Busy));
        assert_eq!(enter(0, none).err(), Some(Wait::SamePool));
        drop(inside);
        assert_eq!(enter(0, none).err(), Some(Wait::SamePool));
        assert!(enter(0, BETWEEN).is_ok());
        for number in 5..30 {
            assert!(enter(number, BETWEEN).is_ok(), "{number}");
        }
        assert_eq!(enter(30, BETWEEN).err(), Some(Wait::Busy));
        assert!(enter(30, MINUTE + BETWEEN).is_ok());
    }
}
