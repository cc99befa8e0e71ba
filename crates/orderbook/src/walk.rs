//! The walk over the resting orders that a query may trade with, best first.

use crate::{
    facts::Class,
    index::{Index, Key, bit},
    slab::{NONE, Slab},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// What stands in the heap: the key of an order, then where the order is.
type Entry = Reverse<(Key, At)>;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct At {
    /// The order's node; `NONE` where it is the first of a slot whose class is still to be asked.
    node: u32,
    group: usize,
    /// The slots of the group still to be looked at, with the slot itself, where `node` is `NONE`.
    word: u64,
    slot: usize,
}

/// An iterator over nodes.
pub(crate) struct Walk<'a, C: Class> {
    index: &'a Index<C>,
    slab: &'a Slab,
    query: &'a C::Query,
    worst: u64,
    heap: BinaryHeap<Entry>,
    left_out: Vec<u16>,
    /// What was given last: its node, key and group. What follows it is looked for only when it is wanted.
    given: Option<(u32, Key, usize)>,
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
            given: None,
        }
    }

    /// Slots of a group may meet the query.
    pub(crate) fn add_group(&mut self, index: &Index<C>, group: usize, word: u64) {
        if word == 0 {
            return;
        }
        let (key, slot) = index.best_of(group, word);
        if key.0 <= self.worst {
            self.heap.push(Reverse((
                key,
                At {
                    node: NONE,
                    group,
                    word,
                    slot,
                },
            )));
        }
    }

    /// The next order of the class, if its price allows.
    fn follow(&mut self, node: u32, key: Key, group: usize) {
        let next = self.index.after(self.slab, node, key.0);
        if let Some((key, node)) = next.filter(|(key, _)| key.0 <= self.worst) {
            self.heap.push(Reverse((
                key,
                At {
                    node,
                    group,
                    word: 0,
                    slot: 0,
                },
            )));
        }
    }

    /// From here on gives nothing of a cluster.
    pub(crate) fn leave_out(&mut self, cluster: u16) {
        self.left_out.push(cluster);
    }
}

impl<C: Class> Iterator for Walk<'_, C> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some((node, key, group)) = self.given.take() {
            self.follow(node, key, group);
        }
        while let Some(Reverse((key, at))) = self.heap.pop() {
            let At {
                node,
                group,
                word,
                slot,
            } = at;
            if !self.left_out.is_empty() && self.left_out.contains(&self.index.cluster_of(group)) {
                continue;
            }
            let given = if node == NONE {
                self.add_group(self.index, group, word & !bit(slot));
                self.index.first_of(slot, self.query)
            } else {
                Some(node)
            };
            if let Some(given) = given {
                self.given = Some((given, key, group));
                return Some(given);
            }
        }
        None
    }
}
