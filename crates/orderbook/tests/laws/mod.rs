//! What must hold whatever the rule is: nobody trades beyond a limit or with oneself, no hashrate appears or is lost, and no
//! capacity is sold twice. Kept from the events alone.

use orderbook::{Book, Command, Event, Order, PoolId, Product, Side};
use std::collections::BTreeMap;
use units::OrderId;

#[derive(Default)]
pub struct Laws {
    /// Orders that still want something: as placed, and how much.
    open: BTreeMap<OrderId, (Order, u128)>,
    pools: BTreeMap<PoolId, u128>,
}

impl Laws {
    /// After the command's events an order that neither rests nor was cancelled has traded all.
    pub fn follow(&mut self, command: &Command, events: &[Event]) {
        if let Command::Place(order) = command {
            self.open.insert(order.id, (*order, order.hashrate.get()));
        }
        for event in events {
            match event {
                Event::Filled(fill) => {
                    assert_ne!(fill.maker_account, fill.taker_account, "{fill:?}");
                    let hashrate = fill.hashrate.get();
                    self.take(
                        fill.maker,
                        hashrate,
                        fill.maker_remaining.get(),
                        Some(fill.price.get()),
                    );
                    self.take(
                        fill.taker,
                        hashrate,
                        fill.taker_remaining.get(),
                        Some(fill.price.get()),
                    );
                    if let Some(pool) = fill.pool {
                        let left = self.pools.get_mut(&pool).unwrap();
                        *left = left.checked_sub(hashrate).expect("capacity is sold twice");
                    }
                }
                Event::Reduced {
                    order,
                    by,
                    remaining,
                } => {
                    self.take(*order, by.get(), remaining.get(), None);
                }
                Event::Shrunk { order, remaining } => {
                    let wanted = self.open[order].1;
                    self.take(*order, wanted - remaining.get(), remaining.get(), None);
                }
                Event::Cancelled {
                    order, remaining, ..
                } => {
                    self.take(order.id, remaining.get(), 0, None);
                }
                Event::Rested { order, remaining } => {
                    assert_eq!(self.open[&order.id].1, remaining.get());
                }
                Event::PoolSet {
                    pool, available, ..
                } => {
                    self.pools.insert(*pool, available.get());
                }
                Event::Truncated { .. } | Event::TimePassed { .. } => {}
            }
        }
    }

    fn take(&mut self, id: OrderId, hashrate: u128, remaining: u128, price: Option<u64>) {
        let (order, wanted) = self.open.get_mut(&id).expect("no such order");
        if let Some(price) = price {
            assert!(
                order.allows(units::Price::new(price)),
                "beyond the limit: {order:?}"
            );
        }
        assert!(
            hashrate > 0 && wanted.checked_sub(hashrate) == Some(remaining),
            "{order:?}"
        );
        *wanted = remaining;
        if remaining == 0 {
            self.open.remove(&id);
        }
    }

    /// The book has what the events leave, and shows it.
    pub fn hold(&self, book: &Book) {
        let resting = book
            .orders()
            .map(|resting| (resting.order.id, resting.remaining.get()));
        let open = self.open.iter().map(|(id, (_, wanted))| (*id, *wanted));
        assert!(
            resting.eq(open),
            "the book has other orders than the events leave"
        );
        let (mut in_levels, mut orders) = (0, 0);
        for (product, side) in [
            (0, Side::Bid),
            (0, Side::Ask),
            (1, Side::Bid),
            (1, Side::Ask),
        ] {
            for level in book.levels_of(Product(product), side) {
                in_levels += level.hashrate.get();
                orders += level.orders;
            }
        }
        assert_eq!(
            in_levels,
            self.open.values().map(|(_, wanted)| *wanted).sum::<u128>()
        );
        assert_eq!(orders, book.len());
        for resting in book.orders() {
            if let Some(pool) = resting.order.pool {
                assert_eq!(book.pool(pool).unwrap().available.get(), self.pools[&pool]);
                assert!(
                    resting.remaining.get() <= self.pools[&pool],
                    "sold twice: {resting:?}"
                );
            }
        }
    }
}
