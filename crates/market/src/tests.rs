//! Scenarios as column tables, random command streams, and the journal's JSON.

mod json;
mod paying;
mod scenarios;
mod streams;

use crate::{Bid, Command, Limits, Market, PoolTarget, Reserve, Settings};
use ledger::Account;
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
    assert!(!market.book().is_crossed());
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
