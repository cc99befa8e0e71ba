//! How events change the book.

use crate::{
    Book, Event, Fill, Order, Pool, PoolId, Side, TimeInForce,
    slab::{NONE, Node},
};
use std::{
    collections::{BTreeSet, btree_map::Entry},
    hint::black_box,
};
use units::{AccountId, Hashrate, OrderId};

/// A hashrate that was checked to be at most `Order::MAX_HASHRATE`.
pub(crate) fn small(hashrate: Hashrate) -> u64 {
    u64::try_from(hashrate.get()).unwrap_or(u64::MAX)
}

impl Book {
    /// Changes the book as events say: those of one command, all together, that `preview` gave for this very state.
    pub fn absorb(&mut self, events: &[Event]) {
        self.foresee(events);
        for event in events {
            match event {
                Event::Rested { order, remaining } => self.rest(order, *remaining, events),
                Event::Filled(fill) => self.fill(fill),
                Event::Cancelled { order, .. } => {
                    self.last_id = self.last_id.max(Some(order.id));
                    if let Some(at) = self.slab.find(order.id) {
                        self.remove(at);
                    }
                }
                Event::Reduced {
                    order,
                    by,
                    remaining,
                } => {
                    if let Some(at) = self.slab.find(*order) {
                        let node = self.slab.node_mut(at);
                        node.hashrate = node.hashrate.saturating_sub(small(*by));
                        self.set_remaining(at, small(*remaining));
                    }
                }
                Event::Shrunk { order, remaining } => {
                    if let Some(at) = self.slab.find(*order) {
                        self.set_remaining(at, small(*remaining));
                    }
                }
                Event::PoolSet {
                    pool,
                    account,
                    available,
                } => self.set_pool_to(*pool, *account, *available),
                Event::TimePassed { now } => self.now = *now,
                Event::Truncated { .. } => {}
            }
        }
    }

    /// Reads ahead what several fills will change. A book is larger than the processor's caches: one fill after the other would
    /// wait for its own part of the memory, and like this they wait for all of it once.
    fn foresee(&self, events: &[Event]) {
        if events.len() < 3 {
            return;
        }
        let makers = events.iter().filter_map(|event| match event {
            Event::Filled(fill) => self.slab.find(fill.maker),
            _ => None,
        });
        let read = makers.map(|at| {
            let slot = self.slab.node(at).class;
            let queue = match self.slab.node(at).side {
                Side::Bid => self.bids.foresee(slot),
                Side::Ask => self.asks.foresee(slot),
            };
            queue ^ self.slab.foresee(at)
        });
        black_box(read.fold(0, |all, one| all ^ one));
    }

    /// A pool of nothing is none: its asks go with it.
    fn set_pool_to(&mut self, pool: PoolId, account: AccountId, available: Hashrate) {
        if available.is_zero() {
            self.pools.remove(&pool);
            return;
        }
        let pool = self.pools.entry(pool).or_insert_with(|| Pool {
            account,
            available,
            asks: BTreeSet::new(),
        });
        pool.available = available;
    }

    fn rest(&mut self, order: &Order, remaining: Hashrate, events: &[Event]) {
        self.last_id = self.last_id.max(Some(order.id));
        let rank = order.side.rank(order.price);
        let class = match order.side {
            Side::Bid => self.bids.slot_of(order.product, order.constraints),
            Side::Ask => self.asks.slot_of(order.product, order.attributes.class()),
        };
        let account = self.slab.account(order.account);
        let at = self.slab.insert(Node {
            id: order.id,
            price: order.price,
            hashrate: small(order.hashrate),
            remaining: small(remaining),
            minimum_fill: small(order.minimum_fill),
            class,
            previous: NONE,
            next: NONE,
            account,
            account_previous: NONE,
            account_next: NONE,
            side: order.side,
            post_only: order.post_only,
            self_trade: order.self_trade,
            country: order.attributes.country,
            region: order.attributes.region,
            product: order.product,
            time_in_force: order.time_in_force,
            client_id: order.client_id,
            pool: order.pool,
        });
        let depth = match order.side {
            Side::Bid => {
                self.bids.append(&mut self.slab, at, rank);
                &mut self.bid_depth
            }
            Side::Ask => {
                self.asks.append(&mut self.slab, at, rank);
                &mut self.ask_depth
            }
        };
        let depth = depth.entry((order.product, rank)).or_default();
        depth.hashrate = depth.hashrate.saturating_add(remaining.get());
        depth.orders = depth.orders.saturating_add(1);
        if let TimeInForce::Gtd(until) = order.time_in_force {
            self.expiries.insert((until, order.id));
        }
        if let Some(client) = order.client_id {
            self.clients.insert((order.account, client), order.id);
        }
        if let Some(pool) = order.pool.and_then(|pool| self.pools.get_mut(&pool)) {
            pool.asks.insert(order.id);
        }
        if order.constraints.max_country_percent.is_some() {
            self.tallies.entry(order.id).or_default();
            let fills = events.iter().filter_map(|event| match event {
                Event::Filled(fill) if fill.taker == order.id => Some(fill),
                _ => None,
            });
            fills.for_each(|fill| self.count(order.id, fill));
        }
    }

