//! One side's resting orders by class: classes of equal terms, each a queue by price and time, and over the classes a tournament.
//!
//! Slots for classes stand in groups of 64. A group keeps its slots in the order of their heads; each fact of a class is one bit
//! in the fact's word for the group. So a query drops a whole group by its best price, by its cluster, or by a few words, finds
//! the best slot of what is left in a few steps, and looks at orders only where a class may meet it.
#![expect(
    clippy::indexing_slicing,
    reason = "slots and groups are numbered here and never go away"
)]

use crate::{
    Product,
    facts::Class,
    slab::{NONE, Slab},
    walk::Walk,
};
use std::collections::BTreeMap;

/// A place in the queue: the rank of the price, then the id. Less is better.
pub(crate) type Key = (u64, u64);

/// The key of no order.
pub(crate) const EMPTY: Key = (u64::MAX, u64::MAX);

const GROUP: usize = 64;

/// Of up to so many slots the best is found by comparing them, of more by the group's ranking.
const FEW: u32 = 6;

/// The orders of a class at one price, as a chain from the oldest.
#[derive(Clone, Debug)]
struct Level {
    first: u32,
    last: u32,
    /// What they still want, in H/s.
    hashrate: u128,
}

#[derive(Clone, Debug)]
struct Slot<C> {
    /// None while the slot is free.
    class: Option<C>,
    levels: BTreeMap<u64, Level>,
    first: u32,
}

#[derive(Clone, Debug)]
struct Group {
    product: Product,
    cluster: u16,
    /// One bit for each slot whose class has orders.
    live: u64,
    /// The best head.
    winner: Key,
    /// The live slots, best head first; what stands behind them means nothing.
    ranking: [u8; GROUP],
}

/// The groups of one product and cluster.
#[derive(Clone, Debug, Default)]
struct Cluster {
    groups: Vec<usize>,
    free: Vec<usize>,
    /// Slots with a class that has no orders now.
    idle: usize,
}

/// One side of the book.
#[derive(Clone, Debug)]
pub(crate) struct Index<C> {
    slots: Vec<Slot<C>>,
    heads: Vec<Key>,
    groups: Vec<Group>,
    /// A word for each group, by fact.
    columns: Vec<Vec<u64>>,
    by_class: BTreeMap<(Product, C), usize>,
    clusters: BTreeMap<(Product, u16), Cluster>,
}

impl Group {
    /// A slot's head has changed from `old`; `heads` are the group's, and more.
    fn rank_anew(&mut self, within: usize, old: Key, heads: &[Key]) {
        let key = heads[within];
        // As it was before: `live` is up to date already.
        let mut ranked = self.live.count_ones() as usize;
        ranked = ranked
            .saturating_sub((key != EMPTY).into())
            .saturating_add((old != EMPTY).into());
        if old != EMPTY
            && let Some(at) = self.ranking[..ranked]
                .iter()
                .position(|one| usize::from(*one) == within)
        {
            self.ranking.copy_within(at.saturating_add(1)..ranked, at);
            ranked = ranked.saturating_sub(1);
        }
        if key != EMPTY {
            let better = |one: &u8| heads[usize::from(*one)] < key;
            let at = self.ranking[..ranked].partition_point(better);
            self.ranking.copy_within(at..ranked, at.saturating_add(1));
            self.ranking[at] = u8::try_from(within).unwrap_or(0);
            ranked = ranked.saturating_add(1);
        }
        self.winner = match ranked {
            0 => EMPTY,
            _ => heads[usize::from(self.ranking[0])],
        };
    }
}

pub(crate) const fn bit(slot: usize) -> u64 {
    1u64.wrapping_shl((slot % GROUP) as u32)
}

impl<C: Class> Index<C> {
    pub(crate) fn new() -> Self {
        Self {
            slots: Vec::new(),
            heads: Vec::new(),
            groups: Vec::new(),
            columns: vec![Vec::new(); C::FACTS],
            by_class: BTreeMap::new(),
            clusters: BTreeMap::new(),
        }
    }

    /// The class in a slot that an order stands in.
    pub(crate) fn class(&self, slot: u32) -> Option<&C> {
        self.slots.get(slot as usize)?.class.as_ref()
    }

    /// Every class that has orders of the product, with the slot.
    pub(crate) fn classes(&self, product: Product) -> impl Iterator<Item = (usize, &C)> {
        let classes = self
            .by_class
            .iter()
            .filter(move |((of, _), _)| *of == product);
        classes.map(|((_, class), slot)| (*slot, class))
    }

