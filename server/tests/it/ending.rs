//! A term contract is sold from a listing, delivered, and ended by notice.

use crate::{
    closing,
    test_app::{args, until},
};
use market::{
    BackupPools, BondState, CloseReason, Command, Contract, Curtailment, Model, OrderTerms,
    PoolTarget, Product, SiteDescription, Term,
};
use orderbook::{
    Constraints, Cooling, Countries, Country, CountrySet, EnergyMix, Grid, TimeInForce,
};
use pow::bundle::{Verdict, Verifier};
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use server::{
    audit,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use units::{AccountId, ContractId, FleetId, Hashrate, ListingId, Price, Sats, SiteId, Timestamp};

const HASHRATE: Hashrate = Hashrate::new(100_000);
/// About ten sats for each share of 2^16 hashes; 1,300,000 for the day.
const PRICE: Price = Price::new(13_000_000_000_000_000);
const DAY: Sats = Sats::new(1_300_000);
const BOND: Sats = Sats::new(130_000);

fn norway() -> Country {
    Country::new(*b"NO").unwrap()
}

fn supply(account: AccountId) -> [Command; 3] {
    [
        Command::DescribeSite {
            account,
            site: None,
            description: SiteDescription {
                name: "Hall 1".to_owned().try_into().unwrap(),
                country: norway(),
                region: None,
                power_kw: 1,
                grid: Grid::Connected,
                energy: EnergyMix([100, 0, 0, 0, 0, 0, 0, 0]),
                carbon: None,
                cooling: Cooling::Air,
                tariff: None,
                curtailment: Curtailment::Never,
            },
        },
        Command::DescribeFleet {
            account,
            fleet: None,
            site: SiteId::new(1),
            model: Model::of_name("cpu-core").unwrap(),
            count: 1,
        },
        Command::ListCapacity {
            account,
            fleet: FleetId::new(1),
            hashrate: HASHRATE,
            products: [Product::Term(Term::Day)].into(),
        },
    ]
}

async fn trade(exchange: &Exchange, pool: &Pool) {
    let [host, buyer]: [AccountId; 2] = ["host", "buyer"].map(|name| name.parse().unwrap());
    let (ip, port) = (pool.address().ip().to_string(), pool.address().port());
    let terms = OrderTerms {
        product: Product::Term(Term::Day),
        ..OrderTerms::default()
    };
    let deposit = |account, amount, reference| Command::Deposit {
        account,
        amount,
        reference: ledger::TransferId::new(reference),
    };
    let mut commands = vec![
        Command::OpenAccount { account: host },
        Command::OpenAccount { account: buyer },
        deposit(buyer, DAY, 1),
        deposit(host, BOND, 2),
    ];
    commands.extend(supply(host));
    commands.push(Command::PlaceAsk {
        account: host,
        hashrate: HASHRATE,
        price: PRICE,
        listing: Some(ListingId::new(1)),
        terms,
    });
    commands.push(Command::PlaceBid {
        account: buyer,
        hashrate: HASHRATE,
        price: PRICE,
        budget: DAY,
        pool: PoolTarget::new(ip, port, "b.a".into(), "x".into()).unwrap(),
        backups: BackupPools::default(),
        shares_per_minute: None,
        constraints: Constraints {
            countries: Countries::Only(CountrySet::of(&[norway()])),
            ..Constraints::default()
        },
        terms,
    });
    for command in commands {
        exchange.send(command).await.unwrap();
    }
}

async fn give_notice(exchange: &Exchange, by: &str) {
    let contract = ContractId::new(1);
    // The epoch may be settled in between: then another one is open.
    loop {
        let epoch = exchange.read(|market| market.contract(&contract).unwrap().epochs_settled);
        let notice = Command::GiveNotice {
            account: by.parse().unwrap(),
            contract,
            open_epoch: epoch,
        };
        if exchange.send(notice).await.is_ok() {
            return;
        }
    }
}

/// Ends it as a host would who has many logins.
const BY_FILLING: &str = "by filling the proof";

fn machine(server: &Server, user: &str, hashrate: u128) -> Miner {
    Miner::start(MinerSettings {
        pool: server.stratum,
        user: user.into(),
        password: "x".into(),
        hashrate: Hashrate::new(hashrate),
        seed: 3,
        reconnect: false,
    })
}

/// A term contract that was delivered for some epochs, until one side gave notice, or the proof was full.
struct Ended {
    contract: Contract,
    verdict: Verdict,
    balances_sats: BTreeMap<String, i64>,
}

impl Ended {
    fn sats(&self, account: &str) -> u64 {
        self.balances_sats[account].cast_unsigned()
    }
}

async fn ended(by: &str) -> Ended {
    let (args, _folder) = args();
    let mut config = closing::config(args.data.clone(), args.dist);
    if by == BY_FILLING {
        config.stratum.records.all = 8;
    }
    let folder = DataFolder::lock(&config.data).unwrap();
    let store = Store::open(&config.data).await.unwrap();
    let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
    let pool = Pool::start(PoolSettings {
        mean_block_interval: Duration::from_secs(86_400),
        ..PoolSettings::default()
    });
    let pool = pool.await.unwrap();
    trade(&exchange, &pool).await;
    let server = Server::start(config, folder, store, exchange.clone())
        .await
        .unwrap();
    let mut machines = vec![machine(&server, "host.rig", 300_000)];
    let contract = |market: &market::Market| market.contract(&ContractId::new(1)).unwrap().clone();
    until("work in two epochs", || async {
        let contract = exchange.read(contract);
        contract.epochs_settled >= 2 && contract.shares_total >= 2
    })
    .await;
    let path = "/api/v1/contracts/1/bundle";
    let before = crate::client::get(server.pages, path).await.body;
    assert_eq!(verdict(&before).ending, None, "it runs");
    if by == BY_FILLING {
        // One after the other, each under a login of its own.
        while exchange.read(contract).is_live() {
            machines.last_mut().unwrap().stop().await;
            let login = format!("host.rig{}", machines.len());
            let next = machine(&server, &login, 300_000);
            until("a share, or the end", || async {
                next.stats().accepted > 0 || !exchange.read(contract).is_live()
            })
            .await;
            machines.push(next);
        }
    } else {
        give_notice(&exchange, by).await;
    }
    until("the contract's end", || async {
        !exchange.read(contract).is_live()
    })
    .await;
    let mut accepted = 0;
    for machine in &mut machines {
        machine.stop().await;
        accepted += machine.stats().accepted;
    }

    let bundle = crate::client::get(server.pages, path).await.body;
    let again = crate::client::get(server.pages, path).await.body;
    assert_eq!(bundle, again, "the contract is over, and so is its bundle");
    crate::second_verifier::agrees_on(&bundle);
    let verdict = verdict(&bundle);
    assert!(verdict.valid, "{:?}", verdict.faults);
    if by == BY_FILLING {
        // One that was stopped may not have heard the answer to its last share.
        assert!(verdict.shares_valid >= accepted);
    } else {
        assert_eq!(verdict.shares_valid, accepted);
    }
    assert_eq!(
        verdict.owed_sats, verdict.owed_sealed_sats,
        "no share after the last epoch"
    );
    let audit = audit::audit(&args.data).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    Ended {
        contract: exchange.read(contract),
        verdict,
        balances_sats: audit.balances_sats,
    }
}

fn verdict(bundle: &[u8]) -> Verdict {
    let mut verifier = Verifier::new();
    verifier.push(bundle);
    verifier.finish()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_that_the_buyer_ends_pays_for_every_acknowledged_share_and_frees_the_bond() {
    let ended = ended("buyer").await;
    let (contract, verdict) = (&ended.contract, &ended.verdict);
    assert_eq!(
        contract.state,
        market::ContractState::Closed(CloseReason::ByBuyer)
    );
    let term = contract.agreement.term().unwrap();
    assert_eq!(term.bond.amount, BOND);
    assert_eq!(term.seen.delivered.work(), contract.work_total);
    assert_eq!(verdict.owed_sats, contract.owed_total);
    let (owed, fee) = (contract.owed_total.get(), contract.fee_total.get());
    assert_eq!((ended.sats("escrow:1"), ended.sats("bond:1")), (0, 0));
    assert_eq!(ended.sats("available:buyer"), DAY.get() - owed);
    assert_eq!(ended.sats("available:host"), BOND.get() + owed - fee);
    let guarantee = verdict.guarantee.unwrap();
    assert_eq!(guarantee.to_buyer_sats, Sats::ZERO);
    assert_eq!(guarantee.to_host_sats, BOND);
    assert_eq!(guarantee.judged_ms, 0, "a promise is judged at its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_that_the_host_ends_costs_what_its_bundle_shows() {
    let ended = ended("host").await;
    let (contract, verdict) = (&ended.contract, &ended.verdict);
    let term = contract.agreement.term().unwrap();
    let guarantee = verdict.guarantee.unwrap();
    // Some seconds of a day: more is missing than the bond.
    assert_eq!(guarantee.to_buyer_sats, BOND);
    assert_eq!(
        term.bond.state,
        BondState::Ended {
            forfeited: guarantee.to_buyer_sats
        }
    );
    let judged = contract.judge(CloseReason::ByHost).unwrap();
    assert_eq!(guarantee.delivery, judged.finding);
    assert_eq!(guarantee.missing_hashes, judged.missing_hashes);
    let (owed, fee) = (contract.owed_total.get(), contract.fee_total.get());
    assert_eq!((ended.sats("escrow:1"), ended.sats("bond:1")), (0, 0));
    assert_eq!(ended.sats("available:buyer"), DAY.get() - owed + BOND.get());
    assert_eq!(ended.sats("available:host"), owed - fee);
}

/// It would be a way out of the term that costs nothing.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_that_the_host_fills_costs_what_leaving_does() {
    let ended = ended(BY_FILLING).await;
    let (contract, verdict) = (&ended.contract, &ended.verdict);
    assert_eq!(
        contract.state,
        market::ContractState::Closed(CloseReason::ProofFull)
    );
    let term = contract.agreement.term().unwrap();
    assert_eq!((term.seen.sessions, verdict.upstreams), (0, 1));
    let guarantee = verdict.guarantee.unwrap();
    assert!(guarantee.judged_ms > 0, "{guarantee:?}");
    assert_eq!(guarantee.to_buyer_sats, BOND);
    let (owed, fee) = (contract.owed_total.get(), contract.fee_total.get());
    assert_eq!((ended.sats("escrow:1"), ended.sats("bond:1")), (0, 0));
    assert_eq!(ended.sats("available:buyer"), DAY.get() - owed + BOND.get());
    assert_eq!(ended.sats("available:host"), owed - fee);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_whose_time_is_over_is_taken_out_and_its_money_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let settings = closing::config(folder.path().to_owned(), folder.path().to_owned()).market;
    let exchange = Exchange::start(store, settings).await.unwrap();
    let buyer: AccountId = "buyer".parse().unwrap();
    let soon = SystemTime::now() + Duration::from_secs(2);
    let soon = soon.duration_since(UNIX_EPOCH).unwrap().as_millis();
    let until_then = TimeInForce::Gtd(Timestamp::from_unix_ms(soon.try_into().unwrap()));
    for command in [
        Command::OpenAccount { account: buyer },
        Command::Deposit {
            account: buyer,
            amount: DAY,
            reference: ledger::TransferId::new(1),
        },
        Command::PlaceBid {
            account: buyer,
            hashrate: HASHRATE,
            price: PRICE,
            budget: DAY,
            pool: PoolTarget::new("pool.test".into(), 1, "b.a".into(), "x".into()).unwrap(),
            backups: BackupPools::default(),
            shares_per_minute: None,
            constraints: Constraints::default(),
            terms: OrderTerms {
                time_in_force: until_then,
                ..OrderTerms::default()
            },
        },
    ] {
        exchange.send(command).await.unwrap();
    }
    let available = ledger::Account::Available(buyer);
    let spendable = |market: &market::Market| market.ledger().balance(&available).spendable();
    assert_eq!(exchange.read(spendable), 0);
    until("the order's end", || async {
        exchange.read(|market| market.book().is_empty())
    })
    .await;
    assert_eq!(exchange.read(spendable), i128::from(DAY.get()));
    let audit = audit::audit(folder.path()).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
}
