//! Products, listings, terms of orders and bonds, row by row: see `table`.

use super::table::run;
use units::{ContractId, Hashrate, ListingId};

const MARKET: &str = "
    open b                       => opened
    open h                       => opened
    deposit b 10000000 1         => move 10000000
    deposit h 150000 2           => move 150000
    site h NO hydro              => site 1
    fleet h 1 antminer-s21 10    => fleet 1
    list h 1 1500 spot,1d,7d     => listing 1
";

fn with_market(rows: &str) -> crate::Market {
    run(&format!("{MARKET}{rows}"))
}

#[test]
fn a_term_that_is_kept_gives_the_bond_back() {
    let market = with_market("
    # 1 PH/s for a day at 1,000,000: the bond is a tenth
    ask h 1000 1000000 on=1 product=1d             => hold 100000, rests 1 1000
    = available:h 50000
    bid b 1000 1000000 999999 product=1d           => BudgetTooSmall { least: Sats(1000000) }
    @1000 bid b 1000 1200000 1200000 product=1d    => hold 1200000, release 1200000, move 1000000, release 100000, move 100000, trade 1 1000@1000000 contract 1
    = available:b 9000000
    = bond:1 100000
    settle 1 0 500 500 500000                      => DeliveryMissing
    settle 1 0 500 500 500000 ended=43201000       => move 487500, move 12500, paid 487500+12500
    endterm 1                                      => TermNotOver { ends_at: Timestamp(86401000) }
    close 1 over                                   => TermNotOver { ends_at: Timestamp(86401000) }
    settle 1 1 900 900 900000 ended=43200999       => TotalsFell
    # 900 of 1,000 shares: with 5 % of tolerance not certainly too little
    @86402000 settle 1 1 900 900 900000 ended=86401000 => move 390000, move 10000, paid 390000+10000, move 100000, move 100000, bond 0|100000, refund 100000
    = available:b 9100000
    = available:h 1027500
    = bond:1 0
    = escrow:1 0
    ");
    let host = "h".parse().unwrap();
    assert_eq!(market.record(&host).rating(), 6_666);
    let listing = market.listing(&ListingId::new(1)).unwrap();
    assert_eq!(listing.sold, Hashrate::ZERO);
    let contract = market.contract(&ContractId::new(1)).unwrap();
    assert_eq!(contract.agreement.attributes.mj_per_th, Some(17_500));
    assert_eq!(contract.agreement.listing, Some(ListingId::new(1)));
}

#[test]
fn a_term_that_falls_short_costs_its_host_what_is_certainly_missing() {
    let market = with_market("
    ask h 1000 1000000 on=1 product=1d             => hold 100000, rests 1 1000
    @0 bid b 1000 1000000 1000000 product=1d       => hold 1000000, release 1000000, move 1000000, release 100000, move 100000, trade 1 1000@1000000 contract 1
    # The example of docs/settlement.md, over a day: 850 of 1,000 shares
    settle 1 0 850 850 850000 ended=86400000       => move 828750, move 21250, paid 828750+21250, move 150000, move 40882, move 40882, move 59118, bond 40882|59118, refund 150000
    = available:b 9190882
    = refunds 0
    ");
    let host = "h".parse().unwrap();
    assert_eq!(
        (market.record(&host).short, market.record(&host).rating()),
        (1, 3_333)
    );
}

#[test]
fn a_host_that_leaves_a_term_is_judged_over_all_of_it_and_a_buyer_is_not() {
    let begun = "
    ask h 1000 1000000 on=1 product=1d             => hold 100000, rests 1 1000
    @0 bid b 1000 1000000 1000000 product=1d       => hold 1000000, release 1000000, move 1000000, release 100000, move 100000, trade 1 1000@1000000 contract 1
    ";
    with_market(&format!("{begun}
    notice h 1 0                                   => notice 0
    settle 1 0 100 100 100000 ended=8640000        => move 97500, move 2500, paid 97500+2500, move 900000, move 100000, move 100000, bond 100000|0, refund 900000
    "));
    with_market(&format!("{begun}
    notice b 1 0                                   => notice 0
    settle 1 0 100 100 100000 ended=8640000        => move 97500, move 2500, paid 97500+2500, move 900000, move 100000, bond 0|100000, refund 900000
    "));
    // Whoever runs the pool can fill the proof, and choose when: it costs nothing but the rest of the term. So can the host,
    // with fewer sessions: he has left.
    for (reason, sessions, bond, short) in [
        ("", 1, "bond 0|100000", None),
        ("full", 64, "bond 0|100000", None),
        ("full", 63, "move 100000, bond 100000|0", Some(1)),
        ("host", 64, "move 100000, bond 100000|0", Some(1)),
    ] {
        let market = with_market(&format!("{begun}
        settle 1 0 100 100 100000 ended=8640000 sessions={sessions} more   => move 97500, move 2500, paid 97500+2500
        close 1 {reason}                               => move 900000, move 100000, {bond}, refund 900000
        "));
        let record = market.record(&"h".parse().unwrap());
        let told = (short.map_or(0, |_| 1), short.unwrap_or(0));
        assert_eq!((record.ended, record.short), told, "{reason} {sessions}");
    }
    // What the sessions were cannot be taken back.
    with_market(&format!("{begun}
    settle 1 0 100 100 100000 ended=8640000 sessions=63 more => move 97500, move 2500, paid 97500+2500
    settle 1 1 200 200 200000 ended=8641000 sessions=62 more => TotalsFell
    settle 1 1 200 200 200000 ended=8641000 sessions=64 more => move 97500, move 2500, paid 97500+2500
    close 1 full                                             => move 800000, move 100000, bond 0|100000, refund 800000
    "));
    // Half of the term is not the host's, in which the other half of the work was done.
    with_market(&format!("{begun}
    settle 1 0 500 500 500000 ended=86400000 excused=43200000 => move 487500, move 12500, paid 487500+12500, move 500000, move 100000, bond 0|100000, refund 500000
    "));
    // All that was bought has been delivered before the time was over.
    with_market(&format!(
        "{begun}
    settle 1 0 1000 1000 1000000 ended=43200000    => move 975000, move 25000, paid 975000+25000
    close 1 spent                                  => move 100000, bond 0|100000, refund 0
    "
    ));
    // Nothing was ever delivered, and nothing settled.
    with_market(&format!("{begun}
    @86400000 endterm 1                            => move 1000000, move 100000, move 100000, bond 100000|0, refund 1000000
    endterm 1                                      => ContractClosed
    "));
}

#[test]
fn a_bond_is_put_up_when_the_ask_is_placed() {
    with_market("
    ask h 1500 1000000 on=1 product=1d    => hold 150000, rests 1 1500
    ask h 100 1000000 on=1 product=1d     => BondNotCovered { bond: Sats(10000), spendable: 0 }
    # A part of the bonds goes with each trade; a smaller ask holds less.
    bid b 500 1000000 500000 product=1d   => hold 500000, release 500000, move 500000, release 150000, move 50000, hold 100000, trade 1 500@1000000 contract 1
    reduce h 1 400                        => release 100000, hold 60000, reduced 600
    = available:h 40000
    cancel h 1                            => release 60000, cancelled
    = available:h 100000
    # The arriving ask trades above its price, and puts up a tenth of that.
    bid b 1000 1100000 1100000 product=1d => hold 1100000, rests 3 1000
    ask h 1000 1000000 on=1 product=1d    => BondNotCovered { bond: Sats(110000), spendable: 100000 }
    ask h 900 1000000 on=1 product=1d     => release 1100000, move 990000, hold 110000, move 99000, trade 3 900@1100000 contract 2
    = bond:2 99000
    = available:h 1000
    ");
}

#[test]
fn capacity_is_never_sold_twice() {
    let market = with_market("
    ask h 1500 100 on=1                   => rests 1 1500
    ask h 1000 10000 on=1 product=1d      => hold 1000, rests 2 1000
    ask h 1501 100 on=1                   => Order(OverCapacity)
    ask h 1 100 on=1 product=30d          => ProductNotOffered
    ask h 1 100 product=1d                => ListingNeeded
    ask b 1 100 on=1                      => NotOwner
    ask h 1 100 on=2                      => UnknownListing
    # What spot sells, the term ask no longer has; its bonds shrink with it.
    bid b 700 100 700                     => hold 700, release 700, move 700, trade 1 700@100 contract 1, release 1000, hold 800, shrunk 800
    bid b 800 10000 8000 product=1d       => hold 8000, release 8000, move 8000, release 800, move 800, trade 2 800@10000 contract 2, cancelled
    ask h 1 100 on=1                      => Order(OverCapacity)
    # A contract that is over gives its capacity back.
    close 1                               => move 700, refund 700
    ask h 700 100 on=1                    => rests 5 700
    list h 1 501 spot                     => OverFleet { free: Hashrate(500000000000000) }
    withdraw h 1                          => cancelled, withdrawn
    withdraw h 1                          => nothing
    ask h 1 100 on=1                      => ListingWithdrawn
    # What is still sold of it is not listed again.
    list h 1 1201 spot                    => OverFleet { free: Hashrate(1200000000000000) }
    list h 1 1200 spot                    => listing 2
    fleet h 1 antminer-s21 9 1            => OverFleet { free: Hashrate(0) }
    fleet h 1 antminer-s19 30 1           => InUse
    fleet h 1 antminer-s21 11 1           => fleet 1
    fleet h 1 antminer-s21 286 1          => OverPower { needs_kw: 1001, power_kw: 1000 }
    ");
    assert_eq!(
        market.listing(&ListingId::new(1)).unwrap().sold,
        Hashrate::new(800 * super::LOT)
    );
}

#[test]
fn spot_ends_with_the_epoch_in_which_notice_was_given() {
    with_market("
    ask h 100 100000 on=1                 => rests 1 100
    bid b 100 100000 50000                => hold 50000, release 50000, move 50000, trade 1 100@100000 contract 1
    settle 1 0 1 10 1000                  => move 975, move 25, paid 975+25
    notice c 1 1                          => NotParty
    notice b 2 1                          => UnknownContract
    notice b 1 0                          => EpochMismatch { next: 1 }
    notice b 1 3                          => EpochMismatch { next: 1 }
    notice b 1 2                          => notice 2
    notice h 1 1                          => nothing
    endterm 1                             => NotTerm
    settle 1 1 2 20 2000                  => move 975, move 25, paid 975+25
    # Sealed just before the notice came: another epoch has begun, and is paid.
    settle 1 2 3 30 3000 more             => move 975, move 25, paid 975+25
    settle 1 3 4 40 4000                  => move 975, move 25, paid 975+25, move 46000, refund 46000
    settle 1 4 4 40 4000                  => ContractClosed
    notice b 1 3                          => ContractClosed
    ");
}

#[test]
fn orders_have_terms() {
    with_market("
    ask h 100 100 on=1 client=7           => rests 1 100
    ask h 100 100 on=1 client=7           => Order(DuplicateClientId)
    bid b 10 100 10 post                  => Order(WouldTrade)
    bid b 101 100 101 fok                 => Order(NotFilled)
    bid b 200 100 200 ioc                 => hold 200, release 200, move 100, hold 100, trade 1 100@100 contract 1, release 100, cancelled
    bid b 10 100 10 gtd=5                 => Order(TimePassed)
    bid b 10 100 10 gtd=1000              => hold 10, rests 3 10
    bid b 10 90 10 gtd=2000               => hold 10, rests 4 10
    @999 expire                           => nothing
    @1000 expire                          => release 10, cancelled
    @1500 ask h 20 100 on=1 min=20        => rests 5 20
    # Less than the minimum fill is skipped, and keeps its place.
    bid b 10 100 10                       => hold 10, rests 6 10
    bid b 20 100 20                       => hold 20, release 20, move 20, trade 5 20@100 contract 2
    reduce b 6 10                         => Order(NothingLeft)
    reduce b 6 4                          => release 10, hold 6, reduced 6
    @3000 expire                          => release 10, cancelled
    cancelall b                           => release 6, cancelled
    cancelall b                           => nothing
    cancelall c                           => UnknownAccount
    = held 0
    # An own order in the way is taken out.
    ask b 5 100                           => rests 8 5
    bid b 5 100 5 self=cancel             => hold 5, cancelled, rests 9 5
    ");
}

/// A maker does not trade at or after its time, whether or not anybody has looked.
#[test]
fn what_is_good_till_a_time_does_not_trade_then() {
    with_market("
    ask h 100 100 on=1 gtd=1000 client=7  => rests 1 100
    ask h 100 100 on=1 gtd=2000 product=1d => hold 1, rests 2 100
    @999 bid b 50 100 50                  => hold 50, release 50, move 50, trade 1 50@100 contract 1
    # The order of the time, then that of the command.
    @1000 bid b 50 100 50 fok             => Order(NotFilled)
    @1000 bid b 50 100 50 gtd=3000        => cancelled, hold 50, rests 4 50
    @1000 ask h 60 100 on=1 min=60 client=7 => rests 5 60
    # What an expired bid held pays for the next one.
    deposit b 9 3                         => move 9
    bid b 40 90 9999909 gtd=3000          => hold 9999909, rests 6 40
    @2999 bid b 1 80 1                    => Money(Overdrawn { account: Available(AccountId(\"b\")), spendable: 0, amount: Sats(1) })
    @3000 bid b 1 80 1                    => release 1, cancelled, release 50, cancelled, release 9999909, cancelled, hold 1, rests 7 1
    @4000 expire                          => nothing
    ");
}

#[test]
fn bids_require_what_listings_state() {
    with_market("
    open i                                => opened
    site i US gas                         => site 2
    fleet i 2 antminer-s9 100             => fleet 2
    list i 2 1000 spot                    => listing 2
    ask i 1000 90 on=2                    => rests 1 1000
    ask h 1000 100 on=1                   => rests 2 1000
    # The cheaper one is not in Norway, needs more energy, or both.
    bid b 10 100 10 only=NO               => hold 10, release 10, move 10, trade 2 10@100 contract 1
    bid b 10 100 10 mj=20000              => hold 10, release 10, move 10, trade 2 10@100 contract 2
    bid b 10 100 10 rating=5001           => hold 10, rests 5 10
    # Half from each country at most.
    bid b 10 100 10 country%=50           => hold 10, release 10, move 5, hold 5, trade 1 5@90 contract 3, release 5, move 5, trade 2 5@100 contract 4
    ");
}
