//! An order becomes a contract and work becomes money: plain orders, as journals have always had them.

use super::{apply, pool, table::run};
use crate::{Command, Event, Refusal, SharePace};
use units::{ContractId, Price};

#[test]
fn an_order_becomes_a_contract_and_work_becomes_money() {
    let market = run("
    open b                    => opened
    open h                    => opened
    deposit b 100000 1        => move 100000
    ask h 100 50000           => rests 1 100
    bid b 40 60000 10000      => hold 10000, release 10000, move 10000, trade 1 40@50000 contract 1
    = available:b 90000
    = escrow:1 10000
    # 0.1 PH/s and day at 50,000 is 5,000; the fee 125
    settle 1 0 10 100 5000    => move 4875, move 125, paid 4875+125
    settle 1 1 15 101 5050    => move 49, move 1, paid 49+1
    = available:h 4924
    = fees 126
    = escrow:1 4950
    close 1                   => move 4950, refund 4950
    = available:b 94950
    = escrow:1 0
    = outside -100000
    ");
    let contract = market.contract(&ContractId::new(1)).unwrap();
    assert_eq!(contract.price, Price::new(50_000));
    assert_eq!((contract.epochs_settled, contract.shares_total), (2, 15));
    assert_eq!(contract.last_epoch_hash, [1; 32]);
    assert_eq!(market.last_trade().unwrap().number, 1);
}

#[test]
fn a_budget_is_split_over_fills_without_losing_a_sat() {
    run("
    open b                    => opened
    open h                    => opened
    deposit b 1000 1          => move 1000
    bid b 7 100 100           => hold 100, rests 1 7
    = available:b 900
    # floor(100 * 3 / 7) = 42, floor(100 * 4 / 7) - 42 = 15, and the rest
    ask h 3 100               => release 100, move 42, hold 58, trade 1 3@100 contract 1
    ask h 1 90                => release 58, move 15, hold 43, trade 1 1@100 contract 2
    ask h 4 100               => release 43, move 43, trade 1 3@100 contract 3, rests 4 1
    = available:b 900
    = escrow:1 42
    = escrow:2 15
    = escrow:3 43
    cancel b 1                => Order(UnknownOrder)
    ");
}

#[test]
fn one_bid_takes_several_asks_and_keeps_the_rest_held() {
    run("
    open b                    => opened
    open h                    => opened
    open i                    => opened
    deposit b 100 1           => move 100
    ask h 2 100               => rests 1 2
    ask i 3 90                => rests 2 3
    bid b 10 100 100          => hold 100, release 100, move 30, hold 70, trade 2 3@90 contract 1, release 70, move 20, hold 50, trade 1 2@100 contract 2, rests 3 5
    = available:b 0
    cancel h 3                => Order(NotOwner)
    cancel b 3                => release 50, cancelled
    = available:b 50
    = held 0
    ask h 1 100               => rests 4 1
    cancel h 4                => cancelled
    ");
}

#[test]
fn deposits_count_once() {
    run("
    open b                    => opened
    open b                    => AccountExists
    open h                    => opened
    deposit c 5 1             => UnknownAccount
    deposit b 0 1             => Money(ZeroAmount)
    deposit b 5 1             => move 5
    deposit b 5 1             => nothing
    deposit b 6 1             => Money(IdTaken { differs: Amount })
    deposit h 5 1             => Money(IdTaken { differs: Credit })
    = available:b 5
    ");
}

#[test]
fn bad_orders_are_refused() {
    run("
    open b                    => opened
    open h                    => opened
    deposit b 50 1            => move 50
    ask c 1 100               => UnknownAccount
    bid c 1 100 10            => UnknownAccount
    ask h 0 100               => Order(NotInLots)
    ask h 1 15                => Order(NotInTicks)
    bid b 10 100 9            => BudgetTooSmall { least: Sats(10) }
    bid b 10 100 0            => BudgetTooSmall { least: Sats(10) }
    bid b 10 100 51           => Money(Overdrawn { account: Available(AccountId(\"b\")), spendable: 50, amount: Sats(51) })
    ask h 5 100               => rests 1 5
    bid b 10 100 51           => Money(Overdrawn { account: Available(AccountId(\"b\")), spendable: 50, amount: Sats(51) })
    ask b 5 200               => rests 2 5
    bid b 10 200 50           => Order(SelfTrade(OrderId(2)))
    bid b 5 100 50            => hold 50, release 50, move 50, trade 1 5@100 contract 1
    ");
}

#[test]
fn a_bid_says_how_often_its_machines_shall_find_a_share() {
    let market = run("
    open b                    => opened
    open h                    => opened
    deposit b 100 1           => move 100
    ask h 3 100               => rests 1 3
    bid b 1 100 10 pace=5     => SharePaceOutOfRange
    bid b 1 100 10 pace=21    => SharePaceOutOfRange
    bid b 1 100 10 pace=6     => hold 10, release 10, move 10, trade 1 1@100 contract 1
    bid b 1 100 10 pace=20    => hold 10, release 10, move 10, trade 1 1@100 contract 2
    bid b 2 100 10            => hold 10, release 10, move 5, hold 5, trade 1 1@100 contract 3, rests 4 1
    ");
    let paces: Vec<Option<u32>> = (market.contracts())
        .map(|contract| contract.shares_per_minute.map(SharePace::get))
        .collect();
    assert_eq!(paces, [Some(6), Some(20), None]);
    let words = Refusal::SharePaceOutOfRange.to_string();
    assert_eq!(words, "a machine's pace must be 6 to 20 shares a minute");
}

#[test]
fn settlements_are_checked() {
    run("
    open b                    => opened
    open h                    => opened
    deposit b 100 1           => move 100
    ask h 1 1000              => rests 1 1
    bid b 1 1000 100          => hold 100, release 100, move 100, trade 1 1@1000 contract 1
    settle 2 0 1 10 10        => UnknownContract
    settle 1 1 1 10 10        => EpochMismatch { next: 0 }
    settle 1 0 1 10 11        => WrongAmount { owed: Some(Sats(10)) }
    settle 1 0 1 101 101      => OverBudget { budget: Sats(100) }
    settle 1 0 5 10 10        => move 10, paid 10+0
    settle 1 0 5 10 10        => nothing
    settle 1 0 6 10 10        => EpochMismatch { next: 1 }
    settle 1 0 5 11 11        => EpochMismatch { next: 1 }
    settle 1 1 4 20 20        => TotalsFell
    settle 1 1 6 9 9          => TotalsFell
    settle 1 1 6 40 40        => move 29, move 1, paid 29+1
    settle 1 2 6 40 40        => paid 0+0
    settle 1 0 5 10 10        => EpochMismatch { next: 3 }
    settle 1 3 9 100 100      => move 59, move 1, paid 59+1
    = escrow:1 0
    close 2                   => UnknownContract
    close 1                   => refund 0
    close 1                   => ContractClosed
    settle 1 4 9 100 100      => ContractClosed
    settle 1 3 9 100 100      => ContractClosed
    = available:h 98
    = fees 2
    ");
}

#[test]
fn a_host_names_a_pool_for_idle_machines_and_takes_it_back() {
    let mut market = run("open h => opened");
    let (host, empty) = ("h".parse().unwrap(), market.state_hash());
    let set = |pool| Command::SetFallbackPool {
        account: host,
        pool,
    };
    let events = apply(&mut market, &set(Some(pool())), 1).unwrap();
    let told = Event::FallbackPoolSet {
        account: host,
        pool: Some(pool()),
    };
    assert_eq!(events, [told]);
    assert_eq!(apply(&mut market, &set(Some(pool())), 2), Ok(Vec::new()));
    assert_eq!(market.fallback_pool(&host), Some(&pool()));
    assert_ne!(market.state_hash(), empty);
    apply(&mut market, &set(None), 3).unwrap();
    assert_eq!(market.state_hash(), empty);
    let unknown = Command::SetFallbackPool {
        account: "nobody".parse().unwrap(),
        pool: Some(pool()),
    };
    assert_eq!(
        apply(&mut market, &unknown, 4),
        Err(Refusal::UnknownAccount)
    );
}
