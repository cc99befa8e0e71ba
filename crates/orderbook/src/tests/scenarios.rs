//! A row `ID ACCOUNT SIDE HASHRATE PRICE` places an order, `cancel ID ACCOUNT` cancels one; behind `=>` stands what happens:
//! `MAKER HASHRATE@PRICE` for each fill, `rests HASHRATE`, `cancelled HASHRATE`, or the refusal. Lot 10, tick 5.

use crate::{Book, Command, Event, Level, Order, Refusal, Settings, Side};
use units::{Hashrate, OrderId, Price};

fn empty() -> Book {
    Book::new(Settings::new(Hashrate::new(10), Price::new(5)))
}

fn run(table: &str) -> Book {
    let mut book = empty();
    for row in table.lines().map(str::trim).filter(|row| !row.is_empty()) {
        let (command, expected) = row.split_once("=>").unwrap();
        let before = book.clone();
        let outcome = book.apply(&command_of(command));
        let said = match &outcome {
            Ok(events) => events.iter().map(said).collect::<Vec<_>>().join(", "),
            Err(refusal) => {
                assert_eq!(book, before, "a refusal changed the book: {row}");
                format!("{refusal:?}")
            }
        };
        assert_eq!(said, expected.trim(), "{row}");
        assert!(!book.is_crossed(), "{row}");
    }
    book
}

fn command_of(text: &str) -> Command {
    let columns: Vec<&str> = text.split_whitespace().collect();
    match columns[..] {
        ["cancel", id, account] => Command::Cancel {
            id: id.parse().unwrap(),
            account: account.parse().unwrap(),
        },
        [id, account, side, hashrate, price] => Command::Place(Order::limit(
            id.parse().unwrap(),
            account.parse().unwrap(),
            if side == "bid" { Side::Bid } else { Side::Ask },
            hashrate.parse().unwrap(),
            price.parse().unwrap(),
        )),
        _ => panic!("not a row: {text}"),
    }
}

fn said(event: &Event) -> String {
    match event {
        Event::Rested { remaining, .. } => format!("rests {remaining}"),
        Event::Filled(fill) => format!("{} {}@{}", fill.maker, fill.hashrate, fill.price),
        Event::Cancelled { remaining, .. } => format!("cancelled {remaining}"),
        other => panic!("no plain order does this: {other:?}"),
    }
}

#[test]
fn price_comes_before_time() {
    run("
    1 h ask 20 50 => rests 20
    2 i ask 20 45 => rests 20
    3 j ask 20 45 => rests 20
    4 b bid 50 50 => 2 20@45, 3 20@45, 1 10@50
    5 b bid 20 50 => 1 10@50, rests 10
    6 c bid 10 55 => rests 10
    7 h ask 30 50 => 6 10@55, 5 10@50, rests 10
    ");
}

#[test]
fn a_limit_holds_on_both_sides() {
    run("
    1 h ask 10 50 => rests 10
    2 b bid 10 45 => rests 10
    3 i ask 20 45 => 2 10@45, rests 10
    4 c bid 30 45 => 3 10@45, rests 20
    ");
}

#[test]
fn own_orders_are_never_met() {
    run("
    1 h ask 10 50 => rests 10
    2 b ask 10 55 => rests 10
    3 b bid 20 55 => SelfTrade(OrderId(2))
    3 b bid 20 50 => 1 10@50, rests 10
    4 i ask 10 55 => rests 10
    5 b bid 10 50 => rests 10
    ");
}

#[test]
fn an_own_order_that_is_not_reached_does_not_matter() {
    run("
    1 h ask 10 50 => rests 10
    2 b ask 10 55 => rests 10
    3 b bid 10 55 => 1 10@50
    ");
}

#[test]
fn refusals_have_a_precedence() {
    run("
    1 h ask 10 50 => rests 10
    1 h bid 11 51 => IdNotRising
    2 h bid 11 51 => NotInLots
    2 h bid 0 51 => NotInLots
    2 h bid 18446744073709551620 51 => TooLarge
    2 h bid 10 51 => NotInTicks
    2 h bid 10 0 => NotInTicks
    2 h bid 10 50 => SelfTrade(OrderId(1))
    2 h bid 10 45 => rests 10
    ");
}

#[test]
fn only_the_owner_cancels_and_only_what_rests() {
    let book = run("
    1 h ask 30 50 => rests 30
    2 b bid 10 50 => 1 10@50
    cancel 1 b => NotOwner
    cancel 1 h => cancelled 20
    cancel 1 h => UnknownOrder
    cancel 2 b => UnknownOrder
    ");
    assert_eq!(book.last_id(), Some(OrderId::new(2)));
    assert_eq!(book.levels(Side::Ask), []);
}

#[test]
fn levels_are_best_first() {
    let book = run("
    1 h ask 30 55 => rests 30
    2 h ask 10 50 => rests 10
    3 i ask 20 55 => rests 20
    4 b bid 10 40 => rests 10
    5 b bid 10 45 => rests 10
    ");
    let level = |price, hashrate, orders| Level {
        price: Price::new(price),
        hashrate: Hashrate::new(hashrate),
        orders,
    };
    assert_eq!(book.levels(Side::Ask), [level(50, 10, 1), level(55, 50, 2)]);
    assert_eq!(book.levels(Side::Bid), [level(45, 10, 1), level(40, 10, 1)]);
    assert_eq!(book.orders().count(), 5);
}

#[test]
fn a_grid_of_zero_refuses_everything() {
    let mut book = Book::new(Settings::new(Hashrate::ZERO, Price::ZERO));
    let place = command_of("1 h ask 10 50");
    assert_eq!(book.apply(&place), Err(Refusal::NotInLots));
}
