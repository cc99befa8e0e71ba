//! The resting orders of one class: a queue by price and time.

use crate::slab::{NONE, Slab};
use std::collections::BTreeMap;

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

/// The orders at one price, as a chain from the oldest.
#[derive(Clone, Debug)]
struct Level {
    rank: u64,
    /// The id of the first: it is compared far more often than its node is needed.
    id: u64,
    first: u32,
    last: u32,
    /// What they still want, in H/s.
    hashrate: u128,
}

/// Of its best levels a queue keeps at most so many in a row.
const FRONT: usize = 32;
/// Room in front that an empty queue keeps for the next orders of its class; a larger one is given back.
const KEPT: usize = 8;

const NOWHERE: Place = Place {
    key: EMPTY,
    node: NONE,
};

/// The queue.
#[derive(Clone, Debug)]
#[repr(align(128))]
pub(crate) struct Queue {
    /// The first order of the best price, and of the second best: a walk seldom needs more, and so looks at no level.
    keys: [Key; 2],
    nodes: [u32; 2],
    /// The best levels, the best of them last: nearly all that trades is there, and to take it out moves nothing.
    front: Vec<Level>,
    /// All others by rank, every one worse than those.
    rest: BTreeMap<u64, Level>,
}

const _: () = assert!(size_of::<Queue>() == 128);

impl Level {
    const fn place(&self) -> Place {
        Place {
            key: key(self.rank, self.id),
            node: self.first,
        }
    }
}

impl Queue {
    pub(crate) const fn new() -> Self {
        Self {
            keys: [EMPTY; 2],
            nodes: [NONE; 2],
            front: Vec::new(),
            rest: BTreeMap::new(),
        }
    }

    /// The first order; its key is `EMPTY` where there is none.
    pub(crate) const fn head(&self) -> Place {
        Place {
            key: self.keys[0],
            node: self.nodes[0],
        }
    }

    const fn second(&self) -> Place {
        Place {
            key: self.keys[1],
            node: self.nodes[1],
        }
    }

    /// The first order of a price has changed: it may be one of the two best.
    fn renew(&mut self, rank: u64) {
        if rank > rank_of(self.keys[1]) {
            return;
        }
        let mut best = self.levels().map(Level::place);
        let places = [best.next(), best.next()].map(|place| place.unwrap_or(NOWHERE));
        drop(best);
        self.keys = places.map(|place| place.key);
        self.nodes = places.map(|place| place.node);
    }

    /// Reads what taking the first order out will read.
    pub(crate) fn foresee(&self) -> u64 {
        let best = self.front.iter().rev().take(2);
        best.fold(0, |all, level| all ^ level.rank ^ u64::from(level.last))
    }

    /// Best first.
    fn levels(&self) -> impl Iterator<Item = &Level> {
        self.front.iter().rev().chain(self.rest.values())
    }

    /// The hashrate by rank of the price, best first.
    pub(crate) fn depth(&self) -> impl Iterator<Item = (u64, u128)> {
        self.levels().map(|level| (level.rank, level.hashrate))
    }

    /// Where in front a rank is, or would be.
    fn seek(&self, rank: u64) -> Result<usize, usize> {
        if (self.front.first()).is_some_and(|worst| worst.rank < rank) {
            return Err(0);
        }
        let at = self.front.partition_point(|level| level.rank > rank);
        match self.front.get(at) {
            Some(level) if level.rank == rank => Ok(at),
            _ => Err(at),
        }
    }

    fn level_mut(&mut self, rank: u64) -> Option<&mut Level> {
        match self.seek(rank) {
            Ok(at) => self.front.get_mut(at),
            Err(_) => self.rest.get_mut(&rank),
        }
    }

    /// Takes in a level of a rank that has none.
    fn insert(&mut self, level: Level) {
        let at = match self.seek(level.rank) {
            // Worse than all in front.
            Err(0) if !self.rest.is_empty() => {
                self.rest.insert(level.rank, level);
                return;
            }
            Ok(at) | Err(at) => at,
        };
        if self.front.len() < FRONT {
            self.front.insert(at, level);
            return;
        }
        let worse = self.front.drain(..FRONT / 2);
        self.rest.extend(worse.map(|level| (level.rank, level)));
        match at.checked_sub(FRONT / 2) {
            Some(at) => self.front.insert(at, level),
            None => {
                self.rest.insert(level.rank, level);
            }
        }
    }

    fn remove(&mut self, rank: u64) {
        match self.seek(rank) {
            Ok(at) => {
                self.front.remove(at);
            }
            Err(_) => {
                self.rest.remove(&rank);
            }
        }
        if self.front.is_empty() {
            let best = std::iter::from_fn(|| self.rest.pop_first());
            (self.front).extend(best.take(FRONT / 2).map(|(_, level)| level));
            self.front.reverse();
            if self.front.is_empty() && self.front.capacity() > KEPT {
                self.front = Vec::new();
            }
        }
    }

    /// Appends a node, whose id is above all here, at its rank.
    pub(crate) fn append(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (id, hashrate) = (node.id.get(), u128::from(node.remaining));
        let last = match self.level_mut(rank) {
            Some(level) => {
                level.hashrate = level.hashrate.saturating_add(hashrate);
                std::mem::replace(&mut level.last, at)
            }
            None => {
                self.insert(Level {
                    rank,
                    id,
                    first: at,
                    last: at,
                    hashrate,
                });
                self.renew(rank);
                NONE
            }
        };
        let node = slab.node_mut(at);
        (node.previous, node.next) = (last, NONE);
        if last != NONE {
            slab.node_mut(last).next = at;
        }
    }

    /// Takes a node out.
    pub(crate) fn unlink(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (previous, next, remaining) = (node.previous, node.next, node.remaining);
        if previous != NONE {
            slab.node_mut(previous).next = next;
        }
        if next != NONE {
            slab.node_mut(next).previous = previous;
        }
        if previous == NONE && next == NONE {
            self.remove(rank);
            self.renew(rank);
            return;
        }
        let first = (previous == NONE).then(|| slab.node(next).id.get());
        let Some(level) = self.level_mut(rank) else {
            return;
        };
        level.hashrate = level.hashrate.saturating_sub(remaining.into());
        if next == NONE {
            level.last = previous;
        }
        if let Some(id) = first {
            (level.first, level.id) = (next, id);
            self.renew(rank);
        }
    }

    /// The hashrate at a rank fell by so much.
    pub(crate) fn shrink(&mut self, rank: u64, by: u64) {
        if let Some(level) = self.level_mut(rank) {
            level.hashrate = level.hashrate.saturating_sub(by.into());
        }
    }

    /// Levels that there is room for in front.
    #[cfg(test)]
    pub(crate) const fn room(&self) -> usize {
        self.front.capacity()
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
        let (Ok(at) | Err(at)) = self.seek(rank);
        let behind = at.checked_sub(1).and_then(|at| self.front.get(at));
        let behind = behind.or_else(|| {
            let mut worse = self.rest.range(rank.checked_add(1)?..);
            worse.next().map(|(_, level)| level)
        });
        behind.map(Level::place)
    }
}
