//! Terms beyond price, one rule a test; each row of a table is a command and what it brings about. Lot 10, tick 5.

use crate::{
    Attributes, Book, ClientOrderId, Command, Constraint, Constraints, Countries, Country,
    CountrySet, Event, Excluded, Order, PoolId, Product, SelfTrade, Settings, Side, TimeInForce,
};
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

fn settings() -> Settings {
    Settings::new(Hashrate::new(10), Price::new(5))
}

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn order(id: u64, name: &str, side: Side, hashrate: u128, price: u64) -> Order {
    let (hashrate, price) = (Hashrate::new(hashrate), Price::new(price));
    Order::limit(OrderId::new(id), account(name), side, hashrate, price)
}

fn ask(id: u64, name: &str, hashrate: u128, price: u64) -> Order {
    order(id, name, Side::Ask, hashrate, price)
}

fn bid(id: u64, hashrate: u128, price: u64) -> Order {
    order(id, "buyer", Side::Bid, hashrate, price)
}

fn country(letters: &str) -> Country {
    Country::new(letters.as_bytes().try_into().unwrap()).unwrap()
}

fn from(letters: &str, order: Order) -> Order {
    let attributes = Attributes {
        country: Some(country(letters)),
        ..order.attributes
    };
    Order {
        attributes,
        ..order
    }
}

