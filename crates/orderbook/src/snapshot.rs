//! The whole state as a value, and as bytes for a hash.

use crate::{
    Attributes, Book, Burden, BurdenSet, Constraints, Countries, Country, Event, Order, Pool,
    PoolId, SelfTrade, Settings, Side, TimeInForce, absorb::small, check::in_lots,
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeSet, fmt};
use units::{AccountId, Hashrate, OrderId, Timestamp};

/// All that a book knows: `Book::restore` makes an equal book of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The grid and the limits.
    pub settings: Settings,
    /// The highest id accepted so far.
    pub last_id: Option<OrderId>,
    /// The time of the latest `Command::Expire`.
    pub now: Timestamp,
    /// Capacity pools, by id.
    pub pools: Vec<SavedPool>,
    /// Resting orders, by id.
    pub orders: Vec<SavedOrder>,
}

/// A capacity pool of a snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedPool {
    /// The pool.
    pub pool: PoolId,
    /// Whose it is.
    pub account: AccountId,
    /// What can still be sold.
    pub available: Hashrate,
}

/// A resting order of a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedOrder {
    /// As it was placed, less reductions.
    pub order: Order,
    /// What it still wants to trade.
    pub remaining: Hashrate,
    /// What it has traded by country, where it has a constraint on that.
    pub by_country: Vec<(Country, Hashrate)>,
}

/// The snapshot is not one that a book can have given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadSnapshot;

impl fmt::Display for BadSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the snapshot contradicts itself")
    }
}

impl std::error::Error for BadSnapshot {}

impl Book {
    /// All that the book knows.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            settings: self.settings,
            last_id: self.last_id,
            now: self.now,
            pools: self.saved_pools().collect(),
            orders: self.saved_orders().collect(),
        }
    }

    fn saved_pools(&self) -> impl Iterator<Item = SavedPool> {
        self.pools.iter().map(|(pool, kept)| SavedPool {
            pool: *pool,
            account: kept.account,
            available: kept.available,
        })
    }

    fn saved_orders(&self) -> impl Iterator<Item = SavedOrder> {
        self.orders().map(|resting| {
            let tally = self.tallies.get(&resting.order.id).into_iter().flatten();
            let traded = tally.map(|(country, traded)| (*country, Hashrate::new((*traded).into())));
            SavedOrder {
                order: resting.order,
                remaining: resting.remaining,
                by_country: traded.collect(),
            }
        })
    }

    /// The book that a snapshot was taken of.
    ///
    /// # Errors
    /// `BadSnapshot`.
    pub fn restore(snapshot: &Snapshot) -> Result<Self, BadSnapshot> {
        let mut book = Self::new(snapshot.settings);
        for saved in &snapshot.pools {
            let SavedPool {
                pool,
                account,
                available,
            } = *saved;
            if book.pools.contains_key(&pool) || available > Order::MAX_HASHRATE {
                return Err(BadSnapshot);
            }
            // Sold out it has nothing left, and stays all the same.
            let asks = BTreeSet::new();
            let kept = Pool {
                account,
                available,
                asks,
            };
            book.pools.insert(pool, kept);
        }
        for saved in &snapshot.orders {
            book.restore_order(saved).ok_or(BadSnapshot)?;
        }
        if snapshot.last_id < book.last_id {
            return Err(BadSnapshot);
        }
        (book.last_id, book.now) = (snapshot.last_id, snapshot.now);
        Ok(book)
    }

    fn restore_order(&mut self, saved: &SavedOrder) -> Option<()> {
        let SavedOrder {
            order,
            remaining,
            by_country,
        } = saved;
        // The settings' limits may have been others when the order was placed.
        let fits = Some(order.id) > self.last_id
            && !remaining.is_zero()
            && remaining <= &order.hashrate
            && order.hashrate <= Order::MAX_HASHRATE
            && in_lots(*remaining, self.settings.lot)
            && order.may_rest()
            && order.attributes.is_valid()
            && (order.client_id).is_none_or(|id| self.order_of_client(order.account, id).is_none())
            && order.constraints.max_country_percent.is_some() | by_country.is_empty();
        let pooled = |pool: PoolId| {
            (self.pools.get(&pool))
                .is_some_and(|pool| pool.account == order.account && *remaining <= pool.available)
        };
        if !fits || !order.pool.is_none_or(pooled) {
            return None;
        }
        let (order, remaining) = (*order, *remaining);
        self.absorb(&[Event::Rested { order, remaining }]);
        if let Some(tally) = self.tallies.get_mut(&order.id) {
            tally.extend(
                by_country
                    .iter()
                    .map(|(country, traded)| (*country, small(*traded))),
            );
        }
        Some(())
    }

    /// Appends the book in one deterministic form: equal books give equal bytes, different books different ones. For a hash of
    /// the state; the form may change between versions.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let settings = &self.settings;
        put_wide(out, settings.lot.get());
        put(out, settings.tick.get());
        put_wide(out, settings.max_hashrate.get());
        put(out, settings.min_price.get());
        put(out, settings.max_price.get());
        put(out, settings.max_orders_of_account.into());
        put(out, settings.max_orders_of_pool.into());
        put_option(out, settings.visit_budget);
        put_option(out, self.last_id.map(OrderId::get));
        put(out, self.now.unix_ms());
        put(out, self.pools.len() as u64);
        for saved in self.saved_pools() {
            put(out, saved.pool.0);
            put_text(out, saved.account.as_str());
            put_wide(out, saved.available.get());
        }
        put(out, self.len() as u64);
        for saved in self.saved_orders() {
            put_order(out, &saved.order);
            put_wide(out, saved.remaining.get());
            put(out, saved.by_country.len() as u64);
            for (country, traded) in &saved.by_country {
                put(out, country.number().into());
                put_wide(out, traded.get());
            }
        }
    }
}