    /// A class's hashrate by rank of the price, best first.
    pub(crate) fn depth(&self, slot: usize) -> impl Iterator<Item = (u64, u128)> {
        let levels = self.slots[slot].levels.iter();
        levels.map(|(rank, level)| (*rank, level.hashrate))
    }

    /// The slot of a class, made where it is new.
    pub(crate) fn slot_of(&mut self, product: Product, class: C) -> u32 {
        let slot = match self.by_class.get(&(product, class)) {
            Some(slot) => *slot,
            None => self.intern(product, class),
        };
        u32::try_from(slot).unwrap_or(NONE)
    }

    fn intern(&mut self, product: Product, class: C) -> usize {
        let name = (product, class.cluster());
        let cluster = self.clusters.entry(name).or_default();
        // Idle classes keep their slots till they are a quarter: orders of a class often come again.
        if cluster.free.is_empty() && cluster.idle > cluster.groups.len().saturating_mul(GROUP / 4)
        {
            self.evict(name);
        }
        if self
            .clusters
            .get(&name)
            .is_none_or(|cluster| cluster.free.is_empty())
        {
            self.add_group(name);
        }
        let cluster = self.clusters.entry(name).or_default();
        let slot = cluster.free.pop().unwrap_or(0);
        cluster.idle = cluster.idle.saturating_add(1);
        self.slots[slot].class = Some(class);
        for fact in class.facts() {
            self.columns[fact][slot / GROUP] |= bit(slot);
        }
        self.by_class.insert((product, class), slot);
        slot
    }

    fn add_group(&mut self, (product, cluster): (Product, u16)) {
        let group = self.groups.len();
        self.groups.push(Group {
            product,
            cluster,
            live: 0,
            winner: EMPTY,
            ranking: [0; GROUP],
        });
        self.columns.iter_mut().for_each(|column| column.push(0));
        let first = self.slots.len();
        let last = first.saturating_add(GROUP);
        self.slots.resize_with(last, || Slot {
            class: None,
            levels: BTreeMap::new(),
            first: NONE,
        });
        self.heads.resize(last, EMPTY);
        let cluster = self.clusters.entry((product, cluster)).or_default();
        cluster.groups.push(group);
        cluster.free.extend((first..last).rev());
    }

    /// Frees the slots of a cluster's idle classes.
    fn evict(&mut self, name: (Product, u16)) {
        let Some(cluster) = self.clusters.get_mut(&name) else {
            return;
        };
        for group in &cluster.groups {
            let mut cleared = 0;
            let first = group.saturating_mul(GROUP);
            for slot in first..first.saturating_add(GROUP) {
                if self.groups[*group].live & bit(slot) != 0 {
                    continue;
                }
                if let Some(class) = self.slots[slot].class.take() {
                    self.by_class.remove(&(name.0, class));
                    cluster.free.push(slot);
                    cleared |= bit(slot);
                }
            }
            self.columns
                .iter_mut()
                .for_each(|column| column[*group] &= !cleared);
        }
        cluster.idle = 0;
    }

    /// Appends a node, whose id is above all in its class, to the queue at its rank.
    pub(crate) fn append(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (slot, id, hashrate) = (
            node.class as usize,
            node.id.get(),
            u128::from(node.remaining),
        );
        let level = self.slots[slot].levels.entry(rank).or_insert(Level {
            first: at,
            last: NONE,
            hashrate: 0,
        });
        let last = std::mem::replace(&mut level.last, at);
        level.hashrate = level.hashrate.saturating_add(hashrate);
        let node = slab.node_mut(at);
        (node.previous, node.next) = (last, NONE);
        if last != NONE {
            slab.node_mut(last).next = at;
        }
        if (rank, id) < self.heads[slot] {
            self.set_head(slot, (rank, id), at);
        }
    }

