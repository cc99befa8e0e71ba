//! The walk over the resting orders that a query may trade with, best first.

use crate::{
    facts::Class,
    index::{Index, Key},
    slab::{NONE, Slab},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// What stands in the heap: the best that it can give, then the node (or `NONE` for what is left of a group, which stands behind
/// a node with the same key), the group, and the slots of the group still to be looked at.
type Entry = Reverse<(Key, u32, usize, u64)>;

/// An iterator over nodes.
pub(crate) struct Walk<'a, C: Class> {
    index: &'a Index<C>,
    slab: &'a Slab,
    query: &'a C::Query,
    worst: u64,
    heap: BinaryHeap<Entry>,
    left_out: Vec<u16>,
}

impl<'a, C: Class> Walk<'a, C> {
    pub(crate) const fn new(
        index: &'a Index<C>,
        slab: &'a Slab,
        query: &'a C::Query,
        worst: u64,
    ) -> Self {
        Self {
            index,
            slab,
            query,
            worst,
            heap: BinaryHeap::new(),
            left_out: Vec::new(),
        }
    }

    /// Some slots of a group are to be looked at, the best of which has that key or a worse one.
    pub(crate) fn add_group(&mut self, winner: Key, group: usize, word: u64) {
        self.heap.push(Reverse((winner, NONE, group, word)));
    }

    /// From here on gives nothing of a cluster.
    pub(crate) fn leave_out(&mut self, cluster: u16) {
        self.left_out.push(cluster);
    }
}

impl<C: Class> Iterator for Walk<'_, C> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while let Some(Reverse((key, node, group, mut word))) = self.heap.pop() {
            if !self.left_out.is_empty() && self.left_out.contains(&self.index.cluster_of(group)) {
                continue;
            }
            if node != NONE {
                if let Some((next, behind)) = self.index.after(self.slab, node, key.0)
                    && next.0 <= self.worst
                {
                    self.heap.push(Reverse((next, behind, group, 0)));
                }
                return Some(node);
            }
            let Some((best, first)) = self.index.best_of(group, &mut word, self.query) else {
                continue;
            };
            if best.0 > self.worst {
                continue;
            }
            self.heap.push(Reverse((best, first, group, 0)));
            if word != 0 {
                self.heap.push(Reverse((best, NONE, group, word)));
            }
        }
        None
    }
}
