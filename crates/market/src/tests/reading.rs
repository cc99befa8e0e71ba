//! Dry runs, quotes and snapshots: what reads and changes nothing.

use super::{
    LOT, at, pool,
    table::{country, run},
};
use crate::{BackupPools, Command, Market, OrderTerms, Product, QuoteRequest, Snapshot, Term};
use orderbook::{Constraint, Constraints, Countries, CountrySet};
use units::{Hashrate, Price, Sats};

fn stocked() -> Market {
    run("
    open b                          => opened
    open h                          => opened
    open i                          => opened
    deposit b 10000000 1            => move 10000000
    deposit h 150000 2              => move 150000
    site h NO hydro                 => site 1
    fleet h 1 antminer-s21 10       => fleet 1
    list h 1 1500 spot,1d           => listing 1
    site i US gas                   => site 2
    fleet i 2 antminer-s21 10       => fleet 2
    list i 2 2000 spot              => listing 2
    ask h 1000 200000 on=1          => rests 1 1000
    ask i 1000 100000 on=2          => rests 2 1000
    ask h 500 300000 on=1 product=1d gtd=90 => hold 15000, rests 3 500
    bid b 100 50000 100             => hold 100, rests 4 100
    ")
}

fn request(lots: u128) -> QuoteRequest {
    QuoteRequest {
        account: None,
        hashrate: Hashrate::new(lots * LOT),
        price: None,
        constraints: Constraints::default(),
        terms: OrderTerms::default(),
    }
}

#[test]
fn a_quote_walks_the_book_and_names_what_constraints_exclude() {
    let market = stocked();
    let before = market.state_hash();
    let quote = market.quote(&request(1_500), at(20)).unwrap();
    assert_eq!(quote.book.hashrate, Hashrate::new(1_500 * LOT));
    // 1 PH/s at 100,000 and half of one at 200,000.
    assert_eq!(quote.day, Sats::new(200_000));
    assert_eq!(quote.average_price, Some(Price::new(133_334)));
    assert_eq!((quote.term, quote.bonds), (None, Sats::ZERO));
    // An epoch is a minute of 1,440: 69.4 and 69.4 sats.
    assert_eq!(quote.leaving, Sats::new(138));
    assert_eq!(quote.least_budget, Sats::new(1_500));

    let only = Countries::Only(CountrySet::of(&[country("NO")]));
    let constraints = Constraints {
        countries: only,
        ..Constraints::default()
    };
    let quote = market
        .quote(
            &QuoteRequest {
                constraints,
                ..request(1_500)
            },
            at(20),
        )
        .unwrap();
    assert_eq!(quote.book.hashrate, Hashrate::new(1_000 * LOT));
    assert_eq!(quote.average_price, Some(Price::new(200_000)));
    let excluded = quote.book.excluded[&Constraint::Countries];
    assert_eq!(excluded.by_it_alone, Hashrate::new(1_000 * LOT));

    let terms = OrderTerms {
        product: Product::Term(Term::Day),
        ..OrderTerms::default()
    };
    let quote = market
        .quote(
            &QuoteRequest {
                terms,
                ..request(500)
            },
            at(20),
        )
        .unwrap();
    assert_eq!(
        (quote.term, quote.bonds),
        (Some(Sats::new(150_000)), Sats::new(15_000))
    );
    assert_eq!(quote.least_budget, Sats::new(150_000));

    let own = QuoteRequest {
        account: Some("i".parse().unwrap()),
        ..request(1_000)
    };
    let quote = market.quote(&own, at(20)).unwrap();
    assert_eq!(quote.average_price, Some(Price::new(200_000)));
    assert!(market.quote(&request(0), at(20)).is_err());
    assert_eq!(market.state_hash(), before);
}

#[test]
fn what_is_over_by_the_time_of_a_quote_is_not_in_it() {
    let market = stocked();
    let one_day = OrderTerms {
        product: Product::Term(Term::Day),
        ..OrderTerms::default()
    };
    let only = Countries::Only(CountrySet::of(&[country("US")]));
    let asked = |countries| QuoteRequest {
        terms: one_day,
        constraints: Constraints {
            countries,
            ..Constraints::default()
        },
        ..request(500)
    };
    let seen = |countries, ms| {
        let quote = market.quote(&asked(countries), at(ms)).unwrap().book;
        let excluded = quote.excluded.get(&Constraint::Countries);
        (
            quote.hashrate.get() / LOT,
            excluded.map_or(0, |of| of.hashrate.get() / LOT),
        )
    };
    assert_eq!(
        (seen(Countries::Any, 89), seen(only, 89)),
        ((500, 0), (0, 500))
    );
    assert_eq!((seen(Countries::Any, 90), seen(only, 90)), ((0, 0), (0, 0)));
}

#[test]
fn a_dry_run_says_what_would_happen_and_a_snapshot_goes_on_as_the_market() {
    let mut live = stocked();
    let text = serde_json::to_string(&live.snapshot()).unwrap();
    let read: Snapshot = serde_json::from_str(&text).unwrap();
    let mut restored = Market::restore(read.clone()).unwrap();
    assert_eq!(restored, live);
    assert_eq!(restored.state_hash(), live.state_hash());

    let bid = |product, budget| Command::PlaceBid {
        account: "b".parse().unwrap(),
        hashrate: Hashrate::new(500 * LOT),
        price: Price::new(300_000),
        budget: Sats::new(budget),
        pool: pool(),
        backups: BackupPools::default(),
        shares_per_minute: None,
        constraints: Constraints::default(),
        terms: OrderTerms {
            product,
            ..OrderTerms::default()
        },
    };
    let cancel = Command::CancelAll {
        account: "h".parse().unwrap(),
    };
    let day = Product::Term(Term::Day);
    for command in [
        bid(day, 1),
        bid(day, 200_000),
        bid(Product::Spot, u64::MAX),
        bid(Product::Spot, 600),
        Command::ExpireOrders,
        cancel,
    ] {
        let before = live.state_hash();
        let dry = live.dry_run(&command, at(100));
        assert_eq!(live.state_hash(), before);
        let wet = live.apply(&command, at(100));
        assert_eq!(dry, wet);
        assert_eq!(restored.apply(&command, at(100)), wet);
        assert_eq!(restored.state_hash(), live.state_hash());
    }

    let mut other = read;
    other.book.orders.pop();
    assert!(Market::restore(other).is_err());
}
