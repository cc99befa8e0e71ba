//! A dry run: what an order would trade, and what its constraints keep it from.

use crate::{Book, Constraint, Country, Event, Level, Order, Refusal, Side};
use std::collections::BTreeMap;
use units::{Hashrate, Price, Timestamp};

/// What an order would do now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// What would trade at once.
    pub hashrate: Hashrate,
    /// Price times hashrate over all fills; divided by `hashrate` it is the average price. Saturates.
    pub notional: u128,
    /// The price of the last fill, the worst.
    pub worst_price: Option<Price>,
    /// The fills by price, as the walk met them.
    pub levels: Vec<Level>,
    /// The fills by the country of the ask.
    pub by_country: BTreeMap<Option<Country>, Hashrate>,
    /// Of a bid: what the asks at its price or better offer that each constraint excludes. Constraints that exclude nothing
    /// are not listed.
    pub excluded: BTreeMap<Constraint, Excluded>,
    /// What could have traded with the orders on the walk, each for itself, had the order's own minimum fill allowed it.
    pub too_small: Hashrate,
    /// True where the walk would end at the visit budget.
    pub truncated: bool,
}

/// What a constraint keeps a bid from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excluded {
    /// What does not meet it, whatever else it does not meet.
    pub hashrate: Hashrate,
    /// The part that meets every other constraint: what giving up this one would win.
    pub by_it_alone: Hashrate,
}

impl Book {
    /// What an order would trade if it were placed now, with nothing changed.
    ///
    /// # Errors
    /// `Refusal`, as placing it.
    pub fn quote(&self, order: &Order) -> Result<Quote, Refusal> {
        self.quote_by(order, None)
    }

    /// The same, after the orders are gone whose time is over by then: as [`Book::place_at`].
    ///
    /// # Errors
    /// `Refusal`, as placing it.
    pub fn quote_at(&self, order: &Order, now: Timestamp) -> Result<Quote, Refusal> {
        self.quote_by(order, self.due(now))
    }

    fn quote_by(&self, order: &Order, now: Option<Timestamp>) -> Result<Quote, Refusal> {
        let (events, too_small) = self.take(order, now)?;
        let mut quote = Quote {
            hashrate: Hashrate::ZERO,
            notional: 0,
            worst_price: None,
            levels: Vec::new(),
            by_country: BTreeMap::new(),
            excluded: self.excluded(order, now),
            too_small,
            truncated: false,
        };
        for event in events {
            let fill = match event {
                Event::Filled(fill) => fill,
                Event::Truncated { .. } => {
                    quote.truncated = true;
                    continue;
                }
                _ => continue,
            };
            let cost = u128::from(fill.price.get()).saturating_mul(fill.hashrate.get());
            quote.notional = quote.notional.saturating_add(cost);
            quote.hashrate = sum(quote.hashrate, fill.hashrate);
            quote.worst_price = Some(fill.price);
            let from = quote.by_country.entry(fill.country).or_default();
            *from = sum(*from, fill.hashrate);
            match quote.levels.last_mut() {
                Some(level) if level.price == fill.price => {
                    level.hashrate = sum(level.hashrate, fill.hashrate);
                    level.orders = level.orders.saturating_add(1);
                }
                _ => quote.levels.push(Level {
                    price: fill.price,
                    hashrate: fill.hashrate,
                    orders: 1,
                }),
            }
        }
        Ok(quote)
    }

    /// Looks at every class, and no order but those that are due.
    fn excluded(&self, order: &Order, now: Option<Timestamp>) -> BTreeMap<Constraint, Excluded> {
        let mut excluded = BTreeMap::<Constraint, Excluded>::new();
        if order.side == Side::Ask {
            return excluded;
        }
        let worst = Side::Ask.rank(order.price);
        let mut over = BTreeMap::<usize, u128>::new();
        let asks = self.over(now).filter(|node| node.side == Side::Ask);
        for ask in asks.filter(|ask| Side::Ask.rank(ask.price) <= worst) {
            if let Ok(slot) = usize::try_from(ask.class) {
                let of = over.entry(slot).or_default();
                *of = of.saturating_add(ask.remaining.into());
            }
        }
        for (slot, class) in self.asks.classes(order.product) {
            let unmet = (Constraint::ALL.into_iter())
                .filter(|constraint| !order.constraints.meets(*constraint, class));
            let unmet: Vec<Constraint> = unmet.collect();
            if unmet.is_empty() {
                continue;
            }
            let levels = self.asks.depth(slot).take_while(|(rank, _)| *rank <= worst);
            let offered = levels.fold(0u128, |all, (_, hashrate)| all.saturating_add(hashrate));
            let offered = offered.saturating_sub(over.get(&slot).copied().unwrap_or(0));
            if offered == 0 {
                continue;
            }
            let offered = Hashrate::new(offered);
            for constraint in &unmet {
                let by = excluded.entry(*constraint).or_default();
                by.hashrate = sum(by.hashrate, offered);
                if unmet.len() == 1 {
                    by.by_it_alone = sum(by.by_it_alone, offered);
                }
            }
        }
        excluded
    }
}

fn sum(one: Hashrate, other: Hashrate) -> Hashrate {
    one.checked_add(other).unwrap_or(Hashrate::MAX)
}
