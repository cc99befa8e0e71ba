//! A pool that leaves 4 bytes of extranonce2, too few to be shared: each machine gets a session of its own with it.

use crate::{
    client,
    machine::Machine,
    puppet::{Caller, DIFFICULTY, Jobs, Puppet},
    rig::{Rig, patience},
    second_verifier,
    test_app::until,
};
use pow::{Job, bundle::Verdict};
use sandbox::{Miner, MinerSettings, Pool, PoolSettings};
use server::stratum::PoolPatience;
use std::{collections::BTreeSet, time::Duration};
use stratum::downstream;
use units::{Difficulty, Hashrate};

const RIG: &str = "host1.rig";
const ACCEPTED: &str = r#"{"id":4,"result":true,"error":null}"#;
const DUPLICATE: &str = r#"{"id":4,"result":null,"error":[22,"Duplicate share",null]}"#;
const STALE: &str = r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#;

/// A contract at a pool that leaves 4 bytes.
struct Start {
    pool: Puppet,
    jobs: Jobs,
    rig: Rig,
    job: Job,
}

impl Start {
    async fn new() -> Self {
        let (pool, mut jobs) = (Puppet::start().await, Jobs::new(1));
        let rig = Rig::start(patience(), &[&[pool.address]]).await;
        let job = jobs.next_leaving(4);
        Self {
            pool,
            jobs,
            rig,
            job,
        }
    }
}

/// A session and the machine that moved into it.
async fn pair(pool: &mut Puppet, rig: &Rig, end: [u8; 2], job: &Job) -> (Caller, Machine) {
    let mut machine = movable(rig).await;
    let caller = session(pool, [9, 9, end[0], end[1]], job).await;
    moved(&mut machine, end).await;
    (caller, machine)
}

