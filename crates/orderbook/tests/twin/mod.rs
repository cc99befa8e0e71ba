//! The rule of `docs/matching.md` once more, as a plain list that is sorted anew for every arriving order. Shares the words with
//! the engine, none of its code: what a constraint means is written out here too.
#![allow(dead_code, reason = "the tests and the bench each use a part")]

mod refusals;
pub mod stream;

use orderbook::{
    Attributes, CancelReason, Command, Constraints, Countries, Country, Energy, Event, Fill, Order,
    PoolId, Product, Refusal, SavedOrder, SavedPool, SelfTrade, Settings, Side, Snapshot,
    TimeInForce,
};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

#[derive(Clone)]
struct Held {
    order: Order,
    remaining: u128,
    by_country: BTreeMap<Country, u128>,
}

#[derive(Clone)]
pub struct Twin {
    settings: Settings,
    last_id: Option<OrderId>,
    now: Timestamp,
    pools: BTreeMap<PoolId, (AccountId, u128)>,
    /// By id, since ids rise.
    orders: Vec<Held>,
}

/// What a bid requires of an ask.
fn accepts(bid: &Constraints, ask: &Attributes) -> bool {
    let country = match (bid.countries, ask.country) {
        (Countries::Any, _) => true,
        (_, None) => false,
        (Countries::Only(set), Some(country)) => set.contains(country),
        (Countries::Except(set), Some(country)) => !set.contains(country),
    };
    let energy = bid.energy.is_none_or(|share| {
        let of = |source: &Energy| u32::from(ask.energy.0[*source as usize]);
        let chosen = Energy::ALL
            .iter()
            .filter(|source| share.sources.iter().any(|one| one == **source));
        chosen.map(of).sum::<u32>() >= u32::from(share.percent)
    });
    let grid = bid
        .grid
        .is_none_or(|set| set.iter().any(|grid| ask.grid == Some(grid)));
    let cooling = bid
        .cooling
        .is_none_or(|set| set.iter().any(|way| ask.cooling == Some(way)));
    country
        && energy
        && grid
        && cooling
        && bid
            .max_mj_per_th
            .is_none_or(|most| ask.mj_per_th.unwrap_or(u32::MAX) <= most)
        && bid
            .max_carbon_g_per_kwh
            .is_none_or(|most| ask.carbon_g_per_kwh.is_some_and(|g| g <= most))
        && bid
            .min_rating
            .is_none_or(|least| ask.rating.is_some_and(|rating| rating >= least))
        && (bid.max_country_percent.is_none() || ask.country.is_some())
        && bid
            .bears
            .iter()
            .all(|one| ask.bears.iter().any(|other| other == one))
}

fn h(hashrate: u128) -> Hashrate {
    Hashrate::new(hashrate)
}

