//! What is wrong with a contract's pools, or with the contract itself.

use super::Delivery;
use crate::clock;
use std::sync::{MutexGuard, PoisonError};
use units::Timestamp;

/// Why a pool gives no work, or what else is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolTrouble {
    /// Which of the contract's pools: the first is 0.
    pub pool: usize,
    /// When it was last noticed.
    pub at: Timestamp,
    /// In words of ours alone.
    pub words: String,
}

impl Delivery {
    /// What is wrong with one of the pools, the latest; or with the contract itself, as if it were the pool that serves.
    #[must_use]
    pub fn pool_trouble(&self) -> Option<PoolTrouble> {
        if let Some(at) = self.records.full_since() {
            return Some(PoolTrouble {
                pool: self.pool_serving().unwrap_or_default(),
                at,
                words: format!(
                    "the proof holds no more than {} workers, and this contract has had so many: it ends, and the machines \
                     work elsewhere",
                    self.records.limits().all
                ),
            });
        }
        self.lock_trouble().clone()
    }

    pub(in crate::stratum) fn trouble(&self, pool: usize, words: String) {
        let at = clock::now();
        *self.lock_trouble() = Some(PoolTrouble { pool, at, words });
    }

    /// A session with this pool is up: what was wrong with it is over.
    pub(in crate::stratum) fn reached(&self, pool: usize) {
        self.lock_trouble().take_if(|trouble| trouble.pool == pool);
    }

    fn lock_trouble(&self) -> MutexGuard<'_, Option<PoolTrouble>> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
