//! Random command streams over products, listings and terms of orders: the rules hold after each command, dry runs say what
//! happens, JSON reads back, a replay and a restored snapshot give the same state.

use super::{LOT, apply, at, market, pool, table::site, work};
use crate::{
    BackupPools, BondState, CloseReason, Command, Contract, EpochDelivery, Event, Market, Model,
    OrderTerms, Product, Refusal, Snapshot, Term,
};
use ledger::TransferId;
use orderbook::{
    ClientOrderId, Constraints, Countries, Country, CountrySet, Energy, SelfTrade, TimeInForce,
};
use pow::{
    settlement::{Payer, RejectTerms, Tally, owed},
    statistics::Delivered,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;
use units::{
    AccountId, ContractId, FleetId, Hashrate, ListingId, Millis, OrderId, Price, Sats, SiteId,
    Timestamp, Work,
};

/// A settlement by its distance from what would be right: only the market's state says what that is.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a test's, and nearly all are commands"
)]
pub(super) enum Step {
    Plain(Command),
    Settle {
        contract: u64,
        shares: u64,
        hours: u64,
        right: bool,
        /// Of the shares: refused, and not answered; the sum may pass them.
        answers: (u64, u64),
    },
}

pub(super) fn account() -> impl Strategy<Value = AccountId> {
    proptest::sample::select(vec!["a", "b", "c", "d"]).prop_map(|name| name.parse().unwrap())
}

fn lots() -> impl Strategy<Value = Hashrate> {
    prop_oneof![1 => Just(0u128), 20 => 1u128..9].prop_map(|lots| Hashrate::new(lots * 50 * LOT))
}

fn product() -> impl Strategy<Value = Product> {
    let term = Just(Product::Term(Term::Day));
    prop_oneof![3 => Just(Product::Spot), 3 => term, 1 => Just(Product::Term(Term::Week))]
}

fn country(number: usize) -> &'static str {
    ["NO", "US"][number]
}

fn rejects() -> impl Strategy<Value = RejectTerms> {
    let payer = || prop_oneof![3 => Just(Payer::Buyer), 2 => Just(Payer::Host)];
    let odd = prop_oneof![20 => Just(None), 1 => Just(Some(Payer::Operator)), 1 => Just(Some(Payer::Buyer))];
    (payer(), payer(), odd).prop_map(|(pool_reject, pool_down, odd)| RejectTerms {
        seller_stale: odd.unwrap_or(Payer::Host),
        pool_reject,
        pool_down,
    })
}

fn terms() -> impl Strategy<Value = OrderTerms> {
    let time_in_force = prop_oneof![
        6 => Just(TimeInForce::Gtc),
        1 => Just(TimeInForce::Ioc),
        1 => Just(TimeInForce::Fok),
        2 => (50u64..400).prop_map(|hours| TimeInForce::Gtd(Timestamp::from_unix_ms(hours * 3_600_000))),
    ];
    let minimum = prop_oneof![9 => Just(Hashrate::ZERO), 1 => lots()];
    let policy = prop_oneof![
        1 => Just(SelfTrade::Refuse),
        1 => Just(SelfTrade::CancelResting),
        1 => Just(SelfTrade::CancelArriving),
    ];
    let client = proptest::option::weighted(0.2, (0u64..3).prop_map(ClientOrderId));
    (
        product(),
        time_in_force,
        prop::bool::weighted(0.1),
        minimum,
        policy,
        client,
        rejects(),
        prop::bool::weighted(0.95),
    )
        .prop_map(
            |(
                product,
                time_in_force,
                post_only,
                minimum_fill,
                self_trade,
                client_id,
                rejects,
                may,
            )| {
                // In a term the buyer pays for what his pool does.
                let rejects = match product != Product::Spot && may {
                    true => RejectTerms {
                        pool_reject: Payer::Buyer,
                        pool_down: Payer::Buyer,
                        ..rejects
                    },
                    false => rejects,
                };
                OrderTerms {
                    product,
                    time_in_force,
                    post_only,
                    minimum_fill,
                    self_trade,
                    client_id,
                    rejects,
                }
            },
        )
}