impl Twin {
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            last_id: None,
            now: Timestamp::default(),
            pools: BTreeMap::new(),
            orders: Vec::new(),
        }
    }

    pub fn len(&self) -> usize {
        self.orders.len()
    }

    pub fn apply(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Place(order) => {
                let mut next = self.clone();
                let events = next.place(order)?;
                *self = next;
                Ok(events)
            }
            Command::Cancel { id, account } => {
                let at = self.owned(*id, *account)?;
                Ok(vec![self.cancel(at, CancelReason::ByOwner)])
            }
            Command::CancelAll { account } => {
                Ok(self.cancel_where(CancelReason::ByOwner, |order| order.account == *account))
            }
            Command::Reduce { id, account, by } => self.reduce(*id, *account, by.get()),
            Command::SetPool {
                pool,
                account,
                available,
            } => self.set_pool(*pool, *account, *available),
            Command::Expire { now } => self.expire(*now),
        }
    }

    fn owned(&self, id: OrderId, account: AccountId) -> Result<usize, Refusal> {
        let at = self.orders.iter().position(|held| held.order.id == id);
        let at = at.ok_or(Refusal::UnknownOrder)?;
        if self.orders[at].order.account != account {
            return Err(Refusal::NotOwner);
        }
        Ok(at)
    }

    fn cancel(&mut self, at: usize, reason: CancelReason) -> Event {
        let Held {
            order, remaining, ..
        } = self.orders.remove(at);
        Event::Cancelled {
            order,
            remaining: h(remaining),
            reason,
        }
    }

    fn cancel_where(&mut self, reason: CancelReason, which: impl Fn(&Order) -> bool) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(at) = self.orders.iter().position(|held| which(&held.order)) {
            events.push(self.cancel(at, reason));
        }
        events
    }

    fn reduce(&mut self, id: OrderId, account: AccountId, by: u128) -> Result<Vec<Event>, Refusal> {
        let at = self.owned(id, account)?;
        if by == 0 || !by.is_multiple_of(self.settings.lot.get()) {
            return Err(Refusal::NotInLots);
        }
        let held = &mut self.orders[at];
        if by >= held.remaining {
            return Err(Refusal::NothingLeft);
        }
        held.remaining -= by;
        held.order.hashrate = h(held.order.hashrate.get() - by);
        Ok(vec![Event::Reduced {
            order: id,
            by: h(by),
            remaining: h(held.remaining),
        }])
    }

    fn set_pool(
        &mut self,
        pool: PoolId,
        account: AccountId,
        available: Hashrate,
    ) -> Result<Vec<Event>, Refusal> {
        if self
            .pools
            .get(&pool)
            .is_some_and(|(owner, _)| *owner != account)
        {
            return Err(Refusal::NotOwner);
        }
        if !available.get().is_multiple_of(self.settings.lot.get()) {
            return Err(Refusal::NotInLots);
        }
        if available > Order::MAX_HASHRATE {
            return Err(Refusal::TooLarge);
        }
        self.pools.insert(pool, (account, available.get()));
        let mut events = vec![Event::PoolSet {
            pool,
            account,
            available,
        }];
        self.shrink(pool, &mut events);
        if available.is_zero() {
            self.pools.remove(&pool);
        }
        Ok(events)
    }

    /// No ask of a pool wants more than the pool has.
    fn shrink(&mut self, pool: PoolId, events: &mut Vec<Event>) {
        let left = self.pools[&pool].1;
        let mut at = 0;
        while at < self.orders.len() {
            let held = &mut self.orders[at];
            if held.order.pool != Some(pool) || held.remaining <= left {
                at += 1;
            } else if left == 0 {
                events.push(self.cancel(at, CancelReason::PoolEmpty));
            } else {
                held.remaining = left;
                events.push(Event::Shrunk {
                    order: held.order.id,
                    remaining: h(left),
                });
            }
        }
    }

    fn expire(&mut self, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        if now < self.now {
            return Err(Refusal::TimePassed);
        }
        self.now = now;
        let mut events = vec![Event::TimePassed { now }];
        let until = |held: &Held| match held.order.time_in_force {
            TimeInForce::Gtd(until) if until <= now => Some((until, held.order.id)),
            _ => None,
        };
        while let Some((_, id)) = self.orders.iter().filter_map(until).min() {
            events.extend(self.cancel_where(CancelReason::Expired, |order| order.id == id));
        }
        Ok(events)
    }

    /// What a bid takes from one country at most.
    fn quota(&self, bid: &Order) -> Option<u128> {
        let percent = u128::from(bid.constraints.max_country_percent?);
        let lot = self.settings.lot.get();
        Some(bid.hashrate.get() * percent / 100 / lot * lot)
    }

    fn pool_left(&self, order: &Order) -> u128 {
        order.pool.map_or(u128::MAX, |pool| self.pools[&pool].1)
    }

    /// What asks of the product offer up to a price that are not of the country.
    pub fn offered_outside(&self, product: Product, price: Price, country: Country) -> u128 {
        let outside = self.orders.iter().filter(|Held { order, .. }| {
            (order.side, order.product) == (Side::Ask, product)
                && order.price <= price
                && order.attributes.country != Some(country)
        });
        outside.map(|held| held.remaining).sum()
    }

    /// The ids of those that the order may trade with, best first.
    fn compatible(&self, order: &Order) -> Vec<OrderId> {
        let mut found: Vec<&Order> = (self.orders.iter().map(|held| &held.order))
            .filter(|other| other.side != order.side && other.product == order.product)
            .filter(|other| match order.side {
                Side::Bid => {
                    other.price <= order.price && accepts(&order.constraints, &other.attributes)
                }
                Side::Ask => {
                    other.price >= order.price && accepts(&other.constraints, &order.attributes)
                }
            })
            .collect();
        match order.side {
            Side::Bid => found.sort_by_key(|other| (other.price, other.id)),
            Side::Ask => found.sort_by_key(|other| (Reverse(other.price), other.id)),
        }
        found.iter().map(|other| other.id).collect()
    }

    fn place(&mut self, order: &Order) -> Result<Vec<Event>, Refusal> {
        self.check(order)?;
        self.last_id = Some(order.id);
        let mut taker = Held {
            order: *order,
            remaining: order.hashrate.get(),
            by_country: BTreeMap::new(),
        };
        let (mut events, mut visits, mut end) = (Vec::new(), 0, None);
        for id in self.compatible(order) {
            let at = self
                .orders
                .iter()
                .position(|held| held.order.id == id)
                .unwrap();
            let share = self.share(&taker, &self.orders[at]);
            // An arriving bid leaves out a country that has given all it may.
            if share == 0 && order.side == Side::Bid {
                continue;
            }
            if taker.remaining == 0 || end.is_some() {
                break;
            }
            if self.settings.visit_budget == Some(visits) {
                events.push(Event::Truncated {
                    order: order.id,
                    visits,
                });
                break;
            }
            visits += 1;
            let Some(hashrate) = self.tradable(&taker, &self.orders[at], share) else {
                continue;
            };
            let maker = &self.orders[at].order;
            if order.post_only {
                return Err(Refusal::WouldTrade);
            }
            match order.self_trade {
                _ if maker.account != order.account => {
                    events.push(self.trade(at, &mut taker, hashrate));
                }
                SelfTrade::Refuse => return Err(Refusal::SelfTrade(maker.id)),
                SelfTrade::CancelResting => events.push(self.cancel(at, CancelReason::SelfTrade)),
                SelfTrade::CancelArriving => end = Some(CancelReason::SelfTrade),
            }
        }
        if taker.remaining > 0 {
            match order.time_in_force {
                TimeInForce::Fok => return Err(Refusal::NotFilled),
                TimeInForce::Ioc => end = end.or(Some(CancelReason::Immediate)),
                _ => {}
            }
            events.push(self.end(taker, end));
        }
        let pools: Vec<PoolId> = self.pools.keys().copied().collect();
        for pool in pools {
            self.shrink(pool, &mut events);
        }
        Ok(events)
    }

    /// What is left rests, unless there is a reason against it.
    fn end(&mut self, mut taker: Held, reason: Option<CancelReason>) -> Event {
        let (order, remaining) = (taker.order, h(taker.remaining));
        if let Some(reason) = reason {
            return Event::Cancelled {
                order,
                remaining,
                reason,
            };
        }
        if order.constraints.max_country_percent.is_none() {
            taker.by_country.clear();
        }
        self.orders.push(taker);
        Event::Rested { order, remaining }
    }

    /// What the bid's quota leaves for the ask's country.
    fn share(&self, taker: &Held, maker: &Held) -> u128 {
        let (bid, ask) = match taker.order.side {
            Side::Bid => (taker, maker),
            Side::Ask => (maker, taker),
        };
        let country = ask.order.attributes.country;
        self.quota(&bid.order).map_or(u128::MAX, |quota| {
            quota.saturating_sub(bid.by_country.get(&country.unwrap()).copied().unwrap_or(0))
        })
    }

    fn tradable(&self, taker: &Held, maker: &Held, share: u128) -> Option<u128> {
        let offered = maker.remaining.min(self.pool_left(&maker.order));
        let hashrate = taker.remaining.min(offered).min(share);
        let too_small_for =
            |order: &Order, all| hashrate < order.minimum_fill.get() && hashrate < all;
        let skipped = hashrate == 0
            || too_small_for(&maker.order, offered)
            || too_small_for(&taker.order, taker.remaining);
        (!skipped).then_some(hashrate)
    }

    fn trade(&mut self, at: usize, taker: &mut Held, hashrate: u128) -> Event {
        let maker = &mut self.orders[at];
        maker.remaining -= hashrate;
        taker.remaining -= hashrate;
        let ask = if taker.order.side == Side::Ask {
            &taker.order
        } else {
            &maker.order
        };
        let (country, pool) = (ask.attributes.country, ask.pool);
        if let Some(pool) = pool {
            self.pools.get_mut(&pool).unwrap().1 -= hashrate;
        }
        let bid = if taker.order.side == Side::Bid {
            &mut *taker
        } else {
            &mut *maker
        };
        if let (Some(country), Some(_)) = (country, bid.order.constraints.max_country_percent) {
            *bid.by_country.entry(country).or_default() += hashrate;
        }
        let fill = Fill {
            maker: maker.order.id,
            taker: taker.order.id,
            maker_account: maker.order.account,
            taker_account: taker.order.account,
            taker_side: taker.order.side,
            price: maker.order.price,
            hashrate: h(hashrate),
            maker_remaining: h(maker.remaining),
            taker_remaining: h(taker.remaining),
            country,
            pool,
        };
        if maker.remaining == 0 {
            self.orders.remove(at);
        }
        Event::Filled(fill)
    }

    pub fn snapshot(&self) -> Snapshot {
        let pool = |(pool, (account, available)): (&PoolId, &(AccountId, u128))| SavedPool {
            pool: *pool,
            account: *account,
            available: h(*available),
        };
        let saved = |held: &Held| SavedOrder {
            order: held.order,
            remaining: h(held.remaining),
            by_country: held
                .by_country
                .iter()
                .map(|(country, traded)| (*country, h(*traded)))
                .collect(),
        };
        Snapshot {
            settings: self.settings,
            last_id: self.last_id,
            now: self.now,
            pools: self.pools.iter().map(pool).collect(),
            orders: self.orders.iter().map(saved).collect(),
        }
    }
}
