//! The twin is one list, searched from end to end for every trade. Same commands: same events, same refusals, same bytes.

use crate::{Book, Command, Event, Fill, Order, Refusal, Settings, Side};
use proptest::prelude::*;
use std::collections::BTreeMap;
use units::{AccountId, Hashrate, OrderId, Price};

const SETTINGS: Settings = Settings {
    lot: Hashrate::new(10),
    tick: Price::new(5),
};

#[derive(Clone, Default)]
struct Twin {
    last_id: Option<u64>,
    orders: Vec<(Order, u128)>,
}

impl Twin {
    fn apply(&mut self, command: &Command) -> Result<Vec<Event>, Refusal> {
        let mut next = self.clone();
        let events = match command {
            Command::Place(order) => next.place(order)?,
            Command::Cancel { id, account } => next.cancel(*id, *account)?,
        };
        *self = next;
        Ok(events)
    }

    fn place(&mut self, order: &Order) -> Result<Vec<Event>, Refusal> {
        if self.last_id.is_some_and(|last| order.id.get() <= last) {
            return Err(Refusal::IdNotRising);
        }
        if order.hashrate.get() == 0 || !order.hashrate.get().is_multiple_of(SETTINGS.lot.get()) {
            return Err(Refusal::NotInLots);
        }
        if order.price.get() == 0 || !order.price.get().is_multiple_of(SETTINGS.tick.get()) {
            return Err(Refusal::NotInTicks);
        }
        self.last_id = Some(order.id.get());
        let (mut events, mut rest) = (Vec::new(), order.hashrate.get());
        while rest > 0 {
            let Some(best) = self.best_for(order) else {
                events.push(Event::Rested {
                    order: *order,
                    remaining: Hashrate::new(rest),
                });
                self.orders.push((*order, rest));
                break;
            };
            let (maker, available) = self.orders[best];
            if maker.account == order.account {
                return Err(Refusal::SelfTrade(maker.id));
            }
            let traded = rest.min(available);
            rest -= traded;
            self.orders[best].1 -= traded;
            events.push(Event::Filled(Fill {
                maker: maker.id,
                taker: order.id,
                maker_account: maker.account,
                taker_account: order.account,
                taker_side: order.side,
                price: maker.price,
                hashrate: Hashrate::new(traded),
                maker_remaining: Hashrate::new(available - traded),
                taker_remaining: Hashrate::new(rest),
            }));
            self.orders.retain(|(_, remaining)| *remaining > 0);
        }
        Ok(events)
    }

    /// Sorts all candidates anew for each trade and takes the first.
    fn best_for(&self, order: &Order) -> Option<usize> {
        let fits = |other: &Order| match order.side {
            Side::Bid => other.side == Side::Ask && other.price <= order.price,
            Side::Ask => other.side == Side::Bid && other.price >= order.price,
        };
        let mut found: Vec<usize> = (0..self.orders.len())
            .filter(|i| fits(&self.orders[*i].0))
            .collect();
        found.sort_by_key(|i| {
            let price = i128::from(self.orders[*i].0.price.get());
            let worse = if order.side == Side::Bid {
                price
            } else {
                -price
            };
            (worse, self.orders[*i].0.id)
        });
        found.first().copied()
    }

    fn cancel(&mut self, id: OrderId, account: AccountId) -> Result<Vec<Event>, Refusal> {
        let at = self.orders.iter().position(|(order, _)| order.id == id);
        let at = at.ok_or(Refusal::UnknownOrder)?;
        if self.orders[at].0.account != account {
            return Err(Refusal::NotOwner);
        }
        let (order, remaining) = self.orders.remove(at);
        let remaining = Hashrate::new(remaining);
        Ok(vec![Event::Cancelled { order, remaining }])
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = SETTINGS.lot.get().to_be_bytes().to_vec();
        out.extend(SETTINGS.tick.get().to_be_bytes());
        out.push(u8::from(self.last_id.is_some()));
        out.extend(self.last_id.into_iter().flat_map(u64::to_be_bytes));
        out.extend((self.orders.len() as u64).to_be_bytes());
        let mut sorted = self.orders.clone();
        sorted.sort_by_key(|(order, _)| order.id);
        for (order, remaining) in sorted {
            out.extend(order.id.get().to_be_bytes());
            out.push(order.account.as_str().len() as u8);
            out.extend(order.account.as_str().bytes());
            out.push(u8::from(order.side == Side::Ask));
            out.extend(order.hashrate.get().to_be_bytes());
            out.extend(order.price.get().to_be_bytes());
            out.extend(remaining.to_be_bytes());
        }
        out
    }
}