fn constraints() -> impl Strategy<Value = Constraints> {
    let one = |number| Country::new(country(number).as_bytes().try_into().unwrap()).unwrap();
    let countries = prop_oneof![
        9 => Just(Countries::Any),
        1 => (0usize..2).prop_map(move |number| Countries::Only(CountrySet::of(&[one(number)]))),
        1 => (0usize..2).prop_map(move |number| Countries::Except(CountrySet::of(&[one(number)]))),
    ];
    let percent = proptest::option::weighted(0.2, 1u8..99);
    let mj = proptest::option::weighted(0.2, prop_oneof![Just(17_500u32), Just(98_000u32)]);
    let rating = proptest::option::weighted(0.2, 3_000u16..7_000);
    (countries, percent, mj, rating).prop_map(
        |(countries, max_country_percent, max_mj_per_th, min_rating)| Constraints {
            countries,
            max_country_percent,
            max_mj_per_th,
            min_rating,
            ..Constraints::default()
        },
    )
}

fn price() -> impl Strategy<Value = Price> {
    (9u64..13).prop_map(|tens| Price::new(tens * 10))
}

fn orders() -> impl Strategy<Value = Command> {
    // Mostly a host with its own listing, and a buyer that can pay.
    let host = prop_oneof![
        5 => Just(("a", Some(1))),
        5 => Just(("b", Some(2))),
        2 => (1u64..5).prop_map(|listing| ("a", Some(listing))),
        1 => proptest::sample::select(vec!["a", "c"]).prop_map(|name| (name, None)),
    ];
    let ask =
        (host, lots(), price(), terms()).prop_map(|((host, listing), hashrate, price, terms)| {
            Command::PlaceAsk {
                account: host.parse().unwrap(),
                hashrate,
                price,
                listing: listing.map(ListingId::new),
                terms,
            }
        });
    let buyer = prop_oneof![5 => Just("c"), 5 => Just("d"), 1 => Just("a")];
    let budget = prop_oneof![1 => 0u64..500, 4 => 800u64..3_000];
    let bid = (buyer, lots(), price(), budget, constraints(), terms()).prop_map(
        |(buyer, hashrate, price, budget, constraints, terms)| Command::PlaceBid {
            account: buyer.parse().unwrap(),
            hashrate,
            price,
            budget: Sats::new(budget),
            pool: pool(),
            backups: BackupPools::default(),
            shares_per_minute: None,
            constraints,
            terms,
        },
    );
    let order = || (1u64..25).prop_map(OrderId::new);
    prop_oneof![
        6 => ask,
        8 => bid,
        1 => (account(), order()).prop_map(|(account, order)| Command::CancelOrder { account, order }),
        2 => (account(), order(), lots()).prop_map(|(account, order, by)| Command::ReduceOrder { account, order, by }),
        1 => account().prop_map(|account| Command::CancelAll { account }),
        2 => Just(Command::ExpireOrders),
    ]
}

fn supply() -> impl Strategy<Value = Command> {
    let site_of = (
        account(),
        proptest::option::weighted(0.3, 1u64..4),
        0usize..2,
    )
        .prop_map(|(account, id, number)| Command::DescribeSite {
            account,
            site: id.map(SiteId::new),
            description: site(country(number), Energy::ALL[number]),
        });
    let model = prop_oneof![Just("antminer-s21"), Just("antminer-s9")];
    let fleet = (
        account(),
        proptest::option::weighted(0.3, 1u64..4),
        1u64..4,
        model,
        0u32..20,
    )
        .prop_map(|(account, id, site, model, count)| Command::DescribeFleet {
            account,
            fleet: id.map(FleetId::new),
            site: SiteId::new(site),
            model: Model::of_name(model).unwrap(),
            count,
        });
    let products = prop::collection::btree_set(product(), 0..3);
    let list =
        (account(), 1u64..4, lots(), products).prop_map(|(account, fleet, hashrate, products)| {
            Command::ListCapacity {
                account,
                fleet: FleetId::new(fleet),
                hashrate,
                products,
            }
        });
    let withdraw = (account(), 1u64..5).prop_map(|(account, listing)| Command::WithdrawListing {
        account,
        listing: ListingId::new(listing),
    });
    prop_oneof![2 => site_of, 2 => fleet, 3 => list, 1 => withdraw]
}

