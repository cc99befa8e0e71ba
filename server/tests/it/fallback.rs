//! Machines that no contract needs work for their host's own pool.

use crate::{
    metrics::read,
    scripted::{Job, LOGIN, Pool, Rig},
    test_app::until,
};
use market::{CloseReason, Command, PoolTarget};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};
use units::ContractId;

pub fn set(pool: Option<SocketAddr>) -> Command {
    let target = |pool: SocketAddr| {
        let user = "rig-host.idle".to_owned();
        PoolTarget::new(pool.ip().to_string(), pool.port(), user, "x".into()).unwrap()
    };
    Command::SetFallbackPool {
        account: "rig-host".parse().unwrap(),
        pool: pool.map(target),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_machine_works_for_its_hosts_own_pool() {
    let rig = Rig::start(Pool::easy().await, |_| {}).await;
    let (own, another) = (Pool::easy().await, Pool::easy().await);
    own.job(&Job::new("own", 7));
    another.job(&Job::new("another", 8));
    rig.exchange.send(set(Some(own.address))).await.unwrap();
    let mut machine = rig.machine().await;
    assert!(machine.mine(LOGIN, 0).await.contains("true"));
    assert_eq!(own.submits().len(), 0, "the contract comes first");

    let proven = rig.bundle().await;
    let close = Command::CloseContract {
        contract: ContractId::new(1),
        reason: CloseReason::ByHost,
    };
    rig.exchange.send(close).await.unwrap();
    let block = |machine: &crate::machine::Machine| {
        let last = machine.jobs.last().unwrap();
        u32::from(last.job.prev_hash[28])
    };
    while block(&machine) != 7 {
        machine.next_job().await;
    }
    for nonce in [1, 1_000] {
        assert!(machine.mine(LOGIN, nonce).await.contains("true"));
    }
    until("the shares at the host's pool", || async {
        own.submits().len() == 2
    })
    .await;
    assert_eq!(own.submits()[0][0], "rig-host.idle");
    // Nothing of it is any contract's. (The contract was closed in the middle of an epoch: its bundle says that a share is unpaid.)
    let (_, before) = pow_shares(&proven);
    assert_eq!(pow_shares(&rig.bundle().await), (false, before));

    // Another pool, and none at all.
    rig.exchange.send(set(Some(another.address))).await.unwrap();
    while block(&machine) != 8 {
        machine.next_job().await;
    }
    assert!(machine.mine(LOGIN, 2_000).await.contains("true"));
    rig.exchange.send(set(None)).await.unwrap();
    until("no more work", || async {
        let text = crate::client::get(rig.server.metrics.unwrap(), "/metrics").await;
        let text = String::from_utf8(text.body).unwrap();
        text.contains("assay_connections{side=\"upstream\"} 0")
    })
    .await;
    assert!(machine.mine(LOGIN, 3_000).await.contains("Job not found"));
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_wait_for_their_contracts_pool_for_a_moment_only() {
    let moment = Duration::from_secs(2);
    let rig = Rig::start(Pool::easy().await, |config| {
        config.patience.fail_over = moment;
        // Its pool does not come back.
        config.patience.back_off = Duration::from_secs(600);
        config.patience.back_off_max = Duration::from_secs(600);
    })
    .await;
    let own = Pool::easy().await;
    own.job(&Job::new("own", 7));
    rig.exchange.send(set(Some(own.address))).await.unwrap();
    let mut machine = rig.machine().await;
    let metrics = rig.server.metrics.unwrap();
    until("both pools' sessions", || async {
        read(metrics, r#"assay_connections{side="upstream"}"#).await == 2.0
    })
    .await;
    let switches = |number| async move { read(metrics, "assay_switches_total").await == number };
    until("its first work counts", || switches(1.0)).await;
    let gone = Instant::now();
    rig.pool.hang_up();
    while machine.jobs.last().unwrap().job.prev_hash[28] != 7 {
        machine.next_job().await;
    }
    // Never earlier, however slow the machine is that the test runs on.
    assert!(gone.elapsed() >= moment);
    until("the other work counts", || switches(2.0)).await;
    assert!(machine.mine(LOGIN, 0).await.contains("true"));
}

fn pow_shares(bundle: &[u8]) -> (bool, u64) {
    let mut verifier = pow::bundle::Verifier::new();
    verifier.push(bundle);
    let verdict = verifier.finish();
    (verdict.valid, verdict.shares_valid)
}
