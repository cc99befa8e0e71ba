//! What is checked of an order before it walks.

use crate::{Attributes, Book, Constraints, Order, Refusal, Side, TimeInForce};
use units::Hashrate;

impl Book {
    /// The first refusal that holds, in the order of `Refusal`.
    pub(crate) fn check(&self, order: &Order) -> Result<(), Refusal> {
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
        if matches!(order.time_in_force, TimeInForce::Gtd(until) if until <= self.now) {
            return Err(Refusal::TimePassed);
        }
        let named = |client| self.clients.contains_key(&(order.account, client));
        if order.client_id.is_some_and(named) {
            return Err(Refusal::DuplicateClientId);
        }
        let open = (self.slab.chain_of(&order.account)).map_or(0, |chain| chain.orders);
        if order.may_rest() && open >= settings.max_orders_of_account {
            return Err(Refusal::TooManyOrders);
        }
        let Some(pool) = pool else { return Ok(()) };
        if order.hashrate > pool.available {
            return Err(Refusal::OverCapacity);
        }
        let full = usize::try_from(settings.max_orders_of_pool);
        if order.may_rest() && full.is_ok_and(|full| pool.asks.len() >= full) {
            return Err(Refusal::PoolFull);
        }
        Ok(())
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
