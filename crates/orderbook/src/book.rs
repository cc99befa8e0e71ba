//! The book's state and what can be seen of it.

use crate::{
    Attributes, ClientOrderId, Command, Constraints, Country, Event, Order, PoolId, Product,
    Refusal, Settings, Side,
    index::Index,
    slab::{NONE, Node, Slab},
};
use std::collections::{BTreeMap, BTreeSet};
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

/// An order in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// As it was placed, less reductions.
    pub order: Order,
    /// What it still wants to trade; not zero.
    pub remaining: Hashrate,
}

/// All orders of a side at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// What the orders still want to trade, together. Asks that share a pool count each for itself.
    pub hashrate: Hashrate,
    /// How many orders.
    pub orders: usize,
}

/// A capacity that asks share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pool {
    /// Whose it is.
    pub account: AccountId,
    /// What can still be sold. No ask of the pool wants more.
    pub available: Hashrate,
    /// The resting asks that draw on it.
    pub asks: BTreeSet<OrderId>,
}

/// What a resting bid has traded, by country; kept where it has a constraint on that.
pub(crate) type Tally = BTreeMap<Country, u64>;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Depth {
    pub hashrate: u128,
    pub orders: usize,
}

/// The order book. `apply` is the only way in for a command.
#[derive(Clone, Debug)]
pub struct Book {
    pub(crate) settings: Settings,
    pub(crate) last_id: Option<OrderId>,
    /// The time of the latest `Command::Expire`.
    pub(crate) now: Timestamp,
    pub(crate) slab: Slab,
    pub(crate) bids: Index<Constraints>,
    pub(crate) asks: Index<Attributes>,
    pub(crate) bid_depth: BTreeMap<(Product, u64), Depth>,
    pub(crate) ask_depth: BTreeMap<(Product, u64), Depth>,
    pub(crate) expiries: BTreeSet<(Timestamp, OrderId)>,
    pub(crate) clients: BTreeMap<(AccountId, ClientOrderId), OrderId>,
    pub(crate) pools: BTreeMap<PoolId, Pool>,
    pub(crate) tallies: BTreeMap<OrderId, Tally>,
}

impl Book {
    /// An empty book.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            last_id: None,
            now: Timestamp::default(),
            slab: Slab::default(),
            bids: Index::new(),
            asks: Index::new(),
            bid_depth: BTreeMap::new(),
            ask_depth: BTreeMap::new(),
            expiries: BTreeSet::new(),
            clients: BTreeMap::new(),
            pools: BTreeMap::new(),
            tallies: BTreeMap::new(),
        }
    }

    /// Carries out a command: `preview`, then `absorb`.
    ///
    /// # Errors
    /// `Refusal`; then nothing has changed, and an order's id is still free.
    pub fn apply(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let events = self.preview(command)?;
        self.absorb(&events);
        Ok(events)
    }

    /// The grid and the limits.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The highest id accepted so far.
    #[must_use]
    pub const fn last_id(&self) -> Option<OrderId> {
        self.last_id
    }

    /// The time that the latest `Command::Expire` gave.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A resting order.
    #[must_use]
    pub fn order(&self, id: &OrderId) -> Option<Resting> {
        Some(self.resting(self.slab.find(*id)?))
    }

    /// The resting order that an account calls so.
    #[must_use]
    pub fn order_of_client(&self, account: AccountId, id: ClientOrderId) -> Option<OrderId> {
        self.clients.get(&(account, id)).copied()
    }

    /// Every resting order, by id.
    pub fn orders(&self) -> impl Iterator<Item = Resting> {
        self.slab.iter().map(|node| self.resting(node))
    }

    /// An account's resting orders, by id. Takes as long as there are of them.
    pub fn orders_of(&self, account: &AccountId) -> impl Iterator<Item = Resting> {
        let first = (self.slab.chain_of(account)).map_or(NONE, |chain| chain.first);
        let node = |at: u32| (at != NONE).then_some(at);
        let next = move |at: &u32| node(self.slab.node(*at).account_next);
        std::iter::successors(node(first), next).map(|at| self.resting(at))
    }

    /// How many orders rest.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slab.len()
    }

    /// True where none rests.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slab.len() == 0
    }

    /// A capacity pool.
    #[must_use]
    pub fn pool(&self, id: PoolId) -> Option<&Pool> {
        self.pools.get(&id)
    }

    /// A side's levels of the default product, best price first.
    #[must_use]
    pub fn levels(&self, side: Side) -> Vec<Level> {
        self.levels_of(Product::default(), side).collect()
    }

    /// A side's levels, best price first.
    pub fn levels_of(&self, product: Product, side: Side) -> impl Iterator<Item = Level> {
        let depth = match side {
            Side::Bid => &self.bid_depth,
            Side::Ask => &self.ask_depth,
        };
        let range = depth.range((product, 0)..=(product, u64::MAX));
        range.map(move |((_, rank), depth)| Level {
            price: side.price(*rank),
            hashrate: Hashrate::new(depth.hashrate),
            orders: depth.orders,
        })
    }

    /// True where the best bid of the default product reaches the best ask. Between two commands that is so only with orders that
    /// may not trade with each other: by constraints, minimum fills, or a walk that ended at the visit budget.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        let best = |side| self.levels_of(Product::default(), side).next();
        matches!((best(Side::Bid), best(Side::Ask)), (Some(bid), Some(ask)) if bid.price >= ask.price)
    }

    /// What a node stands for.
    pub(crate) fn resting(&self, at: u32) -> Resting {
        let node = self.slab.node(at);
        let account = self.slab.chain(node.account).account;
        let hashrate = Hashrate::new(node.hashrate.into());
        let order = Order {
            product: node.product,
            time_in_force: node.time_in_force,
            post_only: node.post_only,
            minimum_fill: Hashrate::new(node.minimum_fill.into()),
            self_trade: node.self_trade,
            client_id: node.client_id,
            pool: node.pool,
            attributes: Attributes {
                region: node.region,
                ..self.attributes(node)
            },
            constraints: self.constraints(node),
            ..Order::limit(node.id, account, node.side, hashrate, node.price)
        };
        Resting {
            order,
            remaining: Hashrate::new(node.remaining.into()),
        }
    }

    /// What an ask states, but the region.
    pub(crate) fn attributes(&self, node: &Node) -> Attributes {
        let class = Some(node).filter(|node| node.side == Side::Ask);
        let class = class.and_then(|node| self.asks.class(node.class));
        class.copied().unwrap_or_default()
    }

    /// What a bid requires.
    pub(crate) fn constraints(&self, node: &Node) -> Constraints {
        let class = Some(node).filter(|node| node.side == Side::Bid);
        let class = class.and_then(|node| self.bids.class(node.class));
        class.copied().unwrap_or_default()
    }
}

/// Two books are equal where everything that can be seen of them is: `Snapshot`.
impl PartialEq for Book {
    fn eq(&self, other: &Self) -> bool {
        self.snapshot() == other.snapshot()
    }
}

impl Eq for Book {}
