//! Scenarios as column tables, random command streams, and the journal's JSON.

mod json;
mod mixed;
mod paying;
mod products;
mod reading;
mod rejects;
mod rules;
mod scenarios;
mod streams;
mod supply;
mod table;

use crate::{Bid, Command, Limits, Market, PoolTarget, Product, Reserve, Settings};
use ledger::Account;
use orderbook::{Constraints, Order, Side};
use units::{Hashrate, Millis, Price, Sats, Timestamp, Work};

/// 1 TH/s.
const LOT: u128 = 1_000_000_000_000;

fn market() -> Market {
    Market::new(Settings {
        lot: Hashrate::new(LOT),
        tick: Price::new(10),
        fee_bps: 250,
        epoch_length: Millis::new(60_000),
        limits: Limits::default(),
    })
}

fn pool() -> PoolTarget {
    PoolTarget::new("pool.test".into(), 3334, "buyer.a".into(), "x".into()).unwrap()
}

/// Thousandths of a PH/s for one day.
fn work(phs_milli_days: u64) -> Work {
    Work::new(u128::from(phs_milli_days) * 86_400_000_000_000_000)
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

fn spendable(market: &Market, account: Account) -> i128 {
    market.ledger().balance(&account).spendable()
}

/// What must hold after every command.
fn assert_sound(market: &Market) {
    assert_eq!(market.ledger().check(), Ok(()));
    for contract in market.contracts() {
        let left = if contract.is_live() {
            i128::from(contract.budget.get()) - i128::from(contract.owed_total.get())
        } else {
            0
        };
        assert_eq!(spendable(market, Account::Escrow(contract.id)), left);
    }
    let held: u128 = (market.book().orders())
        .map(|resting| {
            let id = resting.order.id;
            let budget = market.bid(&id).map_or(Sats::ZERO, Bid::held);
            let bond = market.ask_bond(&id).map_or(Sats::ZERO, Reserve::held);
            u128::from(budget.get()) + u128::from(bond.get())
        })
        .sum();
    let control = market.ledger().balance(&Account::Held);
    assert_eq!((control.credits_pending, control.posted()), (held, 0));
    assert_uncrossed(market);
    assert_sold_once(market);
}

/// Orders that require nothing and take any fill would have traded.
fn assert_uncrossed(market: &Market) {
    let plain =
        |order: &Order| order.minimum_fill.is_zero() && order.constraints == Constraints::default();
    for product in Product::ALL {
        let best = |side: Side| {
            let orders = market.book().orders().map(|resting| resting.order);
            let orders = orders.filter(move |order| order.side == side && plain(order));
            orders
                .filter(move |order| order.product == product.in_book())
                .map(|order| order.price)
        };
        let (bid, ask) = (best(Side::Bid).max(), best(Side::Ask).min());
        assert!(bid.is_none() || ask.is_none() || bid < ask);
    }
}

/// What listings sold is what their live contracts have; bonds stand while these do.
fn assert_sold_once(market: &Market) {
    for listing in market.listings() {
        let of = market
            .contracts()
            .filter(|one| one.agreement.listing == Some(listing.id));
        let sold: u128 = of
            .filter(|one| one.is_live())
            .map(|one| one.hashrate.get())
            .sum();
        assert_eq!(listing.sold.get(), sold);
        assert!(listing.sold <= listing.hashrate);
        let Some(pool) = market.book().pool(listing.pool()) else {
            assert!(listing.withdrawn);
            continue;
        };
        assert!(!listing.withdrawn);
        let left = listing.hashrate.get() - sold;
        assert_eq!(pool.available.get(), left);
        for ask in &pool.asks {
            assert!(market.book().order(ask).unwrap().remaining <= pool.available);
        }
    }
    for fleet in market.fleets() {
        let of = market
            .listings()
            .filter(|listing| listing.fleet == fleet.id);
        assert!(of.map(|listing| listing.takes().get()).sum::<u128>() <= fleet.capacity().get());
    }
    for contract in market.contracts() {
        let bond = contract
            .agreement
            .term()
            .map_or(Sats::ZERO, |term| term.bond.amount);
        let stands = if contract.is_live() { bond.get() } else { 0 };
        assert_eq!(spendable(market, Account::Bond(contract.id)), stands.into());
    }
}

/// Applies, and checks that a refusal changed nothing.
fn apply(
    market: &mut Market,
    command: &Command,
    ms: u64,
) -> Result<Vec<crate::Event>, crate::Refusal> {
    let (before, hash) = (market.clone(), market.state_hash());
    let outcome = market.apply(command, at(ms));
    if outcome.is_err() {
        assert_eq!(market.state_hash(), hash, "{command:?}");
        assert_eq!(*market, before, "{command:?}");
    }
    assert_eq!(
        market.state_hash() == hash,
        *market == before,
        "{command:?}"
    );
    assert_sound(market);
    outcome
}