fn put(out: &mut Vec<u8>, number: u64) {
    out.extend(number.to_be_bytes());
}

fn put_wide(out: &mut Vec<u8>, number: u128) {
    out.extend(number.to_be_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend(text.as_bytes());
}

fn put_option(out: &mut Vec<u8>, number: Option<u64>) {
    out.push(number.is_some().into());
    number.into_iter().for_each(|number| put(out, number));
}

fn put_order(out: &mut Vec<u8>, order: &Order) {
    put(out, order.id.get());
    put_text(out, order.account.as_str());
    out.push((order.side == Side::Ask).into());
    put_wide(out, order.hashrate.get());
    put(out, order.price.get());
    put(out, order.product.0.into());
    let (kind, until) = match order.time_in_force {
        TimeInForce::Gtc => (0, None),
        TimeInForce::Ioc => (1, None),
        TimeInForce::Fok => (2, None),
        TimeInForce::Gtd(until) => (3, Some(until.unix_ms())),
    };
    out.push(kind);
    put_option(out, until);
    out.push(order.post_only.into());
    put_wide(out, order.minimum_fill.get());
    out.push(match order.self_trade {
        SelfTrade::Refuse => 0,
        SelfTrade::CancelResting => 1,
        SelfTrade::CancelArriving => 2,
    });
    put_option(out, order.client_id.map(|client| client.0));
    put_option(out, order.pool.map(|pool| pool.0));
    put_attributes(out, &order.attributes);
    put_constraints(out, &order.constraints);
}

fn put_attributes(out: &mut Vec<u8>, stated: &Attributes) {
    put_option(out, stated.country.map(|country| country.number().into()));
    put_text(
        out,
        stated.region.as_ref().map_or("", |region| region.as_str()),
    );
    out.extend(stated.energy.0);
    put_option(out, stated.grid.map(|grid| grid as u64));
    put_option(out, stated.cooling.map(|cooling| cooling as u64));
    put_option(out, stated.mj_per_th.map(u64::from));
    put_option(out, stated.carbon_g_per_kwh.map(u64::from));
    put_option(out, stated.rating.map(u64::from));
    put_burdens(out, stated.bears);
}

fn put_burdens(out: &mut Vec<u8>, set: BurdenSet) {
    let borne = |burden: &Burden| u8::from(set.contains(*burden));
    out.extend(Burden::ALL.iter().map(borne));
}

fn put_constraints(out: &mut Vec<u8>, required: &Constraints) {
    let (kind, countries) = match required.countries {
        Countries::Any => (0, None),
        Countries::Only(set) => (1, Some(set)),
        Countries::Except(set) => (2, Some(set)),
    };
    out.push(kind);
    let listed: Vec<Country> = countries.iter().flat_map(|set| set.iter()).collect();
    put(out, listed.len() as u64);
    listed
        .iter()
        .for_each(|country| put(out, country.number().into()));
    put_option(
        out,
        required.energy.map(|share| {
            let bits = share
                .sources
                .iter()
                .map(|source| 1u64.wrapping_shl(source as u32));
            bits.fold(u64::from(share.percent).wrapping_shl(8), |all, bit| {
                all | bit
            })
        }),
    );
    let bits = |numbers: &mut dyn Iterator<Item = u32>| {
        numbers.fold(0, |all, number| all | 1u64.wrapping_shl(number))
    };
    put_option(
        out,
        required
            .grid
            .map(|set| bits(&mut set.iter().map(|grid| grid as u32))),
    );
    put_option(
        out,
        required
            .cooling
            .map(|set| bits(&mut set.iter().map(|way| way as u32))),
    );
    put_option(out, required.max_mj_per_th.map(u64::from));
    put_option(out, required.max_carbon_g_per_kwh.map(u64::from));
    put_option(out, required.min_rating.map(u64::from));
    put_option(out, required.max_country_percent.map(u64::from));
    put_burdens(out, required.bears);
}
