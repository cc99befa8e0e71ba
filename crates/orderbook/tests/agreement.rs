//! The engine and the naive twin on random commands: same events, same refusals, same state.

mod laws;
mod twin;

use laws::Laws;
use orderbook::{
    Book, Command, Constraint, Constraints, Countries, Country, CountrySet, Event, Order, Product,
    Refusal, Side, TimeInForce,
};
use std::collections::{BTreeMap, BTreeSet};
use twin::{
    Twin,
    stream::{DEEP, Kind, LOT, Stream, TICK},
};
use units::{Hashrate, OrderId, Price};

/// How often what happened, by name: a stream in which something never happens tests nothing of it.
type Counts = BTreeMap<String, u64>;

fn count(counts: &mut Counts, outcome: &Result<Vec<Event>, Refusal>) {
    let name = |debug: String| {
        let end = debug.find([' ', '(', '{']).unwrap_or(debug.len());
        debug[..end].to_owned()
    };
    match outcome {
        Ok(events) => events.iter().for_each(|event| {
            let name = match event {
                Event::Cancelled { reason, .. } => format!("{reason:?}"),
                other => name(format!("{other:?}")),
            };
            *counts.entry(name).or_default() += 1;
        }),
        Err(refusal) => *counts.entry(name(format!("{refusal:?}"))).or_default() += 1,
    }
}

/// Between two commands of the same stream the book is now and then replaced by one restored from its snapshot.
fn agree(seed: u64, kind: Kind, commands: u64) -> Counts {
    let mut stream = Stream::new(seed, kind);
    let settings = stream.settings();
    let (mut book, mut replayed, mut twin) = (
        Book::new(settings),
        Book::new(settings),
        Twin::new(settings),
    );
    let (mut counts, mut laws) = (Counts::new(), Laws::default());
    // A deep stream is short.
    let between = if kind == Kind::Deep { 256 } else { 4_096 };
    for number in 0..commands {
        let command = stream.next();
        let outcome = book.apply(&command);
        assert_eq!(
            outcome,
            twin.apply(&command),
            "seed {seed}, command {number}: {command:?}"
        );
        if number % 16 == 0 {
            count(&mut counts, &outcome);
        }
        if number % (between / 16) == 0 {
            same_excluded(&book, &twin, number * 16 / between);
        }
        if let Ok(events) = &outcome {
            replayed.absorb(events);
            laws.follow(&command, events);
            if prices(events) >= 40 {
                *counts.entry("Swept".into()).or_default() += 1;
            }
        }
        if number % between == 0 || number + 1 == commands {
            same_state(&book, &twin);
            assert_eq!(
                encoded(&book),
                encoded(&replayed),
                "a replay of the events gives the same bytes"
            );
            laws.hold(&book);
            let restored = Book::restore(&book.snapshot()).unwrap();
            assert_eq!(encoded(&book), encoded(&restored));
            if number % (2 * between) == 0 {
                book = restored;
            }
            for side in [Side::Bid, Side::Ask] {
                let levels = book.levels(side);
                // Of three classes one has more than its front takes.
                if levels.len() > 96 {
                    *counts.entry(format!("Deep{side:?}s")).or_default() += 1;
                }
                if levels.iter().filter(|level| level.orders > 3).count() > 40 {
                    *counts.entry(format!("Chained{side:?}s")).or_default() += 1;
                }
            }
        }
    }
    counts
}

fn encoded(book: &Book) -> Vec<u8> {
    let mut out = Vec::new();
    book.encode(&mut out);
    out
}

fn same_state(book: &Book, twin: &Twin) {
    assert_eq!(book.snapshot(), twin.snapshot());
}

/// How many prices the trades of a command had.
fn prices(events: &[Event]) -> usize {
    let prices = events.iter().filter_map(|event| match event {
        Event::Filled(fill) => Some(fill.price),
        _ => None,
    });
    prices.collect::<BTreeSet<Price>>().len()
}

