//! One side's resting orders by class: classes of equal terms, each a queue by price and time, and the classes in groups.
//!
//! Classes stand in groups of 64. A group keeps its slots in the order of their heads; each fact of a class is one bit in the
//! fact's word for the group. So a query drops a whole group by its best price, by its cluster, or by a few words, finds the best
//! slot of what is left in a few steps, and looks at a class only where the words do not decide.
//!
//! A group's classes and queues are a piece of memory of their own, and never move. What queries read of many groups (heads,
//! shares, columns) stands in one row each, and those rows move when they double: the longest, the heads, has 17 MB where each of
//! a million orders is of its own class.
#![expect(
    clippy::indexing_slicing,
    reason = "slots and groups are numbered here and never go away"
)]

use crate::{
    Product,
    facts::{Class, Clusters, Need},
    heads::Heads,
    queue::{EMPTY, Key, Place, Queue, rank_of},
    shares::Shares,
    slab::{NONE, Slab},
    walk::{Open, Walk},
};
use std::{cell::LazyCell, collections::BTreeMap};

/// Slots of a group.
pub(crate) const GROUP: usize = 64;
/// Groups of a product side by side: a query asks them together.
const SHELF: usize = 8;

/// A word of each group of a shelf.
type Words = [u64; SHELF];

/// The shelves of one product.
#[derive(Clone, Debug, Default)]
struct Shelves {
    numbers: Vec<usize>,
    /// Groups that are of no cluster yet.
    spare: Vec<usize>,
}

/// 64 slots for classes.
#[derive(Clone, Debug)]
struct Group<C> {
    product: Product,
    /// None while the slot is free.
    classes: [Option<C>; GROUP],
    queues: [Queue; GROUP],
}

/// Slots of a group that may meet a query, as bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidates {
    pub word: u64,
    /// Of those, the ones that meet it for sure.
    pub sure: u64,
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
    groups: Vec<Box<Group<C>>>,
    heads: Vec<Heads>,
    shares: Vec<Shares>,
    products: BTreeMap<Product, Shelves>,
    /// By shelf, of each group: one bit for each slot whose class has orders.
    live: Vec<Words>,
    /// By shelf, of each group: the rank of its best head.
    best: Vec<Words>,
    /// By shelf, of each group: the slots of its eight best heads.
    fronts: Vec<[[u8; 8]; SHELF]>,
    /// By shelf, of each group: its cluster.
    names: Vec<[u16; SHELF]>,
    /// By fact and shelf, of each group: one bit for each slot whose class has the fact.
    columns: Vec<Vec<Words>>,
    by_class: BTreeMap<(Product, C), usize>,
    clusters: BTreeMap<(Product, u16), Cluster>,
}

impl<C: Class> Group<C> {
    fn new(product: Product) -> Self {
        Self {
            product,
            classes: [None; GROUP],
            queues: std::array::from_fn(|_| Queue::new()),
        }
    }

    fn meets(&self, slot: usize, query: &C::Query) -> bool {
        self.classes[slot].is_some_and(|class| class.meets(query))
    }
}

fn or(words: &mut Words, others: &Words) {
    (words.iter_mut().zip(others)).for_each(|(word, other)| *word |= other);
}

fn and(words: &mut Words, others: &Words) {
    (words.iter_mut().zip(others)).for_each(|(word, other)| *word &= other);
}

/// In eight steps without a branch.
fn is_none(words: &Words) -> bool {
    words.iter().fold(0, |all, word| all | word) == 0
}

/// The shelf and the place on it of a group.
const fn seat(group: usize) -> (usize, usize) {
    (group / SHELF, group % SHELF)
}

pub(crate) const fn bit(slot: usize) -> u64 {
    1u64.wrapping_shl((slot % GROUP) as u32)
}

