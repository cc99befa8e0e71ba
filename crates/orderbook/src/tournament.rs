//! The least of many keys that change one at a time: a tree of minima over them.
#![expect(
    clippy::indexing_slicing,
    reason = "a tree over n keys has 2n places, and its root is place 1"
)]

use crate::queue::{EMPTY, Key};

/// The most parts that `leaders` looks at, as a power of two: each is what stands below a place of the tree.
const MOST_PARTS: u32 = 3;

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

    /// The winner of each part: the least of all is among them, and many of the next ones are. There are eight parts, but with
    /// fewer keys four, two, or one.
    pub(crate) fn leaders(&self) -> impl Iterator<Item = usize> {
        // No key stands above these places, since there are at least as many keys.
        let parts = self.keys.checked_ilog2().map_or(0..0, |steps| {
            let first = 1usize.wrapping_shl(steps.min(MOST_PARTS));
            first..first.wrapping_mul(2)
        });
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

    /// Of every size, each key in turn is the least, leads a part, and goes.
    #[test]
    fn gives_keys_in_order() {
        for count in 0..40u128 {
            // A prime above every count: so all keys are different.
            let keys: Vec<Key> = (0..count).map(|at| at.wrapping_mul(41) % count).collect();
            let mut tree = Tournament::new(&keys);
            for least in 0..count {
                assert_eq!(tree.least(), least);
                assert_eq!(keys[tree.winner()], least);
                assert!(tree.leaders().any(|leader| leader == tree.winner()));
                tree.set(tree.winner(), EMPTY);
            }
            assert_eq!(tree.least(), EMPTY);
        }
    }

    #[test]
    fn parts_have_leaders_of_their_own() {
        for (keys, parts) in [(0, 0), (1, 1), (2, 2), (3, 2), (5, 4), (8, 8), (39, 8)] {
            let tree = Tournament::new(&(0..keys).collect::<Vec<Key>>());
            let leaders: std::collections::BTreeSet<usize> = tree.leaders().collect();
            assert_eq!(leaders.len(), parts, "{keys} keys");
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
