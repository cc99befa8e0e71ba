//! The walk over the resting orders that a query may trade with, best first.
#![expect(
    clippy::indexing_slicing,
    reason = "open groups are numbered here and never go away"
)]

use crate::{
    facts::Class,
    index::{Candidates, Index, bit},
    queue::{Key, Place},
    slab::{NONE, Slab},
};
use std::{cmp::Reverse, collections::BinaryHeap};

/// What stands in the heap: the key of an order, its node, and the number of its open group. The node is `NONE` where the order is
/// the first of the group's best slot.
type Entry = Reverse<(Key, u32, u32)>;

/// A group with slots that may meet the query.
struct Open {
    group: usize,
    candidates: Candidates,
    /// The best of them.
    best: u8,
}

/// What was given last. What follows it is looked for only when it is wanted.
struct Given {
    place: Place,
    open: u32,
    /// The first of its slot: with it the group's next slot has its turn.
    first: bool,
}

/// An iterator over nodes.
pub(crate) struct Walk<'a, C: Class> {
    index: &'a Index<C>,
    slab: &'a Slab,
    query: &'a C::Query,
    worst: u64,
    open: Vec<Open>,
    heap: BinaryHeap<Entry>,
    left_out: Vec<u16>,
    given: Option<Given>,
}

impl<'a, C: Class> Walk<'a, C> {
    /// Over groups with slots that may meet the query.
    pub(crate) fn new(
        index: &'a Index<C>,
        slab: &'a Slab,
        query: &'a C::Query,
        worst: u64,
        groups: Vec<(usize, Candidates)>,
    ) -> Self {
        let mut open = Vec::with_capacity(groups.len());
        let mut heap = Vec::with_capacity(groups.len());
        for (group, mut candidates) in groups {
            if let Some(at) = index.pick(group, &mut candidates, query, worst) {
                let (key, best) = index.head(group, at);
                let number = u32::try_from(open.len()).unwrap_or(NONE);
                heap.push(Reverse((key, NONE, number)));
                open.push(Open {
                    group,
                    candidates,
                    best,
                });
            }
        }
        Self {
            index,
            slab,
            query,
            worst,
            open,
            heap: heap.into(),
            left_out: Vec::new(),
            given: None,
        }
    }

    /// From here on gives nothing of a cluster.
    pub(crate) fn leave_out(&mut self, cluster: u16) {
        self.left_out.push(cluster);
    }

    fn is_left_out(&self, open: u32) -> bool {
        let cluster = || self.index.cluster_of(self.open[open as usize].group);
        !self.left_out.is_empty() && self.left_out.contains(&cluster())
    }

    /// The turn of what stands behind what was given.
    fn follow(&mut self, given: &Given) {
        let number = given.open;
        if self.is_left_out(number) {
            return;
        }
        let open = &mut self.open[number as usize];
        if given.first {
            open.candidates.word &= !bit(open.best.into());
            let best = (open.candidates.word != 0).then(|| {
                (self.index).pick(open.group, &mut open.candidates, self.query, self.worst)
            });
            if let Some(at) = best.flatten() {
                let (key, slot) = self.index.head(open.group, at);
                open.best = slot;
                self.heap.push(Reverse((key, NONE, number)));
            }
        }
        let next = self.index.after(self.slab, given.place);
        if let Some(next) = next.filter(|next| next.key.0 <= self.worst) {
            self.heap.push(Reverse((next.key, next.node, number)));
        }
    }
}

impl<C: Class> Iterator for Walk<'_, C> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some(given) = self.given.take() {
            self.follow(&given);
        }
        while let Some(Reverse((key, node, number))) = self.heap.pop() {
            if self.is_left_out(number) {
                continue;
            }
            let open = &self.open[number as usize];
            let (node, first) = match node {
                NONE => (self.index.first(open.group, open.best), true),
                _ => (node, false),
            };
            self.given = Some(Given {
                place: Place { key, node },
                open: number,
                first,
            });
            return Some(node);
        }
        None
    }
}
