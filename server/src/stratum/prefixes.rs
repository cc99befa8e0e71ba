//! Who holds which prefix: connections of machines, and sessions of pools that suit one prefix alone.

use std::{
    collections::{BTreeMap, VecDeque},
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use stratum::{PREFIX_SIZE, PrefixPool};
use tokio::time::{Instant, sleep};
use units::AccountId;

/// A machine that was asked to come back has so long to do it.
const ASKED: Duration = Duration::from_secs(60);
/// One that went by itself, as long as the job that it had may be the latest, and longer: it costs nothing but the prefix.
const GONE: Duration = Duration::from_secs(600);
/// Prefixes that are kept for machines that went: a quarter of all.
const GONE_MAX: usize = 16_384;
/// How often kept ones are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// All prefixes of a server.
#[derive(Default)]
pub(super) struct Prefixes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    pool: PrefixPool,
    held: BTreeMap<[u8; PREFIX_SIZE], Weak<Prefix>>,
    /// For machines that were asked to come back.
    asked: Vec<Kept>,
    /// For those that went, latest last.
    gone: VecDeque<Kept>,
}

/// For the next connection from there, which learns its extranonce1 before it says who it is. If it is of another account it
/// gives the prefix back.
pub(super) struct Kept {
    pub address: IpAddr,
    pub account: AccountId,
    /// Asked to come back for a session of its own.
    pub asked: bool,
    pub prefix: Arc<Prefix>,
    until: Instant,
}

/// A prefix that is held: given back with the last of its holders, of which one at most is a connection.
pub(super) struct Prefix {
    bytes: [u8; PREFIX_SIZE],
    of: Arc<Prefixes>,
}

impl Prefixes {
    /// One that nobody holds; `None` where all are held.
    pub(super) fn take(self: &Arc<Self>) -> Option<Arc<Prefix>> {
        let mut inner = self.lock();
        let bytes = inner.pool.take()?;
        Some(self.hold(&mut inner, bytes))
    }

    /// This one, together with whoever holds it. A connection may use it only where nobody else does.
    pub(super) fn share(self: &Arc<Self>, bytes: [u8; PREFIX_SIZE]) -> Arc<Prefix> {
        let mut inner = self.lock();
        if let Some(held) = inner.held.get(&bytes).and_then(Weak::upgrade) {
            return held;
        }
        // Where it is not free its last holder is just giving it back, and sees that it is held again.
        let _free = inner.pool.take_this(bytes);
        self.hold(&mut inner, bytes)
    }

    fn hold(self: &Arc<Self>, inner: &mut Inner, bytes: [u8; PREFIX_SIZE]) -> Arc<Prefix> {
        let of = Arc::clone(self);
        let prefix = Arc::new(Prefix { bytes, of });
        inner.held.insert(bytes, Arc::downgrade(&prefix));
        prefix
    }

    /// Keeps what a connection gives back that it was not for.
    pub(super) fn keep(&self, kept: Kept) {
        let mut inner = self.lock();
        if kept.asked {
            inner.asked.push(kept);
            return;
        }
        let oldest = (inner.gone.len() >= GONE_MAX).then(|| inner.gone.pop_front());
        inner.gone.push_back(kept);
        drop(inner);
        // Not while it is locked.
        drop(oldest);
    }

    /// What was kept for a connection from this address: what a machine was asked to come for first, else of those that went
    /// the latest one's.
    pub(super) fn kept_for(&self, address: IpAddr) -> Option<Kept> {
        let now = Instant::now();
        let mut inner = self.lock();
        let is_for = |kept: &Kept| kept.address == address && now < kept.until;
        if let Some(place) = inner.asked.iter().position(is_for) {
            return Some(inner.asked.remove(place));
        }
        let place = inner.gone.iter().rposition(is_for)?;
        inner.gone.remove(place)
    }

    /// Gives up what nobody came back for.
    fn forget_kept(&self, now: Instant) {
        let over: (Vec<Kept>, VecDeque<Kept>) = {
            let mut inner = self.lock();
            let is_over = |kept: &mut Kept| kept.until <= now;
            let asked = inner.asked.extract_if(.., is_over).collect();
            // What was given back stands out of order.
            let gone = std::mem::take(&mut inner.gone);
            let (over, kept) = gone.into_iter().partition(|kept| kept.until <= now);
            inner.gone = kept;
            (asked, over)
        };
        // Only here, where nothing is locked.
        drop(over);
    }

