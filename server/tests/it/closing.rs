//! A contract comes to its end: the budget is spent.

use crate::{
    test_app::{self, args, until},
    trade::Trade,
};
use pow::bundle::Verifier;
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use server::{
    audit,
    config::Config,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::{path::PathBuf, time::Duration};
use stratum::VardiffSettings;
use units::{Difficulty, Hashrate, Millis, Price, Sats};

pub fn config(data: PathBuf, dist: PathBuf) -> Config {
    let difficulty = Difficulty::from_exponent(-16).unwrap();
    let vardiff = VardiffSettings {
        shares_per_minute: 60,
        initial: difficulty,
        floor: difficulty,
    };
    let mut config = test_app::config(data, dist, vardiff);
    config.stratum.connections = 10;
    config.stratum.connections_per_address = 10;
    config.market = market::Settings {
        lot: Hashrate::new(1_000),
        tick: Price::new(1),
        fee_bps: 250,
        epoch_length: Millis::new(1_000),
    };
    config
}

pub async fn trade(exchange: &Exchange, pool: &Pool) {
    let pools = [pool.address()];
    let trade = Trade {
        hashrate: Hashrate::new(100_000),
        // About ten sats for each share of 2^16 hashes.
        price: Price::new(13_000_000_000_000_000),
        deposit: Sats::new(1_000),
        budget: Sats::new(100),
        ..Trade::new("host", "buyer", &pools)
    };
    trade.place(exchange).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_spent_budget_pays_for_every_acknowledged_share_and_returns_the_rest() {
    let (args, _folder) = args();
    let config = config(args.data.clone(), args.dist);
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
    until("the contract's end", || async {
        exchange.read(|market| market.contracts().all(|contract| !contract.is_live()))
    })
    .await;
    machine.stop().await;

    let path = "/api/v1/contracts/1/bundle";
    let bundle = crate::client::get(server.pages, path).await.body;
    let mut verifier = Verifier::new();
    verifier.push(&bundle);
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    let stats = machine.stats();
    assert!(stats.accepted >= 2, "{stats:?}");
    assert_eq!(verdict.shares_valid, stats.accepted, "{stats:?}");
    assert_eq!(
        verdict.owed_sats, verdict.owed_sealed_sats,
        "no share after the last epoch"
    );
    let audit = audit::audit(&args.data).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let paid = audit.contracts[0].paid_sats;
    assert_eq!(paid, verdict.owed_sats.get());
    assert!((1..=100).contains(&paid));
    assert_eq!(audit.balances_sats["escrow:1"], 0);
    assert_eq!(
        audit.balances_sats["available:buyer"],
        (1_000 - paid).cast_signed()
    );
    assert_eq!(
        audit.balances_sats["fees"],
        audit.contracts[0].fee_sats.cast_signed()
    );
    let contract: api::Contract =
        crate::client::read_json(server.pages, "/api/v1/contracts/1").await;
    assert_eq!(contract.state, api::ContractState::BudgetSpent);
    assert_eq!(contract.bill.open_sats, Sats::ZERO);
}