/// A machine that cannot be moved; it waits.
async fn waits(rig: &Rig) -> Machine {
    let mut machine = Machine::connect(rig.server.stratum).await;
    machine.log_in(RIG).await;
    machine
}

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
    second_verifier::agrees_on(&bundle.body);
    crate::test_app::verify(&bundle.body)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_machine_has_a_session_of_its_own() {
    let Start {
        mut pool,
        mut jobs,
        rig,
        job,
    } = Start::new().await;
    let (mut at_one, mut one) = pair(&mut pool, &rig, [0xa0, 1], &job).await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    assert!(pool.nobody_called(), "no session without a machine for it");

    // Those that cannot be moved are asked to come back, once there is a session for them.
    let waiting = waits(&rig).await;
    let mut at_two = session(&mut pool, [9, 9, 0xa0, 2], &job).await;
    let mut two = come_back(waiting, &rig).await;
    work(&mut two, &mut at_two, "a", &job, 100_000).await;
    let waiting = waits(&rig).await;
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
    let next = jobs.next_leaving(4);
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
    let Start {
        mut pool,
        mut jobs,
        rig,
        job,
    } = Start::new().await;
    let (mut at_one, mut one) = pair(&mut pool, &rig, [0xa0, 1], &job).await;
    let waiting = waits(&rig).await;
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
    let next = jobs.next_leaving(4);
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
    let job = jobs.next_leaving(4);
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
    let Start {
        mut pool, rig, job, ..
    } = Start::new().await;
    let (mut at_one, mut one) = pair(&mut pool, &rig, [0xa0, 1], &job).await;
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
async fn a_new_block_comes_session_by_session() {
    let Start {
        mut pool,
        mut jobs,
        rig,
        job,
    } = Start::new().await;
    let (mut at_one, mut one) = pair(&mut pool, &rig, [0xa0, 1], &job).await;
    let (mut at_two, mut two) = pair(&mut pool, &rig, [0xa0, 2], &job).await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    work(&mut two, &mut at_two, "a", &job, 0).await;

    let next = Jobs::new(2).next_leaving(4);
    assert_ne!(next.prev_hash, job.prev_hash);
    at_one.give("b", &next, true).await;
    one.next_job().await;
    work(&mut one, &mut at_one, "b", &next, 0).await;
    // The other session is behind, and what it still gives of the block before is not used.
    assert_eq!(two.mine(RIG, 100_000).await, STALE);
    let (late, known) = (jobs.next_leaving(4), two.jobs.len());
    at_two.give("late", &late, false).await;
    at_two.give("b", &next, true).await;
    two.job_after(known).await;
    work(&mut two, &mut at_two, "b", &next, 0).await;
    let verdict = verdict(&rig).await;
    assert_eq!((verdict.shares_valid, verdict.jobs), (4, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_takes_over_a_session_is_judged_as_who_left_it() {
    let Start {
        mut pool,
        mut jobs,
        rig,
        job,
    } = Start::new().await;
    let mut caller = pool.caller().await;
    caller.extranonce2_size = 4;
    caller.greet([9, 9, 0xa0, 1]).await;
    let harder = Difficulty::from_exponent(DIFFICULTY + 4).unwrap();
    caller.say(&downstream::set_difficulty(harder)).await;
    caller.give("a", &job, true).await;
    let mut one = movable(&rig).await;
    moved(&mut one, [0xa0, 1]).await;
    let easier = Difficulty::from_exponent(DIFFICULTY).unwrap();
    assert_eq!(one.jobs[0].target, easier.target());
    assert_eq!(one.mine(RIG, 0).await, ACCEPTED);
    drop(one);
    until("the machine is gone", || async {
        let workers = rig.contract(1).await.workers;
        workers.iter().all(|worker| !worker.online)
    })
    .await;
    // Nobody gets the work that was done.
    let mut next = jobs.next_leaving(4);
    next.ntime = next.ntime.max(job.ntime + 1);
    caller.give("next", &next, false).await;
    // It would like the pool's difficulty. But under one block a coinbase space has one.
    let mut two = Machine::connect(rig.server.stratum).await;
    let wish = harder.to_f64();
    two.send(&format!(
        r#"{{"id":8,"method":"mining.suggest_difficulty","params":[{wish}]}}"#
    ))
    .await;
    two.send(r#"{"id":9,"method":"mining.extranonce.subscribe","params":[]}"#)
        .await;
    two.log_in(RIG).await;
    moved(&mut two, [0xa0, 1]).await;
    assert_eq!(two.jobs[0].target, easier.target());
    assert_eq!(two.mine(RIG, 0).await, ACCEPTED);
    // With the next block it gets what it likes.
    caller.give("b", &Jobs::new(2).next_leaving(4), true).await;
    let harder = harder.target();
    while two.jobs.last().unwrap().target != harder {
        two.hear().await.expect("a job");
    }
    assert_eq!(two.mine(RIG, 0).await, ACCEPTED);
    // Shares of before may have met the pool's target too.
    while caller.share().await.job_id != "b" {}
    assert_eq!(verdict(&rig).await.shares_valid, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_machines_have_sessions_again() {
    let Start {
        mut pool, rig, job, ..
    } = Start::new().await;
    let (mut at_one, mut one) = pair(&mut pool, &rig, [0xa0, 1], &job).await;
    let (mut at_two, mut two) = pair(&mut pool, &rig, [0xa0, 2], &job).await;
    work(&mut one, &mut at_one, "a", &job, 0).await;
    work(&mut two, &mut at_two, "a", &job, 0).await;
    until("the pool's answers", || async {
        rig.contract(1).await.counts.pool_accepted == 2
    })
    .await;

    let again = rig.after_a_crash(patience()).await;
    // The pool knows nothing of it: a session is what another machine's was.
    let mut at_one = session(&mut pool, [9, 9, 0xa0, 2], &job).await;
    let mut one = movable(&again).await;
    moved(&mut one, [0xa0, 2]).await;
    assert_eq!(one.mine(RIG, 0).await, DUPLICATE);
    work(&mut one, &mut at_one, "a", &job, 100_000).await;
    let waiting = waits(&again).await;
    let mut at_two = session(&mut pool, [9, 9, 0xb0, 1], &job).await;
    let mut two = come_back(waiting, &again).await;
    work(&mut two, &mut at_two, "a", &job, 0).await;
    let verdict = verdict(&again).await;
    assert_eq!((verdict.shares_valid, verdict.upstreams), (4, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_kept_for_the_host_whose_machine_was_asked_to_come_for_it() {
    let (mut pool, mut jobs) = (Puppet::start().await, Jobs::new(1));
    let mut elsewhere = Puppet::start().await;
    let rig = Rig::start(patience(), &[&[pool.address], &[elsewhere.address]]).await;
    let _at_other = elsewhere.serve([1; 4], "other", &jobs.next()).await;
    let job = jobs.next_leaving(4);
    let mut waiting = waits(&rig).await;
    let mut caller = session(&mut pool, [9, 9, 0xa0, 1], &job).await;
    while !waiting.hear().await.unwrap().contains("client.reconnect") {}
    drop(waiting);
    // Others come first: one does not say who he is, one is of another host.
    let mut silent = Machine::connect(rig.server.stratum).await;
    let subscribe = r#"{"id":2,"method":"mining.subscribe","params":[]}"#;
    assert!(silent.ask(subscribe).await.contains("a001"));
    drop(silent);
    let mut stranger = loop {
        // Until the server has noticed that it is gone.
        let mut stranger = Machine::connect(rig.server.stratum).await;
        if stranger.ask(subscribe).await.contains("a001") {
            break stranger;
        }
    };
    stranger
        .send(r#"{"id":3,"method":"mining.authorize","params":["host2.rig","x"]}"#)
        .await;
    while !stranger.hear().await.unwrap().contains("client.reconnect") {}
    assert!(stranger.jobs.is_empty());
    let mut back = Machine::mining(rig.server.stratum, RIG).await;
    work(&mut back, &mut caller, "a", &job, 0).await;
    // The other one comes back as it was asked to.
    drop(stranger);
    let mut stranger = Machine::mining(rig.server.stratum, "host2.rig").await;
    assert_ne!(stranger.extranonce1, [0xa0, 1]);
    assert_eq!(stranger.mine("host2.rig", 0).await, ACCEPTED);
    assert_eq!(verdict(&rig).await.shares_valid, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_go_between_a_session_for_all_and_one_of_their_own() {
    let (mut first, mut backup) = (Puppet::start().await, Puppet::start().await);
    let impatient = PoolPatience {
        come_back: Duration::from_millis(200),
        ..patience()
    };
    let rig = Rig::start(impatient, &[&[first.address, backup.address]]).await;
    let mut jobs = Jobs::new(1);
    let job = jobs.next();
    let mut at_first = first.serve([1; 4], "first", &job).await;
    let mut one = movable(&rig).await;
    one.job_after(0).await;
    assert_eq!(one.mine(RIG, 0).await, ACCEPTED);
    at_first.good_share("first", &job).await;

    let first_at = first.stop().await;
    at_first.die().await;
    let small = jobs.next_leaving(4);
    let mut at_backup = session(&mut backup, [9, 9, 0xa0, 1], &small).await;
    moved(&mut one, [0xa0, 1]).await;
    work(&mut one, &mut at_backup, "a", &small, 0).await;

    let mut first = Puppet::start_at(first_at).await;
    let (known, job) = (one.jobs.len(), jobs.next());
    let mut at_first = first.serve([2; 4], "again", &job).await;
    one.job_after(known).await;
    assert_eq!(one.extranonce1, [0xa0, 1], "it stays where it is");
    assert_eq!(one.mine(RIG, 0).await, ACCEPTED);
    at_first.good_share("again", &job).await;
    at_backup.until_closed().await;

    let shown = rig.contract(1).await.fail_over;
    assert_eq!(shown.small_extranonce2_bytes, None);
    first.stop().await;
    at_first.die().await;
    let mut at_backup = session(&mut backup, [9, 9, 0xb0, 1], &small).await;
    moved(&mut one, [0xb0, 1]).await;
    work(&mut one, &mut at_backup, "a", &small, 0).await;
    let verdict = verdict(&rig).await;
    assert_eq!((verdict.shares_valid, verdict.upstreams), (4, 4));
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
