//! A bundle holds a bounded number of worker records: what costs one, who may have one, and what happens when there are no more.

use crate::{
    client,
    fallback::set,
    machine::Machine,
    scripted::{ACCEPTED, HOST, Job, LOGIN, Pool, Rig},
    second_verifier,
    test_app::until,
    trade::Trade,
};
use server::audit;
use std::time::Duration;
use units::{ContractId, Difficulty};

const YEAR: Duration = Duration::from_secs(365 * 86_400);

/// How many worker records the contract's bundle has; it is valid.
async fn workers(rig: &Rig) -> usize {
    let bundle = rig.bundle().await;
    second_verifier::agrees_on(&bundle);
    crate::test_app::verify(&bundle);
    count(&bundle, 4)
}

/// How many records are of this kind.
fn count(bundle: &[u8], wanted: u8) -> usize {
    let (mut rest, mut found) = (&bundle[8..], 0);
    while let [kind, after @ ..] = rest {
        found += usize::from(*kind == wanted);
        let bytes = after.iter().position(|byte| *byte < 0x80).unwrap() + 1;
        let digits = after[..bytes].iter().rev();
        let length = digits.fold(0, |sum, byte| sum << 7 | usize::from(byte & 0x7f));
        rest = &after[bytes + length..];
    }
    found
}

/// On the same block, with another ntime.
fn later(id: &str, seconds: u32) -> Job {
    let mut job = Job::more(id, 1);
    job.ntime += seconds;
    job
}

async fn mine(machine: &mut Machine, login: &str, nonce: u32) {
    let answer = machine.mine(login, nonce).await;
    assert!(answer.contains("true"), "{answer}");
}

/// Connected and logged in; without a job where it gets none.
async fn logged_in(rig: &Rig, login: &str) -> Machine {
    let mut machine = Machine::connect(rig.server.stratum).await;
    machine.log_in(login).await;
    machine
}

/// What the machine is told for a person to read.
async fn message(machine: &mut Machine) -> String {
    loop {
        let line = machine.hear().await.expect("it stays connected");
        if line.contains("client.show_message") {
            return line;
        }
    }
}

/// Until the machine's connection is over for the server.
async fn gone(rig: &Rig, machine: Machine) {
    drop(machine);
    until("the machine is gone", || async {
        let workers = rig.contract().await.workers;
        workers.iter().all(|worker| !worker.online)
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_and_machines_that_come_back_cost_nothing() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    for number in 2..=64 {
        let login = format!("rig-host.rig{number}");
        let line =
            format!("{{\"id\":4,\"method\":\"mining.authorize\",\"params\":[\"{login}\",\"x\"]}}");
        assert!(machine.ask(&line).await.contains("true"));
    }
    mine(&mut machine, LOGIN, 0).await;
    assert_eq!(workers(&rig).await, 1, "the others have not delivered");
    for nonce in [1_000, 2_000] {
        mine(&mut machine, "rig-host.rig9", nonce).await;
    }
    assert_eq!(workers(&rig).await, 2);
    // A job later, all of them have their target still, and nothing more is written for it.
    rig.pool.job(&later("more", 1));
    machine.next_job().await;
    mine(&mut machine, "rig-host.rig9", 0).await;
    mine(&mut machine, LOGIN, 1_000).await;
    assert_eq!(workers(&rig).await, 2);

    // It comes back while the job is the same: its work must be another.
    let prefix = machine.extranonce1.clone();
    gone(&rig, machine).await;
    let mut machine = rig.machine().await;
    assert_eq!(machine.extranonce1, prefix);
    mine(&mut machine, LOGIN, 0).await;
    mine(&mut machine, LOGIN, 1_000).await;
    assert_eq!(workers(&rig).await, 3);
    // And from the next job on it is who it was.
    for (jobs, job) in (3_u32..).zip(["third", "fourth", "fifth"]) {
        gone(&rig, machine).await;
        rig.pool.job(&later(job, jobs - 1));
        until("the job", || async {
            count(&rig.bundle().await, 3) == jobs as usize
        })
        .await;
        machine = rig.machine().await;
        mine(&mut machine, LOGIN, 5_000).await;
    }
    assert_eq!(workers(&rig).await, 3);
    assert_eq!(rig.contract().await.counts.accepted, 10);
}

/// Each time it would be fresh work, and a worker record of its own: a pool could fill the proof in one session.
#[tokio::test(flavor = "multi_thread")]
async fn a_pool_that_becomes_easier_again_and_again_costs_a_few_records() {
    let power = |exponent: i32| format!("{:e}", 2_f64.powi(exponent));
    let pool = Pool::start(&power(-6), ACCEPTED).await;
    let rig = Rig::start(pool, |config| {
        config.stratum.vardiff.shares_per_minute = 40;
        config.stratum.vardiff.initial = Difficulty::from_exponent(-6).unwrap();
    })
    .await;
    let mut machine = rig.machine().await;
    for step in 1..=20 {
        let easier = power(-6 - step);
        rig.pool.say(&format!(
            r#"{{"id":null,"method":"mining.set_difficulty","params":[{easier}]}}"#
        ));
        rig.pool.job(&Job::more(&format!("easier{step}"), 1));
        machine.next_job().await;
    }
    // Fewer where it took so long that the machine was eased for its silence.
    let records = workers(&rig).await;
    assert!((2..=8).contains(&records), "{records}");
    // It goes on, and with the next block it has the pool's difficulty.
    rig.pool.job(&Job::new("next", 2));
    machine.next_job().await;
    mine(&mut machine, LOGIN, 0).await;
    assert_eq!(workers(&rig).await, records);
    assert_eq!(rig.contract().await.counts.accepted, 1);
}

/// In each of its spaces it has worked on this job: whatever it gets would be done twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_returns_to_eight_spaces_that_were_worked_in_gets_a_further_one() {
    let easy = |exponent| Difficulty::from_exponent(exponent).unwrap();
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.vardiff.shares_per_minute = 1;
        config.stratum.vardiff.initial = easy(-18);
    })
    .await;
    let mut machine = rig.machine().await;
    let ntime = machine.jobs[0].job.ntime;
    // The same job with another difficulty is another space, up to the eighth.
    for step in 1..=12 {
        let wish = suggestion(-18 - step % 9);
        assert!(machine.ask(&wish).await.contains("true"));
        rig.pool.job(&Job {
            ntime,
            ..Job::more(&format!("again{step}"), 1)
        });
        machine.next_job().await;
    }
    mine(&mut machine, LOGIN, 0).await;
    assert_eq!(workers(&rig).await, 8);
    let prefix = machine.extranonce1.clone();
    gone(&rig, machine).await;

    let mut machine = rig.machine().await;
    assert_eq!(machine.extranonce1, prefix);
    mine(&mut machine, LOGIN, 0).await;
    assert_eq!(workers(&rig).await, 9);
    assert_eq!(rig.contract().await.counts.accepted, 2);
}

