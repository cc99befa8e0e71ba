//! What a command would do, other than to place an order.

use crate::{
    Book, CancelReason, Command, Event, Order, PoolId, Refusal,
    absorb::small,
    check::in_lots,
    slab::{NONE, Node},
};
use std::collections::BTreeMap;
use units::{AccountId, Hashrate, OrderId, Timestamp};

impl Book {
    /// The events that `apply` would give, with nothing changed.
    ///
    /// # Errors
    /// `Refusal`, as `apply`.
    pub fn preview(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Place(order) => self.place(order, None),
            Command::Cancel { id, account } => {
                let at = self.owned(*id, account)?;
                Ok(vec![self.cancelled(at, CancelReason::ByOwner)])
            }
            Command::CancelAll { account } => Ok(self.cancel_all(account)),
            Command::Reduce { id, account, by } => self.reduce(*id, account, *by),
            Command::SetPool {
                pool,
                account,
                available,
            } => self.set_pool(*pool, *account, *available),
            Command::Expire { now } => self.expire(*now),
        }
    }

    /// True where an order rests whose time is over by then: what `Command::Expire` takes out.
    #[must_use]
    pub fn is_due(&self, now: Timestamp) -> bool {
        (self.expiries.first()).is_some_and(|(until, _)| *until <= now)
    }

    /// The events of `Command::Expire`, where an order is due, and then those of `Command::Place`, with nothing changed: `absorb`
    /// takes them together.
    ///
    /// # Errors
    /// `Refusal`, as placing it after that; then the orders that are due stay too.
    pub fn place_at(&self, order: &Order, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        self.place(order, self.due(now))
    }

    /// The time, where an order is due.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        Some(now).filter(|now| self.is_due(*now))
    }

    /// The orders that are due then, by time and id.
    pub(crate) fn over(&self, now: Option<Timestamp>) -> impl Iterator<Item = &Node> {
        let until = move |due: &&(Timestamp, OrderId)| now.is_some_and(|now| due.0 <= now);
        let due = self.expiries.iter().take_while(until);
        due.filter_map(|(_, id)| self.slab.find(*id).map(|at| self.slab.node(at)))
    }

    fn owned(&self, id: OrderId, account: &AccountId) -> Result<u32, Refusal> {
        let at = self.slab.find(id).ok_or(Refusal::UnknownOrder)?;
        if self.slab.chain(self.slab.node(at).account).account != *account {
            return Err(Refusal::NotOwner);
        }
        Ok(at)
    }

    fn cancelled(&self, at: u32, reason: CancelReason) -> Event {
        let resting = self.resting(at);
        Event::Cancelled {
            order: resting.order,
            remaining: resting.remaining,
            reason,
        }
    }

    /// By id.
    fn cancel_all(&self, account: &AccountId) -> Vec<Event> {
        let mut at = (self.slab.chain_of(account)).map_or(NONE, |chain| chain.first);
        let mut events = Vec::new();
        while at != NONE {
            events.push(self.cancelled(at, CancelReason::ByOwner));
            at = self.slab.node(at).account_next;
        }
        events
    }

    fn reduce(
        &self,
        order: OrderId,
        account: &AccountId,
        by: Hashrate,
    ) -> Result<Vec<Event>, Refusal> {
        let at = self.owned(order, account)?;
        if by.is_zero() || !in_lots(by, self.settings.lot) {
            return Err(Refusal::NotInLots);
        }
        let remaining = Hashrate::new(self.slab.node(at).remaining.into()).checked_sub(by);
        let left = remaining.filter(|remaining| !remaining.is_zero());
        let remaining = left.ok_or(Refusal::NothingLeft)?;
        Ok(vec![Event::Reduced {
            order,
            by,
            remaining,
        }])
    }

    fn set_pool(
        &self,
        pool: PoolId,
        account: AccountId,
        available: Hashrate,
    ) -> Result<Vec<Event>, Refusal> {
        let owner = self.pools.get(&pool).map(|pool| pool.account);
        if owner.is_some_and(|owner| owner != account) {
            return Err(Refusal::NotOwner);
        }
        if !in_lots(available, self.settings.lot) {
            return Err(Refusal::NotInLots);
        }
        if available > Order::MAX_HASHRATE {
            return Err(Refusal::TooLarge);
        }
        let mut events = vec![Event::PoolSet {
            pool,
            account,
            available,
        }];
        self.shrink_pool(pool, small(available), &mut events);
        Ok(events)
    }

    /// The pool has so much left: its asks that want more, shrink. `events` are what the command has done so far.
    pub(crate) fn shrink_pool(&self, pool: PoolId, left: u64, events: &mut Vec<Event>) {
        let Some(pool) = self.pools.get(&pool) else {
            return;
        };
        let mut changed = BTreeMap::new();
        for event in events.iter() {
            match event {
                Event::Filled(fill) => {
                    changed.insert(fill.maker, small(fill.maker_remaining));
                }
                Event::Cancelled { order, .. } => {
                    changed.insert(order.id, 0);
                }
                _ => {}
            }
        }
        for id in &pool.asks {
            let Some(at) = self.slab.find(*id) else {
                continue;
            };
            let resting = self.slab.node(at).remaining;
            let remaining = changed.get(id).copied().unwrap_or(resting);
            if remaining <= left {
                continue;
            }
            let shrunk = Hashrate::new(left.into());
            events.push(match left {
                0 => Event::Cancelled {
                    order: self.resting(at).order,
                    remaining: Hashrate::new(remaining.into()),
                    reason: CancelReason::PoolEmpty,
                },
                _ => Event::Shrunk {
                    order: *id,
                    remaining: shrunk,
                },
            });
        }
    }

    /// By time, then by id.
    pub(crate) fn expire(&self, now: Timestamp) -> Result<Vec<Event>, Refusal> {
        if now < self.now {
            return Err(Refusal::TimePassed);
        }
        let mut events = vec![Event::TimePassed { now }];
        let due = self.expiries.iter().take_while(|(until, _)| *until <= now);
        let due = due.filter_map(|(_, id)| self.slab.find(*id));
        events.extend(due.map(|at| self.cancelled(at, CancelReason::Expired)));
        Ok(events)
    }

    /// A node's order, for what its class requires.
    pub(crate) fn resting_of(&self, node: &Node) -> Order {
        let account = self.slab.chain(node.account).account;
        let hashrate = Hashrate::new(node.hashrate.into());
        Order {
            constraints: self.constraints(node),
            ..Order::limit(node.id, account, node.side, hashrate, node.price)
        }
    }
}
