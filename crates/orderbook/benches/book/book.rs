//! `cargo xtask bench book [quick]`: the engine with a million resting orders. Plain commands one after the other; a replay of
//! their events; constrained bids that arrive on a schedule, whatever the one before took; and the naive twin.
//! Needs a quiet machine: a bid that comes while others have the processor is late by milliseconds. Beside the time from a bid's
//! arrival stands what the bid took alone.
#![expect(clippy::disallowed_methods, reason = "a bench needs a clock")]
#![expect(clippy::print_stdout, reason = "what a bench finds is its output")]

mod listings;
mod plain;
#[path = "../../tests/twin/mod.rs"]
mod twin;

use listings::{Listings, Profile};
use orderbook::{Book, Command, Event, Order, Settings, Side};
use plain::{Plain, Random, Step, Steps, processor};
use std::hint::black_box;
use std::time::{Duration, Instant};
use twin::{
    Twin,
    stream::{Kind, Stream},
};
use units::{AccountId, Hashrate, OrderId, Price};

struct Size {
    resting: u64,
    commands: u64,
    bids: u64,
    twin: u64,
}

const FULL: Size = Size {
    resting: 1_000_000,
    commands: 1_000_000,
    bids: 40_000,
    twin: 100_000_000,
};
const QUICK: Size = Size {
    resting: 1_000_000,
    commands: 300_000,
    bids: 4_000,
    twin: 100_000,
};

const LOT: u128 = 1_000;
/// Between the arrivals of two constrained bids.
const EVERY: Duration = Duration::from_micros(500);

fn main() {
    let size = if std::env::args().any(|arg| arg == "quick") {
        QUICK
    } else {
        FULL
    };
    plain_commands(&size);
    constrained_bids(&size);
    naive_twin(&size);
}

fn empty() -> Book {
    Book::new(Settings::new(Hashrate::new(LOT), Price::new(1)))
}

fn accounts() -> Vec<AccountId> {
    (0..64)
        .map(|number| format!("account-{number}").parse().unwrap())
        .collect()
}

fn figure(name: &str, value: f64, unit: &str) {
    println!("figure: {name} {value:.2} {unit}");
}

fn target(name: &str, words: &str, ratio: f64) {
    let said = if ratio >= 1.0 {
        "met".into()
    } else {
        format!("missed by {:.1} %", (1.0 - ratio) * 100.0)
    };
    println!("target: {name} {words}: {said}");
}

fn plain_commands(size: &Size) {
    let accounts = accounts();
    let order = |id, plain: Plain| {
        let side = if plain.ask { Side::Ask } else { Side::Bid };
        let hashrate = Hashrate::new(u128::from(plain.lots) * LOT);
        let account = accounts[usize::from(plain.owner)];
        Order::limit(
            OrderId::new(id),
            account,
            side,
            hashrate,
            Price::new(plain.price),
        )
    };
    let (mut book, mut steps) = (empty(), Steps::new());
    for id in 1..=size.resting {
        book.apply(&Command::Place(order(id, steps.resting())))
            .unwrap();
    }
    let mut last = size.resting;
    let commands: Vec<Command> = (0..size.commands)
        .map(|_| match steps.next(last) {
            Step::Place(plain) => {
                last += 1;
                Command::Place(order(last, plain))
            }
            Step::Cancel(id) => {
                // The owner follows from the order, which the book knows.
                let id = OrderId::new(id);
                let account = book
                    .order(&id)
                    .map_or(accounts[0], |resting| resting.order.account);
                Command::Cancel { id, account }
            }
        })
        .collect();
    let (again, mut recorded) = (book.clone(), book.clone());
    let (start, on_processor) = (Instant::now(), processor());
    for command in &commands {
        let _ = black_box(book.apply(command));
    }
    let rate = size.commands as f64 / start.elapsed().as_secs_f64();
    let alone = size.commands as f64 / (processor() - on_processor).as_secs_f64();
    let done: Vec<Vec<Event>> = commands
        .iter()
        .filter_map(|command| recorded.apply(command).ok())
        .collect();
    let fills = done
        .iter()
        .flatten()
        .filter(|event| matches!(event, Event::Filled(_)))
        .count();
    println!(
        "plain: {} commands, {fills} fills, {} refused (most of an order already gone), {} rest; {alone:.0} a second of processor",
        size.commands,
        commands.len() - done.len(),
        book.len()
    );
    figure("book_cmds_per_s", rate, "1/s");
    target("book_cmds_per_s", "at least 1000000 1/s", rate / 1e6);

    replay(&done, &book, again);
}

