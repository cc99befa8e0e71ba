//! A contract comes to its end: the budget is spent.

use crate::{
    client,
    puppet::{Caller, Jobs, Puppet},
    rig,
    test_app::{self, args, until},
    trade::Trade,
};
use pow::bundle::Verdict;
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use serde_json::json;
use server::{
    audit,
    config::Config,
    exchange::Exchange,
    service::{DataFolder, Server},
    store::Store,
};
use std::{net::SocketAddr, path::PathBuf, time::Duration};
use tempfile::TempDir;
use units::{Difficulty, Hashrate, Millis, Price, Sats};

pub fn config(data: PathBuf, dist: PathBuf) -> Config {
    let difficulty = Difficulty::from_exponent(-16).unwrap();
    let mut config = test_app::config(data, dist, test_app::from(difficulty));
    config.stratum.connections = 10;
    config.stratum.connections_per_address = 10;
    config.market = market::Settings {
        lot: Hashrate::new(1_000),
        tick: Price::new(1),
        fee_bps: 250,
        epoch_length: Millis::new(1_000),
        limits: market::Limits::of_new_market(),
    };
    config
}

/// About ten sats for each share of 2^16 hashes, and a budget for ten of them.
pub fn ten_shares(pools: &[SocketAddr]) -> Trade<'_> {
    Trade {
        hashrate: Hashrate::new(100_000),
        price: Price::new(13_000_000_000_000_000),
        deposit: Sats::new(1_000),
        budget: Sats::new(100),
        ..Trade::new("host", "buyer", pools)
    }
}

pub async fn trade(exchange: &Exchange, pool: SocketAddr) {
    ten_shares(&[pool]).place(exchange).await;
}

/// A machine of the contract's host.
pub fn machine(server: &Server) -> Miner {
    Miner::start(MinerSettings {
        pool: server.stratum,
        user: "host.rig".into(),
        password: "x".into(),
        hashrate: Hashrate::new(300_000),
        seed: 3,
        reconnect: false,
    })
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
    trade(&exchange, pool.address()).await;
    let server = Server::start(config, folder, store, exchange.clone())
        .await
        .unwrap();
    let mut machine = machine(&server);
    until("the contract's end", || async {
        exchange.read(|market| market.contracts().all(|contract| !contract.is_live()))
    })
    .await;
    machine.stop().await;

    let path = "/api/v1/contracts/1/bundle";
    let bundle = client::get(server.pages, path).await.body;
    let verdict = crate::test_app::verify(&bundle);
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
    let contract: api::Contract = client::read_json(server.pages, "/api/v1/contracts/1").await;
    assert_eq!(contract.state, api::ContractState::BudgetSpent);
    assert_eq!(contract.bill.open_sats, Sats::ZERO);
}

/// A contract that ten shares spend, at a pool that the test plays.
struct Played {
    server: Server,
    caller: Caller,
    machine: Miner,
    _pool: Puppet,
    _folder: TempDir,
}

impl Played {
    async fn start(last_answers: Duration) -> Self {
        let (args, folder) = args();
        let mut config = config(args.data, args.dist);
        config.patience = rig::patience();
        config.patience.last_answers = last_answers;
        let data = DataFolder::lock(&config.data).unwrap();
        let store = Store::open(&config.data).await.unwrap();
        let exchange = Exchange::start(store.clone(), config.market).await.unwrap();
        let mut pool = Puppet::start().await;
        trade(&exchange, pool.address).await;
        let server = Server::start(config, data, store, exchange).await.unwrap();
        let job = Jobs::new(1).next();
        let caller = pool.serve([1, 2, 3, 4], "a", &job).await;
        let machine = machine(&server);
        Self {
            server,
            caller,
            machine,
            _pool: pool,
            _folder: folder,
        }
    }

    async fn contract(&self) -> api::Contract {
        client::read_json(self.server.pages, "/api/v1/contracts/1").await
    }

    async fn verdict(&self) -> Verdict {
        let bundle = client::get(self.server.pages, "/api/v1/contracts/1/bundle").await;
        crate::test_app::verify(&bundle.body)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_pool_says_of_the_last_shares_is_waited_for() {
    let mut played = Played::start(Duration::from_secs(600)).await;
    let mut submitted = Vec::new();
    // Nothing is answered before the budget is spent.
    let mut spent = false;
    while !spent {
        let pause = tokio::time::sleep(Duration::from_millis(50));
        tokio::select! {
            request = played.caller.request() => submitted.push(request.expect("a share")),
            () = pause => spent = !submitted.is_empty() && !played.contract().await.pool_connected,
        }
    }
    assert_eq!(played.contract().await.state, api::ContractState::Live);
    for share in submitted {
        let answer = json!({"id": share["id"], "result": true, "error": null});
        played.caller.say(&answer.to_string()).await;
    }
    // What was on its way; until the contract is over.
    while let Some(share) = played.caller.request().await {
        let answer = json!({"id": share["id"], "result": true, "error": null});
        played.caller.say(&answer.to_string()).await;
    }
    until("the contract's end", || async {
        played.contract().await.state == api::ContractState::BudgetSpent
    })
    .await;
    let verdict = played.verdict().await;
    let answers = verdict.pool_answers.unwrap().all;
    assert!(verdict.shares_valid >= 2);
    assert_eq!(answers.met.shares, verdict.shares_valid);
    assert_eq!(answers.accepted.shares, answers.met.shares, "{answers:?}");
    assert_eq!(verdict.owed_sats, verdict.owed_sealed_sats);
    played.machine.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_does_not_answer_keeps_no_contract_open() {
    let mut played = Played::start(Duration::from_millis(300)).await;
    until("the contract's end", || async {
        played.contract().await.state == api::ContractState::BudgetSpent
    })
    .await;
    let verdict = played.verdict().await;
    let answers = verdict.pool_answers.unwrap().all;
    assert!(answers.met.shares >= 2);
    assert_eq!(answers.accepted.shares, 0);
    assert_eq!(verdict.owed_sats, verdict.owed_sealed_sats);
    played.machine.stop().await;
}
