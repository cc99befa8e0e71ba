//! `cargo xtask bench parts`: what one command costs where nothing waits. The book has 100,000 resting orders.

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use ledger::{Account, Kind, Ledger, Transfer, TransferId};
use market::{Limits, Market};
use orderbook::{Book, Command, Constraints, Order, Settings, Side, TimeInForce};
use std::hint::black_box;
use units::{AccountId, Hashrate, Millis, OrderId, Price, Sats, Timestamp};

const RESTING: u64 = 100_000;
const LOT: u128 = 1_000;

fn account(name: &str) -> AccountId {
    name.parse().unwrap()
}

fn order(id: u64, side: Side, price: u64) -> Order {
    let owner = match side {
        Side::Ask => account("host"),
        Side::Bid => account("buyer"),
    };
    Order::limit(
        OrderId::new(id),
        owner,
        side,
        Hashrate::new(10 * LOT),
        Price::new(price),
    )
}

/// Asks on 1,000 prices from 2,000 on.
fn book() -> Book {
    let mut book = Book::new(Settings::new(Hashrate::new(LOT), Price::new(1)));
    for id in 1..=RESTING {
        let ask = order(id, Side::Ask, 2_000 + id * 7_919 % 1_000);
        book.apply(&Command::Place(ask)).unwrap();
    }
    book
}

fn of_the_book(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("book");
    let (mut book, mut next) = (book(), RESTING);
    group.bench_function("place and cancel", |bench| {
        bench.iter(|| {
            next += 1;
            let bid = order(next, Side::Bid, 1_000 + next % 900);
            black_box(book.apply(&Command::Place(bid)).unwrap());
            let (id, account) = (bid.id, bid.account);
            black_box(book.apply(&Command::Cancel { id, account }).unwrap());
        });
    });
    group.bench_function("rest and be filled", |bench| {
        bench.iter(|| {
            next += 2;
            let ask = order(next - 1, Side::Ask, 1_500);
            book.apply(&Command::Place(ask)).unwrap();
            let bid = order(next, Side::Bid, 1_500);
            black_box(book.apply(&Command::Place(bid)).unwrap());
        });
    });
    let unmet = Order {
        constraints: Constraints {
            min_rating: Some(5_000),
            ..Constraints::default()
        },
        time_in_force: TimeInForce::Ioc,
        ..order(u64::MAX, Side::Bid, 3_000)
    };
    group.bench_function("quote that nobody meets", |bench| {
        bench.iter(|| black_box(book.quote(&unmet).unwrap()));
    });
    group.sample_size(10);
    group.bench_function("snapshot and restore", |bench| {
        bench.iter(|| black_box(Book::restore(&book.snapshot()).unwrap()));
    });
    group.finish();
}

fn transfer(id: u128, debit: Account, credit: Account, kind: Kind) -> Transfer {
    Transfer {
        id: TransferId::new(id),
        debit,
        credit,
        amount: Sats::new(1),
        kind,
    }
}

fn of_the_ledger(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ledger");
    let buyer = Account::Available(account("buyer"));
    let (mut ledger, mut next) = (Ledger::new(), 0u128);
    group.bench_function("post one transfer", |bench| {
        bench.iter(|| {
            next += 1;
            let deposit = transfer(next, Account::Outside, buyer, Kind::Posted);
            black_box(ledger.apply(&[deposit]).unwrap());
        });
    });
    group.bench_function("reserve, then void", |bench| {
        bench.iter(|| {
            next += 2;
            let hold = transfer(next - 1, buyer, Account::Held, Kind::Pending);
            let void = transfer(next, buyer, Account::Held, Kind::VoidPending(hold.id));
            ledger.apply(&[hold]).unwrap();
            black_box(ledger.apply(&[void]).unwrap());
        });
    });
    group.finish();
}

/// Two accounts with money, and the next order's number.
fn market() -> Market {
    let mut market = Market::new(market::Settings {
        lot: Hashrate::new(LOT),
        tick: Price::new(1),
        fee_bps: 100,
        epoch_length: Millis::new(600_000),
        limits: Limits::default(),
    });
    for (reference, name) in ["host", "buyer"].into_iter().enumerate() {
        let account = account(name);
        apply(&mut market, &market::Command::OpenAccount { account });
        let (amount, reference) = (Sats::new(1 << 50), TransferId::new(reference as u128 + 1));
        apply(
            &mut market,
            &market::Command::Deposit {
                account,
                amount,
                reference,
            },
        );
    }
    market
}

fn apply(market: &mut Market, command: &market::Command) {
    black_box(market.apply(command, Timestamp::from_unix_ms(1)).unwrap());
}

fn of_the_market(criterion: &mut Criterion) {
    let (hashrate, price) = (Hashrate::new(10 * LOT), Price::new(1_000));
    let ask = market::Command::PlaceAsk {
        account: account("host"),
        hashrate,
        price,
        listing: None,
        terms: Default::default(),
    };
    let pool = market::PoolTarget::new("pool.example.com".into(), 3_333, "user".into(), "x".into());
    let bid = market::Command::PlaceBid {
        account: account("buyer"),
        hashrate,
        price,
        budget: Sats::new(1_000),
        pool: pool.unwrap(),
        backups: Default::default(),
        shares_per_minute: None,
        constraints: Constraints::default(),
        terms: Default::default(),
    };
    let mut group = criterion.benchmark_group("market");
    group.sample_size(20);
    let trade = |mut market: Market| {
        for _ in 0..200 {
            apply(&mut market, &ask);
            apply(&mut market, &bid);
        }
        market
    };
    group.bench_function("200 contracts: ask, bid, escrow", |bench| {
        bench.iter_batched(market, trade, BatchSize::LargeInput);
    });
    let market = trade(market());
    group.bench_function("state hash with 200 contracts", |bench| {
        bench.iter(|| black_box(market.state_hash()));
    });
    group.finish();
}

criterion_group!(parts, of_the_book, of_the_ledger, of_the_market);
criterion_main!(parts);
