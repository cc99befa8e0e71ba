//! The book's state: how events change it, and what can be seen of it.

use crate::{Command, Event, Order, Refusal, Side};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use units::{Hashrate, OrderId, Price};

/// The grid that orders must fit. With a lot or tick of zero every order is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The smallest hashrate, and the step between hashrates, in H/s.
    pub lot: Hashrate,
    /// The lowest price, and the step between prices.
    pub tick: Price,
}

/// An order in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    /// As it was placed.
    pub order: Order,
    /// What it still wants to trade; not zero.
    pub remaining: Hashrate,
}

/// All orders of a side at one price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The price.
    pub price: Price,
    /// What the orders still want to trade, together.
    pub hashrate: Hashrate,
    /// How many orders.
    pub orders: usize,
}

/// The order book. `apply` is the only way in for a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    pub(crate) settings: Settings,
    pub(crate) last_id: Option<OrderId>,
    pub(crate) orders: BTreeMap<OrderId, Resting>,
    bids: Levels,
    asks: Levels,
}

/// Ids rise with time, so a level's queue is its ids in order.
type Levels = BTreeMap<Price, BTreeSet<OrderId>>;

impl Book {
    /// An empty book.
    #[must_use]
    pub const fn new(settings: Settings) -> Self {
        Self {
            settings,
            last_id: None,
            orders: BTreeMap::new(),
            bids: BTreeMap::new(),
            asks: BTreeMap::new(),
        }
    }

    /// Carries out a command: `preview`, then `absorb`.
    ///
    /// # Errors
    /// `Refusal`; then nothing has changed, and an order's id is still free.
    pub fn apply(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let events = self.preview(command)?;
        self.absorb(&events);
        Ok(events)
    }

    /// Changes the book as events say that `preview` gave for this very state.
    pub fn absorb(&mut self, events: &[Event]) {
        for event in events {
            match event {
                Event::Rested { order, remaining } => {
                    self.last_id = self.last_id.max(Some(order.id));
                    let (order, remaining) = (*order, *remaining);
                    let queue = self.levels_mut(order.side).entry(order.price).or_default();
                    queue.insert(order.id);
                    self.orders.insert(order.id, Resting { order, remaining });
                }
                Event::Filled(fill) => {
                    self.last_id = self.last_id.max(Some(fill.taker));
                    if fill.maker_remaining.is_zero() {
                        self.remove(&fill.maker);
                    } else if let Some(maker) = self.orders.get_mut(&fill.maker) {
                        maker.remaining = fill.maker_remaining;
                    }
                }
                Event::Cancelled { order, .. } => self.remove(&order.id),
            }
        }
    }

    fn remove(&mut self, id: &OrderId) {
        let Some(Resting { order, .. }) = self.orders.remove(id) else {
            return;
        };
        let levels = self.levels_mut(order.side);
        if let Some(queue) = levels.get_mut(&order.price) {
            queue.remove(id);
            if queue.is_empty() {
                levels.remove(&order.price);
            }
        }
    }

    /// The grid.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The highest id accepted so far.
    #[must_use]
    pub const fn last_id(&self) -> Option<OrderId> {
        self.last_id
    }

    /// A resting order.
    #[must_use]
    pub fn order(&self, id: &OrderId) -> Option<&Resting> {
        self.orders.get(id)
    }

    /// Every resting order, by id.
    pub fn orders(&self) -> impl Iterator<Item = &Resting> {
        self.orders.values()
    }

    /// A side's levels, best price first.
    #[must_use]
    pub fn levels(&self, side: Side) -> Vec<Level> {
        let level = |(price, queue): (&Price, &BTreeSet<OrderId>)| {
            let rest = queue.iter().filter_map(|id| self.orders.get(id));
            // With at most 2^64 - 1 an order, 2^64 orders would be needed to saturate.
            let sum = rest.fold(0u128, |sum, resting| {
                sum.saturating_add(resting.remaining.get())
            });
            Level {
                price: *price,
                hashrate: Hashrate::new(sum),
                orders: queue.len(),
            }
        };
        self.best_first(side).map(level).collect()
    }

    /// The levels of a side with their queues, best price first.
    pub(crate) fn best_first(
        &self,
        side: Side,
    ) -> Box<dyn Iterator<Item = (&Price, &BTreeSet<OrderId>)> + '_> {
        match side {
            Side::Bid => Box::new(self.bids.iter().rev()),
            Side::Ask => Box::new(self.asks.iter()),
        }
    }

    fn levels_mut(&mut self, side: Side) -> &mut Levels {
        match side {
            Side::Bid => &mut self.bids,
            Side::Ask => &mut self.asks,
        }
    }
}
