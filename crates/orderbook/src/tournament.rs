//! The least of many keys that change one at a time: a tree of minima over them.
#![expect(
    clippy::indexing_slicing,
    reason = "a tree over n keys has 2n places, and its root is place 1"
)]

use crate::queue::{EMPTY, Key};

/// Parts that `leaders` looks at: each is what stands below a place of the tree.
const PARTS: usize = 8;

/// The children of place i are 2i and 2i + 1; the keys are the last half. A key is out of it as `EMPTY`; others are all different.
#[derive(Debug)]
pub(crate) struct Tournament {
    tree: Vec<Key>,
    keys: usize,
}

impl Tournament {
    /// Takes room for so many keys, and in front of them for the minima.
    pub(crate) fn new(keys: &[Key]) -> Self {
        let count = keys.len();
        let mut tree = Vec::with_capacity(count.saturating_mul(2));
        tree.resize(count, EMPTY);
        tree.extend_from_slice(keys);
        for at in (1..count).rev() {
            tree[at] = tree[at.wrapping_mul(2)].min(tree[at.wrapping_mul(2).wrapping_add(1)]);
        }
        Self { tree, keys: count }
    }

    /// The least key; `EMPTY` where there is none.
    pub(crate) fn least(&self) -> Key {
        self.tree.get(1).copied().unwrap_or(EMPTY)
    }

    /// The number of the least key, where there is one.
    pub(crate) fn winner(&self) -> usize {
        self.winner_below(1)
    }

    fn winner_below(&self, mut at: usize) -> usize {
        let least = self.tree[at];
        while at < self.keys {
            at = at.wrapping_mul(2);
            at = at.wrapping_add(usize::from(self.tree[at] != least));
        }
        at.wrapping_sub(self.keys)
    }

    /// The winner of each of eight parts, where there are as many keys: the least of all is among them, and many of the next ones are.
    pub(crate) fn leaders(&self) -> impl Iterator<Item = usize> {
        let parts = if self.keys < PARTS {
            1..2
        } else {
            PARTS..PARTS * 2
        };
        parts.map(|part| self.winner_below(part))
    }

    /// Puts another key in the place of one.
    pub(crate) fn set(&mut self, number: usize, key: Key) {
        let mut at = self.keys.wrapping_add(number);
        let mut least = key;
        self.tree[at] = least;
        while at > 1 {
            least = least.min(self.tree[at ^ 1]);
            at >>= 1;
            self.tree[at] = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of every size, each key in turn is the least, and goes.
    #[test]
    fn gives_keys_in_order() {
        for count in 0..40u128 {
            let keys: Vec<Key> = (0..count).map(|at| at.wrapping_mul(7) % count).collect();
            let distinct = count % 7 != 0;
            let mut tree = Tournament::new(&keys);
            for least in (0..count).filter(|_| distinct) {
                assert_eq!(tree.least(), least);
                assert_eq!(keys[tree.winner()], least);
                tree.set(tree.winner(), EMPTY);
            }
            assert!(!distinct || tree.least() == EMPTY);
        }
    }

    #[test]
    fn a_key_that_changes_takes_its_new_place() {
        let mut tree = Tournament::new(&[5, 3, 9]);
        tree.set(1, 7);
        assert_eq!((tree.least(), tree.winner()), (5, 0));
        tree.set(2, 1);
        assert_eq!((tree.least(), tree.winner()), (1, 2));
    }
}
