//! Who holds which prefix: connections of machines, and sessions of pools that suit one prefix alone.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};
use stratum::{PREFIX_SIZE, PrefixPool};
use tokio::time::Instant;

/// A machine that was asked to come back has so long to do it.
const KEPT: Duration = Duration::from_secs(60);

/// All prefixes of a server.
#[derive(Default)]
pub(super) struct Prefixes(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    pool: PrefixPool,
    held: BTreeMap<[u8; PREFIX_SIZE], Weak<Prefix>>,
    kept: Vec<Kept>,
}

/// For the next connection from there.
struct Kept {
    address: IpAddr,
    until: Instant,
    prefix: Arc<Prefix>,
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

    /// Keeps it for the next connection from this address.
    pub(super) fn keep(&self, address: IpAddr, prefix: Arc<Prefix>) {
        let until = Instant::now() + KEPT;
        self.lock().kept.push(Kept {
            address,
            until,
            prefix,
        });
    }

    /// What was kept for a connection from this address.
    pub(super) fn kept_for(&self, address: IpAddr) -> Option<Arc<Prefix>> {
        let now = Instant::now();
        let mut inner = self.lock();
        let mut kept = inner.kept.iter();
        let place = kept.position(|kept| kept.address == address && now < kept.until)?;
        Some(inner.kept.remove(place).prefix)
    }

    /// Gives up what nobody came back for.
    pub(super) fn forget_kept(&self) {
        let now = Instant::now();
        let over: Vec<Kept> = {
            let mut inner = self.lock();
            inner
                .kept
                .extract_if(.., |kept| kept.until <= now)
                .collect()
        };
        // Only here, where nothing is locked.
        drop(over);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn a_prefix_is_kept_for_an_address_once_and_for_a_while() {
        let all = Arc::new(Prefixes::default());
        let [here, there] = ["192.0.2.1", "192.0.2.2"].map(|ip| ip.parse::<IpAddr>().unwrap());
        all.keep(here, all.share([7, 7]));
        assert!(all.kept_for(there).is_none());
        assert_eq!(all.kept_for(here).unwrap().bytes(), [7, 7]);
        assert!(all.kept_for(here).is_none());
        all.keep(here, all.share([7, 8]));
        all.forget_kept();
        assert_eq!(all.lock().kept.len(), 1);
        all.lock().kept[0].until = Instant::now();
        assert!(all.kept_for(here).is_none());
        all.forget_kept();
        assert!(all.lock().held.is_empty());
    }
}
