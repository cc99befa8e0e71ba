//! What the recorded journal is made of: the random stream of `mixed`, for the most part aimed at what is in the market, so that
//! every kind of command is carried out, and not only refused.

use super::{Line, outcome};
use crate::{
    BackupPools, Command, Contract, Market, Model, OrderTerms, Product, Term,
    tests::{
        LOT, at, market,
        mixed::{Step, account, any_step, command_of, opening},
        pool,
        table::site,
    },
};
use ledger::TransferId;
use orderbook::{Constraints, Energy, Side, TimeInForce};
use pow::settlement::{Payer, RejectTerms};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;
use units::{FleetId, Hashrate, ListingId, Price, Sats, SiteId};

const STEPS: usize = 1_500;
/// Lines of a refusal, and of retries that change nothing.
const OF_A_REFUSAL: u32 = 4;

/// What `mixed` opens with and then leaves alone.
fn about_accounts() -> impl Strategy<Value = Command> {
    let names = proptest::sample::select(vec!["a", "e", "f"]);
    let open = names.prop_map(|name| Command::OpenAccount {
        account: name.parse().unwrap(),
    });
    // A reference that comes again is a retry, or is taken.
    let deposit =
        (account(), 1u64..3, 1u128..9).prop_map(|(account, amount, reference)| Command::Deposit {
            account,
            amount: Sats::new(amount * 40),
            reference: TransferId::new(reference),
        });
    let fallback = (account(), any::<bool>()).prop_map(|(account, some)| {
        let pool = some.then(pool);
        Command::SetFallbackPool { account, pool }
    });
    prop_oneof![open, deposit, fallback]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![30 => any_step(), 1 => about_accounts().prop_map(Step::Plain)]
}

/// A host and a buyer with money enough.
fn rich() -> Vec<Command> {
    let [host, buyer] = ["h", "p"].map(|name| name.parse().unwrap());
    let money = [(host, 100), (buyer, 101)].map(|(account, reference)| Command::Deposit {
        account,
        amount: Sats::new(1_000_000),
        reference: TransferId::new(1_000 + reference),
    });
    let supply = [
        Command::DescribeSite {
            account: host,
            site: None,
            description: site("IS", Energy::Hydro),
        },
        Command::DescribeFleet {
            account: host,
            fleet: None,
            site: SiteId::new(3),
            model: Model::of_name("antminer-s21").unwrap(),
            count: 280,
        },
        Command::ListCapacity {
            account: host,
            fleet: FleetId::new(3),
            hashrate: Hashrate::new(50_000 * LOT),
            products: Product::ALL.into_iter().collect(),
        },
    ];
    let open = [host, buyer].map(|account| Command::OpenAccount { account });
    open.into_iter().chain(money).chain(supply).collect()
}

/// Between them a contract of each product in each way in which two orders can meet; in half of those of spot the host bears what pools refuse.
fn meetings() -> Vec<Command> {
    let until = TimeInForce::Gtd(at(500 * 3_600_000));
    let (by_buyer, by_host) = (
        RejectTerms::default(),
        RejectTerms {
            pool_reject: Payer::Host,
            ..RejectTerms::default()
        },
    );
    let ways = [
        (Side::Ask, TimeInForce::Gtc, TimeInForce::Fok, by_buyer),
        (Side::Ask, until, TimeInForce::Ioc, by_host),
        (Side::Bid, TimeInForce::Gtc, TimeInForce::Fok, by_host),
        (Side::Bid, until, TimeInForce::Ioc, by_buyer),
    ];
    let mut commands = Vec::new();
    for product in Product::ALL {
        for (rests, first, second, rejects) in ways {
            // In a term the pool is the buyer's.
            let rejects = if product == Product::Spot {
                rejects
            } else {
                by_buyer
            };
            let [first, second] = [first, second].map(|time_in_force| OrderTerms {
                product,
                time_in_force,
                rejects,
                ..OrderTerms::default()
            });
            commands.extend(match rests {
                Side::Ask => [ask("h", 3, first), bid("p", second)],
                Side::Bid => [bid("p", first), ask("h", 3, second)],
            });
        }
    }
    commands
}

/// What chance seldom finds: an order that meets its own account's, and bonds that a host has no money for.
fn seldom() -> Vec<Command> {
    let spot = OrderTerms::default();
    let quarter = OrderTerms {
        product: Product::Term(Term::Quarter),
        ..spot
    };
    let account = "h".parse().unwrap();
    vec![
        ask("h", 3, spot),
        bid("h", spot),
        Command::CancelAll { account },
        ask("a", 1, quarter),
    ]
}

/// An ask that nobody takes in time, whose site meanwhile stays as it was described. With the hours that go by before each.
fn waits_too_long() -> Vec<(Command, u64)> {
    let till = OrderTerms {
        time_in_force: TimeInForce::Gtd(at(3_600_000)),
        ..OrderTerms::default()
    };
    let another = Command::DescribeSite {
        account: "h".parse().unwrap(),
        site: Some(SiteId::new(3)),
        description: site("NO", Energy::Hydro),
    };
    vec![
        (ask("h", 3, till), 0),
        (another, 0),
        (Command::ExpireOrders, 2),
    ]
}

