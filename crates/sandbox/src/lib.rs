#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod bundle;
mod chain;
mod coinbase;
mod line;
mod miner;
mod node;
mod pool;
mod random;

pub use bundle::{BundleError, BundleSettings, write_bundle};
pub use chain::{Chain, Template};
pub use miner::{Miner, MinerSettings, MinerStats};
pub use node::Node;
pub use pool::{Pool, PoolSettings, PoolShares};
pub use random::Random;

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

/// Accepted header hashes that a pool or a miner remembers; the count goes on after that.
pub const REMEMBERED_HASHES: usize = 1_000_000;

/// A panic elsewhere leaves no half-done change behind any of this crate's locks.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unix_seconds() -> u32 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u32::try_from(since.as_secs()).unwrap_or(u32::MAX)
}
