//! What a command would do.

use crate::{Book, Command, Event, Fill, Order, Refusal, Resting, Side};
use units::{AccountId, Hashrate, OrderId};

impl Book {
    /// The events that `apply` would give, with nothing changed.
    ///
    /// # Errors
    /// `Refusal`, as `apply`.
    pub fn preview(&self, command: &Command) -> Result<Vec<Event>, Refusal> {
        match command {
            Command::Place(order) => self.place(order),
            Command::Cancel { id, account } => self.cancel(id, account),
        }
    }

    fn place(&self, order: &Order) -> Result<Vec<Event>, Refusal> {
        self.check(order)?;
        let (mut events, mut remaining) = (Vec::new(), order.hashrate);
        for maker in self.matches(order) {
            if remaining.is_zero() {
                break;
            }
            if maker.order.account == order.account {
                return Err(Refusal::SelfTrade(maker.order.id));
            }
            let hashrate = remaining.min(maker.remaining);
            remaining = less(remaining, hashrate);
            events.push(Event::Filled(Fill {
                maker: maker.order.id,
                taker: order.id,
                maker_account: maker.order.account,
                taker_account: order.account,
                taker_side: order.side,
                price: maker.order.price,
                hashrate,
                maker_remaining: less(maker.remaining, hashrate),
                taker_remaining: remaining,
            }));
        }
        if !remaining.is_zero() {
            events.push(Event::Rested {
                order: *order,
                remaining,
            });
        }
        Ok(events)
    }

    fn check(&self, order: &Order) -> Result<(), Refusal> {
        let (lot, tick) = (self.settings.lot.get(), self.settings.tick.get());
        if self.last_id.is_some_and(|last| order.id <= last) {
            return Err(Refusal::IdNotRising);
        }
        if order.hashrate.is_zero() || order.hashrate.get().checked_rem(lot) != Some(0) {
            return Err(Refusal::NotInLots);
        }
        if order.hashrate > Order::MAX_HASHRATE {
            return Err(Refusal::TooLarge);
        }
        if order.price.is_zero() || order.price.get().checked_rem(tick) != Some(0) {
            return Err(Refusal::NotInTicks);
        }
        Ok(())
    }

    /// The resting orders that `order` may trade with, best price first, then oldest first.
    fn matches(&self, order: &Order) -> impl Iterator<Item = &Resting> {
        let order = *order;
        self.best_first(order.side.opposite())
            .take_while(move |(price, _)| order.allows(**price))
            .flat_map(|(_, queue)| queue)
            .filter_map(|id| self.orders.get(id))
    }

    fn cancel(&self, id: &OrderId, account: &AccountId) -> Result<Vec<Event>, Refusal> {
        let resting = self.order(id).ok_or(Refusal::UnknownOrder)?;
        if resting.order.account != *account {
            return Err(Refusal::NotOwner);
        }
        let (order, remaining) = (resting.order, resting.remaining);
        Ok(vec![Event::Cancelled { order, remaining }])
    }

    /// True where the best bid reaches the best ask: never, between two commands.
    #[must_use]
    pub fn is_crossed(&self) -> bool {
        let best = |side| self.best_first(side).next().map(|(price, _)| *price);
        matches!((best(Side::Bid), best(Side::Ask)), (Some(bid), Some(ask)) if bid >= ask)
    }
}

/// `part` is a minimum of `whole` and something else, so this never falls back.
fn less(whole: Hashrate, part: Hashrate) -> Hashrate {
    whole.checked_sub(part).unwrap_or(Hashrate::ZERO)
}
