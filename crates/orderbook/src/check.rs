//! What is checked of an order before it walks.

use crate::{Attributes, Book, Constraints, Order, Refusal, Side, TimeInForce, slab::Node};
use units::{AccountId, Hashrate, Timestamp};

impl Book {
    /// The first refusal that holds, in the order of `Refusal`; orders that are over by `now` count as gone.
    pub(crate) fn check(&self, order: &Order, now: Option<Timestamp>) -> Result<(), Refusal> {
        let settings = &self.settings;
        if self.last_id.is_some_and(|last| order.id <= last) {
            return Err(Refusal::IdNotRising);
        }
        let pool = match order.pool {
            Some(pool) => Some(self.pools.get(&pool).ok_or(Refusal::UnknownPool)?),
            None => None,
        };
        if pool.is_some_and(|pool| pool.account != order.account) {
            return Err(Refusal::NotOwner);
        }
        if order.hashrate.is_zero() || !in_lots(order.hashrate, settings.lot) {
            return Err(Refusal::NotInLots);
        }
        if order.hashrate > Order::MAX_HASHRATE || order.hashrate > settings.max_hashrate {
            return Err(Refusal::TooLarge);
        }
        let tick = settings.tick.get();
        if order.price.is_zero() || order.price.get().checked_rem(tick) != Some(0) {
            return Err(Refusal::NotInTicks);
        }
        if order.price < settings.min_price || order.price > settings.max_price {
            return Err(Refusal::PriceOutOfRange);
        }
        self.check_terms(order)?;
        if matches!(order.time_in_force, TimeInForce::Gtd(until) if until <= self.now.max(now.unwrap_or(self.now)))
        {
            return Err(Refusal::TimePassed);
        }
        let named = |client| {
            let id = self.order_of_client(order.account, client);
            let at = id.and_then(|id| self.slab.find(id));
            at.is_some_and(|at| !self.slab.node(at).is_over(now))
        };
        if order.client_id.is_some_and(named) {
            return Err(Refusal::DuplicateClientId);
        }
        let most = settings.max_orders_of_account;
        if order.may_rest() && self.open_orders_of(&order.account, now) >= most {
            return Err(Refusal::TooManyOrders);
        }
        let Some(pool) = pool else { return Ok(()) };
        if order.hashrate > pool.available {
            return Err(Refusal::OverCapacity);
        }
        let full = usize::try_from(settings.max_orders_of_pool);
        let over = (self.over(now)).filter(|node| node.pool.is_some() && node.pool == order.pool);
        let asks = pool.asks.len().saturating_sub(over.count());
        if order.may_rest() && full.is_ok_and(|full| asks >= full) {
            return Err(Refusal::PoolFull);
        }
        Ok(())
    }

    fn open_orders_of(&self, account: &AccountId, now: Option<Timestamp>) -> u32 {
        let open = (self.slab.chain_of(account)).map_or(0, |chain| chain.orders);
        let theirs = |node: &&Node| self.slab.chain(node.account).account == *account;
        let over = self.over(now).filter(theirs).count();
        open.saturating_sub(u32::try_from(over).unwrap_or(u32::MAX))
    }

    fn check_terms(&self, order: &Order) -> Result<(), Refusal> {
        let lot = self.settings.lot;
        let of_its_side = match order.side {
            Side::Bid => order.pool.is_none() && order.attributes == Attributes::default(),
            Side::Ask => order.constraints == Constraints::default(),
        };
        let fits = of_its_side
            && order.minimum_fill <= order.hashrate
            && in_lots(order.minimum_fill, lot)
            && (order.may_rest() || !order.post_only)
            && order.attributes.is_valid()
            && order.constraints.is_valid();
        if fits { Ok(()) } else { Err(Refusal::BadTerms) }
    }
}

/// True for a multiple of the lot, zero included; of a lot of zero nothing is.
pub(crate) fn in_lots(hashrate: Hashrate, lot: Hashrate) -> bool {
    hashrate.get().checked_rem(lot.get()) == Some(0)
}

impl Order {
    /// True where what does not trade at once may wait in the book.
    #[must_use]
    pub const fn may_rest(&self) -> bool {
        matches!(self.time_in_force, TimeInForce::Gtc | TimeInForce::Gtd(_))
    }
}
