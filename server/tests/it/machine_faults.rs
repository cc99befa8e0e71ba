//! What goes wrong on the machines' side, over real sockets: each time the machines that work must not notice, and what
//! the others took must come back.

use crate::{
    binary::{Running, free_address},
    machine::Machine,
    metrics::read,
    scripted::{LOGIN, Pool, Rig},
    test_app::{args, until},
};
use std::{
    net::{IpAddr, SocketAddr},
    time::{Duration, Instant},
};
use tokio::net::{TcpSocket, TcpStream};

const ENDED: &str = "assay_connections_ended_total";
const DOWNSTREAM: &str = r#"assay_connections{side="downstream"}"#;
const PING: &str = "{\"id\":1,\"method\":\"mining.ping\",\"params\":[]}\n";

async fn ended(rig: &Rig, reason: &str) -> f64 {
    let metrics = rig.server.metrics.expect("the rig has metrics");
    read(metrics, &format!("{ENDED}{{reason=\"{reason}\"}}")).await
}

/// A machine that goes on working, whatever the others do.
struct Worker {
    machine: Machine,
    nonce: u32,
}

impl Worker {
    async fn start(rig: &Rig) -> Self {
        let machine = rig.machine().await;
        Self { machine, nonce: 0 }
    }

    async fn works(&mut self) {
        let (nonce, line) = self.machine.find_share(LOGIN, self.nonce);
        self.nonce = nonce + 1;
        let answer = self.machine.ask(&line).await;
        assert_eq!(answer, r#"{"id":4,"result":true,"error":null}"#);
    }
}

async fn subscribed(server: SocketAddr) -> Machine {
    let mut machine = Machine::connect(server).await;
    let subscribe = r#"{"id":2,"method":"mining.subscribe","params":[]}"#;
    assert!(machine.ask(subscribe).await.contains("mining.notify"));
    machine
}

#[tokio::test(flavor = "multi_thread")]
async fn half_open_connections_end_and_a_keep_alive_is_enough() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.patience.login = Duration::from_secs(2);
        config.stratum.patience.idle = Duration::from_secs(5);
    })
    .await;
    let server = rig.server.stratum;
    let mut quiet = Worker::start(&rig).await;
    let mut idle = rig.machine().await;
    let mut silent = Machine::connect(server).await;
    let mut subscribed = subscribed(server).await;
    let mut half_a_line = Machine::connect(server).await;
    half_a_line
        .send_raw(b"{\"id\":1,\"method\":\"mining.auth")
        .await;
    let mut refused = Machine::connect(server).await;
    let stranger = r#"{"id":3,"method":"mining.authorize","params":["nobody.x","x"]}"#;
    assert!(refused.ask(stranger).await.contains("[24,"));

    // NerdMiner repeats this to hear something.
    let alive = tokio::spawn(async move {
        let wish = r#"{"id":7,"method":"mining.suggest_difficulty","params":[0.0014]}"#;
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(11) {
            let answer = quiet.machine.ask(wish).await;
            assert_eq!(answer, r#"{"id":7,"result":true,"error":null}"#);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        quiet
    });
    for machine in [&mut silent, &mut subscribed, &mut half_a_line, &mut refused] {
        assert_eq!(machine.line().await, None, "ended without a word");
    }
    assert_eq!(idle.line().await, None);
    let mut quiet = alive.await.expect("it was never ended");
    quiet.works().await;
    assert_eq!(ended(&rig, "no_login").await, 4.0);
    assert_eq!(ended(&rig, "idle").await, 1.0);
}

/// Writes until the server closes; how much it took.
async fn pour(socket: &TcpStream, bytes: &[u8]) -> usize {
    let (mut took, deadline) = (0, Instant::now() + Duration::from_secs(120));
    loop {
        assert!(Instant::now() < deadline, "still open after {took} bytes");
        match socket.try_write(bytes) {
            Ok(written) => took += written,
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            Err(_) => return took,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_never_reads_is_not_listened_to_any_more_and_dropped() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.patience.reading = Duration::from_secs(2);
    })
    .await;
    let mut worker = Worker::start(&rig).await;
    let socket = TcpSocket::new_v4().unwrap();
    // What the system keeps for it is little, so that it is soon full.
    socket.set_recv_buffer_size(4_096).unwrap();
    socket.set_send_buffer_size(65_536).unwrap();
    let deaf = socket.connect(rig.server.stratum).await.unwrap();
    let login = format!(
        "{{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[]}}\n\
         {{\"id\":3,\"method\":\"mining.authorize\",\"params\":[\"{LOGIN}\",\"x\"]}}\n"
    );
    assert_eq!(deaf.try_write(login.as_bytes()).unwrap(), login.len());
    let pings = PING.repeat(1_000);
    let took = tokio::spawn(async move { pour(&deaf, pings.as_bytes()).await });
    while ended(&rig, "slow_reader").await == 0.0 {
        worker.works().await;
    }
    // What the system buffers on both sides, and our 64 KiB of answers: far from all that it would send in this time.
    let took = took.await.unwrap();
    assert!(took < 24 << 20, "{took} bytes were taken");
    worker.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_shares_and_of_tiny_lines_leave_the_others_alone() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut worker = Worker::start(&rig).await;
    let server = rig.server.stratum;
    let mut floods = Vec::new();
    for kind in 0..4 {
        floods.push(tokio::spawn(async move {
            let mut machine = Machine::mining(server, LOGIN).await;
            let (_, share) = machine.find_share(LOGIN, 0);
            let line = match kind {
                // One share again and again, one for no job, blank lines, and requests.
                0 => format!("{share}\n"),
                1 => format!("{}\n", share.replace(r#"","1","#, r#"","none","#)),
                2 => "\n\r\n \n".to_owned(),
                _ => PING.to_owned(),
            };
            let many = line.repeat(60_000 / line.len());
            for _ in 0..100 {
                machine.send_raw(many.as_bytes()).await;
                if kind != 2 {
                    for _ in 0..many.lines().count() {
                        machine.answer().await.expect("an answer to each");
                    }
                    machine.heard.clear();
                }
            }
            machine.ask(PING.trim()).await
        }));
    }
    while floods.iter().any(|flood| !flood.is_finished()) {
        worker.works().await;
    }
    for flood in floods {
        assert!(flood.await.unwrap().contains("pong"));
    }
    // Of a share that came many times one was counted, and refusals are no memory.
    let accepted = f64::from(worker.nonce) + 1.0;
    let metrics = rig.server.metrics.unwrap();
    let series = r#"assay_shares_total{side="downstream",result="accepted",reason=""}"#;
    assert_eq!(read(metrics, series).await, accepted);
    worker.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_and_lines_without_an_end_end_their_connection_alone() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut worker = Worker::start(&rig).await;
    for bytes in [vec![b'x'; 8_193], [&[b'{'; 9_000][..], b"\n"].concat()] {
        let mut machine = rig.machine().await;
        machine.send_raw(&bytes).await;
        let last = machine.answer().await.unwrap();
        assert!(last.contains(r#"[20,"Line too long",null]"#), "{last}");
        assert_eq!(machine.line().await, None);
    }
    let mut machine = rig.machine().await;
    machine.send_raw(&b"\xff\x00\n".repeat(1_000)).await;
    let mut answers = 0;
    while machine.line().await.is_some() {
        answers += 1;
    }
    assert!(answers <= 10, "{answers}");
    assert_eq!(ended(&rig, "line_too_long").await, 2.0);
    assert_eq!(ended(&rig, "malformed").await, 1.0);
    worker.works().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_of_which_nothing_counts_is_warned_reconnected_and_dropped() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.patience.rung = Duration::from_secs(1);
    })
    .await;
    let bad = |kind: usize| {
        let (job, extranonce2) = [("none", "00000001"), ("1", "0001")][kind % 2];
        format!(
            "{{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"{LOGIN}\",\"{job}\",\"{extranonce2}\",\"00000000\",\"00000000\"]}}"
        )
    };
    let mut bad_luck = Worker::start(&rig).await;
    // Neither a job that is unknown nor a share of the wrong length counts: each alone is enough.
    for kind in 0..2 {
        let mut machine = rig.machine().await;
        while let Some(line) = {
            machine.send(&bad(kind)).await;
            machine.line().await
        } {
            assert!(!line.contains("true"));
            // Many are refused here too, and now and then one counts.
            for _ in 0..3 {
                bad_luck.machine.ask(&bad(kind)).await;
            }
            bad_luck.works().await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let place = |what: &str| machine.heard.iter().position(|line| line.contains(what));
        let (warned, reconnected) = (place("client.show_message"), place("client.reconnect"));
        assert!(
            warned.is_some() && warned < reconnected,
            "{warned:?} {reconnected:?}"
        );
        let last = machine.heard.last().unwrap();
        assert!(last.contains("error"), "the last share is answered: {last}");
    }
    assert_eq!(ended(&rig, "refused").await, 2.0);
    bad_luck.works().await;
    let told = &bad_luck.machine.heard;
    assert!(!told.iter().any(|line| line.contains("client.")));
}

#[tokio::test(flavor = "multi_thread")]
async fn shares_that_come_with_the_last_refused_one_are_answered() {
    let rung = Duration::from_millis(1_100);
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.patience.rung = rung;
    })
    .await;
    let bad = format!(
        "{{\"id\":5,\"method\":\"mining.submit\",\"params\":[\"{LOGIN}\",\"none\",\"00000001\",\"00000000\",\"00000000\"]}}\n"
    );
    let mut machine = rig.machine().await;
    let (_, good) = machine.find_share(LOGIN, 0);
    while !machine
        .heard
        .iter()
        .any(|line| line.contains("client.reconnect"))
    {
        machine.send_raw(bad.repeat(60).as_bytes()).await;
        tokio::time::sleep(rung).await;
        for _ in 0..60 {
            machine.answer().await.expect("an answer to each");
        }
    }
    tokio::time::sleep(2 * rung).await;
    machine
        .send_raw(format!("{bad}{good}\n{bad}").as_bytes())
        .await;
    let mut answers = Vec::new();
    while let Some(line) = machine.line().await {
        answers.push(line);
    }
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(answers[1], r#"{"id":4,"result":true,"error":null}"#);
    assert_eq!(rig.contract().await.counts.accepted, 1);
    assert_eq!(ended(&rig, "refused").await, 1.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_over_the_limits_hear_why_and_there_is_room_again_afterwards() {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.connections = 5;
        config.stratum.connections_per_address = 3;
    })
    .await;
    let mut worker = Worker::start(&rig).await;
    let server = rig.server.stratum;
    let mut here = vec![subscribed(server).await, subscribed(server).await];
    let mut refused = Machine::connect(server).await;
    assert_eq!(
        refused.line().await.as_deref(),
        Some(
            r#"{"id":null,"result":null,"error":[20,"Too many connections from this address",null]}"#
        )
    );
    assert_eq!(refused.line().await, None);

    let elsewhere = || async {
        let socket = TcpSocket::new_v4().unwrap();
        let address: IpAddr = "127.0.0.2".parse().unwrap();
        socket.bind((address, 0).into()).unwrap();
        Machine::over(socket.connect(server).await.unwrap())
    };
    let mut there = Vec::new();
    for _ in 0..2 {
        let mut machine = elsewhere().await;
        assert!(machine.ask(PING.trim()).await.contains("pong"));
        there.push(machine);
    }
    let mut refused = elsewhere().await;
    assert_eq!(
        refused.line().await.as_deref(),
        Some(r#"{"id":null,"result":null,"error":[20,"Too many connections",null]}"#)
    );
    worker.works().await;
    here.clear();
    let metrics = rig.server.metrics.unwrap();
    until("the seats are back", || async {
        read(metrics, DOWNSTREAM).await == 3.0
    })
    .await;
    subscribed(server).await;
    for (reason, count) in [("address_full", 1.0), ("server_full", 1.0)] {
        let series = format!("assay_connections_refused_total{{reason=\"{reason}\"}}");
        assert_eq!(read(metrics, &series).await, count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_have_an_end_on_a_connection_and_in_a_contract() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut worker = Worker::start(&rig).await;
    let server = rig.server.stratum;
    let authorize = |login: String| {
        format!("{{\"id\":4,\"method\":\"mining.authorize\",\"params\":[\"{login}\",\"x\"]}}")
    };
    // Nobody is at work yet, so that no contract has heard of any of them; more than a contract remembers.
    let mut machines = Vec::new();
    for connection in 0..160 {
        let mut machine = Machine::connect(server).await;
        let logins = (0..64).map(|n| authorize(format!("rig-host.c{connection}-{n}")));
        machine.send(&logins.collect::<Vec<_>>().join("\n")).await;
        for _ in 0..64 {
            assert!(machine.answer().await.unwrap().contains("true"));
        }
        machines.push(machine);
    }
    let more = machines[0]
        .ask(&authorize("rig-host.one-more".into()))
        .await;
    assert!(more.contains(r#"[20,"Too many logins",null]"#), "{more}");
    for machine in &mut machines {
        let subscribe = r#"{"id":2,"method":"mining.subscribe","params":[]}"#;
        machine.send(subscribe).await;
    }
    for machine in &mut machines {
        while machine.jobs.is_empty() {
            machine.hear().await.expect("a job");
        }
    }
    let workers = rig.contract().await.workers.len();
    assert_eq!(workers, 10_000, "no more than a contract remembers");
    // Nobody is kept out by names of which no share has counted, and nobody who was there before is pushed out.
    let mut late = Machine::mining(server, "rig-host.late").await;
    let (_, line) = late.find_share("rig-host.late", 0);
    assert!(late.ask(&line).await.contains("true"));
    worker.works().await;
    let workers = rig.contract().await.workers;
    for login in ["rig-host.late", LOGIN] {
        let shown = workers.iter().find(|worker| worker.login == login);
        assert!(shown.is_some_and(|worker| worker.online), "{login}");
    }
    drop(machines);
    let mut again = rig.machine().await;
    let (_, line) = again.find_share(LOGIN, 0);
    assert!(again.ask(&line).await.contains("true"));
}

/// Without waiting for a job: there are not enough of them for all.
async fn log_in(machine: &mut Machine) {
    let hello = "{\"id\":2,\"method\":\"mining.subscribe\",\"params\":[]}\n\
         {\"id\":3,\"method\":\"mining.authorize\",\"params\":[\"demo-host.flood\",\"x\"]}";
    assert!(machine.ask(hello).await.contains("mining.notify"));
    let answer = machine.answer().await.expect("an answer");
    assert_eq!(answer, r#"{"id":3,"result":true,"error":null}"#);
}

/// Open files of a process.
fn files(process: u32) -> usize {
    let listed = std::fs::read_dir(format!("/proc/{process}/fd"));
    listed.expect("it runs").count()
}

fn resident_kib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("it runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.and_then(|kib| kib.parse().ok()).expect("a number")
}

/// The real binary, so that its files and memory are its own.
#[tokio::test(flavor = "multi_thread")]
async fn thousands_of_connections_at_once_leave_nothing_behind() {
    let (mut args, _folder) = args();
    args.metrics = Some(free_address());
    let metrics = args.metrics.unwrap();
    let running = Running::start(&args).await;
    let (server, process) = (running.stratum, running.id());
    let mut worker = Machine::mining(server, "demo-host.rig1").await;
    let limit = rlimit::increase_nofile_limit(16_384).unwrap_or(1_024);
    let all = usize::try_from(limit)
        .unwrap()
        .saturating_sub(1_000)
        .min(9_000);
    until("the sandbox's machines", || async {
        read(metrics, DOWNSTREAM).await == 4.0
    })
    .await;
    let mut before = None;
    for round in 0..3 {
        // From twelve addresses, each within its limit, all at once; half of them say something.
        let mut coming = tokio::task::JoinSet::new();
        for number in 0..all {
            coming.spawn(async move {
                let socket = TcpSocket::new_v4().unwrap();
                let host = u8::try_from(number / 4 % 12).unwrap() + 2;
                socket.bind(([127, 0, 0, host], 0).into()).unwrap();
                let mut machine = Machine::over(socket.connect(server).await.unwrap());
                match number % 4 {
                    0 => log_in(&mut machine).await,
                    2 | 3 => {
                        machine
                            .send_raw(b"{\"id\":1,\"method\":\"mining.subs")
                            .await
                    }
                    _ => {}
                }
                machine
            });
        }
        let machines = coming.join_all().await;
        let connected = |least: f64| async move { read(metrics, DOWNSTREAM).await >= least };
        // Where the system's own queue is short, some come seconds later.
        until("most of them", || connected((all / 4 * 3) as f64)).await;
        let (_, line) = worker.find_share("demo-host.rig1", round << 24);
        let answer = worker.ask(&line).await;
        assert!(answer.contains("true"), "{answer}");
        drop(machines);
        until("the counts are back", || async {
            read(metrics, DOWNSTREAM).await == 4.0
        })
        .await;
        let now = (files(process), resident_kib(process));
        // The first round is the measure: files of the pages and logs are open by then.
        let (files_before, kib_before) = *before.get_or_insert(now);
        assert!(
            now.0 <= files_before + 8,
            "{} files, then {}",
            files_before,
            now.0
        );
        assert!(
            // What a round's machines need, and some: two rounds that leave theirs behind need twice that.
            now.1 <= kib_before + 32 * 1_024,
            "{kib_before} KiB, then {}",
            now.1
        );
    }
    running.kill().await;
}
