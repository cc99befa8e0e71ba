//! SHA-256 over a bundle's bytes, as epochs and the end record state it.

use super::{End, frame::put_varint};
use alloc::vec::Vec;
use sha2::{Digest, Sha256};
use units::Timestamp;

/// Hashes every byte since the last epoch record's first one (before any: the file's).
#[derive(Clone, Default)]
pub(super) struct RecordsHasher(Sha256);

impl RecordsHasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Over what was read so far.
    pub(super) fn hash(&self) -> [u8; 32] {
        self.0.clone().finalize().into()
    }

    /// Begins with an epoch's own bytes.
    pub(super) fn restart(&mut self, epoch: &[u8]) {
        self.0 = Sha256::new_with_prefix(epoch);
    }

    /// The end record for here: its hash covers what was read, then `at` and `shares_total` as they are written.
    pub(super) fn end(&self, at: Timestamp, shares_total: u64) -> End {
        let mut fields = Vec::new();
        put_varint(&mut fields, at.unix_ms().into());
        put_varint(&mut fields, shares_total.into());
        let hash = self.0.clone().chain_update(&fields).finalize().into();
        End {
            at,
            shares_total,
            hash,
        }
    }
}
