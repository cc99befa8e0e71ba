//! What pools do wrong, over real sockets: the server goes on, says what was wrong in its own words, and no share is lost or
//! sent to the wrong place.

use crate::{
    machine::Machine,
    proxy::Proxy,
    puppet::{Caller, DIFFICULTY, Jobs, Puppet},
    rig::{Rig, patience},
    test_app::until,
};
use sandbox::{Pool, PoolSettings};
use server::stratum::PoolPatience;
use std::time::Duration;
use stratum::downstream;
use units::Difficulty;

const RIG: &str = "host1.rig";
const STALE: &str = r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#;
const ACCEPTED: &str = r#"{"id":4,"result":true,"error":null}"#;
/// Long enough for a busy machine to set the scene, short enough to wait for.
const SHORT: Duration = Duration::from_secs(4);

/// A pool, a server, and a machine that has its job and one accepted share of it.
struct Scene {
    pool: Puppet,
    caller: Caller,
    rig: Rig,
    machine: Machine,
    jobs: Jobs,
}

impl Scene {
    async fn set(patience: PoolPatience) -> Self {
        let (mut pool, mut jobs) = (Puppet::start().await, Jobs::new(1));
        let rig = Rig::start(patience, &[&[pool.address]]).await;
        let job = jobs.next();
        let mut caller = pool.serve([1; 4], "first", &job).await;
        let mut machine = Machine::mining(rig.server.stratum, RIG).await;
        assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
        caller.good_share("first", &job).await;
        let scene = Self {
            pool,
            caller,
            rig,
            machine,
            jobs,
        };
        scene.answered(1).await;
        scene
    }

    /// The pool's session has ended: until this is what the page says of it.
    async fn ended(&self, sentence: &str) {
        until(sentence, || async {
            let contract = self.rig.contract(1).await;
            !contract.pool_connected && self.rig.trouble().await == sentence
        })
        .await;
    }

    /// The server comes back and gets a job; shares count again and reach the pool.
    async fn recovers(&mut self, extranonce1: [u8; 4]) {
        let job = self.jobs.next();
        self.caller = self.pool.serve(extranonce1, "again", &job).await;
        self.machine.job_in(&extranonce1).await;
        let before = self.rig.contract(1).await.counts.accepted;
        assert_eq!(self.machine.mine(RIG, 0).await, ACCEPTED);
        self.caller.good_share("again", &job).await;
        self.answered(before + 1).await;
        assert_eq!(self.rig.verify(1).await, before + 1);
        assert_eq!(self.rig.trouble().await, "");
    }