/// What a quote says that a bid's constraint excludes is what the twin's asks offer. The bid asks for a country that hardly any
/// of them has, and each time goes up to another price.
fn same_excluded(book: &Book, twin: &Twin, number: u64) {
    let country = Country::new(*b"ZZ").unwrap();
    let highest = book.settings().max_price.get().min(TICK * DEEP) / TICK;
    let price = Price::new(TICK * (2 + number * 7 % (highest - 1)));
    let (id, account) = (OrderId::new(u64::MAX), "e".parse().unwrap());
    let mut bid = Order::limit(id, account, Side::Bid, Hashrate::new(LOT), price);
    bid.product = Product(number.is_multiple_of(5).into());
    bid.time_in_force = TimeInForce::Ioc;
    bid.constraints = Constraints {
        countries: Countries::Only(CountrySet::of(&[country])),
        ..Constraints::default()
    };
    // The quote of an own order alone is refused.
    let Ok(quote) = book.quote(&bid) else { return };
    let excluded = quote.excluded.get(&Constraint::Countries);
    let excluded = excluded.map_or(0, |by| by.by_it_alone.get());
    let offered = twin.offered_outside(bid.product, price, country);
    assert_eq!(excluded, offered, "excluded up to {price:?}");
}

fn pieces(seeds: std::ops::Range<u64>, kind: Kind, commands: u64) -> Counts {
    let mut all = Counts::new();
    for seed in seeds {
        for (name, times) in agree(seed, kind, commands) {
            *all.entry(name).or_default() += times;
        }
    }
    all
}

/// With the tests below a million.
#[test]
fn dense_streams_of_half_a_million_commands() {
    let counts = pieces(0..20, Kind::Dense, 25_000);
    for name in [
        "Filled",
        "Rested",
        "Truncated",
        "Reduced",
        "Shrunk",
        "PoolSet",
        "TimePassed",
        "ByOwner",
        "Expired",
        "Immediate",
        "SelfTrade",
        "PoolEmpty",
        "IdNotRising",
        "UnknownOrder",
        "UnknownPool",
        "NotOwner",
        "NotInLots",
        "TooLarge",
        "NothingLeft",
        "NotInTicks",
        "PriceOutOfRange",
        "BadTerms",
        "DuplicateClientId",
        "TooManyOrders",
        "OverCapacity",
        "PoolFull",
        "WouldTrade",
        "NotFilled",
    ] {
        assert!(
            counts.contains_key(name),
            "{name} never happened: {counts:?}"
        );
    }
}

#[test]
fn dense_streams_of_nearly_another_half() {
    pieces(100..118, Kind::Dense, 25_000);
}

/// Queues of far more prices than their front has, on both sides.
#[test]
fn deep_streams_of_few_classes() {
    let counts = pieces(2_000..2_005, Kind::Deep, 5_000);
    for name in [
        "Swept",
        "DeepBids",
        "DeepAsks",
        "ChainedBids",
        "ChainedAsks",
        "Shrunk",
        "Reduced",
        "ByOwner",
        "Expired",
        "SelfTrade",
    ] {
        assert!(
            counts.contains_key(name),
            "{name} never happened: {counts:?}"
        );
    }
}

#[test]
fn wide_streams_with_hundreds_of_classes() {
    pieces(1_000..1_005, Kind::Wide, 5_000);
}

#[test]
fn a_quote_is_what_placing_does() {
    let mut stream = Stream::new(7, Kind::Dense);
    let mut book = Book::new(stream.settings());
    for _ in 0..5_000 {
        let command = stream.next();
        let quote = match &command {
            Command::Place(order) => Some(book.quote(order)),
            _ => None,
        };
        let outcome = book.apply(&command);
        let Some(quote) = quote else { continue };
        match (quote, outcome) {
            (Err(quoted), Err(refused)) => assert_eq!(quoted, refused),
            (Ok(quote), Ok(events)) => {
                let fills = events.iter().filter_map(|event| match event {
                    Event::Filled(fill) => Some(fill.hashrate.get()),
                    _ => None,
                });
                let filled: u128 = fills.sum();
                assert_eq!(quote.hashrate.get(), filled);
                assert_eq!(
                    quote
                        .levels
                        .iter()
                        .map(|level| level.hashrate.get())
                        .sum::<u128>(),
                    filled
                );
                assert_eq!(
                    quote
                        .by_country
                        .values()
                        .map(|part| part.get())
                        .sum::<u128>(),
                    filled
                );
            }
            other => panic!("{other:?}"),
        }
    }
}
