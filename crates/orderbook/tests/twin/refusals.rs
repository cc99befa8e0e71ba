//! The table of refusals.

use super::Twin;
use orderbook::{Attributes, Constraints, Order, Refusal, Side, TimeInForce};
use units::Hashrate;

impl Twin {
    pub(super) fn check(&self, order: &Order) -> Result<(), Refusal> {
        let settings = &self.settings;
        let rests = matches!(order.time_in_force, TimeInForce::Gtc | TimeInForce::Gtd(_));
        let resting = |which: &dyn Fn(&Order) -> bool| {
            self.orders.iter().filter(|held| which(&held.order)).count() as u32
        };
        let lots = |hashrate: Hashrate| hashrate.get().is_multiple_of(settings.lot.get());
        let bad_terms = bad_terms(order) || !lots(order.minimum_fill);
        let pool = order.pool.map(|pool| self.pools.get(&pool));
        let same_client = |other: &Order| {
            order.client_id.is_some()
                && other.client_id == order.client_id
                && other.account == order.account
        };
        let table = [
            (self.last_id >= Some(order.id), Refusal::IdNotRising),
            (pool == Some(None), Refusal::UnknownPool),
            (
                pool.flatten()
                    .is_some_and(|(owner, _)| *owner != order.account),
                Refusal::NotOwner,
            ),
            (
                order.hashrate.is_zero() || !lots(order.hashrate),
                Refusal::NotInLots,
            ),
            (
                order.hashrate > settings.max_hashrate.min(Order::MAX_HASHRATE),
                Refusal::TooLarge,
            ),
            (
                order.price.is_zero() || !order.price.get().is_multiple_of(settings.tick.get()),
                Refusal::NotInTicks,
            ),
            (
                order.price < settings.min_price || order.price > settings.max_price,
                Refusal::PriceOutOfRange,
            ),
            (bad_terms, Refusal::BadTerms),
            (
                matches!(order.time_in_force, TimeInForce::Gtd(until) if until <= self.now),
                Refusal::TimePassed,
            ),
            (resting(&same_client) > 0, Refusal::DuplicateClientId),
            (
                rests
                    && resting(&|other| other.account == order.account)
                        >= settings.max_orders_of_account,
                Refusal::TooManyOrders,
            ),
            (
                pool.flatten()
                    .is_some_and(|(_, left)| order.hashrate.get() > *left),
                Refusal::OverCapacity,
            ),
            (
                rests
                    && order.pool.is_some()
                    && resting(&|other| other.pool == order.pool) >= settings.max_orders_of_pool,
                Refusal::PoolFull,
            ),
        ];
        match table.into_iter().find(|(holds, _)| *holds) {
            Some((_, refusal)) => Err(refusal),
            None => Ok(()),
        }
    }
}

fn bad_terms(order: &Order) -> bool {
    let bid = order.side == Side::Bid;
    let energy: u32 = order
        .attributes
        .energy
        .0
        .iter()
        .map(|percent| u32::from(*percent))
        .sum();
    let required = &order.constraints;
    (bid && (order.pool.is_some() || order.attributes != Attributes::default()))
        || (!bid && *required != Constraints::default())
        || order.minimum_fill > order.hashrate
        || (order.post_only && matches!(order.time_in_force, TimeInForce::Ioc | TimeInForce::Fok))
        || energy > 100
        || order
            .attributes
            .rating
            .is_some_and(|rating| rating > 10_000)
        || required.energy.is_some_and(|share| {
            share.percent == 0 || share.percent > 100 || share.sources.iter().count() == 0
        })
        || required.grid.is_some_and(|set| set.iter().count() == 0)
        || required.cooling.is_some_and(|set| set.iter().count() == 0)
        || required
            .max_country_percent
            .is_some_and(|percent| percent == 0 || percent > 99)
}