/// How far the id skips, then the order's fields.
type Placing = (u64, AccountId, Side, u128, u64);

/// Prices close together, so that orders meet; now and then a value off the grid or an id that does not rise.
fn any_commands() -> impl Strategy<Value = Vec<Command>> {
    let account = || {
        proptest::sample::select(vec!["a", "b", "c", "d"])
            .prop_map(|name| name.parse::<AccountId>().unwrap())
    };
    let side = prop_oneof![Just(Side::Bid), Just(Side::Ask)];
    let hashrate = prop_oneof![9 => (1u128..12).prop_map(|lots| lots * 10), 1 => 0u128..15];
    let price = prop_oneof![9 => (8u64..13).prop_map(|ticks| ticks * 5), 1 => 0u64..60];
    let place = (0u64..8, account(), side, hashrate, price);
    let cancel = (0u64..12, account());
    let step = prop_oneof![4 => place.prop_map(Ok), 1 => cancel.prop_map(Err)];
    proptest::collection::vec(step, 1..120).prop_map(|steps| {
        let mut next = 1u64;
        let command = |step: Result<Placing, (u64, AccountId)>| match step {
            Ok((skip, account, side, hashrate, price)) => {
                let id = OrderId::new((next + skip).saturating_sub(1));
                next = next.max(id.get() + 1);
                Command::Place(Order {
                    id,
                    account,
                    side,
                    hashrate: Hashrate::new(hashrate),
                    price: Price::new(price),
                })
            }
            Err((back, account)) => Command::Cancel {
                id: OrderId::new(next.saturating_sub(back)),
                account,
            },
        };
        steps.into_iter().map(command).collect()
    })
}

proptest! {
    #[test]
    fn the_book_does_what_the_list_does(commands in any_commands()) {
        let (mut book, mut twin) = (Book::new(SETTINGS), Twin::default());
        let mut placed = BTreeMap::<OrderId, Order>::new();
        let (mut wanted, mut traded, mut cancelled) = (0u128, 0u128, 0u128);
        for command in &commands {
            let before = book.clone();
            let outcome = book.apply(command);
            prop_assert_eq!(&outcome, &twin.apply(command));
            let mut bytes = Vec::new();
            book.encode(&mut bytes);
            prop_assert_eq!(bytes, twin.encode());
            prop_assert!(!book.is_crossed());
            let Ok(events) = outcome else {
                prop_assert_eq!(&book, &before);
                continue;
            };
            if let Command::Place(order) = command {
                placed.insert(order.id, *order);
                wanted += order.hashrate.get();
            }
            for event in events {
                match event {
                    Event::Filled(fill) => {
                        prop_assert!(placed[&fill.maker].allows(fill.price), "the maker's limit");
                        prop_assert!(placed[&fill.taker].allows(fill.price), "the taker's limit");
                        prop_assert_ne!(fill.maker_account, fill.taker_account);
                        traded += fill.hashrate.get();
                    }
                    Event::Cancelled { remaining, .. } => cancelled += remaining.get(),
                    Event::Rested { .. } => {}
                }
            }
            // Every trade takes its hashrate off two orders.
            let resting: u128 = book.orders().map(|resting| resting.remaining.get()).sum();
            prop_assert_eq!(wanted, resting + cancelled + 2 * traded);
            let in_levels: u128 =
                [Side::Bid, Side::Ask].iter().flat_map(|side| book.levels(*side)).map(|level| level.hashrate.get()).sum();
            prop_assert_eq!(in_levels, resting);
        }
    }
}
