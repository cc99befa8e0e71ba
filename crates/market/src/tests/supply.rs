//! How much supply there is of one account, and what asks draw on.

use super::{LOT, apply, table::run};
use crate::{Command, Market, Product, Refusal, SUPPLY_MAX};
use units::{AccountId, FleetId, Hashrate, ListingId};

fn stocked() -> Market {
    run("
    open h                       => opened
    open b                       => opened
    deposit b 10000000 1         => move 10000000
    site h NO hydro              => site 1
    fleet h 1 antminer-s21 10    => fleet 1
    ")
}

fn host() -> AccountId {
    "h".parse().unwrap()
}

fn list(market: &mut Market) -> Result<ListingId, Refusal> {
    let list = Command::ListCapacity {
        account: host(),
        fleet: FleetId::new(1),
        hashrate: Hashrate::new(LOT),
        products: [Product::Spot].into(),
    };
    let listed = market.apply(&list, super::at(5))?;
    match listed.last() {
        Some(crate::Event::CapacityListed(listing)) => Ok(listing.id),
        _ => panic!("{listed:?}"),
    }
}

fn withdraw(market: &mut Market, listing: ListingId) {
    let account = host();
    let withdraw = Command::WithdrawListing { account, listing };
    market.apply(&withdraw, super::at(5)).unwrap();
}

fn bytes(market: &Market) -> usize {
    serde_json::to_vec(&market.snapshot()).unwrap().len()
}

#[test]
fn who_lists_and_withdraws_for_ever_fills_nothing() {
    let mut market = stocked();
    let mut sizes = Vec::new();
    for round in 1..=4 * SUPPLY_MAX as u64 {
        let listing = list(&mut market).unwrap();
        assert_eq!(listing.get(), round, "numbers are never given again");
        withdraw(&mut market, listing);
        assert!(
            market
                .book()
                .pool(crate::Listing::pool(market.listing(&listing).unwrap()))
                .is_none()
        );
        if round % (2 * SUPPLY_MAX as u64) == 0 {
            sizes.push(bytes(&market));
        }
    }
    assert_eq!(market.listings().count(), SUPPLY_MAX);
    assert_eq!(market.listings_of(host()).count(), SUPPLY_MAX);
    assert_eq!(market.listings_from(FleetId::new(1)).count(), SUPPLY_MAX);
    let (half, end) = (sizes[0], sizes[1]);
    // Numbers with more digits, and nothing else.
    assert!(end < half + 4 * SUPPLY_MAX, "{half} {end}");
    super::assert_sound(&market);
    let restored = Market::restore(market.snapshot()).unwrap();
    assert_eq!(restored, market);
    assert_eq!(restored.state_hash(), market.state_hash());
}

#[test]
fn the_oldest_withdrawn_listing_gives_way_and_none_that_sells_or_has_sold() {
    let mut market = stocked();
    for _ in 0..SUPPLY_MAX {
        list(&mut market).unwrap();
    }
    let full = Err(Refusal::TooMany { most: SUPPLY_MAX });
    assert_eq!(list(&mut market), full);
    // The first one is sold, and withdrawn while its contract lives.
    let sold = "
    ask h 1 100 on=1             => rests 1 1
    bid b 1 100 100              => hold 100, release 100, move 100, trade 1 1@100 contract 1
    ";
    for row in sold.lines().filter(|row| row.contains("=>")) {
        let command = super::table::command_of(row.split("=>").next().unwrap());
        apply(&mut market, &command, 6).unwrap();
    }
    withdraw(&mut market, ListingId::new(1));
    assert_eq!(list(&mut market), full);
    withdraw(&mut market, ListingId::new(7));
    withdraw(&mut market, ListingId::new(5));
    assert_eq!(list(&mut market).unwrap().get(), SUPPLY_MAX as u64 + 1);
    assert!(market.listing(&ListingId::new(5)).is_none());
    assert!(market.listing(&ListingId::new(7)).is_some());
    // Its contract over, the first one gives way too.
    let close = super::table::command_of("close 1");
    apply(&mut market, &close, 7).unwrap();
    list(&mut market).unwrap();
    assert!(market.listing(&ListingId::new(1)).is_none());
    assert_eq!(market.listings_of(host()).count(), SUPPLY_MAX);
}

#[test]
fn machines_that_are_described_are_sold_from_a_listing_only() {
    run("
    open h                       => opened
    ask h 1 100                  => rests 1 1
    site h NO hydro              => site 1
    ask h 1 100                  => rests 2 1
    fleet h 1 antminer-s21 10    => fleet 1
    ask h 1 100                  => ListingNeeded
    list h 1 10 spot             => listing 1
    ask h 1 100                  => ListingNeeded
    ask h 1 100 on=1             => rests 3 1
    withdraw h 1                 => cancelled, withdrawn
    ask h 1 100                  => ListingNeeded
    # Gone.
    fleet h 1 antminer-s21 0 1   => fleet 1
    ask h 1 100                  => rests 4 1
    ");
}

#[test]
fn a_fleet_that_moves_is_counted_where_it_stands() {
    let market = run("
    open h                       => opened
    site h NO hydro              => site 1
    site h US gas                => site 2
    fleet h 1 antminer-s21 285   => fleet 1
    fleet h 1 antminer-s21 1     => OverPower { needs_kw: 1001, power_kw: 1000 }
    fleet h 2 antminer-s21 285 1 => fleet 1
    fleet h 1 antminer-s21 285   => fleet 2
    ");
    let at = |site| {
        let there = market.fleets_at(units::SiteId::new(site));
        there.map(|fleet| fleet.id.get()).collect::<Vec<_>>()
    };
    assert_eq!((at(1), at(2)), (vec![2], vec![1]));
    assert_eq!(market.fleets_of(host()).count(), 2);
    assert_eq!(market.sites_of(host()).count(), 2);
    assert_eq!(market.sites_of("b".parse().unwrap()).count(), 0);
}