fn ask(host: &str, listing: u64, terms: OrderTerms) -> Command {
    Command::PlaceAsk {
        account: host.parse().unwrap(),
        hashrate: Hashrate::new(50 * LOT),
        price: Price::new(90),
        listing: Some(ListingId::new(listing)),
        terms,
    }
}

fn bid(buyer: &str, terms: OrderTerms) -> Command {
    Command::PlaceBid {
        account: buyer.parse().unwrap(),
        hashrate: Hashrate::new(50 * LOT),
        price: Price::new(90),
        budget: Sats::new(2_000),
        pool: pool(),
        backups: BackupPools::default(),
        shares_per_minute: Some(10),
        constraints: Constraints::default(),
        terms,
    }
}

/// One of them, if there is any.
fn one<T>(all: impl IntoIterator<Item = T>, number: usize) -> Option<T> {
    let all: Vec<T> = all.into_iter().collect();
    let count = all.len().max(1);
    all.into_iter().nth(number % count)
}

fn live(market: &Market) -> impl Iterator<Item = &Contract> {
    market.contracts().filter(|contract| contract.is_live())
}

/// The same step about what there is; as it was drawn where there is nothing of the kind.
fn aimed(market: &Market, step: Step, number: usize) -> Step {
    match step {
        Step::Plain(command) => {
            Step::Plain(command_aimed(market, &command, number).unwrap_or(command))
        }
        Step::Settle {
            contract,
            shares,
            hours,
            right,
            answers,
        } => Step::Settle {
            contract: one(live(market), number).map_or(contract, |contract| contract.id.get()),
            shares,
            hours,
            right,
            answers,
        },
    }
}

fn command_aimed(market: &Market, command: &Command, number: usize) -> Option<Command> {
    let mut command = command.clone();
    match &mut command {
        Command::CancelOrder { account, order } | Command::ReduceOrder { account, order, .. } => {
            let resting = one(market.book().orders(), number)?.order;
            (*account, *order) = (resting.account, resting.id);
        }
        // Not all: the others go on selling.
        Command::WithdrawListing { account, listing } if number.is_multiple_of(3) => {
            let listed = one(market.listings().filter(|one| !one.withdrawn), number)?;
            (*account, *listing) = (listed.host, listed.id);
        }
        Command::GiveNotice {
            account,
            contract,
            open_epoch,
        } => {
            let party = one(live(market), number)?;
            *account = [party.buyer, party.host, *account][number % 3];
            (*contract, *open_epoch) = (party.id, party.epochs_settled);
        }
        Command::ExpireTerm { contract } => {
            let terms = live(market).filter(|contract| contract.agreement.term().is_some());
            *contract = one(terms, number)?.id;
        }
        Command::CloseContract { contract, .. } => *contract = one(live(market), number)?.id,
        Command::ListCapacity {
            account,
            fleet,
            products,
            ..
        } => {
            let with_machines = market.fleets().filter(|fleet| fleet.count > 0);
            let listed = one(with_machines, number)?;
            (*account, *fleet) = (listed.host, listed.id);
            products.extend(Product::ALL.into_iter().skip(number % 8));
        }
        Command::PlaceAsk {
            account,
            listing,
            terms,
            ..
        } => {
            let listed = one(market.listings().filter(|one| !one.withdrawn), number)?;
            (*account, *listing) = (listed.host, Some(listed.id));
            *terms = longer(*terms, number);
        }
        Command::PlaceBid { terms, .. } => *terms = longer(*terms, number),
        _ => return None,
    }
    Some(command)
}

/// `mixed` knows the short terms only.
fn longer(terms: OrderTerms, number: usize) -> OrderTerms {
    let product = match terms.product {
        Product::Term(Term::Week) => {
            Product::Term([Term::Week, Term::Month, Term::Quarter][number % 3])
        }
        other => other,
    };
    OrderTerms { product, ..terms }
}

/// All that is carried out, and some of what is not.
pub(super) fn recorded() -> Vec<Line> {
    let mut runner = TestRunner::deterministic();
    let drawn = prop::collection::vec((step(), 0u64..6, 0usize..1_000), STEPS);
    let drawn = drawn.new_tree(&mut runner).unwrap().current();
    let opening = [opening(), rich(), seldom(), meetings()].concat();
    let opening = opening.into_iter().map(|command| (command, 0));
    let opening = opening.chain(waits_too_long());
    let opening = opening.map(|(command, hours)| (Step::Plain(command), hours, 0));
    let (mut market, mut ms, mut lines) = (market(), 0, Vec::new());
    let mut kept = BTreeMap::<&str, u32>::new();
    for (step, hours, number) in opening.chain(drawn) {
        ms += hours * 3_600_000;
        let step = match number % 4 {
            0 => step,
            _ => aimed(&market, step, number),
        };
        let command = command_of(&market, step, at(ms));
        let said = outcome(&market.apply(&command, at(ms)));
        let before = kept.entry(said).or_default();
        *before += 1;
        if said == "done" || *before <= OF_A_REFUSAL {
            let said = said.to_owned();
            lines.push(Line { ms, said, command });
        }
    }
    lines
}