    /// Takes a node out of its queue.
    pub(crate) fn unlink(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let node = slab.node(at);
        let (previous, next) = (node.previous, node.next);
        let (slot, remaining) = (node.class as usize, node.remaining);
        if previous != NONE {
            slab.node_mut(previous).next = next;
        }
        if next != NONE {
            slab.node_mut(next).previous = previous;
        }
        let levels = &mut self.slots[slot].levels;
        if let Some(level) = levels.get_mut(&rank) {
            level.hashrate = level.hashrate.saturating_sub(remaining.into());
            if previous == NONE {
                level.first = next;
            }
            if next == NONE {
                level.last = previous;
            }
            if level.first == NONE {
                levels.remove(&rank);
            }
        }
        if self.slots[slot].first == at {
            let best = self.slots[slot].levels.first_key_value();
            let (key, first) = best.map_or((EMPTY, NONE), |(rank, level)| {
                ((*rank, slab.node(level.first).id.get()), level.first)
            });
            self.set_head(slot, key, first);
        }
    }

    /// A node's hashrate fell by so much.
    pub(crate) fn shrink(&mut self, slot: u32, rank: u64, by: u64) {
        if let Some(level) = self.slots[slot as usize].levels.get_mut(&rank) {
            level.hashrate = level.hashrate.saturating_sub(by.into());
        }
    }

    fn set_head(&mut self, slot: usize, key: Key, first: u32) {
        let old = std::mem::replace(&mut self.heads[slot], key);
        self.slots[slot].first = first;
        let number = slot / GROUP;
        let group = &mut self.groups[number];
        if (old == EMPTY) != (key == EMPTY) {
            group.live ^= bit(slot);
            let cluster = self
                .clusters
                .entry((group.product, group.cluster))
                .or_default();
            cluster.idle = match key {
                EMPTY => cluster.idle.saturating_add(1),
                _ => cluster.idle.saturating_sub(1),
            };
        }
        let heads = &self.heads[number.saturating_mul(GROUP)..];
        group.rank_anew(slot % GROUP, old, heads);
    }

    /// The orders of a product that meet the query, up to a rank, best first.
    pub(crate) fn walk<'a>(
        &'a self,
        slab: &'a Slab,
        product: Product,
        query: &'a C::Query,
        worst: u64,
    ) -> Walk<'a, C> {
        let needs = C::needs(query);
        let mut walk = Walk::new(self, slab, query, worst);
        // The same cluster's groups mostly follow each other.
        let mut known = None;
        for (number, group) in self.groups.iter().enumerate() {
            if group.winner.0 > worst || group.live == 0 || group.product != product {
                continue;
            }
            let meets = match known {
                Some((cluster, meets)) if cluster == group.cluster => meets,
                _ => C::cluster_meets(group.cluster, query),
            };
            known = Some((group.cluster, meets));
            if !meets {
                continue;
            }
            let word = needs.iter().fold(group.live, |word, facts| {
                let any = facts
                    .iter()
                    .fold(0, |any, fact| any | self.columns[*fact][number]);
                word & any
            });
            walk.add_group(self, number, word);
        }
        walk
    }

    /// The best of a group's slots in `word`, which is not empty: its key and slot.
    pub(crate) fn best_of(&self, group: usize, word: u64) -> (Key, usize) {
        let start = group.saturating_mul(GROUP);
        let slot = |within: usize| start.saturating_add(within);
        if word.count_ones() > FEW {
            let ranking = self.groups[group].ranking.iter();
            let best = ranking
                .map(|within| slot(usize::from(*within)))
                .find(|slot| word & bit(*slot) != 0);
            return best.map_or((EMPTY, start), |best| (self.heads[best], best));
        }
        let (mut rest, mut best) = (word, (EMPTY, start));
        while rest != 0 {
            let within = slot(rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            best = best.min((self.heads[within], within));
        }
        best
    }

    /// The first order of a slot, if its class meets the query.
    pub(crate) fn first_of(&self, slot: usize, query: &C::Query) -> Option<u32> {
        let slot = &self.slots[slot];
        (slot.class)
            .is_some_and(|class| class.meets(query))
            .then_some(slot.first)
    }

    /// What stands behind a node in its class's queue.
    pub(crate) fn after(&self, slab: &Slab, at: u32, rank: u64) -> Option<(Key, u32)> {
        let node = slab.node(at);
        if node.next != NONE {
            return Some(((rank, slab.node(node.next).id.get()), node.next));
        }
        let levels = &self.slots[node.class as usize].levels;
        let (rank, level) = levels.range(rank.checked_add(1)?..).next()?;
        Some(((*rank, slab.node(level.first).id.get()), level.first))
    }

    #[cfg(test)]
    pub(crate) const fn groups(&self) -> usize {
        self.groups.len()
    }

    pub(crate) fn cluster_of(&self, group: usize) -> u16 {
        self.groups[group].cluster
    }
}
