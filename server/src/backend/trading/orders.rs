//! An account's orders, and what becomes of them when it changes them.

use super::{
    super::{Service, views},
    choices::product,
    constraints, terms,
};
use api::{Cancelled, Error, Order, OrderSide, Reduced};
use ledger::{Account, Kind, TransferId};
use market::{Event, Market};
use orderbook::{PoolId, Resting, Side};
use std::collections::BTreeMap;
use units::{AccountId, OrderId, Sats};

/// Lines of the list.
const LISTED: usize = 1_000;

pub(crate) fn orders(service: &Service, account: AccountId) -> Vec<Order> {
    service.exchange.read(|market| {
        let theirs = market.book().orders_of(&account);
        let lines = theirs.take(LISTED).map(|one| line(market, &one));
        lines.collect()
    })
}

fn line(market: &Market, Resting { order, remaining }: &Resting) -> Order {
    let bid = market.bid(&order.id);
    let bond = market.ask_bond(&order.id);
    let held = bid.map(market::Bid::held);
    let pools = bid.into_iter().flat_map(|bid| {
        let backups = bid.backups.as_slice().iter();
        std::iter::once(&bid.pool).chain(backups)
    });
    let traded = market::Product::of_book(order.product).unwrap_or_default();
    Order {
        id: order.id.get(),
        side: match order.side {
            Side::Bid => OrderSide::Bid,
            Side::Ask => OrderSide::Ask,
        },
        product: product(traded),
        price_sats_per_phs_day: order.price,
        hashrate_hs: order.hashrate,
        remaining_hs: *remaining,
        held_sats: held
            .or(bond.map(market::Reserve::held))
            .unwrap_or(Sats::ZERO),
        listing: order.pool.map(|PoolId(number)| number),
        constraints: constraints::tell(&order.constraints),
        terms: terms::tell(order),
        pools: pools.map(views::pool_name).collect(),
    }
}

/// What events did with an account's money.
#[derive(Default)]
pub(super) struct Money {
    /// Reservations that stand.
    held: BTreeMap<TransferId, Sats>,
    /// What came out of older reservations.
    freed: u128,
    /// What of that went elsewhere.
    gone: u128,
}

impl Money {
    pub(super) fn of(events: &[Event], account: AccountId) -> Self {
        let mut money = Self::default();
        let transfers = events.iter().filter_map(|event| match event {
            Event::Transferred(transfer) => Some(transfer),
            _ => None,
        });
        for transfer in transfers.filter(|one| one.debit == Account::Available(account)) {
            match transfer.kind {
                Kind::Pending | Kind::PendingUntil(_) => {
                    money.held.insert(transfer.id, transfer.amount);
                }
                Kind::VoidPending(pending) | Kind::ExpirePending { pending, .. } => {
                    if money.held.remove(&pending).is_none() {
                        money.freed = money.freed.saturating_add(transfer.amount.get().into());
                    }
                }
                Kind::Posted | Kind::PostPending(_) => {
                    money.gone = money.gone.saturating_add(transfer.amount.get().into());
                }
            }
        }
        money
    }

    /// Held by what stands after it.
    pub(super) fn held(&self) -> Sats {
        let held = self.held.values().map(|amount| u128::from(amount.get()));
        sats(held.fold(0, u128::saturating_add))
    }

    /// What can be spent again.
    pub(super) fn released(&self) -> Sats {
        let used = self.gone.saturating_add(self.held().get().into());
        sats(self.freed.saturating_sub(used))
    }
}

fn sats(amount: u128) -> Sats {
    u64::try_from(amount).map_or(Sats::MAX, Sats::new)
}

/// An order that became smaller.
pub(crate) fn reduced(
    events: &[Event],
    account: AccountId,
    id: OrderId,
    dry_run: bool,
) -> Result<Reduced, Error> {
    let remaining = events.iter().find_map(|event| match event {
        Event::OrderReduced {
            order, remaining, ..
        } if *order == id => Some(*remaining),
        _ => None,
    });
    let money = Money::of(events, account);
    Ok(Reduced {
        dry_run,
        id: id.get(),
        remaining_hs: remaining.ok_or_else(Error::internal)?,
        held_sats: money.held(),
        released_sats: money.released(),
    })
}

/// Orders that were taken out.
pub(crate) fn cancelled(events: &[Event], account: AccountId) -> Cancelled {
    let orders = events.iter().filter_map(|event| match event {
        Event::OrderCancelled { order, .. } if order.account == account => Some(order.id.get()),
        _ => None,
    });
    Cancelled {
        orders: orders.collect(),
        released_sats: Money::of(events, account).released(),
    }
}