/// Where the machine would like to start.
fn suggestion(exponent: i32) -> String {
    let wish = 2_f64.powi(exponent);
    format!(r#"{{"id":9,"method":"mining.suggest_difficulty","params":[{wish:e}]}}"#)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_keep_a_machine_out_that_delivers() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.records.reserve = 3;
        config.stratum.records.refill = YEAR;
    })
    .await;
    let mut honest = rig.machine().await;
    for nonce in 0..8 {
        mine(&mut honest, LOGIN, nonce * 1_000).await;
    }
    let mut strangers = Vec::new();
    for number in 0..2 {
        let login = format!("rig-host.stranger{number}");
        strangers.push(Machine::mining(rig.server.stratum, &login).await);
    }
    let mut late = logged_in(&rig, "rig-host.late").await;
    let told = message(&mut late).await;
    assert!(told.contains("few new machines at a time"), "{told}");
    assert!(late.jobs.is_empty());
    // Whose shares count has a place, and another one.
    drop(honest);
    let mut honest = rig.machine().await;
    mine(&mut honest, LOGIN, 0).await;
    assert_eq!(workers(&rig).await, 4);
    let trouble = rig.contract().await.fail_over.trouble;
    assert_eq!(trouble.map(|trouble| trouble.why), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_proof_ends_the_contract_and_the_machines_work_elsewhere() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.records.all = 3;
    })
    .await;
    let own = Pool::hard().await;
    own.job(&Job::new("own", 7));
    rig.exchange.send(set(Some(own.address))).await.unwrap();
    let mut machines = vec![rig.machine().await, rig.machine().await];
    for machine in &mut machines {
        mine(machine, LOGIN, 0).await;
    }
    // The host's own pool has as many, for three machines.
    let second = r#"{"id":4,"method":"mining.authorize","params":["rig-host.rig2","x"]}"#;
    assert!(machines[0].ask(second).await.contains("true"));
    mine(&mut machines[0], "rig-host.rig2", 1_000).await;
    mine(&mut machines[0], LOGIN, 2_000).await;
    let mut third = logged_in(&rig, LOGIN).await;
    let told = message(&mut third).await;
    assert!(told.contains("takes no more machines"), "{told}");
    machines.push(third);
    for machine in &mut machines {
        while machine
            .jobs
            .last()
            .is_none_or(|job| job.job.prev_hash[28] != 7)
        {
            machine.hear().await.expect("other work");
        }
        mine(machine, LOGIN, 0).await;
    }
    until("the contract's end", || async {
        rig.contract().await.state == api::ContractState::ProofFull
    })
    .await;
    let page = client::get(rig.server.pages, "/contracts/1").await.text();
    assert!(page.contains("the proof holds no more workers"), "{page}");
    assert_eq!(workers(&rig).await, 3);
    // What was delivered is settled, and the buyer has the rest.
    let ended = rig
        .exchange
        .read(|market| market.contract(&ContractId::new(1)).unwrap().clone());
    assert_eq!(ended.shares_total, 4);
    let audit = audit::audit(rig.data()).await.unwrap();
    assert!(audit.is_good(), "{audit:?}");
    let sats = |account: &str| audit.balances_sats[account].cast_unsigned();
    assert_eq!(sats("escrow:1"), 0);
    let deposit = Trade::new(HOST, "rig-buyer", &[]).deposit.get();
    let left = deposit - ended.owed_total.get();
    assert_eq!(sats("available:rig-buyer"), left);
}
