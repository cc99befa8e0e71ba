//! What a host's machines do: how fast, for whom, and who does the work of one that fell silent.

use crate::{
    client,
    findings::{flooded, steered},
    machine::Machine,
    scripted::{HOST, Job, LOGIN, Pool, Rig},
    test_app::until,
    trade::Trade,
};
use api::WorkerState;
use market::{CloseReason, Command};
use stratum::UpstreamJob;
use units::{ContractId, Difficulty, Hashrate, Millis};

const OTHER: &str = "rig-host.rig2";

async fn contract(rig: &Rig, number: u64) -> api::Contract {
    let path = format!("/api/v1/contracts/{number}");
    client::read_json(rig.server.pages, &path).await
}

async fn state(rig: &Rig, number: u64, login: &str) -> Option<WorkerState> {
    let workers = contract(rig, number).await.workers;
    let worker = workers.iter().find(|worker| worker.login == login)?;
    assert_eq!(worker.online, worker.state != WorkerState::Offline);
    Some(worker.state)
}

async fn until_state(rig: &Rig, number: u64, login: &str, wanted: WorkerState) {
    let what = format!("contract {number} sees {login} as {wanted:?}");
    until(&what, || async {
        state(rig, number, login).await == Some(wanted)
    })
    .await;
}

/// Another contract of the same host, whose pool's jobs are on this block.
async fn second_contract(rig: &Rig, shares_per_minute: Option<u32>, block: u32) -> Pool {
    let pool = Pool::hard().await;
    pool.job(&Job::new("second", block));
    let pools = [pool.address];
    let trade = Trade {
        shares_per_minute,
        ..Trade::new(HOST, "second-buyer", &pools)
    };
    trade.place(&rig.exchange).await;
    until("the second contract", || async {
        let answer = client::get(rig.server.pages, "/api/v1/contracts/2").await;
        answer.status == 200
    })
    .await;
    until("its pool's job", || async {
        contract(rig, 2).await.pool_connected
    })
    .await;
    pool
}

async fn close(rig: &Rig, number: u64) {
    let close = Command::CloseContract {
        contract: ContractId::new(number),
        reason: CloseReason::ByHost,
    };
    rig.exchange.send(close).await.unwrap();
}

/// The difficulties, in powers of two, of the last job before the first one on this block, and of that one.
async fn across(machine: &mut Machine, block: u8) -> (i8, i8) {
    let on = |job: &UpstreamJob| job.job.prev_hash[28] == block;
    while !machine.jobs.last().is_some_and(on) {
        machine.hear().await.expect("a job");
    }
    let first = machine.jobs.iter().position(on).unwrap();
    let exponent = |job: &UpstreamJob| Difficulty::at_most(&job.target).exponent();
    (
        exponent(&machine.jobs[first - 1]),
        exponent(&machine.jobs[first]),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contracts_pace_is_its_machines_pace() {
    // It is measured, and settles at the server's 60 a minute.
    let (rig, mut machine) = flooded().await;
    let _pool = second_contract(&rig, Some(6), 7).await;
    close(&rig, 1).await;
    let (before, after) = across(&mut machine, 7).await;
    // A tenth of the shares: 2^3 is the nearest power of two.
    assert_eq!(after, before + 3);
    let paces = [contract(&rig, 1).await, contract(&rig, 2).await].map(|c| c.shares_per_minute);
    assert_eq!(paces, [60, 6]);
    let page = client::get(rig.server.pages, "/contracts/2").await.text();
    assert!(page.contains("about 6 shares a minute"), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_leaves_an_easy_pools_limit_behind() {
    let rig = Rig::start(Pool::easy().await, |config| {
        config.stratum.vardiff = steered();
    })
    .await;
    let mut machine = rig.machine().await;
    for nonce in 0..1_000 {
        let (_, line) = machine.find_share(LOGIN, nonce);
        machine.send(&line).await;
    }
    for _ in 0..1_000 {
        assert!(machine.answer().await.unwrap().contains("true"));
    }
    let _pool = second_contract(&rig, None, 7).await;
    close(&rig, 1).await;
    let (before, after) = across(&mut machine, 7).await;
    assert_eq!(before, Difficulty::MIN.exponent(), "the pool must see all");
    assert!(after > before + 2, "{after}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_contract_sees_what_a_machine_does() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let machine = rig.machine().await;
    until_state(&rig, 1, LOGIN, WorkerState::Working).await;
    let page = || async { client::get(rig.server.pages, "/contracts/1").await.text() };
    assert!(page().await.contains("for this contract"));

    let _pool = second_contract(&rig, None, 7).await;
    close(&rig, 1).await;
    until_state(&rig, 2, LOGIN, WorkerState::Working).await;
    assert_eq!(state(&rig, 1, LOGIN).await, Some(WorkerState::Elsewhere));
    assert!(page().await.contains("serves another contract of the host"));

    close(&rig, 2).await;
    for number in [1, 2] {
        until_state(&rig, number, LOGIN, WorkerState::Idle).await;
    }
    drop(machine);
    for number in [1, 2] {
        until_state(&rig, number, LOGIN, WorkerState::Offline).await;
    }
}

/// One machine is enough for the contract: the other one gets work because the first is silent, on an open connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_silent_machine_is_replaced_and_comes_back_when_it_is_heard() {
    // A machine of which nothing is known is taken for so little.
    let (pool, lot) = (Pool::hard().await, Hashrate::new(1));
    let rig = Rig::trading(
        pool,
        |trade| trade.hashrate = lot,
        |config| {
            config.market.lot = lot;
            config.assignment.silence = Millis::new(8_000);
            // The part of the cycle that the contract does not need shall not come now.
            config.assignment.cycle = Millis::new(24 * 3_600_000);
        },
    )
    .await;
    let mut one = rig.machine().await;
    assert!(one.mine(LOGIN, 0).await.contains("true"));
    until_state(&rig, 1, LOGIN, WorkerState::Working).await;

    let mut other = Machine::connect(rig.server.stratum).await;
    other.log_in(OTHER).await;
    other.job_after(0).await;
    assert_eq!(state(&rig, 1, LOGIN).await, Some(WorkerState::Silent));
    assert_eq!(state(&rig, 1, OTHER).await, Some(WorkerState::Working));
    assert!(other.mine(OTHER, 0).await.contains("true"));

    // It still has its job. Heard, it counts again; by now or soon the other one is the silent one.
    assert!(one.mine(LOGIN, 1_000).await.contains("true"));
    until_state(&rig, 1, LOGIN, WorkerState::Working).await;
    until_state(&rig, 1, OTHER, WorkerState::Silent).await;
    let shares = |login: &'static str| {
        let rig = &rig;
        async move {
            let workers = rig.contract().await.workers;
            let mut shares = workers.iter().filter(|worker| worker.login == login);
            shares.next().map(|worker| worker.shares)
        }
    };
    assert_eq!(
        (shares(LOGIN).await, shares(OTHER).await),
        (Some(2), Some(1))
    );
}
