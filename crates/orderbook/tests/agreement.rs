//! The engine and the naive twin on random commands: same events, same refusals, same state.

mod laws;
mod twin;

use laws::Laws;
use orderbook::{Book, Command, Event, Refusal};
use std::collections::BTreeMap;
use twin::{
    Twin,
    stream::{Kind, Stream},
};

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
        if let Ok(events) = &outcome {
            replayed.absorb(events);
            laws.follow(&command, events);
        }
        if number % 4_096 == 0 || number + 1 == commands {
            same_state(&book, &twin);
            assert_eq!(
                encoded(&book),
                encoded(&replayed),
                "a replay of the events gives the same bytes"
            );
            laws.hold(&book);
            let restored = Book::restore(&book.snapshot()).unwrap();
            assert_eq!(encoded(&book), encoded(&restored));
            if number % 8_192 == 0 {
                book = restored;
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
    pieces(100..119, Kind::Dense, 25_000);
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