impl<C: Class> Index<C> {
    pub(crate) fn new() -> Self {
        Self {
            groups: Vec::new(),
            heads: Vec::new(),
            shares: Vec::new(),
            products: BTreeMap::new(),
            live: Vec::new(),
            best: Vec::new(),
            fronts: Vec::new(),
            names: Vec::new(),
            columns: vec![Vec::new(); C::FACTS],
            by_class: BTreeMap::new(),
            clusters: BTreeMap::new(),
        }
    }

    /// The class in a slot that an order stands in.
    pub(crate) fn class(&self, slot: u32) -> Option<&C> {
        let slot = slot as usize;
        self.groups.get(slot / GROUP)?.classes[slot % GROUP].as_ref()
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
        self.groups[slot / GROUP].queues[slot % GROUP].depth()
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
        let group = &mut self.groups[slot / GROUP];
        group.classes[slot % GROUP] = Some(class);
        self.shares[slot / GROUP].set(slot % GROUP, &class.energy());
        for fact in class.facts() {
            let (shelf, lane) = seat(slot / GROUP);
            self.columns[fact][shelf][lane] |= bit(slot);
        }
        self.by_class.insert((product, class), slot);
        slot
    }

    fn add_group(&mut self, (product, cluster): (Product, u16)) {
        let shelves = self.products.entry(product).or_default();
        if shelves.spare.is_empty() {
            shelves.numbers.push(self.live.len());
            let first = self.groups.len();
            (shelves.spare).extend((first..first.saturating_add(SHELF)).rev());
            for _ in 0..SHELF {
                self.groups.push(Box::new(Group::new(product)));
                self.heads.push(Heads::new());
                self.shares.push(Shares::default());
            }
            self.live.push([0; SHELF]);
            self.best.push([rank_of(EMPTY); SHELF]);
            self.fronts.push([[0; 8]; SHELF]);
            self.names.push([0; SHELF]);
            (self.columns.iter_mut()).for_each(|column| column.push([0; SHELF]));
        }
        let group = shelves.spare.pop().unwrap_or(0);
        let (shelf, lane) = seat(group);
        self.names[shelf][lane] = cluster;
        let first = group.saturating_mul(GROUP);
        let cluster = self.clusters.entry((product, cluster)).or_default();
        cluster.groups.push(group);
        (cluster.free).extend((first..first.saturating_add(GROUP)).rev());
    }

    /// Frees the slots of a cluster's idle classes.
    fn evict(&mut self, name: (Product, u16)) {
        let Some(cluster) = self.clusters.get_mut(&name) else {
            return;
        };
        for number in &cluster.groups {
            let mut cleared = 0;
            let (shelf, lane) = seat(*number);
            let group = &mut *self.groups[*number];
            let slots = group.classes.iter_mut().zip(&mut group.queues);
            for (within, (class, queue)) in slots.enumerate() {
                if self.live[shelf][lane] & bit(within) != 0 {
                    continue;
                }
                if let Some(class) = class.take() {
                    // With it the room that it kept.
                    *queue = Queue::new();
                    self.by_class.remove(&(name.0, class));
                    let first = number.saturating_mul(GROUP);
                    cluster.free.push(first.saturating_add(within));
                    cleared |= bit(within);
                }
            }
            (self.columns.iter_mut()).for_each(|column| column[shelf][lane] &= !cleared);
        }
        cluster.idle = 0;
    }

    /// Appends a node, whose id is above all in its class, to the queue at its rank.
    pub(crate) fn append(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let slot = slab.node(at).class as usize;
        let queue = &mut self.groups[slot / GROUP].queues[slot % GROUP];
        let old = queue.head().key;
        queue.append(slab, at, rank);
        let new = queue.head().key;
        self.rank_anew(slot, old, new);
    }

    /// Takes a node out of its queue.
    pub(crate) fn unlink(&mut self, slab: &mut Slab, at: u32, rank: u64) {
        let slot = slab.node(at).class as usize;
        let queue = &mut self.groups[slot / GROUP].queues[slot % GROUP];
        let old = queue.head().key;
        queue.unlink(slab, at, rank);
        let new = queue.head().key;
        self.rank_anew(slot, old, new);
    }

