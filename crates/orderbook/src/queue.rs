//! The resting orders of one class: a queue by price and time.

use crate::slab::{NONE, Slab};
use std::collections::{BTreeMap, btree_map::Entry};

/// A place in a queue: the rank of the price, and behind it the id. Less is better. One number, since it is compared so often.
pub(crate) type Key = u128;

/// The key of no order.
pub(crate) const EMPTY: Key = Key::MAX;

pub(crate) const fn key(rank: u64, id: u64) -> Key {
    (rank as u128).wrapping_shl(64) | id as u128
}

pub(crate) const fn rank_of(key: Key) -> u64 {
    key.wrapping_shr(64) as u64
}

/// An order in a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub key: Key,
    pub node: u32,
}

const NOWHERE: Place = Place {
    key: EMPTY,
    node: NONE,
};

/// The orders at one price, as a chain from the oldest.
#[derive(Clone, Debug)]
struct Level {
    first: u32,
    last: u32,
    /// The id of the first: it is compared far more often than its node is needed.
    id: u64,
    /// What they still want, in H/s.
    hashrate: u128,
}

impl Level {
    const fn place(&self, rank: u64) -> Place {
        Place {
            key: key(rank, self.id),
            node: self.first,
        }
    }
}

/// The queue.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Queue {
    levels: BTreeMap<u64, Level>,
    /// The first order of the best price, and of the second best: a walk seldom needs more, and so no search.
    keys: [Key; 2],
    nodes: [u32; 2],
}

const _: () = assert!(size_of::<Queue>() == 64);

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            levels: BTreeMap::new(),
            keys: [EMPTY; 2],
            nodes: [NONE; 2],
        }
    }

    const fn second(&self) -> Place {
        Place {
            key: self.keys[1],
            node: self.nodes[1],
        }
    }

    const fn set_front(&mut self, best: Place, second: Place) {
        self.keys = [best.key, second.key];
        self.nodes = [best.node, second.node];
    }

    /// The first order; its key is `EMPTY` where there is none.
    pub(crate) const fn head(&self) -> Place {
        Place {
            key: self.keys[0],
            node: self.nodes[0],
        }
    }

    /// The hashrate by rank of the price, best first.
    pub(crate) fn depth(&self) -> impl Iterator<Item = (u64, u128)> {
        (self.levels.iter()).map(|(rank, level)| (*rank, level.hashrate))
    }

    /// Appends a node, whose id is above all here, at its rank.
    pub(crate) fn append(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (id, hashrate) = (node.id.get(), u128::from(node.remaining));
        let level = self.levels.entry(rank).or_insert(Level {
            first: at,
            last: NONE,
            id,
            hashrate: 0,
        });
        let last = std::mem::replace(&mut level.last, at);
        level.hashrate = level.hashrate.saturating_add(hashrate);
        let node = slab.node_mut(at);
        (node.previous, node.next) = (last, NONE);
        if last != NONE {
            slab.node_mut(last).next = at;
            return;
        }
        let place = level.place(rank);
        if place.key < self.keys[0] {
            self.set_front(place, self.head());
        } else if place.key < self.keys[1] {
            self.set_front(self.head(), place);
        }
    }

    /// Takes a node out.
    pub(crate) fn unlink(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (previous, next, remaining) = (node.previous, node.next, node.remaining);
        if previous != NONE {
            slab.node_mut(previous).next = next;
        }
        let Entry::Occupied(mut entry) = self.levels.entry(rank) else {
            return;
        };
        let level = entry.get_mut();
        level.hashrate = level.hashrate.saturating_sub(remaining.into());
        if next == NONE {
            level.last = previous;
        } else {
            slab.node_mut(next).previous = previous;
        }
        if previous != NONE {
            return;
        }
        if next == NONE {
            entry.remove();
            if rank <= rank_of(self.keys[1]) {
                let mut places = (self.levels.iter()).map(|(rank, level)| level.place(*rank));
                let best = places.next().unwrap_or(NOWHERE);
                let second = places.next().unwrap_or(NOWHERE);
                self.set_front(best, second);
            }
            return;
        }
        (level.first, level.id) = (next, slab.node(next).id.get());
        let place = level.place(rank);
        if rank == rank_of(self.keys[0]) {
            self.set_front(place, self.second());
        } else if rank == rank_of(self.keys[1]) {
            self.set_front(self.head(), place);
        }
    }

    /// The hashrate at a rank fell by so much.
    pub(crate) fn shrink(&mut self, rank: u64, by: u64) {
        if let Some(level) = self.levels.get_mut(&rank) {
            level.hashrate = level.hashrate.saturating_sub(by.into());
        }
    }

    /// What stands behind an order.
    pub(crate) fn after(&self, slab: &Slab, place: Place) -> Option<Place> {
        let rank = rank_of(place.key);
        let next = slab.node(place.node).next;
        if next != NONE {
            return Some(Place {
                key: key(rank, slab.node(next).id.get()),
                node: next,
            });
        }
        if rank == rank_of(self.keys[0]) {
            return Some(self.second()).filter(|second| second.node != NONE);
        }
        let mut behind = self.levels.range(rank.checked_add(1)?..);
        behind.next().map(|(rank, level)| level.place(*rank))
    }
}