fn endings() -> impl Strategy<Value = Command> {
    let contract = || (1u64..6).prop_map(ContractId::new);
    let reason = proptest::sample::select(vec![
        CloseReason::BudgetSpent,
        CloseReason::ByBuyer,
        CloseReason::ByHost,
        CloseReason::TermOver,
        CloseReason::ProofFull,
    ]);
    prop_oneof![
        2 => (account(), contract(), 0u32..4).prop_map(|(account, contract, open_epoch)| {
            Command::GiveNotice { account, contract, open_epoch }
        }),
        2 => contract().prop_map(|contract| Command::ExpireTerm { contract }),
        1 => (contract(), reason).prop_map(|(contract, reason)| Command::CloseContract { contract, reason }),
    ]
}

pub(super) fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => orders().prop_map(Step::Plain),
        4 => supply().prop_map(Step::Plain),
        2 => endings().prop_map(Step::Plain),
        6 => (1u64..6, 0u64..40, 0u64..30, prop::bool::weighted(0.9), (0u64..9, 0u64..9))
            .prop_map(|(contract, shares, hours, right, answers)| {
                Step::Settle { contract, shares, hours, right, answers }
            }),
    ]
}

/// Two hosts with sites, machines and capacity, and everybody with money.
pub(super) fn opening() -> Vec<Command> {
    let mut commands = Vec::new();
    for (name, reference) in ["a", "b", "c", "d"].into_iter().zip(100u128..) {
        let account = name.parse().unwrap();
        commands.push(Command::OpenAccount { account });
        let reference = TransferId::new(reference);
        // Hosts have little to put up.
        let amount = Sats::new(if matches!(name, "a" | "b") {
            40
        } else {
            50_000
        });
        commands.push(Command::Deposit {
            account,
            amount,
            reference,
        });
    }
    for (number, name) in ["a", "b"].into_iter().enumerate() {
        let account = name.parse().unwrap();
        let id = number as u64 + 1;
        let model = Model::of_name(["antminer-s21", "antminer-s9"][number]).unwrap();
        commands.extend([
            Command::DescribeSite {
                account,
                site: None,
                description: site(country(number), Energy::ALL[number]),
            },
            Command::DescribeFleet {
                account,
                fleet: None,
                site: SiteId::new(id),
                model,
                count: 70,
            },
            Command::ListCapacity {
                account,
                fleet: FleetId::new(id),
                hashrate: Hashrate::new(900 * LOT),
                products: Product::ALL.into_iter().collect(),
            },
        ]);
    }
    commands
}

pub(super) fn command_of(market: &Market, step: Step, now: Timestamp) -> Command {
    let Step::Settle {
        contract,
        shares,
        hours,
        right,
        answers: (refused, silent),
    } = step
    else {
        let Step::Plain(command) = step else {
            unreachable!()
        };
        return command;
    };
    let id = ContractId::new(contract);
    let known = market.contract(&id);
    let term = known.and_then(|contract| contract.agreement.term());
    let mut seen = term.map(|term| term.seen).unwrap_or_default();
    let before = known.map_or(0, |contract| contract.shares_total);
    if term.is_none() {
        seen.delivered = Delivered::default();
        (0..before).for_each(|_| seen.delivered.observe(work(10)));
    }
    (0..shares).for_each(|_| seen.delivered.observe(work(10)));
    seen.ended_at = now;
    seen.share_work = work(10);
    seen.excused_total = Millis::new(seen.excused_total.get() + hours % 3 * 3_600_000);
    // Enough for the pool's doing after some epochs, and now and then fewer than before.
    seen.sessions = (seen.sessions + shares as u32).saturating_sub(u32::from(hours == 29));
    let price = known.map_or(Price::new(1), |contract| contract.price);
    let work_total = seen.delivered.work();
    // Refusals add up, and what is silent may be answered later.
    let tally = Tally {
        counted_hashes: work_total,
        stale_hashes: Work::ZERO,
        refused_hashes: known.map_or(Work::ZERO, |contract| contract.tally.refused_hashes),
        silent_hashes: work(10 * silent),
    };
    let refused_hashes = tally.refused_hashes.checked_add(work(10 * refused));
    let tally = Tally {
        refused_hashes: refused_hashes.unwrap(),
        ..tally
    };
    let owed_total = owed_by(known, &tally, price);
    let plain = known.is_some() && term.is_none() && !right;
    let delivery: Option<EpochDelivery> = Some(seen).filter(|_| !plain);
    Command::SettleEpoch {
        contract: id,
        epoch: known.map_or(0, |contract| contract.epochs_settled),
        shares_total: before + shares + u64::from(!right && term.is_some()),
        work_total,
        owed_total,
        epoch_hash: [shares as u8; 32],
        last: hours % 4 != 0,
        delivery,
        tally: (right || hours % 2 == 0).then_some(tally),
    }
}

