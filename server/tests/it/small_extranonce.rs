//! A pool that leaves 4 bytes of extranonce2, too few to be shared: each machine gets a session of its own with it.

use crate::{
    client,
    machine::Machine,
    puppet::{Caller, DIFFICULTY, Jobs, Puppet},
    rig::{Rig, patience},
    test_app::until,
};
use pow::{
    Job,
    bundle::{Verdict, Verifier},
};
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use std::{collections::BTreeSet, time::Duration};
use stratum::downstream;
use units::{Difficulty, Hashrate};

const RIG: &str = "host1.rig";
const ACCEPTED: &str = r#"{"id":4,"result":true,"error":null}"#;
const STALE: &str = r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#;

/// The pool accepts a session, and gives it this job.
async fn session(pool: &mut Puppet, extranonce1: [u8; 4], job: &Job) -> Caller {
    let mut caller = pool.caller().await;
    caller.extranonce2_size = 4;
    caller.greet(extranonce1).await;
    caller.give("a", job, true).await;
    caller
}

/// A machine that understands `mining.set_extranonce`; not at work yet.
async fn movable(rig: &Rig) -> Machine {
    let mut machine = Machine::connect(rig.server.stratum).await;
    machine
        .send(r#"{"id":9,"method":"mining.extranonce.subscribe","params":[]}"#)
        .await;
    machine.log_in(RIG).await;
    machine
}

/// Until the server asks the machine to come back; then it does, and has work.
async fn come_back(mut machine: Machine, rig: &Rig) -> Machine {
    while !machine
        .hear()
        .await
        .expect("it is asked to come back")
        .contains("client.reconnect")
    {}
    drop(machine);
    Machine::mining(rig.server.stratum, RIG).await
}

/// Until it has moved to this prefix, and has work there.
async fn moved(machine: &mut Machine, prefix: [u8; 2]) {
    while machine.extranonce1 != prefix {
        machine.hear().await.expect("it is moved");
    }
    let known = machine.jobs.len();
    machine.job_after(known).await;
}

/// A share that counts, and that the pool accepts on the machine's own session.
async fn work(machine: &mut Machine, caller: &mut Caller, id: &str, job: &Job, from: u32) {
    assert_eq!(caller.extranonce1[2..], machine.extranonce1);
    assert_eq!(machine.mine(RIG, from).await, ACCEPTED);
    let submitted = caller.good_share(id, job).await;
    assert_eq!(submitted.extranonce2, [0, 0, 0, 1]);
}

async fn verdict(rig: &Rig) -> Verdict {
    let bundle = client::get(rig.server.pages, "/api/v1/contracts/1/bundle").await;
    let mut verifier = Verifier::new();
    verifier.push(&bundle.body);
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    verdict
}

#[tokio::test(flavor = "multi_thread")]
async fn each_machine_has_a_session_of_its_own() {
    let (mut pool, mut jobs) = (Puppet::start().await, Jobs::leaving(4, 1));
    let rig = Rig::start(patience(), &[&[pool.address]]).await;
    let job = jobs.next();
    let mut at_one = session(&mut pool, [9, 9, 0xa0, 1], &job).await;
    let mut one = movable(&rig).await;
    moved(&mut one, [0xa0, 1]).await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    assert!(pool.nobody_called(), "no session without a machine for it");

    // Those that cannot be moved are asked to come back, once there is a session for them.
    let mut waiting = Machine::connect(rig.server.stratum).await;
    waiting.log_in(RIG).await;
    let mut at_two = session(&mut pool, [9, 9, 0xa0, 2], &job).await;
    let mut two = come_back(waiting, &rig).await;
    work(&mut two, &mut at_two, "a", &job, 100_000).await;
    let mut waiting = Machine::connect(rig.server.stratum).await;
    waiting.log_in(RIG).await;
    let mut at_three = session(&mut pool, [9, 8, 0xa0, 3], &job).await;
    let mut three = come_back(waiting, &rig).await;
    work(&mut three, &mut at_three, "a", &job, 200_000).await;
    let shown = rig.contract(1).await.fail_over;
    assert_eq!(shown.small_extranonce2_bytes, Some(4));
    let page = client::get(rig.server.pages, "/contracts/1").await.text();
    let told = "The pool leaves 4 bytes of extranonce2: each machine has a session of its own, 64 at most.";
    assert!(page.contains(told), "{page}");

    // The same job of all sessions is one in the bundle; and so are the sessions.
    let so_far = verdict(&rig).await;
    assert_eq!((so_far.upstreams, so_far.jobs), (1, 1));
    assert_eq!(so_far.shares_valid, 3);

    // Each session's next job goes to its machine alone.
    let next = jobs.next();
    let known = two.jobs.len();
    at_two.give("b", &next, false).await;
    two.job_after(known).await;
    work(&mut two, &mut at_two, "b", &next, 0).await;
    work(&mut one, &mut at_one, "a", &job, 300_000).await;
    work(&mut three, &mut at_three, "a", &job, 400_000).await;
    assert_eq!(verdict(&rig).await.jobs, 2);
    let counts = rig.contract(1).await.counts;
    assert_eq!((counts.accepted, counts.forwarded), (6, 6));
    assert_eq!((counts.stale, counts.rejected, counts.not_sent), (0, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_ends_or_gets_another_extranonce1_takes_its_machine_along() {
    let (mut pool, mut jobs) = (Puppet::start().await, Jobs::leaving(4, 1));
    let rig = Rig::start(patience(), &[&[pool.address]]).await;
    let job = jobs.next();
    let mut at_one = session(&mut pool, [9, 9, 0xa0, 1], &job).await;
    let mut one = movable(&rig).await;
    moved(&mut one, [0xa0, 1]).await;
    let mut waiting = Machine::connect(rig.server.stratum).await;
    waiting.log_in(RIG).await;
    let mut at_two = session(&mut pool, [9, 9, 0xa0, 2], &job).await;
    let mut two = come_back(waiting, &rig).await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    work(&mut two, &mut at_two, "a", &job, 0).await;

    // One ends. The other machine does not notice.
    let (_, on_its_way) = one.find_share(RIG, 500_000);
    at_one.die().await;
    let mut at_one = session(&mut pool, [9, 9, 0xb0, 1], &job).await;
    moved(&mut one, [0xb0, 1]).await;
    assert_eq!(one.ask(&on_its_way).await, STALE);
    work(&mut one, &mut at_one, "a", &job, 100_000).await;
    work(&mut two, &mut at_two, "a", &job, 100_000).await;

    // The pool gives the other one another extranonce1, from the next job on.
    let next = jobs.next();
    at_two
        .say(&downstream::set_extranonce(&[9, 9, 0xb0, 2], 4))
        .await;
    at_two.extranonce1 = vec![9, 9, 0xb0, 2];
    at_two.give("b", &next, false).await;
    let mut two = come_back(two, &rig).await;
    work(&mut two, &mut at_two, "b", &next, 0).await;
    work(&mut one, &mut at_one, "a", &job, 200_000).await;

    // All end, and all come again: also what they were before.
    at_one.die().await;
    at_two.die().await;
    let job = jobs.next();
    let mut at_one = session(&mut pool, [9, 9, 0xb0, 1], &job).await;
    one.next_job().await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    let mut at_two = session(&mut pool, [9, 9, 0xb0, 2], &job).await;
    two.next_job().await;
    work(&mut two, &mut at_two, "a", &job, 0).await;
    assert_eq!(verdict(&rig).await.shares_valid, 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_sessions_with_the_same_end_are_one_too_many() {
    let (mut pool, mut jobs) = (Puppet::start().await, Jobs::leaving(4, 1));
    let rig = Rig::start(patience(), &[&[pool.address]]).await;
    let job = jobs.next();
    let mut at_one = session(&mut pool, [9, 9, 0xa0, 1], &job).await;
    let mut one = movable(&rig).await;
    moved(&mut one, [0xa0, 1]).await;
    let mut two = movable(&rig).await;
    let mut same = session(&mut pool, [9, 8, 0xa0, 1], &job).await;
    same.until_closed().await;
    until("what is wrong is told", || async {
        rig.trouble().await.contains("the same end of extranonce1")
    })
    .await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    // The next one has another end, but leaves more: so it is no session of this kind.
    let mut larger = pool.caller().await;
    larger.extranonce2_size = 5;
    larger.greet([9, 9, 0xa0, 2]).await;
    larger.give("a", &job, true).await;
    larger.until_closed().await;
    let mut at_two = session(&mut pool, [9, 9, 0xa0, 2], &job).await;
    moved(&mut two, [0xa0, 2]).await;
    work(&mut two, &mut at_two, "a", &job, 0).await;
    assert_eq!(verdict(&rig).await.shares_valid, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_find_their_sessions_by_themselves_and_no_share_is_refused() {
    for extranonce2_size in [4, 5] {
        let pool = Pool::start(PoolSettings {
            difficulty: Difficulty::from_exponent(DIFFICULTY).unwrap(),
            extranonce2_size,
            job_interval: Duration::from_millis(500),
            mean_block_interval: Duration::from_secs(86_400),
            ..PoolSettings::default()
        });
        let pool = pool.await.unwrap();
        let rig = Rig::start(patience(), &[&[pool.address()]]).await;
        let start = |number: u64| {
            Miner::start(MinerSettings {
                pool: rig.server.stratum,
                user: format!("host1.rig{number}"),
                password: "x".into(),
                hashrate: Hashrate::new(2_000),
                seed: number,
                reconnect: true,
            })
        };
        let mut machines = [1, 2, 3].map(start);
        until("shares of each machine", || async {
            machines
                .iter()
                .all(|machine| machine.stats().accepted >= 30)
        })
        .await;
        let mut hashes = BTreeSet::new();
        let mut accepted = 0;
        for machine in &mut machines {
            machine.stop().await;
            let stats = machine.stats();
            assert!(stats.rejected.is_empty(), "{:?}", stats.rejected);
            accepted += stats.accepted;
            hashes.extend(machine.accepted_hashes());
        }
        assert_eq!(hashes.len() as u64, accepted, "no work was given twice");
        until("the pool's answers", || async {
            rig.contract(1).await.counts.pool_accepted == accepted
        })
        .await;
        assert_eq!(
            (pool.shares().accepted, pool.shares().rejected),
            (accepted, 0)
        );
        let verdict = verdict(&rig).await;
        assert_eq!((verdict.shares_valid, verdict.upstreams), (accepted, 1));
    }
}