fn replay(done: &[Vec<Event>], book: &Book, mut again: Book) {
    let events: usize = done.iter().map(Vec::len).sum();
    let (start, on_processor) = (Instant::now(), processor());
    for events in done {
        again.absorb(events);
    }
    let rate = events as f64 / start.elapsed().as_secs_f64();
    let alone = events as f64 / (processor() - on_processor).as_secs_f64();
    println!("replay: {events} events; {alone:.0} a second of processor");
    let bytes = |book: &Book| {
        let mut out = Vec::new();
        book.encode(&mut out);
        out
    };
    assert!(bytes(book) == bytes(&again), "a replay gives another state");
    figure("book_replay_per_s", rate, "1/s");
    target("book_replay_per_s", "at least 1000000 1/s", rate / 1e6);
}

fn constrained_bids(size: &Size) {
    let (mut book, mut market) = (empty(), Listings::new());
    let mut next = 0;
    let seller = "seller".parse().unwrap();
    for _ in 0..size.resting {
        next += 1;
        book.apply(&Command::Place(market.ask(next, seller)))
            .unwrap();
    }
    println!(
        "{:11} {:>9} {:>9} {:>9} {:>9} {:>9} {:>11} {:>8}   microseconds",
        "profile", "p50", "p99", "worst", "alone p50", "alone p99", "nothing p99", "fills"
    );
    for (name, profile) in Profile::ALL {
        let (mut late, mut alone, mut nothing, mut fills) = (Vec::new(), Vec::new(), Vec::new(), 0);
        let mut random = Random::new(2);
        let start = Instant::now();
        for number in 0..size.bids {
            next += 1;
            let bid = Command::Place(market.bid(next, *profile));
            let due = start + EVERY * (1 + u32::try_from(number).unwrap());
            // Half way there comes one that asks for nothing: how late it is, is the machine's part.
            let between = due - EVERY / 2;
            nothing.push(wait_until(between) - between);
            let begun = wait_until(due);
            let events = black_box(book.apply(&bid)).unwrap();
            let end = Instant::now();
            late.push(end - due);
            alone.push(end - begun);
            fills += events
                .iter()
                .filter(|event| matches!(event, Event::Filled(_)))
                .count();
            // As many asks as before, with new ones among them.
            while book.len() < size.resting as usize {
                next += 1;
                book.apply(&Command::Place(market.ask(next, seller)))
                    .unwrap();
            }
            let id = OrderId::new(1 + random.below(next));
            let _ = book.apply(&Command::Cancel {
                id,
                account: seller,
            });
        }
        let [p50, p99, worst] = [0.5, 0.99, 1.0].map(|part| quantile(&mut late, part));
        let nothing99 = quantile(&mut nothing, 0.99);
        let [alone50, alone99] = [0.5, 0.99].map(|part| quantile(&mut alone, part));
        println!(
            "{name:11} {p50:9.1} {p99:9.1} {worst:9.1} {alone50:9.1} {alone99:9.1} {nothing99:11.1} {fills:8}"
        );
        let figure_name = format!("book_p99_us_{name}");
        figure(&figure_name, p99, "us");
        target(&figure_name, "at most 50 us", 50.0 / p99);
    }
}

/// The time at which it is over.
fn wait_until(due: Instant) -> Instant {
    loop {
        let now = Instant::now();
        if now >= due {
            return now;
        }
        std::hint::spin_loop();
    }
}

/// In microseconds.
fn quantile(times: &mut [Duration], part: f64) -> f64 {
    times.sort();
    let at = ((times.len() as f64 * part) as usize).min(times.len() - 1);
    times[at].as_secs_f64() * 1e6
}

fn naive_twin(size: &Size) {
    const PIECE: u64 = 25_000;
    let mut done = 0;
    while done < size.twin {
        // Deep books take the twin ten times as long.
        let kind = if done % (100 * PIECE) == 0 {
            Kind::Deep
        } else {
            Kind::Dense
        };
        // Other seeds than the tests'.
        let mut stream = Stream::new(1_000_000 + done, kind);
        let settings = stream.settings();
        let (mut book, mut twin) = (Book::new(settings), Twin::new(settings));
        for _ in 0..PIECE {
            let command = stream.next();
            assert_eq!(
                book.apply(&command),
                twin.apply(&command),
                "piece {done}: {command:?}"
            );
        }
        assert_eq!(book.snapshot(), twin.snapshot(), "piece {done}");
        done += PIECE;
    }
    println!("the naive twin agreed on {done} commands");
    figure("book_twin_cmds", done as f64, "commands");
}
