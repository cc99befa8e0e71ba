//! A recorded journal, and the market that it makes: whoever changes that raises `RULES`.

mod script;

use super::{at, market};
use crate::{CloseReason, Command, Event, OrderTerms, Product, RULES, Refusal, Term};
use orderbook::{SelfTrade, TimeInForce};
use std::collections::BTreeSet;
use units::Hashrate;

/// First line: the rules and the state hash. Then a command a line, after its time and what it led to.
const RECORDED: &str = include_str!("rules/journal.txt");

struct Line {
    ms: u64,
    said: String,
    command: Command,
}

/// `done`; `nothing` for what had been carried out before; or the refusal's status.
fn outcome(outcome: &Result<Vec<Event>, Refusal>) -> &'static str {
    match outcome {
        Ok(events) if events.is_empty() => "nothing",
        Ok(_) => "done",
        Err(refusal) => refusal.status(),
    }
}

fn journal() -> Vec<Line> {
    let line = |line: &str| {
        let mut words = line.splitn(3, ' ');
        let mut word = || words.next().unwrap();
        Line {
            ms: word().parse().unwrap(),
            said: word().to_owned(),
            command: serde_json::from_str(word()).unwrap(),
        }
    };
    RECORDED.lines().skip(1).map(line).collect()
}

/// The first line that the journal deserves now, and every event.
fn replay(journal: &[Line]) -> (String, Vec<Event>) {
    let (mut replayed, mut events) = (market(), Vec::new());
    for Line { ms, said, command } in journal {
        let done = replayed.apply(command, at(*ms));
        assert_eq!(
            outcome(&done),
            said,
            "{command:?}: the rules have changed: raise RULES in snapshot.rs, then run the ignored test below"
        );
        events.extend(done.into_iter().flatten());
    }
    let hash = replayed.state_hash().map(|byte| format!("{byte:02x}"));
    (format!("rules {RULES} {}", hash.concat()), events)
}

#[test]
fn the_same_rules_make_the_same_market_of_a_recorded_journal() {
    let journal = journal();
    assert!(journal.len() > 400);
    let recorded = RECORDED.lines().next().unwrap();
    assert_eq!(
        replay(&journal).0,
        recorded,
        "the rules or a snapshot's form have changed: raise RULES in snapshot.rs, then run the ignored test below"
    );
}

#[test]
#[ignore = "writes the recorded journal anew"]
fn record_the_journal() {
    let journal = script::recorded();
    let mut text = replay(&journal).0 + "\n";
    for Line { ms, said, command } in &journal {
        let command = serde_json::to_string(command).unwrap();
        text += &format!("{ms} {said} {command}\n");
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/src/tests/rules/journal.txt");
    std::fs::write(file, text).unwrap();
}

/// A list that is also an exhaustive `match`: a new kind compiles only with its place in the list, and then wants to be recorded.
macro_rules! kinds {
    ($all:ident, $name:ident, $of:ty: $($pattern:pat => $word:literal,)+) => {
        const $all: &[&str] = &[$($word),+];

        const fn $name(one: &$of) -> &'static str {
            match one {
                $($pattern => $word,)+
            }
        }
    };
}

kinds! { COMMANDS, of_command, Command:
    Command::OpenAccount { .. } => "open_account",
    Command::Deposit { .. } => "deposit",
    Command::SetFallbackPool { .. } => "set_fallback_pool",
    Command::PlaceAsk { .. } => "place_ask",
    Command::PlaceBid { .. } => "place_bid",
    Command::DescribeSite { .. } => "describe_site",
    Command::DescribeFleet { .. } => "describe_fleet",
    Command::ListCapacity { .. } => "list_capacity",
    Command::WithdrawListing { .. } => "withdraw_listing",
    Command::ReduceOrder { .. } => "reduce_order",
    Command::CancelAll { .. } => "cancel_all",
    Command::ExpireOrders => "expire_orders",
    Command::CancelOrder { .. } => "cancel_order",
    Command::SettleEpoch { .. } => "settle_epoch",
    Command::GiveNotice { .. } => "give_notice",
    Command::ExpireTerm { .. } => "expire_term",
    Command::CloseContract { .. } => "close_contract",
}

kinds! { REASONS, of_reason, CloseReason:
    CloseReason::BudgetSpent => "budget spent",
    CloseReason::ByBuyer => "by buyer",
    CloseReason::ByHost => "by host",
    CloseReason::TermOver => "term over",
    CloseReason::ProofFull => "proof full",
}