/// The rule in other words than the code's: counted less what the host bears, never less than before.
fn owed_by(contract: Option<&Contract>, tally: &Tally, price: Price) -> Sats {
    let rejects = contract.map_or(RejectTerms::default(), |contract| {
        contract.agreement.rejects
    });
    let mut payable = tally.counted_hashes.get();
    for (payer, work) in [
        (rejects.pool_reject, tally.refused_hashes),
        (rejects.pool_down, tally.silent_hashes),
    ] {
        if payer == Payer::Host {
            payable = payable.saturating_sub(work.get());
        }
    }
    let before = contract.map_or(Sats::ZERO, |contract| contract.owed_total);
    owed(Work::new(payable), price).unwrap().max(before)
}

/// Everything that any account ever had is somewhere: sums of the accounts against what came in.
fn assert_money(market: &Market) {
    let all: i128 = market
        .ledger()
        .accounts()
        .map(|(_, balance)| balance.posted())
        .sum();
    assert_eq!(all, 0);
    for (account, balance) in market.ledger().accounts() {
        assert!(
            account.may_be_overdrawn() || balance.spendable() >= 0,
            "{account}"
        );
    }
}

/// Hours between two commands: few as a rule; now and then a clock is set back by days, or forth by a year.
fn passing() -> impl Strategy<Value = i64> {
    prop_oneof![40 => 0i64..6, 1 => -72i64..0, 1 => 8_000i64..9_000]
}

fn later(ms: u64, hours: i64) -> u64 {
    ms.saturating_add_signed(hours * 3_600_000)
}

type Outcome = Result<Vec<Event>, Refusal>;

fn is_place_with_some_due(market: &Market, command: &Command, at: Timestamp) -> bool {
    let placed = matches!(command, Command::PlaceAsk { .. } | Command::PlaceBid { .. });
    placed && market.book().is_due(at)
}

/// What placing an order must do: the same as `ExpireOrders` at its time and then itself.
fn expired_first(market: &Market, command: &Command, at: Timestamp) -> Option<(Outcome, [u8; 32])> {
    if !is_place_with_some_due(market, command, at) {
        return None;
    }
    let mut market = market.clone();
    let expired = market.apply(&Command::ExpireOrders, at).unwrap();
    let placed = market.apply(command, at);
    let all = placed.map(|placed| [expired, placed].concat());
    Some((all, market.state_hash()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]
    #[test]
    fn everything_together_keeps_the_rules_and_replays(
        steps in prop::collection::vec((any_step(), passing()), 1..90),
        cut in 0usize..90,
    ) {
        let mut live = market();
        let mut journal = Vec::<(Command, u64, Result<Vec<Event>, Refusal>)>::new();
        let opening = opening().into_iter().map(|command| (Step::Plain(command), 0));
        let (mut now, mut saved) = (0, None);
        for (number, (step, hours)) in opening.chain(steps).enumerate() {
            now = later(now, hours);
            let command = command_of(&live, step, at(now));
            let dry = live.dry_run(&command, at(now));
            let wanted = expired_first(&live, &command, at(now));
            let outcome = apply(&mut live, &command, now);
            if let Some((wanted, hash)) = wanted {
                prop_assert_eq!(&outcome, &wanted);
                prop_assert!(outcome.is_err() || live.state_hash() == hash);
            }
            prop_assert_eq!(&dry, &outcome);
            assert_money(&live);
            journal.push((command, now, outcome));
            if number == cut {
                saved = Some((live.snapshot(), journal.len()));
            }
        }
        let mut replayed = market();
        for (command, ms, outcome) in &journal {
            let json = serde_json::to_string(command).unwrap();
            let read: Command = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&read, command);
            prop_assert_eq!(&replayed.apply(&read, at(*ms)), outcome);
            for event in outcome.iter().flatten() {
                let json = serde_json::to_string(event).unwrap();
                prop_assert_eq!(&serde_json::from_str::<Event>(&json).unwrap(), event);
            }
        }
        prop_assert_eq!(replayed.state_hash(), live.state_hash());

        // Commands without events need no place in a journal, nor do refused ones.
        let mut journalled = market();
        for (command, ms, outcome) in &journal {
            if outcome.as_ref().is_ok_and(|events| !events.is_empty()) {
                journalled.apply(command, at(*ms)).unwrap();
            }
        }
        prop_assert_eq!(journalled.state_hash(), live.state_hash());

        if let Some((snapshot, after)) = saved {
            let json = serde_json::to_string(&snapshot).unwrap();
            let read: Snapshot = serde_json::from_str(&json).unwrap();
            let mut restored = Market::restore(read).unwrap();
            for (command, ms, _) in &journal[after..] {
                let _ = restored.apply(command, at(*ms));
            }
            prop_assert_eq!(restored.state_hash(), live.state_hash());
        }
    }
}

