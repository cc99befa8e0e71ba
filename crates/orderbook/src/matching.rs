//! What an arriving order does: the rule of `docs/matching.md`.

use crate::{
    Attributes, Book, CancelReason, Constraints, Country, Event, Fill, Order, PoolId, Refusal,
    SelfTrade, Side, TimeInForce, absorb::small, facts::Class, slab::Node, walk::Walk,
};
use std::collections::BTreeMap;
use units::{Hashrate, Timestamp};

/// The walk over the other side.
enum Others<'a> {
    Asks(Walk<'a, Attributes>),
    Bids(Walk<'a, Constraints>),
}

/// An arriving order on its walk. Hashrates in H/s.
struct Taking<'a> {
    book: &'a Book,
    order: &'a Order,
    /// Where orders are due: the time by which they are over.
    now: Option<Timestamp>,
    remaining: u64,
    /// What a bid takes from one country at most.
    quota: Option<u64>,
    from_country: BTreeMap<Country, u64>,
    /// What it took from pools that asks share.
    from_pool: BTreeMap<PoolId, u64>,
    /// What its own minimum fill alone kept it from, of the orders that it visited.
    too_small: u128,
    truncated: bool,
    met_own: bool,
    events: Vec<Event>,
}

impl Book {
    /// With a time, what is over by it goes first.
    pub(crate) fn place(
        &self,
        order: &Order,
        now: Option<Timestamp>,
    ) -> Result<Vec<Event>, Refusal> {
        self.take(order, now).map(|(events, _)| events)
    }

    /// The events, and what the order's own minimum fill alone kept it from on its walk.
    pub(crate) fn take(
        &self,
        order: &Order,
        now: Option<Timestamp>,
    ) -> Result<(Vec<Event>, Hashrate), Refusal> {
        self.check(order, now)?;
        let events = match now {
            Some(now) => self.expire(now)?,
            None => Vec::with_capacity(1),
        };
        let quota = order.country_quota(self.settings.lot).map(small);
        let mut taking = Taking {
            book: self,
            order,
            now,
            remaining: small(order.hashrate),
            quota,
            from_country: BTreeMap::new(),
            from_pool: BTreeMap::new(),
            too_small: 0,
            truncated: false,
            met_own: false,
            events,
        };
        // With a quota of nothing, every country is left out.
        if quota != Some(0) {
            taking.walk()?;
        }
        let too_small = Hashrate::new(taking.too_small);
        Ok((taking.end()?, too_small))
    }

    fn others<'a>(&'a self, order: &'a Order) -> Others<'a> {
        let worst = order.side.opposite().rank(order.price);
        match order.side {
            Side::Bid => {
                let query = &order.constraints;
                Others::Asks(self.asks.walk(&self.slab, order.product, query, worst))
            }
            Side::Ask => {
                let query = &order.attributes;
                Others::Bids(self.bids.walk(&self.slab, order.product, query, worst))
            }
        }
    }
}

impl Iterator for Others<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        match self {
            Self::Asks(walk) => walk.next(),
            Self::Bids(walk) => walk.next(),
        }
    }
}