    /// Gives up what nobody came back for, for as long as the server runs.
    pub(super) async fn keep_watch(self: Arc<Self>) {
        loop {
            sleep(LOOK).await;
            self.forget_kept(Instant::now());
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// For a machine that is asked to come back for a session of its own.
    pub(super) fn asked(address: IpAddr, account: AccountId, prefix: Arc<Prefix>) -> Self {
        Self {
            address,
            account,
            asked: true,
            prefix,
            until: Instant::now() + ASKED,
        }
    }

    /// For a machine that goes, and may come back: its worker records are of use again.
    pub(super) fn gone(address: IpAddr, account: AccountId, prefix: Arc<Prefix>) -> Self {
        Self {
            address,
            account,
            asked: false,
            prefix,
            until: Instant::now() + GONE,
        }
    }
}

impl Prefix {
    pub(super) const fn bytes(&self) -> [u8; PREFIX_SIZE] {
        self.bytes
    }
}

impl Drop for Prefix {
    fn drop(&mut self) {
        let mut inner = self.of.lock();
        let held = inner.held.get(&self.bytes);
        if held.is_none_or(|held| held.strong_count() == 0) {
            inner.held.remove(&self.bytes);
            inner.pool.release(self.bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_free_again_with_its_last_holder() {
        let all = Arc::new(Prefixes::default());
        let first = all.take().unwrap();
        assert_eq!(first.bytes(), [0, 0]);
        let again = all.share([0, 0]);
        drop(first);
        let next = all.share([0, 1]);
        assert_eq!(all.take().unwrap().bytes(), [0, 2]);
        assert_eq!(Arc::strong_count(&again), 1);
        drop((again, next));
        assert!(all.lock().held.is_empty());
        assert!(all.lock().pool.take_this([0, 0]));
    }

    fn addresses() -> [IpAddr; 2] {
        ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse().unwrap())
    }

    fn host() -> AccountId {
        "host".parse().unwrap()
    }

    #[test]
    fn a_prefix_is_kept_for_an_address_once_and_for_a_while() {
        let all = Arc::new(Prefixes::default());
        let [here, there] = addresses();
        all.keep(Kept::asked(here, host(), all.share([7, 7])));
        assert!(all.kept_for(there).is_none());
        assert_eq!(all.kept_for(here).unwrap().prefix.bytes(), [7, 7]);
        assert!(all.kept_for(here).is_none());
        all.keep(Kept::asked(here, host(), all.share([7, 8])));
        all.keep(Kept::gone(here, host(), all.share([7, 9])));
        all.forget_kept(Instant::now());
        assert_eq!(all.lock().held.len(), 2);
        all.forget_kept(Instant::now() + ASKED);
        assert_eq!(all.lock().held.len(), 1);
        all.forget_kept(Instant::now() + GONE);
        assert!(all.lock().held.is_empty());
        all.keep(Kept::asked(here, host(), all.share([7, 8])));
        all.lock().asked[0].until = Instant::now();
        assert!(all.kept_for(here).is_none());
    }

    #[tokio::test]
    async fn what_nobody_came_for_is_given_up_without_a_pool_that_asks() {
        let all = Arc::new(Prefixes::default());
        let [here, _] = addresses();
        let mut kept = Kept::asked(here, host(), all.share([7, 8]));
        kept.until = Instant::now();
        all.keep(kept);
        let watch = tokio::spawn(Arc::clone(&all).keep_watch());
        let begun = Instant::now();
        while !all.lock().held.is_empty() {
            assert!(begun.elapsed() < Duration::from_secs(60), "still held");
            sleep(Duration::from_millis(50)).await;
        }
        watch.abort();
    }

    #[test]
    fn who_was_asked_comes_first_and_of_the_others_the_last_one() {
        let all = Arc::new(Prefixes::default());
        let [here, _] = addresses();
        all.keep(Kept::gone(here, host(), all.share([0, 1])));
        all.keep(Kept::asked(here, host(), all.share([0, 2])));
        all.keep(Kept::gone(here, host(), all.share([0, 3])));
        for end in [2, 3, 1] {
            assert_eq!(all.kept_for(here).unwrap().prefix.bytes(), [0, end]);
        }
        // They leave room for three times as many.
        for number in 0..=u16::try_from(GONE_MAX).unwrap() {
            all.keep(Kept::gone(here, host(), all.share(number.to_be_bytes())));
        }
        assert_eq!(all.lock().held.len(), GONE_MAX);
        assert!(!all.lock().held.contains_key(&[0, 0]));
    }
}
