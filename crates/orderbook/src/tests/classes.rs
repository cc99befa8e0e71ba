//! Classes come and go: what they leave behind does not grow.

use crate::{Attributes, Book, Command, Constraints, Event, Order, Settings, Side};
use units::{Hashrate, OrderId, Price};

fn place(book: &mut Book, id: u64, number: u32) {
    let side = if id.is_multiple_of(2) {
        Side::Bid
    } else {
        Side::Ask
    };
    let price = Price::new(if side == Side::Bid { 10 } else { 20 });
    let account = "a".parse().unwrap();
    let mut order = Order::limit(OrderId::new(id), account, side, Hashrate::new(1), price);
    match side {
        Side::Bid => {
            order.constraints = Constraints {
                max_mj_per_th: Some(number),
                ..Constraints::default()
            };
        }
        Side::Ask => {
            order.attributes = Attributes {
                mj_per_th: Some(number),
                ..Attributes::default()
            };
        }
    }
    book.apply(&Command::Place(order)).unwrap();
}

/// Every class is new, and a hundred live at a time: thousands of dead ones share a few groups of 64.
#[test]
fn idle_classes_make_room() {
    let mut book = Book::new(Settings::new(Hashrate::new(1), Price::new(1)));
    for id in 1..=10_000u64 {
        place(&mut book, id, u32::try_from(id).unwrap());
        if let Some(old) = id.checked_sub(200).filter(|old| *old > 0) {
            let (id, account) = (OrderId::new(old), "a".parse().unwrap());
            book.apply(&Command::Cancel { id, account }).unwrap();
        }
    }
    assert_eq!(book.len(), 200);
    assert!(book.asks.groups() <= 4, "{} groups", book.asks.groups());
    assert!(book.bids.groups() <= 4, "{} groups", book.bids.groups());
    assert_eq!(Book::restore(&book.snapshot()).unwrap(), book);
}

/// Four groups full of classes that have no orders now: the next class clears them.
#[test]
fn a_class_that_makes_room_keeps_none() {
    let mut book = Book::new(Settings::new(Hashrate::new(1), Price::new(1)));
    // Odd ids are asks.
    let ids = (0..256).map(|number| number * 2 + 1);
    for id in ids {
        place(&mut book, id, u32::try_from(id).unwrap());
    }
    let account = "a".parse().unwrap();
    book.apply(&Command::CancelAll { account }).unwrap();
    assert!(book.asks.room() >= 256, "room for {}", book.asks.room());
    place(&mut book, 1_001, 1_001);
    assert_eq!(book.asks.groups(), 4);
    assert!(book.asks.room() <= 8, "room for {}", book.asks.room());
}

#[test]
fn an_empty_class_gives_its_room_back() {
    let mut book = Book::new(Settings::new(Hashrate::new(1), Price::new(1)));
    let account = "a".parse().unwrap();
    for round in 0..3u64 {
        for price in 1..=100 {
            let (id, hashrate) = (OrderId::new(round * 100 + price), Hashrate::new(1));
            let order = Order::limit(id, account, Side::Ask, hashrate, Price::new(price));
            book.apply(&Command::Place(order)).unwrap();
            assert!(book.asks.room() <= 32, "room for {}", book.asks.room());
        }
        assert!(book.asks.room() > 8);
        book.apply(&Command::CancelAll { account }).unwrap();
        assert!(book.asks.room() <= 8, "room for {}", book.asks.room());
    }
}

/// Far more prices than a class keeps in a row: they come and go in any order, and trade best first.
#[test]
fn a_class_of_many_prices_trades_best_first() {
    const PRICES: u64 = 251;
    let mut book = Book::new(Settings::new(Hashrate::new(1), Price::new(1)));
    let place = |book: &mut Book, id, account: &str, side, hashrate, price| {
        let (account, hashrate) = (account.parse().unwrap(), Hashrate::new(hashrate));
        let order = Order::limit(OrderId::new(id), account, side, hashrate, Price::new(price));
        book.apply(&Command::Place(order)).unwrap()
    };
    let account = "a".parse().unwrap();
    let mut prices = std::collections::BTreeSet::new();
    let mut id = 0;
    for step in 1..2_000u64 {
        // Every price has its turn in each round, and of each round others stay.
        let price = 1 + step * 97 % PRICES;
        id += 1;
        if prices.insert(price) {
            place(&mut book, id, "a", Side::Ask, 1, price);
        } else if step % 3 == 0 {
            prices.remove(&price);
            let resting = book.orders().find(|one| one.order.price.get() == price);
            let id = resting.unwrap().order.id;
            book.apply(&Command::Cancel { id, account }).unwrap();
        } else if step % 7 == 0 {
            let best = prices.pop_first().unwrap();
            let events = place(&mut book, id, "b", Side::Bid, 1, PRICES);
            assert!(matches!(&events[..], [Event::Filled(fill)] if fill.price.get() == best));
        }
    }
    assert!(prices.len() > 100, "{} prices", prices.len());
    for price in prices {
        id += 1;
        let events = place(&mut book, id, "b", Side::Bid, 1, PRICES);
        assert!(matches!(&events[..], [Event::Filled(fill)] if fill.price.get() == price));
    }
    assert!(book.is_empty());
}
