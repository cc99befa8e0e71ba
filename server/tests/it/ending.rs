//! A term contract is sold from a listing, delivered, and ended by notice.

use crate::{
    closing,
    test_app::{args, until},
};
use market::{
    BackupPools, CloseReason, Command, Curtailment, Model, OrderTerms, PoolTarget, Product,
    SiteDescription, Term,
};
use orderbook::{
    Constraints, Cooling, Countries, Country, CountrySet, EnergyMix, Grid, TimeInForce,
};
use pow::bundle::Verifier;
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use server::{
    audit,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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

async fn give_notice(exchange: &Exchange) {
    let contract = ContractId::new(1);
    // The epoch may be settled in between: then another one is open.
    loop {
        let epoch = exchange.read(|market| market.contract(&contract).unwrap().epochs_settled);
        let notice = Command::GiveNotice {
            account: "buyer".parse().unwrap(),
            contract,
            open_epoch: epoch,
        };
        if exchange.send(notice).await.is_ok() {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_term_that_the_buyer_ends_pays_for_every_acknowledged_share_and_frees_the_bond() {
    let (args, _folder) = args();
    let config = closing::config(args.data.clone(), args.dist);
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
    let mut machine = Miner::start(MinerSettings {
        pool: server.stratum,
        user: "host.rig".into(),
        password: "x".into(),
        hashrate: Hashrate::new(300_000),
        seed: 3,
        reconnect: false,
    });
    let contract = |market: &market::Market| market.contract(&ContractId::new(1)).unwrap().clone();
    until("work in two epochs", || async {
        let contract = exchange.read(contract);
        contract.epochs_settled >= 2 && contract.shares_total >= 2
    })
    .await;
    give_notice(&exchange).await;
    until("the contract's end", || async {
        !exchange.read(contract).is_live()
    })
    .await;
    machine.stop().await;

    let ended = exchange.read(contract);
    assert_eq!(
        ended.state,
        market::ContractState::Closed(CloseReason::ByBuyer)
    );
    let term = ended.agreement.term().unwrap();
    assert_eq!(term.bond.amount, BOND);
    assert_eq!(term.seen.delivered.work(), ended.work_total);
    let path = "/api/v1/contracts/1/bundle";
    let bundle = crate::client::get(server.pages, path).await.body;
    let mut verifier = Verifier::new();
    verifier.push(&bundle);
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    let stats = machine.stats();
    assert_eq!(verdict.shares_valid, stats.accepted, "{stats:?}");
    assert_eq!(
        verdict.owed_sats, verdict.owed_sealed_sats,
        "no share after the last epoch"
    );
    assert_eq!(verdict.owed_sats, ended.owed_total);
    let audit = audit::audit(&args.data).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let sats = |account: &str| audit.balances_sats[account].cast_unsigned();
    let (owed, fee) = (ended.owed_total.get(), ended.fee_total.get());
    assert_eq!((sats("escrow:1"), sats("bond:1")), (0, 0));
    assert_eq!(sats("available:buyer"), DAY.get() - owed);
    assert_eq!(sats("available:host"), BOND.get() + owed - fee);
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