fn said(book: &mut Book, command: &Command) -> String {
    let events = match book.apply(command) {
        Ok(events) => events,
        Err(refusal) => return format!("{refusal:?}"),
    };
    let said = events.iter().map(|event| match event {
        Event::Rested { order, remaining } => format!("{} rests {remaining}", order.id),
        Event::Filled(fill) => format!("{} {}@{}", fill.maker, fill.hashrate, fill.price),
        Event::Cancelled {
            order,
            remaining,
            reason,
        } => format!("{} {reason:?} {remaining}", order.id),
        Event::Truncated { visits, .. } => format!("truncated {visits}"),
        Event::Reduced {
            order, remaining, ..
        } => format!("{order} reduced {remaining}"),
        Event::Shrunk { order, remaining } => format!("{order} shrunk {remaining}"),
        Event::PoolSet { available, .. } => format!("pool {available}"),
        Event::TimePassed { now } => format!("time {}", now.unix_ms()),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn place(book: &mut Book, order: Order) -> String {
    said(book, &Command::Place(order))
}

fn book_with(asks: &[Order]) -> Book {
    let mut book = Book::new(settings());
    for order in asks {
        book.apply(&Command::Place(*order)).unwrap();
    }
    book
}

fn only(letters: &str) -> Constraints {
    Constraints {
        countries: Countries::Only(CountrySet::of(&[country(letters)])),
        ..Constraints::default()
    }
}

#[test]
fn a_skipped_order_keeps_its_place() {
    let mut book = book_with(&[
        from("US", ask(1, "s", 20, 40)),
        from("NO", ask(2, "s", 20, 45)),
        ask(3, "s", 20, 40),
    ]);
    let picky = Order {
        constraints: only("NO"),
        ..bid(4, 30, 50)
    };
    assert_eq!(place(&mut book, picky), "2 20@45, 4 rests 10");
    assert!(
        book.is_crossed(),
        "a bid at 50 above asks at 40 that it does not take"
    );
    assert_eq!(place(&mut book, bid(5, 30, 45)), "1 20@40, 3 10@40");
    assert_eq!(
        place(&mut book, from("US", ask(6, "s", 10, 50))),
        "6 rests 10"
    );
    assert_eq!(place(&mut book, from("NO", ask(7, "s", 10, 50))), "4 10@50");
}

#[test]
fn no_country_gives_more_than_its_share() {
    let share = |percent| Constraints {
        max_country_percent: Some(percent),
        ..Constraints::default()
    };
    let mut book = book_with(&[
        from("NO", ask(1, "s", 80, 40)),
        from("NO", ask(2, "s", 80, 45)),
        from("US", ask(3, "s", 20, 50)),
        ask(4, "s", 100, 40),
    ]);
    // 45 percent of 100 are 45, in whole lots 40.
    let bid = Order {
        constraints: share(45),
        ..bid(5, 100, 50)
    };
    assert_eq!(place(&mut book, bid), "1 40@40, 3 20@50, 5 rests 40");
    assert_eq!(
        place(&mut book, from("NO", ask(6, "s", 10, 50))),
        "6 rests 10"
    );
    assert_eq!(
        place(&mut book, from("US", ask(7, "s", 90, 50))),
        "5 20@50, 7 rests 70"
    );
    assert_eq!(
        book.snapshot()
            .orders
            .iter()
            .find(|saved| saved.order.id.get() == 5)
            .unwrap()
            .by_country
            .len(),
        2
    );
    assert_eq!(place(&mut book, from("PY", ask(8, "s", 20, 50))), "5 20@50");
    assert!(book.tallies.is_empty(), "a tally goes with its bid");
}

#[test]
fn a_minimum_fill_holds_on_both_sides() {
    let least = |hashrate, order| Order {
        minimum_fill: Hashrate::new(hashrate),
        ..order
    };
    let mut book = book_with(&[
        least(30, ask(1, "s", 50, 40)),
        ask(2, "s", 10, 45),
        ask(3, "s", 40, 50),
    ]);
    assert_eq!(place(&mut book, bid(4, 20, 45)), "2 10@45, 4 rests 10");
    assert_eq!(
        place(&mut book, least(20, bid(5, 60, 50))),
        "1 50@40, 3 10@50"
    );
    assert_eq!(place(&mut book, least(50, bid(6, 60, 50))), "6 rests 60");
}

#[test]
fn a_quote_says_what_its_minimum_fill_keeps_out() {
    let quote = |asks: &[Order], hashrate: u128, least: u128| {
        let bid = Order {
            minimum_fill: Hashrate::new(least),
            ..bid(9, hashrate, 10)
        };
        let quote = book_with(asks).quote(&bid).unwrap();
        (quote.hashrate.get(), quote.too_small.get())
    };
    let two = [ask(1, "a", 50, 5), ask(2, "b", 50, 5)];
    assert_eq!(quote(&two, 100, 60), (0, 100));
    assert_eq!(quote(&two, 100, 50), (100, 0));
    // The second is large enough for all of it.
    let large = [ask(1, "a", 30, 5), ask(2, "b", 1_000, 10)];
    assert_eq!(quote(&large, 50, 40), (50, 30));
    // Nobody trades with himself, whatever the size.
    let of_buyer = [ask(1, "buyer", 50, 5), ask(2, "a", 50, 5)];
    assert_eq!(quote(&of_buyer, 100, 60), (0, 50));
    // An ask's own minimum fill is not the bid's.
    let own = Order {
        minimum_fill: Hashrate::new(40),
        ..ask(1, "a", 50, 5)
    };
    assert_eq!(quote(&[own], 30, 30), (0, 0));
}

#[test]
fn times_in_force() {
    let lasting = |time_in_force, order| Order {
        time_in_force,
        ..order
    };
    let mut book = book_with(&[ask(1, "s", 20, 40)]);
    assert_eq!(
        place(&mut book, lasting(TimeInForce::Fok, bid(2, 30, 40))),
        "NotFilled"
    );
    assert_eq!(
        place(&mut book, lasting(TimeInForce::Ioc, bid(2, 30, 40))),
        "1 20@40, 2 Immediate 10"
    );
    let till = |ms| TimeInForce::Gtd(Timestamp::from_unix_ms(ms));
    assert_eq!(
        place(&mut book, lasting(till(9), ask(3, "s", 20, 40))),
        "3 rests 20"
    );
    assert_eq!(
        place(&mut book, lasting(till(7), ask(4, "s", 20, 40))),
        "4 rests 20"
    );
    let expire = |ms| Command::Expire {
        now: Timestamp::from_unix_ms(ms),
    };
    assert_eq!(said(&mut book, &expire(6)), "time 6");
    assert_eq!(
        said(&mut book, &expire(9)),
        "time 9, 4 Expired 20, 3 Expired 20"
    );
    assert_eq!(said(&mut book, &expire(8)), "TimePassed");
    assert_eq!(
        place(&mut book, lasting(till(9), ask(5, "s", 20, 40))),
        "TimePassed"
    );
    assert_eq!(
        place(&mut book, lasting(TimeInForce::Fok, bid(5, 10, 40))),
        "NotFilled"
    );
}

#[test]
fn post_only_never_takes() {
    let mut book = book_with(&[ask(1, "s", 20, 40)]);
    let maker = |order| Order {
        post_only: true,
        ..order
    };
    assert_eq!(place(&mut book, maker(bid(2, 10, 40))), "WouldTrade");
    assert_eq!(place(&mut book, maker(bid(2, 10, 35))), "2 rests 10");
    let ioc = Order {
        time_in_force: TimeInForce::Ioc,
        ..maker(bid(3, 10, 35))
    };
    assert_eq!(place(&mut book, ioc), "BadTerms");
}

#[test]
fn own_orders_by_policy() {
    let with = |self_trade, id| Order {
        self_trade,
        ..order(id, "s", Side::Bid, 30, 50)
    };
    let asks = [
        ask(1, "other", 10, 40),
        ask(2, "s", 10, 45),
        ask(3, "other", 10, 50),
    ];
    let mut book = book_with(&asks);
    assert_eq!(
        place(&mut book, with(SelfTrade::Refuse, 4)),
        "SelfTrade(OrderId(2))"
    );
    assert_eq!(
        place(&mut book, with(SelfTrade::CancelArriving, 4)),
        "1 10@40, 4 SelfTrade 20"
    );
    assert_eq!(
        place(&mut book, with(SelfTrade::CancelResting, 5)),
        "2 SelfTrade 10, 3 10@50, 5 rests 20"
    );
}

#[test]
fn reduce_keeps_the_place_and_cancel_all_takes_all() {
    let mut book = book_with(&[
        ask(1, "s", 30, 40),
        ask(2, "t", 20, 40),
        ask(3, "s", 10, 45),
    ]);
    let reduce = |by| Command::Reduce {
        id: OrderId::new(1),
        account: account("s"),
        by: Hashrate::new(by),
    };
    assert_eq!(said(&mut book, &reduce(20)), "1 reduced 10");
    assert_eq!(said(&mut book, &reduce(10)), "NothingLeft");
    assert_eq!(said(&mut book, &reduce(5)), "NotInLots");
    assert_eq!(place(&mut book, bid(4, 20, 40)), "1 10@40, 2 10@40");
    assert_eq!(said(&mut book, &reduce(10)), "UnknownOrder");
    let all = Command::CancelAll {
        account: account("s"),
    };
    assert_eq!(said(&mut book, &all), "3 ByOwner 10");
    assert_eq!(said(&mut book, &all), "");
    assert_eq!(book.len(), 1);
}

#[test]
fn capacity_is_never_sold_twice() {
    let pool = PoolId(7);
    let set = |book: &mut Book, name, available| {
        let (account, available) = (account(name), Hashrate::new(available));
        said(
            book,
            &Command::SetPool {
                pool,
                account,
                available,
            },
        )
    };
    let of_pool = |order| Order {
        pool: Some(pool),
        ..order
    };
    let mut book = Book::new(settings());
    assert_eq!(
        place(&mut book, of_pool(ask(1, "s", 50, 40))),
        "UnknownPool"
    );
    assert_eq!(set(&mut book, "s", 50), "pool 50");
    assert_eq!(set(&mut book, "t", 90), "NotOwner");
    assert_eq!(place(&mut book, of_pool(ask(1, "t", 50, 40))), "NotOwner");
    assert_eq!(
        place(&mut book, of_pool(ask(1, "s", 60, 40))),
        "OverCapacity"
    );
    assert_eq!(place(&mut book, of_pool(ask(1, "s", 50, 40))), "1 rests 50");
    let other_product = Order {
        product: Product(30),
        ..of_pool(ask(2, "s", 50, 45))
    };
    assert_eq!(place(&mut book, other_product), "2 rests 50");
    assert_eq!(place(&mut book, of_pool(ask(3, "s", 20, 45))), "3 rests 20");
    // The walk meets two asks of the pool; the second has what the first left.
    assert_eq!(place(&mut book, bid(4, 20, 45)), "1 20@40, 2 shrunk 30");
    assert_eq!(
        place(&mut book, bid(5, 40, 45)),
        "1 30@40, 5 rests 10, 2 PoolEmpty 30, 3 PoolEmpty 20"
    );
    assert_eq!(book.pool(pool).unwrap().available, Hashrate::ZERO);
}

#[test]
fn an_arriving_ask_shrinks_its_pool_too() {
    let (pool, available) = (PoolId(7), Hashrate::new(30));
    let mut book = book_with(&[bid(1, 20, 50)]);
    let set = Command::SetPool {
        pool,
        account: account("s"),
        available,
    };
    book.apply(&set).unwrap();
    let of_pool = |order| Order {
        pool: Some(pool),
        ..order
    };
    assert_eq!(place(&mut book, of_pool(ask(2, "s", 30, 60))), "2 rests 30");
    assert_eq!(
        place(&mut book, of_pool(ask(3, "s", 20, 50))),
        "1 20@50, 2 shrunk 10"
    );
    let less = Command::SetPool {
        pool,
        account: account("s"),
        available: Hashrate::ZERO,
    };
    assert_eq!(said(&mut book, &less), "pool 0, 2 PoolEmpty 10");
}

#[test]
fn a_client_order_id_is_free_again_with_the_order() {
    let named = |order| Order {
        client_id: Some(ClientOrderId(1)),
        ..order
    };
    let mut book = book_with(&[named(ask(1, "s", 10, 40))]);
    assert_eq!(
        book.order_of_client(account("s"), ClientOrderId(1)),
        Some(OrderId::new(1))
    );
    assert_eq!(
        place(&mut book, named(ask(2, "s", 10, 40))),
        "DuplicateClientId"
    );
    assert_eq!(place(&mut book, named(ask(2, "t", 10, 40))), "2 rests 10");
    assert_eq!(place(&mut book, bid(3, 10, 40)), "1 10@40");
    assert_eq!(place(&mut book, named(ask(4, "s", 10, 40))), "4 rests 10");
}

#[test]
fn the_visit_budget_is_said() {
    let settings = Settings {
        visit_budget: Some(2),
        ..settings()
    };
    let mut book = Book::new(settings);
    for id in 1..=3 {
        book.apply(&Command::Place(from("NO", ask(id, "s", 10, 40))))
            .unwrap();
    }
    // An ask that the bid does not take is no visit.
    book.apply(&Command::Place(from("US", ask(4, "s", 10, 35))))
        .unwrap();
    let picky = Order {
        constraints: only("NO"),
        ..bid(5, 40, 40)
    };
    assert_eq!(
        place(&mut book, picky),
        "1 10@40, 2 10@40, truncated 2, 5 rests 20"
    );
    assert!(!book.quote(&bid(6, 20, 40)).unwrap().truncated);
    let fok = Order {
        time_in_force: TimeInForce::Fok,
        ..bid(6, 30, 40)
    };
    assert_eq!(place(&mut book, fok), "NotFilled");
}

#[test]
fn limits_of_the_settings() {
    let settings = Settings {
        max_hashrate: Hashrate::new(50),
        min_price: Price::new(20),
        max_price: Price::new(60),
        max_orders_of_account: 2,
        ..settings()
    };
    let mut book = Book::new(settings);
    assert_eq!(place(&mut book, ask(1, "s", 60, 65)), "TooLarge");
    assert_eq!(place(&mut book, ask(1, "s", 50, 65)), "PriceOutOfRange");
    assert_eq!(place(&mut book, ask(1, "s", 50, 15)), "PriceOutOfRange");
    assert_eq!(place(&mut book, ask(1, "s", 50, 60)), "1 rests 50");
    assert_eq!(place(&mut book, ask(2, "s", 50, 20)), "2 rests 50");
    assert_eq!(place(&mut book, ask(3, "s", 50, 20)), "TooManyOrders");
    let ioc = Order {
        time_in_force: TimeInForce::Ioc,
        ..ask(3, "s", 50, 20)
    };
    assert_eq!(place(&mut book, ioc), "3 Immediate 50");
}

#[test]
fn a_quote_says_what_constraints_exclude() {
    let rated = |rating, order: Order| {
        let attributes = Attributes {
            rating: Some(rating),
            ..order.attributes
        };
        Order {
            attributes,
            ..order
        }
    };
    let book = book_with(&[
        rated(9_000, from("NO", ask(1, "s", 10, 40))),
        rated(1_000, from("NO", ask(2, "s", 20, 40))),
        rated(1_000, from("US", ask(3, "s", 40, 45))),
        rated(9_000, from("US", ask(4, "s", 80, 45))),
        rated(9_000, from("US", ask(5, "s", 160, 55))),
    ]);
    let constraints = Constraints {
        min_rating: Some(5_000),
        ..only("NO")
    };
    let quote = book
        .quote(&Order {
            constraints,
            ..bid(6, 100, 50)
        })
        .unwrap();
    assert_eq!((quote.hashrate, quote.notional), (Hashrate::new(10), 400));
    assert_eq!(quote.worst_price, Some(Price::new(40)));
    let excluded = |all, alone| Excluded {
        hashrate: Hashrate::new(all),
        by_it_alone: Hashrate::new(alone),
    };
    let said: Vec<_> = quote.excluded.into_iter().collect();
    let expected = [
        (Constraint::Countries, excluded(120, 80)),
        (Constraint::Rating, excluded(60, 20)),
    ];
    assert_eq!(said, expected);
    assert_eq!(book.len(), 5, "a quote changes nothing");
}

#[test]
fn json_of_a_plain_order_is_short_and_terms_come_back() {
    let plain = ask(1, "s", 10, 40);
    let json = serde_json::to_string(&plain).unwrap();
    assert_eq!(
        json,
        r#"{"id":1,"account":"s","side":"ask","hashrate":"10","price":"40"}"#
    );
    let full = Order {
        constraints: Constraints {
            max_country_percent: Some(40),
            ..only("NO")
        },
        ..from("NO", plain)
    };
    let json = serde_json::to_string(&full).unwrap();
    assert_eq!(serde_json::from_str::<Order>(&json).unwrap(), full);
    let bad = json.replace("NO", "no");
    assert!(serde_json::from_str::<Order>(&bad).is_err());
}

#[test]
fn a_snapshot_that_contradicts_itself_is_refused() {
    let book = book_with(&[ask(1, "s", 10, 40), ask(2, "s", 10, 40)]);
    let mut snapshot = book.snapshot();
    assert_eq!(Book::restore(&snapshot).unwrap(), book);
    snapshot.orders.swap(0, 1);
    assert!(Book::restore(&snapshot).is_err());
    snapshot.orders.swap(0, 1);
    snapshot.last_id = Some(OrderId::new(1));
    assert!(Book::restore(&snapshot).is_err());
}

/// Orders that are over count for nothing: not on the walk, not for names, nor for how many there may be.
#[test]
fn placing_at_a_time_takes_out_what_is_over_first() {
    let pool = PoolId(1);
    let mut book = Book::new(Settings {
        max_orders_of_account: 2,
        max_orders_of_pool: 2,
        visit_budget: Some(1),
        ..settings()
    });
    let set = Command::SetPool {
        pool,
        account: account("s"),
        available: Hashrate::new(50),
    };
    said(&mut book, &set);
    let till = |ms, order| Order {
        time_in_force: TimeInForce::Gtd(Timestamp::from_unix_ms(ms)),
        pool: Some(pool),
        client_id: Some(ClientOrderId(ms)),
        ..order
    };
    for (id, ms) in [(1, 7), (2, 9)] {
        place(&mut book, till(ms, ask(id, "s", 20, 40)));
    }
    place(&mut book, ask(3, "t", 20, 40));
    let at = |order: Order, ms| book.place_at(&order, Timestamp::from_unix_ms(ms));
    let third = till(20, ask(4, "s", 20, 50));
    assert_eq!(at(third, 6), Err(crate::Refusal::TooManyOrders));
    let named = Order {
        client_id: Some(ClientOrderId(7)),
        ..third
    };
    assert_eq!(at(named, 6), Err(crate::Refusal::DuplicateClientId));
    // Each as the two commands one after the other.
    let orders = [
        third,
        named,
        till(9, third),
        bid(4, 30, 40),
        till(20, bid(4, 5, 40)),
    ];
    for (order, ms) in orders
        .into_iter()
        .flat_map(|order| (6..11).map(move |ms| (order, ms)))
    {
        let now = Timestamp::from_unix_ms(ms);
        let (mut two, mut one) = (book.clone(), book.clone());
        let expired = Some(Command::Expire { now }).filter(|_| two.is_due(now));
        let expired = expired.map_or(Vec::new(), |expire| two.apply(&expire).unwrap());
        let placed = two.apply(&Command::Place(order));
        let together = one.place_at(&order, now);
        assert_eq!(together, placed.map(|placed| [expired, placed].concat()));
        assert_eq!(one.quote_at(&order, now).is_ok(), together.is_ok());
        if let Ok(events) = together {
            one.absorb(&events);
            assert_eq!(one, two);
        }
    }
}