    /// A node's hashrate fell by so much.
    pub(crate) fn shrink(&mut self, slot: u32, rank: u64, by: u64) {
        let slot = slot as usize;
        self.groups[slot / GROUP].queues[slot % GROUP].shrink(rank, by);
    }

    /// A slot's head may have changed.
    fn rank_anew(&mut self, slot: usize, old: Key, new: Key) {
        if old == new {
            return;
        }
        let number = slot / GROUP;
        let (shelf, lane) = seat(number);
        let ranked = self.live[shelf][lane].count_ones() as usize;
        if (old == EMPTY) != (new == EMPTY) {
            self.live[shelf][lane] ^= bit(slot);
            let name = (self.groups[number].product, self.names[shelf][lane]);
            let cluster = self.clusters.entry(name).or_default();
            cluster.idle = match new {
                EMPTY => cluster.idle.saturating_add(1),
                _ => cluster.idle.saturating_sub(1),
            };
        }
        let heads = &mut self.heads[number];
        heads.rank_anew(slot % GROUP, old, new, ranked);
        self.best[shelf][lane] = rank_of(heads.keys[0]);
        self.fronts[shelf][lane] = heads.slots.first_chunk().copied().unwrap_or_default();
    }

    /// The orders of a product that meet the query, up to a rank, best first.
    pub(crate) fn walk<'a>(
        &'a self,
        slab: &'a Slab,
        product: Product,
        query: &'a C::Query,
        worst: u64,
    ) -> Walk<'a, C> {
        // Most orders come to rest, and reach no group's best price.
        let needs = LazyCell::new(|| C::needs(query));
        let clusters = LazyCell::new(|| C::clusters(query));
        let share = C::share(query);
        let mut open = Vec::new();
        let mut heads = Vec::new();
        let shelves = self.products.get(&product).map(|of| of.numbers.as_slice());
        let shelves = shelves.unwrap_or_default();
        for shelf in shelves {
            let live = self.reached(*shelf, &clusters, worst);
            if is_none(&live) {
                continue;
            }
            if open.is_empty() {
                open.reserve(shelves.len().saturating_mul(SHELF));
                heads.reserve(shelves.len().saturating_mul(SHELF));
            }
            let (words, sure) = self.candidates(*shelf, live, &needs);
            for (lane, (word, sure)) in words.into_iter().zip(sure).enumerate() {
                if word == 0 {
                    continue;
                }
                let group = shelf.saturating_mul(SHELF).saturating_add(lane);
                let reach = share.map_or(u64::MAX, |share| self.shares[group].reach(share));
                let word = word & reach;
                if word == 0 {
                    continue;
                }
                let mut candidates = Candidates { word, sure };
                if let Some((key, best)) = self.pick(group, &mut candidates, query, worst) {
                    heads.push(key);
                    open.push(Open {
                        group,
                        candidates,
                        best,
                    });
                }
            }
        }
        Walk::new(self, slab, query, worst, open, &heads)
    }

    /// The live slots of those groups of a shelf whose best price reaches a rank, and whose cluster is one of some.
    fn reached(
        &self,
        shelf: usize,
        clusters: &LazyCell<Clusters, impl FnOnce() -> Clusters>,
        worst: u64,
    ) -> Words {
        let mut live = self.live[shelf];
        for (word, best) in live.iter_mut().zip(&self.best[shelf]) {
            *word &= u64::from(*best <= worst).wrapping_neg();
        }
        if !is_none(&live) {
            let clusters: &Clusters = clusters;
            for (word, cluster) in live.iter_mut().zip(&self.names[shelf]) {
                *word &= clusters.mask(*cluster);
            }
        }
        live
    }

    /// What the facts say of a shelf's live slots: which may meet the needs, and which meet them for sure.
    fn candidates(&self, shelf: usize, live: Words, needs: &[Need]) -> (Words, Words) {
        let (mut words, mut sure) = (live, live);
        for need in needs {
            let mut any = [0; SHELF];
            for fact in need.certain.iter() {
                or(&mut any, &self.columns[fact][shelf]);
            }
            and(&mut sure, &any);
            if let Some(fact) = need.possible {
                or(&mut any, &self.columns[fact][shelf]);
            }
            and(&mut words, &any);
        }
        (words, sure)
    }

    /// The best of the candidates whose class meets the query, up to a rank: its key and its slot. Candidates that turn out
    /// not to meet it are struck out.
    #[inline]
    pub(crate) fn pick(
        &self,
        number: usize,
        candidates: &mut Candidates,
        query: &C::Query,
        worst: u64,
    ) -> Option<(Key, u8)> {
        let (shelf, lane) = seat(number);
        let front = &self.fronts[shelf][lane];
        // The memory of the heads is read only where there is one to give.
        if let Some(found) = self.pick_of(number, front, 0, candidates, query) {
            return self.reaching(number, found, worst);
        }
        let parts = self.heads[number].slots.as_chunks::<8>().0;
        for (part, slots) in parts.iter().enumerate().skip(1) {
            if candidates.word == 0 {
                break;
            }
            let first = part.saturating_mul(8);
            if let Some(found) = self.pick_of(number, slots, first, candidates, query) {
                return self.reaching(number, found, worst);
            }
        }
        None
    }

    /// The key and the slot at a place among a group's heads, where it reaches a rank.
    fn reaching(&self, group: usize, (at, slot): (usize, u8), worst: u64) -> Option<(Key, u8)> {
        let key = self.heads[group].keys[at];
        (rank_of(key) <= worst).then_some((key, slot))
    }

    /// `pick` of eight slots, the first of which has a place among the heads.
    #[inline]
    fn pick_of(
        &self,
        group: usize,
        slots: &[u8; 8],
        first: usize,
        candidates: &mut Candidates,
        query: &C::Query,
    ) -> Option<(usize, u8)> {
        // All eight without a branch for each: then the memory of many groups is waited for together.
        let bits = (0u32..)
            .zip(slots)
            .map(|(at, slot)| (candidates.word.wrapping_shr((*slot).into()) & 1).wrapping_shl(at));
        let mut rest = bits.fold(0, |all, bit| all | bit);
        while rest != 0 {
            let within = rest.trailing_zeros() as usize;
            let slot = slots[within];
            if candidates.sure & bit(slot.into()) != 0
                || self.groups[group].meets(slot.into(), query)
            {
                return Some((first.saturating_add(within), slot));
            }
            candidates.word &= !bit(slot.into());
            rest &= rest.wrapping_sub(1);
        }
        None
    }

    /// The first order of a slot.
    pub(crate) fn first(&self, group: usize, within: u8) -> u32 {
        self.groups[group].queues[usize::from(within)].head().node
    }

    /// Reads what taking the first order of a slot out will read.
    pub(crate) fn foresee(&self, slot: u32) -> u64 {
        let (group, within) = (slot as usize / GROUP, slot as usize % GROUP);
        let keys = self.heads[group].keys.iter().step_by(8);
        let heads = keys.fold(0, |all, key| all ^ rank_of(*key));
        heads ^ self.groups[group].queues[within].foresee()
    }

    /// What stands behind an order in its queue.
    pub(crate) fn after(&self, slab: &Slab, place: Place) -> Option<Place> {
        let slot = slab.node(place.node).class as usize;
        self.groups[slot / GROUP].queues[slot % GROUP].after(slab, place)
    }

    #[cfg(test)]
    pub(crate) fn groups(&self) -> usize {
        self.clusters.values().map(|of| of.groups.len()).sum()
    }

    /// Levels that there is room for in all queues' fronts.
    #[cfg(test)]
    pub(crate) fn room(&self) -> usize {
        let queues = self.groups.iter().flat_map(|group| &group.queues);
        queues.map(Queue::room).sum()
    }

    pub(crate) fn cluster_of(&self, group: usize) -> u16 {
        let (shelf, lane) = seat(group);
        self.names[shelf][lane]
    }
}
