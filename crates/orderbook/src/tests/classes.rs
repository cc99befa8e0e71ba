//! Classes come and go: what they leave behind does not grow.

use crate::{Attributes, Book, Command, Constraints, Order, Settings, Side};
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
