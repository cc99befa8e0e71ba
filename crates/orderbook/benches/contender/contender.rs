//! Part of `cargo xtask bench book`: the plain commands of `book/book.rs` given to orderbook-rs, in the same run.

use orderbook_rs::OrderBook;
use pricelevel::{Hash32, Id, Side, TimeInForce};
use std::time::Instant;

/// As in `book/book.rs`, from which the numbers are the same: the same seed, the same draws.
#[path = "../book/plain.rs"]
mod plain;

use plain::{Plain, Step};

fn place(book: &OrderBook<()>, id: u64, plain: Plain) {
    let side = if plain.ask { Side::Sell } else { Side::Buy };
    let mut owner = [0; 32];
    owner[0] = plain.owner;
    let placed = book.add_limit_order_with_user(
        Id::from_u64(id),
        plain.price.into(),
        plain.lots,
        side,
        TimeInForce::Gtc,
        Hash32::new(owner),
        None,
    );
    std::hint::black_box(placed.is_ok());
}

fn main() {
    let number = |at: usize| std::env::args().nth(at).and_then(|text| text.parse().ok());
    let (resting, commands) = (
        number(1).unwrap_or(1_000_000),
        number(2).unwrap_or(1_000_000),
    );
    let book = OrderBook::<()>::new("hashrate");
    let mut steps = plain::Steps::new();
    for id in 1..=resting {
        let plain = steps.resting();
        place(&book, id, plain);
    }
    let mut next = resting;
    let (start, on_processor) = (Instant::now(), plain::processor());
    for _ in 0..commands {
        match steps.next(next) {
            Step::Place(plain) => {
                next += 1;
                place(&book, next, plain);
            }
            Step::Cancel(id) => {
                std::hint::black_box(book.cancel_order(Id::from_u64(id)).is_ok());
            }
        }
    }
    let rate = commands as f64 / start.elapsed().as_secs_f64();
    let alone = commands as f64 / (plain::processor() - on_processor).as_secs_f64();
    println!("orderbook-rs 0.15.3: {commands} commands; {alone:.0} a second of processor");
    println!("figure: book_contender_cmds_per_s {rate:.0} 1/s");
}
