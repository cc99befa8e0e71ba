//! Who pays for refused work: what bids and asks agree on, and what epochs then pay.

use super::{LOT, at, table::run};
use crate::{OrderTerms, Product, QuoteRequest, Refusal, Term, borne_by_host};
use orderbook::Constraints;
use pow::settlement::{Payer, RejectTerms};
use units::{ContractId, Hashrate};

const MARKET: &str = "
    open b                    => opened
    open h                    => opened
    deposit b 10000000 1      => move 10000000
    deposit h 150000 2        => move 150000
";

fn with_market(rows: &str) -> crate::Market {
    run(&format!("{MARKET}{rows}"))
}

#[test]
fn nobody_bears_what_he_did_not_agree_to() {
    let market = with_market("
    # The bids that one could place and no contract can have
    bid b 40 50000 10000 bears=stale           => StaleIsTheHosts
    bid b 40 50000 10000 bears=operator        => OperatorPaysNothing
    ask h 40 50000 bears=operator              => OperatorPaysNothing
    # A host who says nothing bears nothing
    ask h 40 50000                             => rests 1 40
    bid b 40 60000 10000 bears=reject          => hold 10000, rests 2 40
    # One who bears silence does not bear refusals
    ask h 10 40000 bears=down                  => rests 3 10
    # One who bears both takes a bid that asks for one, or for none, of which he then bears nothing
    ask h 40 50000 bears=reject,down           => release 10000, move 10000, trade 2 40@60000 contract 1
    bid b 10 40000 10000                       => hold 10000, release 10000, move 10000, trade 3 10@40000 contract 2
    ");
    let rejects = |id| {
        market
            .contract(&ContractId::new(id))
            .unwrap()
            .agreement
            .rejects
    };
    let host = RejectTerms {
        pool_reject: Payer::Host,
        ..RejectTerms::default()
    };
    assert_eq!((rejects(1), rejects(2)), (host, RejectTerms::default()));
}

/// Contract 1 at 50,000 with a budget of 10,000; the fee is 2.5 %.
fn agreed(bears: &str, rows: &str) -> crate::Market {
    with_market(&format!(
        "
    ask h 40 50000 bears=reject,down           => rests 1 40
    bid b 40 50000 10000 {bears} => hold 10000, release 10000, move 10000, trade 1 40@50000 contract 1
    {rows}"
    ))
}

#[test]
fn what_the_host_bears_is_not_paid_and_nothing_is_taken_back() {
    let market = agreed(
        "bears=reject",
        "
    settle 1 0 10 100 5000                         => TallyMissing
    settle 1 0 10 100 5000 refused=20              => WrongAmount { owed: Some(Sats(4000)) }
    settle 1 0 10 100 4000 refused=20 counted=99   => TallyDiffers
    settle 1 0 10 100 4000 refused=20 stale=1      => TallyDiffers
    # What the pool leaves unanswered is the buyer's here
    settle 1 0 10 100 4000 refused=20 silent=30    => move 3900, move 100, paid 3900+100
    settle 1 0 10 100 4000 refused=20 silent=30    => nothing
    settle 1 0 10 100 4000 refused=20 silent=31    => EpochMismatch { next: 1 }
    settle 1 1 12 110 4500 refused=19              => TotalsFell
    # 25 of the silent were refused after all: 65 are owed for, 80 were paid
    settle 1 1 12 110 3250 refused=45              => WrongAmount { owed: Some(Sats(4000)) }
    settle 1 1 12 110 4000 refused=45              => paid 0+0
    settle 1 2 15 125 4000 refused=45              => paid 0+0
    settle 1 3 30 150 5250 refused=45              => move 1219, move 31, paid 1219+31
    = escrow:1 4750
    # Refused work counts against no budget: 10,000 pay for 200 of it
    settle 1 4 60 246 10050 refused=45             => OverBudget { budget: Sats(10000) }
    settle 1 4 60 245 10000 refused=45             => move 4631, move 119, paid 4631+119
    close 1 spent                                  => refund 0
    = fees 250
    ",
    );
    let contract = market.contract(&ContractId::new(1)).unwrap();
    assert_eq!(contract.tally.refused_hashes, super::work(45));
}

#[test]
fn silence_is_paid_once_it_is_broken() {
    agreed(
        "bears=down",
        "
    settle 1 0 10 100 3500 silent=30               => move 3413, move 87, paid 3413+87
    # Accepted late, or refused, which is the buyer's
    settle 1 1 10 100 5000 refused=5               => move 1462, move 38, paid 1462+38
    ",
    );
    // More refused work than was counted: one refused share stands for the work of many.
    agreed(
        "bears=reject,down",
        "
    settle 1 0 1 10 0 refused=8 silent=8           => paid 0+0
    settle 1 1 4 40 1600 refused=8                 => move 1560, move 40, paid 1560+40
    ",
    );
}

#[test]
fn without_terms_answers_change_nothing() {
    agreed(
        "",
        "
    settle 1 0 10 100 5000 refused=40 silent=60    => move 4875, move 125, paid 4875+125
    settle 1 1 15 101 5050                         => move 49, move 1, paid 49+1
    ",
    );
}

#[test]
fn in_a_term_the_host_bears_nothing_of_the_buyers_pool() {
    let market = with_market("
    site h NO hydro              => site 1
    fleet h 1 antminer-s21 10    => fleet 1
    list h 1 1500 spot,1d,7d     => listing 1
    ask h 1000 1000000 on=1 product=1d bears=down            => PoolIsTheBuyers
    ask h 1000 1000000 on=1 product=7d bears=reject          => PoolIsTheBuyers
    bid b 1000 1000000 1000000 product=1d bears=reject       => PoolIsTheBuyers
    bid b 1000 1000000 1000000 product=7d bears=reject,down  => PoolIsTheBuyers
    # Before that comes what no contract can have
    bid b 1000 1000000 1000000 product=1d bears=reject,operator => OperatorPaysNothing
    bid b 1000 1000000 1000000 product=1d bears=reject,stale    => StaleIsTheHosts
    # Spot out of the same listing may, and a term without it trades
    ask h 500 1000000 on=1 bears=reject,down                 => rests 1 500
    ask h 1000 1000000 on=1 product=1d                       => hold 100000, rests 2 1000
    bid b 1000 1000000 1000000 product=1d                    => hold 1000000, release 1000000, move 1000000, release 100000, move 100000, trade 2 1000@1000000 contract 1
    ");
    let quoted = |product, pool_reject| {
        let rejects = RejectTerms {
            pool_reject,
            ..RejectTerms::default()
        };
        let request = QuoteRequest {
            account: None,
            hashrate: Hashrate::new(LOT),
            price: None,
            constraints: Constraints {
                bears: borne_by_host(&rejects),
                ..Constraints::default()
            },
            terms: OrderTerms {
                product,
                rejects,
                ..OrderTerms::default()
            },
        };
        market
            .quote(&request, at(1_000))
            .map(|quote| quote.book.hashrate)
    };
    let term = Product::Term(Term::Day);
    assert_eq!(quoted(term, Payer::Host), Err(Refusal::PoolIsTheBuyers));
    assert_eq!(quoted(term, Payer::Buyer), Ok(Hashrate::ZERO), "it is sold");
    assert_eq!(quoted(Product::Spot, Payer::Host), Ok(Hashrate::new(LOT)));
}