kinds! { PRODUCTS, of_product, Product:
    Product::Spot => "spot",
    Product::Term(Term::Day) => "1d",
    Product::Term(Term::Week) => "7d",
    Product::Term(Term::Month) => "30d",
    Product::Term(Term::Quarter) => "90d",
}

kinds! { TIMES_IN_FORCE, of_time_in_force, TimeInForce:
    TimeInForce::Gtc => "gtc",
    TimeInForce::Ioc => "ioc",
    TimeInForce::Fok => "fok",
    TimeInForce::Gtd(_) => "gtd",
}

kinds! { SELF_TRADES, of_self_trade, SelfTrade:
    SelfTrade::Refuse => "refuse",
    SelfTrade::CancelResting => "cancel resting",
    SelfTrade::CancelArriving => "cancel arriving",
}

/// The refusals that are met most; some are of the order book or of the books.
const REFUSED: [&str; 27] = [
    "account_exists",
    "bond_not_covered",
    "budget_too_small",
    "contract_closed",
    "delivery_differs",
    "duplicate_client_order_id",
    "in_use",
    "listing_needed",
    "listing_withdrawn",
    "no_products",
    "not_filled",
    "not_in_lots",
    "not_owner",
    "not_party",
    "not_term",
    "nothing_left",
    "over_capacity",
    "over_fleet",
    "product_not_offered",
    "self_trade",
    "stale_is_the_hosts",
    "tally_missing",
    "term_not_over",
    "time_passed",
    "transfer_id_taken",
    "unknown_order",
    "would_trade",
];

/// What an order that was carried out has of its own.
fn of_terms(side: &str, terms: &OrderTerms) -> Vec<String> {
    let mut kinds = vec![
        of_product(&terms.product).to_owned(),
        of_time_in_force(&terms.time_in_force).to_owned(),
        of_self_trade(&terms.self_trade).to_owned(),
    ];
    let has = [
        (terms.post_only, "post only"),
        (terms.minimum_fill != Hashrate::ZERO, "minimum fill"),
        (terms.client_id.is_some(), "client id"),
    ];
    kinds.extend(
        has.iter()
            .filter(|(has, _)| *has)
            .map(|(_, kind)| (*kind).to_owned()),
    );
    kinds.iter().map(|kind| format!("{side} {kind}")).collect()
}

fn kinds_of(command: &Command) -> Vec<String> {
    let mut kinds = match command {
        Command::PlaceAsk { terms, .. } => of_terms("ask", terms),
        Command::PlaceBid { terms, .. } => of_terms("bid", terms),
        _ => Vec::new(),
    };
    kinds.push(of_command(command).to_owned());
    kinds
}

/// What happened to contracts.
fn kinds_of_event(event: &Event) -> Option<String> {
    match event {
        Event::ContractOpened(contract) => {
            let term = contract.agreement.term().map(|term| term.length);
            let product = term.map_or(Product::Spot, Product::Term);
            Some(format!("contract {}", of_product(&product)))
        }
        Event::ContractClosed { reason, .. } => Some(format!("closed {}", of_reason(reason))),
        _ => None,
    }
}

#[test]
fn every_kind_of_command_is_recorded() {
    let journal = journal();
    let (_, events) = replay(&journal);
    let done = journal.iter().filter(|line| line.said == "done");
    let mut seen: BTreeSet<String> = done.flat_map(|line| kinds_of(&line.command)).collect();
    seen.extend(events.iter().filter_map(kinds_of_event));
    seen.extend(journal.iter().map(|line| line.said.clone()));

    let of_orders = [PRODUCTS, TIMES_IN_FORCE, SELF_TRADES].concat();
    let of_orders = [of_orders, vec!["post only", "minimum fill", "client id"]].concat();
    let orders = ["ask", "bid"]
        .into_iter()
        .flat_map(|side| of_orders.iter().map(move |kind| format!("{side} {kind}")));
    let mut wanted: Vec<String> = orders.collect();
    wanted.extend(
        [COMMANDS, &REFUSED, &["nothing"]]
            .concat()
            .iter()
            .map(ToString::to_string),
    );
    wanted.extend(REASONS.iter().map(|reason| format!("closed {reason}")));
    wanted.extend(PRODUCTS.iter().map(|product| format!("contract {product}")));
    wanted.retain(|kind| !seen.contains(kind));
    assert!(
        wanted.is_empty(),
        "not recorded: {wanted:?}; recorded: {seen:?}"
    );
}
