//! Header hashes that were counted.

use core::hash::{BuildHasherDefault, Hash, Hasher};
use hashbrown::HashSet;

/// A set of hashes. It is asked and added to, never iterated: its order decides nothing.
#[derive(Clone, Default)]
pub(super) struct Seen(HashSet<HeaderHash, BuildHasherDefault<Itself>>);

impl Seen {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// False where it was there.
    pub(super) fn insert(&mut self, hash: [u8; 32]) -> bool {
        self.0.insert(HeaderHash(hash))
    }

    pub(super) fn remove(&mut self, hash: [u8; 32]) {
        self.0.remove(&HeaderHash(hash));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct HeaderHash([u8; 32]);

impl Hash for HeaderHash {
    /// The first bytes are the lowest: no target makes zeros of them. A machine that wanted many alike would have to find
    /// as many shares more.
    fn hash<H: Hasher>(&self, state: &mut H) {
        let first = self.0.first_chunk().copied().unwrap_or_default();
        state.write_u64(u64::from_le_bytes(first));
    }
}

/// What is random already is not hashed once more.
#[derive(Clone, Copy, Default)]
struct Itself(u64);

impl Hasher for Itself {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}