    /// All shares that were accepted were sent to the pool and accepted there.
    async fn answered(&self, shares: u64) {
        until("the pool's answers", || async {
            self.rig.contract(1).await.counts.pool_accepted == shares
        })
        .await;
        let counts = self.rig.contract(1).await.counts;
        assert_eq!((counts.accepted, counts.forwarded), (shares, shares));
        assert_eq!(counts.not_sent, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_dies_mid_job() {
    let mut scene = Scene::set(patience()).await;
    let (_, found) = scene.machine.find_share(RIG, 1_000_000);
    scene.caller.die().await;
    scene.ended("The pool closed the connection.").await;
    // Work that cannot reach the pool is neither counted nor paid.
    assert_eq!(scene.machine.ask(&found).await, STALE);
    // It dies again before it has given a job.
    let mut caller = scene.pool.caller().await;
    caller.greet([2; 4]).await;
    caller.die().await;
    scene.recovers([3; 4]).await;
    // And the job of before its death is no job of the new session.
    assert_eq!(scene.machine.ask(&found).await, STALE);
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_dies_often_and_gets_its_machines_back_each_time() {
    let patience = PoolPatience {
        // They do not wait: they are given back to it.
        fail_over: Duration::ZERO,
        ..patience()
    };
    let mut scene = Scene::set(patience).await;
    for number in 2..12 {
        scene.caller.die().await;
        scene.ended("The pool closed the connection.").await;
        scene.recovers([number; 4]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_stops_sending_jobs_while_the_connection_stays_up() {
    let patience = PoolPatience {
        no_job: SHORT,
        ..patience()
    };
    let mut scene = Scene::set(patience).await;
    // It goes on talking, so that it is not silent.
    let ping = br#"{"id":9,"method":"mining.ping","params":[]}"#;
    while scene.caller.try_say(ping).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    scene.ended("The pool gives no work.").await;
    scene.recovers([2; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_gives_no_first_job_or_no_answer_at_all() {
    let patience = PoolPatience {
        first_job: SHORT,
        ..patience()
    };
    let mut scene = Scene::set(patience).await;
    scene.caller.die().await;
    let mut caller = scene.pool.caller().await;
    caller.greet([2; 4]).await;
    scene.ended("The pool gives no work.").await;
    let _mute = scene.pool.caller().await;
    scene.ended("The pool does not answer.").await;
    scene.recovers([3; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_floods_jobs() {
    let mut scene = Scene::set(patience()).await;
    let job = scene.jobs.next();
    for number in 0..300 {
        scene.caller.give(&number.to_string(), &job, true).await;
    }
    let told = "The pool sent more than 240 jobs within a minute.";
    scene.ended(told).await;
    scene.recovers([2; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_floods_lines_of_other_kinds() {
    let mut scene = Scene::set(patience()).await;
    let lines = "{\"id\":null,\"method\":\"mining.set_difficulty\",\"params\":[1]}\n".repeat(3_000);
    scene.caller.say_raw(lines.as_bytes()).await;
    let told = "The pool sent more than 2400 lines within a minute.";
    scene.ended(told).await;
    scene.recovers([2; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_sends_a_line_without_end() {
    let mut scene = Scene::set(patience()).await;
    scene.caller.say_raw(&[b'x'; 1 << 20]).await;
    scene.ended("The pool sent a line that does not end.").await;
    scene.recovers([2; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_sends_garbage() {
    let mut scene = Scene::set(patience()).await;
    let foreign = "The pool sent what is not Stratum.";
    for (number, (garbage, told)) in (2..).zip([
        (&b"<h1>secret</h1>"[..], foreign),
        (b"\xff\xfe\x00", foreign),
        (b"{\"id\":1,", foreign),
        (
            br#"{"id":null,"method":"mining.notify","params":["secret"]}"#,
            "",
        ),
        (
            br#"{"id":null,"method":"mining.set_difficulty","params":[-1]}"#,
            "The pool's mining.set_difficulty: not a positive number.",
        ),
        (
            br#"{"id":null,"method":"mining.set_extranonce","params":["00",4]}"#,
            "The pool leaves 4 bytes of extranonce2, too few to share among machines: 6 are needed.",
        ),
    ]) {
        scene.caller.try_say(garbage).await.unwrap();
        scene.caller.until_closed().await;
        until("the end is noticed", || async {
            !scene.rig.contract(1).await.pool_connected
        })
        .await;
        let trouble = scene.rig.trouble().await;
        assert!(told.is_empty() || trouble == told, "{trouble}");
        assert!(!trouble.contains("secret"), "{trouble}");
        scene.recovers([number; 4]).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_changes_extranonce1_mid_session() {
    let mut scene = Scene::set(patience()).await;
    let line = downstream::set_extranonce(&[7; 4], 8);
    scene.caller.say(&line).await;
    // For the jobs that follow; the one that is out keeps its own, and its shares reach the pool as they were found.
    let (known, job) = (scene.machine.jobs.len(), scene.jobs.next());
    assert_eq!(scene.machine.mine(RIG, 1_000_000).await, ACCEPTED);
    let late = scene.caller.share().await;
    assert_eq!(late.job_id, "first");
    scene.caller.extranonce1 = vec![7; 4];
    scene.caller.give("second", &job, false).await;
    scene.machine.job_after(known).await;
    assert!(scene.machine.jobs[known].clean, "nothing of before counts");
    assert_eq!(scene.machine.mine(RIG, 0).await, ACCEPTED);
    scene.caller.good_share("second", &job).await;
    scene.answered(3).await;
    // A reconnection with another one.
    scene.caller.die().await;
    scene.ended("The pool closed the connection.").await;
    scene.recovers([9; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_pools_with_the_same_job_ids() {
    let (mut one, mut two) = (Puppet::start().await, Puppet::start().await);
    let rig = Rig::start(patience(), &[&[one.address], &[two.address]]).await;
    let (job_one, job_two) = (Jobs::new(1).next(), Jobs::new(2).next());
    // The same id, and the same extranonce1: nothing but the connection tells them apart.
    let mut at_one = one.serve([5; 4], "1", &job_one).await;
    let mut at_two = two.serve([5; 4], "1", &job_two).await;
    let mut machines = [
        Machine::mining(rig.server.stratum, "host1.rig").await,
        Machine::mining(rig.server.stratum, "host2.rig").await,
    ];
    for round in 0..5 {
        let from = round * 100_000;
        let mut answers = Vec::new();
        for (machine, login) in machines.iter_mut().zip(["host1.rig", "host2.rig"]) {
            answers.push(machine.mine(login, from).await);
        }
        assert_eq!(answers, [ACCEPTED; 2]);
        // Each is good where it went, so it would not be at the other.
        let first = at_one.good_share("1", &job_one).await;
        let second = at_two.good_share("1", &job_two).await;
        assert_eq!(
            (first.id, second.id),
            (4 + u64::from(round), 4 + u64::from(round))
        );
    }
    for contract in [1, 2] {
        until("the pool's answers", || async {
            rig.contract(contract).await.counts.pool_accepted == 5
        })
        .await;
        assert_eq!(rig.verify(contract).await, 5);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn network_is_cut() {
    let pool = Pool::start(PoolSettings {
        difficulty: Difficulty::from_exponent(DIFFICULTY).unwrap(),
        job_interval: Duration::from_millis(200),
        mean_block_interval: Duration::from_secs(86_400),
        ..PoolSettings::default()
    });
    let pool = pool.await.unwrap();
    let proxy = Proxy::start(pool.address()).await;
    // A job every fifth of a second: it is silent only where the network is cut.
    let patience = PoolPatience {
        silence: Duration::from_secs(5),
        first_job: SHORT,
        ..patience()
    };
    let rig = Rig::start(patience, &[&[proxy.address]]).await;
    let mut machine = Machine::mining(rig.server.stratum, RIG).await;
    assert_eq!(machine.mine(RIG, 0).await, ACCEPTED);
    let (_, found) = machine.find_share(RIG, 1_000_000);
    until("the share reaches the pool", || async {
        pool.shares().accepted == 1
    })
    .await;
    proxy.cut();
    until("the silence is noticed", || async {
        !rig.contract(1).await.pool_connected
    })
    .await;
    assert_eq!(machine.ask(&found).await, STALE);
    // The attempts of the meantime are opened by the cable's near end, and answered by nobody.
    until("attempts fail", || async {
        rig.trouble().await == "The pool does not answer."
    })
    .await;
    proxy.mend();
    while machine.mine(RIG, 2_000_000).await != ACCEPTED {
        let known = machine.jobs.len();
        machine.job_after(known).await;
    }
    until("the share reaches the pool", || async {
        pool.shares().accepted == 2
    })
    .await;
    assert_eq!(pool.shares().rejected, 0);
    assert_eq!(rig.verify(1).await, 2);
    assert_eq!(rig.trouble().await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_asks_for_another_port_of_its_host() {
    let mut scene = Scene::set(patience()).await;
    let mut other = Puppet::start().await;
    let port = other.address.port();
    let ask = |host: &str| {
        format!(r#"{{"id":null,"method":"client.reconnect","params":["{host}",{port},0]}}"#)
    };
    scene.caller.say(&ask("127.0.0.1")).await;
    scene.caller.until_closed().await;
    let (known, job) = (scene.machine.jobs.len(), scene.jobs.next());
    let mut caller = other.serve([2; 4], "other", &job).await;
    scene.machine.job_after(known).await;
    assert_eq!(scene.machine.mine(RIG, 0).await, ACCEPTED);
    caller.good_share("other", &job).await;
    // Nothing is remembered: where that session ends, the contract's own port is tried again.
    caller.die().await;
    scene.recovers([3; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_asks_for_a_reconnection_in_a_hundred_years() {
    let patience = PoolPatience {
        stay: SHORT,
        ..patience()
    };
    let mut scene = Scene::set(patience).await;
    let ask = r#"{"id":null,"method":"client.reconnect","params":[null,null,3155760000]}"#;
    scene.caller.say(ask).await;
    // Until then its work is good.
    assert_eq!(scene.machine.mine(RIG, 1_000_000).await, ACCEPTED);
    assert_eq!(scene.caller.share().await.job_id, "first");
    scene.caller.until_closed().await;
    scene.recovers([2; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_asks_for_a_port_where_nobody_is() {
    let mut scene = Scene::set(patience()).await;
    let nobody = Puppet::start().await.stop().await.port();
    let ask = format!(r#"{{"id":null,"method":"client.reconnect","params":["",{nobody},"0"]}}"#);
    scene.caller.say(&ask).await;
    scene.caller.until_closed().await;
    scene.recovers([3; 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_asks_for_another_host_or_a_forbidden_port_and_the_session_is_kept() {
    let mut scene = Scene::set(patience()).await;
    let mut other = Puppet::start().await;
    let (host, forbidden) = (
        "The pool asked for a connection to another host, which is not followed.",
        "The pool asked for a connection to a port at which no pool may be.",
    );
    let port = other.address.port();
    for (number, (params, told)) in (2..).zip([
        (format!(r#""127.0.0.2",{port},0"#), host),
        (format!(r#""pool.example",{port}"#), host),
        (r#""127.0.0.1","many",0"#.to_owned(), host),
        (r#""127.0.0.1",6379,0"#.to_owned(), forbidden),
        (r#""127.0.0.1",25,0"#.to_owned(), forbidden),
    ]) {
        let line = format!(r#"{{"id":null,"method":"client.reconnect","params":[{params}]}}"#);
        scene.caller.say(&line).await;
        until(&params, || async { scene.rig.trouble().await == told }).await;
        let answer = scene.machine.mine(RIG, number * 100_000).await;
        assert_eq!(answer, ACCEPTED, "{params}");
        assert_eq!(scene.caller.share().await.job_id, "first");
        scene.answered(number.into()).await;
    }
    assert!(other.nobody_called());
    assert!(scene.pool.nobody_called());
}

#[tokio::test(flavor = "multi_thread")]
async fn pool_that_was_quiet_is_not_silent_when_a_share_comes() {
    let patience = PoolPatience {
        no_answer: SHORT,
        ..patience()
    };
    let mut scene = Scene::set(patience).await;
    // Longer than it may take to answer a share.
    tokio::time::sleep(SHORT + Duration::from_millis(500)).await;
    assert_eq!(scene.machine.mine(RIG, 1_000_000).await, ACCEPTED);
    assert_eq!(scene.caller.share().await.job_id, "first");
    scene.answered(2).await;
    // The next one is not answered.
    assert_eq!(scene.machine.mine(RIG, 2_000_000).await, ACCEPTED);
    scene.caller.until_closed().await;
    scene.ended("The pool does not answer.").await;
}
