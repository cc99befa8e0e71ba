//! The walk over the resting orders that a query may trade with, best first.
#![expect(
    clippy::indexing_slicing,
    reason = "open groups are numbered here and never go away"
)]

use crate::{
    facts::Class,
    index::{Candidates, Index, bit},
    queue::{EMPTY, Key, Place, rank_of},
    slab::Slab,
    tournament::Tournament,
};
use std::{cmp::Reverse, collections::BinaryHeap, hint::black_box};

/// A group with slots that may meet the query.
pub(crate) struct Open {
    pub group: usize,
    pub candidates: Candidates,
    /// The best of them.
    pub best: u8,
}

/// What was given last. What follows it is looked for only when it is wanted.
struct Given {
    place: Place,
    /// The number of its open group.
    open: usize,
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
    /// The first order of each open group's best slot.
    heads: Tournament,
    /// Of each slot from which orders were given, the next: key, node, and the number of its open group.
    behind: BinaryHeap<Reverse<(Key, u32, usize)>>,
    left_out: Vec<u16>,
    given: Option<Given>,
}

impl<'a, C: Class> Walk<'a, C> {
    /// Over open groups, and the keys of their heads.
    pub(crate) fn new(
        index: &'a Index<C>,
        slab: &'a Slab,
        query: &'a C::Query,
        worst: u64,
        open: Vec<Open>,
        heads: &[Key],
    ) -> Self {
        let heads = Tournament::new(heads);
        let walk = Self {
            index,
            slab,
            query,
            worst,
            open,
            heads,
            behind: BinaryHeap::new(),
            left_out: Vec::new(),
            given: None,
        };
        walk.foresee();
        walk
    }

    /// Reads ahead the orders that will likely come first, all at once: one after the other each would be waited for.
    fn foresee(&self) {
        if self.open.len() < 2 {
            return;
        }
        let first = self.heads.leaders().map(|open| {
            let open = &self.open[open];
            self.slab.node(self.index.first(open.group, open.best))
        });
        black_box(first.fold(0, |all, node| all ^ node.remaining));
    }

    /// From here on gives nothing of a cluster.
    pub(crate) fn leave_out(&mut self, cluster: u16) {
        self.left_out.push(cluster);
    }

    fn is_left_out(&self, open: usize) -> bool {
        let cluster = || self.index.cluster_of(self.open[open].group);
        !self.left_out.is_empty() && self.left_out.contains(&cluster())
    }

    /// The turn of what stands behind what was given.
    fn follow(&mut self, given: &Given) {
        let number = given.open;
        if self.is_left_out(number) {
            self.heads.set(number, EMPTY);
            return;
        }
        if given.first {
            self.next_slot(number);
        }
        let next = self.index.after(self.slab, given.place);
        if let Some(next) = next.filter(|next| rank_of(next.key) <= self.worst) {
            self.behind.push(Reverse((next.key, next.node, number)));
        }
    }

    /// The turn of an open group's next slot.
    fn next_slot(&mut self, number: usize) {
        let open = &mut self.open[number];
        open.candidates.word &= !bit(open.best.into());
        let best = (open.candidates.word != 0)
            .then(|| (self.index).pick(open.group, &mut open.candidates, self.query, self.worst));
        let (key, best) = best.flatten().unwrap_or((EMPTY, open.best));
        open.best = best;
        self.heads.set(number, key);
    }

    /// What is best of all: its place, the number of its open group, and whether it is the first of its slot.
    fn best(&mut self) -> Option<Given> {
        let head = self.heads.least();
        let (next, behind) = match self.behind.peek() {
            Some(Reverse((key, node, open))) if *key < head => {
                let place = Place {
                    key: *key,
                    node: *node,
                };
                (place, *open)
            }
            _ if head == EMPTY => return None,
            _ => {
                let open = self.heads.winner();
                let of = &self.open[open];
                let node = self.index.first(of.group, of.best);
                return Some(Given {
                    place: Place { key: head, node },
                    open,
                    first: true,
                });
            }
        };
        self.behind.pop();
        Some(Given {
            place: next,
            open: behind,
            first: false,
        })
    }
}

impl<C: Class> Iterator for Walk<'_, C> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if let Some(given) = self.given.take() {
            self.follow(&given);
        }
        loop {
            let best = self.best()?;
            if self.is_left_out(best.open) {
                self.heads.set(best.open, EMPTY);
                continue;
            }
            let node = best.place.node;
            self.given = Some(best);
            return Some(node);
        }
    }
}