    fn fill(&mut self, fill: &Fill) {
        self.last_id = self.last_id.max(Some(fill.taker));
        if let Some(pool) = fill.pool.and_then(|pool| self.pools.get_mut(&pool)) {
            let left = pool.available.checked_sub(fill.hashrate);
            pool.available = left.unwrap_or(Hashrate::ZERO);
        }
        let Some(at) = self.slab.find(fill.maker) else {
            return;
        };
        if fill.maker_remaining.is_zero() {
            self.remove(at);
        } else {
            self.set_remaining(at, small(fill.maker_remaining));
            self.count(fill.maker, fill);
        }
    }

    /// Counts a fill towards the bid's countries, where the bid has a tally.
    fn count(&mut self, bid: OrderId, fill: &Fill) {
        if self.tallies.is_empty() {
            return;
        }
        if let (Some(tally), Some(country)) = (self.tallies.get_mut(&bid), fill.country) {
            let counted = tally.entry(country).or_default();
            *counted = counted.saturating_add(small(fill.hashrate));
        }
    }

    /// Only ever less than before.
    fn set_remaining(&mut self, at: u32, remaining: u64) {
        let node = self.slab.node_mut(at);
        let less = node.remaining.saturating_sub(remaining);
        node.remaining = remaining;
        let (side, rank) = (node.side, node.side.rank(node.price));
        let (class, product) = (node.class, node.product);
        let depth = match side {
            Side::Bid => {
                self.bids.shrink(class, rank, less);
                &mut self.bid_depth
            }
            Side::Ask => {
                self.asks.shrink(class, rank, less);
                &mut self.ask_depth
            }
        };
        if let Some(depth) = depth.get_mut(&(product, rank)) {
            depth.hashrate = depth.hashrate.saturating_sub(less.into());
        }
    }

    fn remove(&mut self, at: u32) {
        let node = self.slab.node(at);
        let id = node.id;
        let (side, rank, remaining) = (node.side, node.side.rank(node.price), node.remaining);
        let (product, client, pool) = (node.product, node.client_id, node.pool);
        let (account, time_in_force) = (node.account, node.time_in_force);
        let depths = match side {
            Side::Bid => {
                self.bids.unlink(&mut self.slab, at, rank);
                &mut self.bid_depth
            }
            Side::Ask => {
                self.asks.unlink(&mut self.slab, at, rank);
                &mut self.ask_depth
            }
        };
        if let Entry::Occupied(mut depth) = depths.entry((product, rank)) {
            let left = depth.get_mut();
            left.hashrate = left.hashrate.saturating_sub(remaining.into());
            left.orders = left.orders.saturating_sub(1);
            if left.orders == 0 {
                depth.remove();
            }
        }
        if let TimeInForce::Gtd(until) = time_in_force {
            self.expiries.remove(&(until, id));
        }
        if let Some(client) = client {
            let account: AccountId = self.slab.chain(account).account;
            self.clients.remove(&(account, client));
        }
        if let Some(pool) = pool.and_then(|pool| self.pools.get_mut(&pool)) {
            pool.asks.remove(&id);
        }
        if side == Side::Bid && !self.tallies.is_empty() {
            self.tallies.remove(&id);
        }
        self.slab.remove(at);
    }
}
