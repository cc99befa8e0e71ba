//! Random command streams: the rules hold after each command, refusals change nothing, a replay equals.

use super::{LOT, apply, at, market, pool, work};
use crate::{BackupPools, CloseReason, Command, Event, Market, Refusal};
use ledger::TransferId;
use proptest::prelude::*;
use std::collections::BTreeMap;
use units::{AccountId, ContractId, Hashrate, OrderId, Price, Sats};

/// A settlement by its distance from what would be right: only the market's state says what that is.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a test's, and nearly all are commands"
)]
enum Step {
    Plain(Command),
    Settle {
        contract: u64,
        epoch_skew: u32,
        shares: u64,
        milli_days: u64,
        owed_skew: u64,
    },
}

fn any_step() -> impl Strategy<Value = Step> {
    let account = || {
        proptest::sample::select(vec!["a", "b", "c", "d", "nobody"])
            .prop_map(|name| name.parse::<AccountId>().unwrap())
    };
    let hashrate = || (0u128..8).prop_map(|lots| Hashrate::new(lots * LOT));
    let price = || (9u64..13).prop_map(|ticks| Price::new(ticks * 10));
    let contract = || 1u64..8;
    let deposit = (account(), 0u64..500, 0u128..30).prop_map(|(account, amount, reference)| {
        let (amount, reference) = (Sats::new(amount), TransferId::new(reference));
        Command::Deposit {
            account,
            amount,
            reference,
        }
    });
    let ask =
        (account(), hashrate(), price()).prop_map(|(account, hashrate, price)| Command::PlaceAsk {
            account,
            hashrate,
            price,
            listing: None,
            terms: Default::default(),
        });
    let bid = (account(), hashrate(), price(), 0u64..100).prop_map(
        |(account, hashrate, price, budget)| Command::PlaceBid {
            account,
            hashrate,
            price,
            budget: Sats::new(budget),
            pool: pool(),
            // With and without: whatever is in a market is in its hash.
            backups: BackupPools::new(vec![pool(); budget as usize % 3]).unwrap(),
            // From 5, which is refused, to 12.
            shares_per_minute: (budget % 5 > 0).then_some(5 + budget as u32 % 8),
            constraints: Default::default(),
            terms: Default::default(),
        },
    );
    let cancel = (account(), 1u64..20).prop_map(|(account, order)| Command::CancelOrder {
        account,
        order: OrderId::new(order),
    });
    let close = contract().prop_map(|contract| Command::CloseContract {
        contract: ContractId::new(contract),
        reason: CloseReason::BudgetSpent,
    });
    let settle = (
        contract(),
        prop_oneof![6 => Just(1u32), 1 => 0u32..3],
        0u64..9,
        0u64..60,
        prop_oneof![9 => Just(0u64), 1 => 0u64..2],
    );
    prop_oneof![
        1 => account().prop_map(|account| Step::Plain(Command::OpenAccount { account })),
        1 => (account(), any::<bool>()).prop_map(|(account, some)| {
            let pool = some.then(pool);
            Step::Plain(Command::SetFallbackPool { account, pool })
        }),
        3 => deposit.prop_map(Step::Plain),
        4 => ask.prop_map(Step::Plain),
        4 => bid.prop_map(Step::Plain),
        1 => cancel.prop_map(Step::Plain),
        1 => close.prop_map(Step::Plain),
        6 => settle.prop_map(|(contract, epoch_skew, shares, milli_days, owed_skew)| {
            Step::Settle { contract, epoch_skew, shares, milli_days, owed_skew }
        }),
    ]
}

/// `epoch_skew` 1 is the next epoch, 0 repeats the last, 2 leaves one out.
fn command_of(market: &Market, step: Step) -> Command {
    match step {
        Step::Plain(command) => command,
        Step::Settle {
            contract,
            epoch_skew,
            shares,
            milli_days,
            owed_skew,
        } => {
            let id = ContractId::new(contract);
            let known = market.contract(&id);
            let before = known.map_or(0, |contract| contract.work_total.get());
            let work_total = units::Work::new(before + work(milli_days).get());
            let price = known.map_or(Price::new(1), |contract| contract.price);
            // The definition, and not the function under test: floor(work * price / 10^15 / 86,400).
            let owed = work_total.get() * u128::from(price.get()) / 86_400_000_000_000_000_000;
            let epoch = known.map_or(0, |contract| contract.epochs_settled) + epoch_skew;
            Command::SettleEpoch {
                contract: id,
                epoch: epoch.saturating_sub(1),
                shares_total: known.map_or(0, |contract| contract.shares_total) + shares,
                work_total,
                owed_total: Sats::new(owed as u64 + owed_skew),
                epoch_hash: [epoch as u8; 32],
                last: false,
                delivery: None,
                tally: None,
            }
        }
    }
}

fn opening() -> Vec<Step> {
    let plain = |name: &str, reference| {
        let account = name.parse().unwrap();
        let (amount, reference) = (Sats::new(400), TransferId::new(reference));
        [
            Step::Plain(Command::OpenAccount { account }),
            Step::Plain(Command::Deposit {
                account,
                amount,
                reference,
            }),
        ]
    };
    [plain("a", 100), plain("b", 101), plain("c", 102)].concat()
}

/// What the contracts paid, added up from the events alone.
fn assert_paid(market: &Market, events: &[Event]) {
    let mut paid = BTreeMap::<ContractId, (u64, u64, u32)>::new();
    for event in events {
        if let Event::EpochSettled(epoch) = event {
            let (host, fee, epochs) = paid.entry(epoch.contract).or_default();
            assert_eq!(epoch.epoch, *epochs, "epochs have gaps");
            *host += epoch.paid_host.get();
            *fee += epoch.fee.get();
            *epochs += 1;
        }
    }
    for contract in market.contracts() {
        let (host, fee, epochs) = paid.remove(&contract.id).unwrap_or_default();
        assert_eq!(epochs, contract.epochs_settled);
        assert_eq!(host + fee, contract.owed_total.get());
        assert_eq!(fee, contract.owed_total.get() * 250 / 10_000);
    }
    assert!(paid.is_empty());
}

proptest! {
    #[test]
    fn streams_keep_the_rules_and_replay(steps in proptest::collection::vec(any_step(), 1..80)) {
        let mut live = market();
        let mut journal = Vec::<(Command, u64, Result<Vec<Event>, Refusal>)>::new();
        for (step, ms) in opening().into_iter().chain(steps).zip(0..) {
            let command = command_of(&live, step);
            let outcome = apply(&mut live, &command, ms);
            journal.push((command, ms, outcome));
        }
        let events: Vec<Event> =
            journal.iter().filter_map(|(_, _, outcome)| outcome.clone().ok()).flatten().collect();
        assert_paid(&live, &events);

        let mut replayed = market();
        for (command, ms, outcome) in &journal {
            let json = serde_json::to_string(command).unwrap();
            let read: Command = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(&replayed.apply(&read, at(*ms)), outcome);
        }
        prop_assert_eq!(replayed.state_hash(), live.state_hash());

        // The journal may hold accepted commands only: refused ones leave no trace.
        let mut accepted = market();
        for (command, ms, outcome) in &journal {
            if outcome.is_ok() {
                prop_assert_eq!(&accepted.apply(command, at(*ms)), outcome);
            }
        }
        prop_assert_eq!(accepted.state_hash(), live.state_hash());
    }
}