/// What the events are called, and the refusals.
fn names(outcome: &Result<Vec<Event>, Refusal>) -> Vec<String> {
    let word = |text: String| text.split(['(', ' ', '{']).next().unwrap().to_owned();
    match outcome {
        Ok(events) => events
            .iter()
            .map(|event| word(format!("{event:?}")))
            .collect(),
        Err(Refusal::Order(refusal)) => vec![word(format!("{refusal:?}"))],
        Err(refusal) => vec![word(format!("{refusal:?}"))],
    }
}

/// What became of a contract that is over.
fn ends(contract: &Contract) -> Vec<&'static str> {
    if contract.is_live() {
        return Vec::new();
    }
    let term = contract.agreement.term().map(|term| term.bond.state);
    let ended = match term {
        None => "ended spot",
        Some(BondState::Ended { forfeited }) if forfeited.is_zero() => "bond returned",
        Some(_) => "bond forfeited",
    };
    let counted = owed(contract.work_total, contract.price);
    let bore = (counted > Some(contract.owed_total)).then_some("host bore");
    bore.into_iter().chain([ended]).collect()
}

#[test]
fn the_streams_reach_what_there_is() {
    let mut runner = TestRunner::deterministic();
    let steps = prop::collection::vec((any_step(), passing()), 90);
    let mut seen = BTreeMap::<String, u32>::new();
    for _ in 0..300 {
        let (mut market, mut now) = (market(), 0);
        let opening = opening()
            .into_iter()
            .map(|command| (Step::Plain(command), 0));
        let drawn = steps.new_tree(&mut runner).unwrap().current();
        for (step, hours) in opening.chain(drawn) {
            now = later(now, hours);
            let command = command_of(&market, step, at(now));
            if is_place_with_some_due(&market, &command, at(now)) {
                *seen.entry("placed with some due".into()).or_default() += 1;
            }
            for name in names(&market.apply(&command, at(now))) {
                *seen.entry(name).or_default() += 1;
            }
        }
        for name in market.contracts().flat_map(ends) {
            *seen.entry(name.to_owned()).or_default() += 1;
        }
    }
    for name in [
        "Traded",
        "ContractOpened",
        "EpochSettled",
        "ContractClosed",
        "BondEnded",
        "NoticeGiven",
        "OrderRested",
        "OrderCancelled",
        "OrderReduced",
        "OrderShrunk",
        "SiteDescribed",
        "FleetDescribed",
        "CapacityListed",
        "ListingWithdrawn",
        "ended spot",
        "bond returned",
        "bond forfeited",
        "BondNotCovered",
        "BudgetTooSmall",
        "DeliveryDiffers",
        "EpochMismatch",
        "InUse",
        "ListingNeeded",
        "ListingWithdrawn",
        "NotOwner",
        "NotParty",
        "NotTerm",
        "OverFleet",
        "ProductNotOffered",
        "TermNotOver",
        "OverCapacity",
        "NotFilled",
        "WouldTrade",
        "SelfTrade",
        "TimePassed",
        "DuplicateClientId",
        "NothingLeft",
        "StaleIsTheHosts",
        "PoolIsTheBuyers",
        "OperatorPaysNothing",
        "TallyMissing",
        "host bore",
        "placed with some due",
    ] {
        assert!(seen.contains_key(name), "{name} never happened: {seen:?}");
    }
}