impl Taking<'_> {
    fn walk(&mut self) -> Result<(), Refusal> {
        let mut others = self.book.others(self.order);
        let (mut visits, budget) = (0u64, self.book.settings.visit_budget);
        while self.remaining != 0 {
            let Some(at) = others.next() else { break };
            let maker = self.book.slab.node(at);
            if maker.is_over(self.now) {
                continue;
            }
            if budget.is_some_and(|budget| visits >= budget) {
                self.truncated = true;
                break;
            }
            visits = visits.saturating_add(1);
            let Some(hashrate) = self.tradable(maker) else {
                continue;
            };
            if self.order.post_only {
                return Err(Refusal::WouldTrade);
            }
            if self.book.slab.chain(maker.account).account == self.order.account {
                match self.order.self_trade {
                    SelfTrade::Refuse => return Err(Refusal::SelfTrade(maker.id)),
                    SelfTrade::CancelResting => self.cancel(at),
                    SelfTrade::CancelArriving => {
                        self.met_own = true;
                        break;
                    }
                }
                continue;
            }
            let country = self.fill(maker, hashrate);
            if let (Others::Asks(walk), Some(country)) = (&mut others, country)
                && self.quota_left(country) == Some(0)
            {
                let stated = Attributes {
                    country: Some(country),
                    ..Attributes::default()
                };
                walk.leave_out(stated.cluster());
            }
        }
        Ok(())
    }

    fn quota_left(&self, country: Country) -> Option<u64> {
        let taken = self.from_country.get(&country).copied().unwrap_or(0);
        self.quota.map(|quota| quota.saturating_sub(taken))
    }

    /// What may be traded with this order now; nothing where a minimum fill, a country's share or a pool does not allow it.
    fn tradable(&mut self, maker: &Node) -> Option<u64> {
        let mut offered = maker.remaining;
        if let Some(pool) = maker.pool
            && let Some(taken) = self.from_pool.get(&pool)
        {
            let available = (self.book.pools.get(&pool)).map_or(0, |pool| small(pool.available));
            offered = offered.min(available.saturating_sub(*taken));
        }
        let share = match maker.side {
            Side::Ask if self.quota.is_some() => {
                let country = maker.country?;
                self.quota_left(country)
            }
            Side::Ask => None,
            Side::Bid => self.maker_quota_left(maker),
        };
        let hashrate = self.remaining.min(offered).min(share.unwrap_or(u64::MAX));
        let enough = |least, wanted| hashrate >= least || hashrate == wanted;
        if hashrate == 0 || !enough(maker.minimum_fill, offered) {
            return None;
        }
        if !enough(small(self.order.minimum_fill), self.remaining) {
            let of_another = self.book.slab.chain(maker.account).account != self.order.account;
            let small = if of_another { hashrate } else { 0 };
            self.too_small = self.too_small.saturating_add(small.into());
            return None;
        }
        Some(hashrate)
    }

    /// What a resting bid still takes from this ask's country.
    fn maker_quota_left(&self, maker: &Node) -> Option<u64> {
        // Most books have no such bid.
        if self.book.tallies.is_empty() {
            return None;
        }
        let tally = self.book.tallies.get(&maker.id)?;
        let bid = self.book.resting_of(maker);
        let quota = bid.country_quota(self.book.settings.lot).map(small)?;
        let country = self.order.attributes.country?;
        Some(quota.saturating_sub(tally.get(&country).copied().unwrap_or(0)))
    }

    fn cancel(&mut self, at: u32) {
        let resting = self.book.resting(at);
        self.events.push(Event::Cancelled {
            order: resting.order,
            remaining: resting.remaining,
            reason: CancelReason::SelfTrade,
        });
    }

    /// Says the country of the ask.
    fn fill(&mut self, maker: &Node, hashrate: u64) -> Option<Country> {
        let ask = match self.order.side {
            Side::Bid => (maker.country, maker.pool),
            Side::Ask => (self.order.attributes.country, self.order.pool),
        };
        let (country, pool) = ask;
        if let (Some(country), Some(_)) = (country, self.quota) {
            let taken = self.from_country.entry(country).or_default();
            *taken = taken.saturating_add(hashrate);
        }
        if let Some(pool) = pool {
            let taken = self.from_pool.entry(pool).or_default();
            *taken = taken.saturating_add(hashrate);
        }
        self.remaining = self.remaining.saturating_sub(hashrate);
        self.events.push(Event::Filled(Fill {
            maker: maker.id,
            taker: self.order.id,
            maker_account: self.book.slab.chain(maker.account).account,
            taker_account: self.order.account,
            taker_side: self.order.side,
            price: maker.price,
            hashrate: Hashrate::new(hashrate.into()),
            maker_remaining: Hashrate::new(maker.remaining.saturating_sub(hashrate).into()),
            taker_remaining: Hashrate::new(self.remaining.into()),
            country,
            pool,
        }));
        country
    }

    /// What becomes of the rest, and of the asks that shared a pool with those that traded.
    fn end(mut self) -> Result<Vec<Event>, Refusal> {
        let (order, remaining) = (*self.order, Hashrate::new(self.remaining.into()));
        if self.remaining != 0 {
            if order.time_in_force == TimeInForce::Fok {
                return Err(Refusal::NotFilled);
            }
            if let (true, Some(visits)) = (self.truncated, self.book.settings.visit_budget) {
                let order = order.id;
                self.events.push(Event::Truncated { order, visits });
            }
            let reason = match order.time_in_force {
                _ if self.met_own => Some(CancelReason::SelfTrade),
                TimeInForce::Ioc => Some(CancelReason::Immediate),
                _ => None,
            };
            self.events.push(match reason {
                Some(reason) => Event::Cancelled {
                    order,
                    remaining,
                    reason,
                },
                None => Event::Rested { order, remaining },
            });
        }
        let mut events = self.events;
        for (pool, taken) in &self.from_pool {
            if let Some(kept) = self.book.pools.get(pool) {
                let left = small(kept.available).saturating_sub(*taken);
                self.book.shrink_pool(*pool, left, &mut events);
            }
        }
        Ok(events)
    }
}
