//! What machines should not send.

use crate::{machine::Machine, test_app::TestApp};

const LOGIN: &str = "demo-host.rig1";

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_line_gets_its_reject_and_the_connection_lives_on() {
    let app = TestApp::start().await;
    let mut machine = Machine::connect(app.demo.stratum).await;
    let submit = |id: &str, rest: &str| {
        format!("{{\"id\":{id},\"method\":\"mining.submit\",\"params\":[{rest}]}}")
    };
    let share = r#""demo-host.rig1","1","00000001","00000000","00000000""#;
    for (line, answer) in [
        (submit("4", share), r#"{"id":4,"result":null,"error":[25,"#),
        (
            r#"{"id":"seven","method":"mining.fly","params":[]}"#.into(),
            r#"{"id":"seven","result":null,"error":[20,"Unknown method",null]}"#,
        ),
        (
            "not json".into(),
            r#"{"id":null,"result":null,"error":[20,"#,
        ),
        ("[1,2]".into(), r#"{"id":null,"result":null,"error":[20,"#),
        (
            r#"{"id":5,"method":7}"#.into(),
            r#"{"id":5,"result":null,"error":[20,"#,
        ),
        (
            r#"{"id":6,"method":"mining.authorize","params":[12]}"#.into(),
            r#"{"id":6,"result":null,"error":[20,"#,
        ),
        (
            r#"{"id":7,"method":"mining.subscribe","params":[]}"#.into(),
            r#"{"id":7,"result":[["#,
        ),
        (submit("8", share), r#"{"id":8,"result":null,"error":[24,"#),
        (
            r#"{"id":9,"method":"mining.authorize","params":["nobody.rig","x"]}"#.into(),
            r#"{"id":9,"result":null,"error":[24,"#,
        ),
        (
            r#"{"id":10,"method":"mining.authorize","params":["demo-host.rig1","x"]}"#.into(),
            r#"{"id":10,"result":true,"#,
        ),
        (
            submit("11", r#""demo-host.rig1","1","0001","00000000","00000000""#),
            r#"{"id":11,"result":null,"error":[20,"Invalid extranonce2""#,
        ),
        (
            submit(
                "12",
                r#""demo-host.rig1","1","0000000g","00000000","00000000""#,
            ),
            r#"{"id":12,"result":null,"error":[20,"#,
        ),
        (
            submit("13", r#""demo-host.rig1","1","00000001",0,"00000000""#),
            r#"{"id":13,"result":null,"error":[20,"#,
        ),
        (
            submit("14", r#""demo-host.rig1","1","00000001""#),
            r#"{"id":14,"result":null,"error":[20,"#,
        ),
        (
            submit(
                "15",
                r#""demo-host.rig1","no such job","00000001","00000000","00000000""#,
            ),
            r#"{"id":15,"result":null,"error":[21,"#,
        ),
    ] {
        let found = machine.ask(&line).await;
        assert!(
            found.starts_with(answer),
            "{line}\n  gave {found}\n  not  {answer}"
        );
    }
    assert!(app.contract().await.pool_connected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_share_counts_once_and_by_its_own_target() {
    let app = TestApp::start().await;
    let mut machine = Machine::mining(app.demo.stratum, LOGIN).await;
    let (nonce, line) = machine.find_share(LOGIN, 0);
    assert_eq!(
        machine.ask(&line).await,
        r#"{"id":4,"result":true,"error":null}"#
    );
    let upper = line.replace(&format!("{nonce:08x}"), &format!("{nonce:08X}"));
    for again in [&line, &upper] {
        assert_eq!(
            machine.ask(again).await,
            r#"{"id":4,"result":null,"error":[22,"Duplicate share",null]}"#
        );
    }
    let easy = (0..)
        .find(|n| *n != nonce && !is_share(&machine, *n))
        .unwrap();
    let low = line.replace(&format!("{nonce:08x}"), &format!("{easy:08x}"));
    assert_eq!(
        machine.ask(&low).await,
        r#"{"id":4,"result":null,"error":[23,"Low difficulty share",null]}"#
    );
    let ntime = machine.jobs.last().unwrap().job.ntime;
    let late = line.replace(&format!("{ntime:08x}"), &format!("{:08x}", ntime - 1));
    assert_eq!(
        machine.ask(&late).await,
        r#"{"id":4,"result":null,"error":[20,"Ntime out of range",null]}"#
    );

    // A new block makes the job stale.
    let jobs = machine.jobs.len();
    app.demo.pool.new_block();
    while machine.jobs.len() == jobs || !machine.jobs.last().unwrap().clean {
        machine.hear().await.expect("a job");
    }
    let stale = line.replace(&format!("{nonce:08x}"), &format!("{easy:08x}"));
    assert_eq!(
        machine.ask(&stale).await,
        r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#
    );

    let contract = app.contract().await;
    let worker = contract
        .workers
        .iter()
        .find(|worker| worker.login == LOGIN)
        .unwrap();
    assert_eq!(worker.shares, 1);
    assert!(worker.online);
    assert!(
        contract.counts.stale >= 1 && contract.counts.rejected >= 4,
        "{:?}",
        contract.counts
    );
}

fn is_share(machine: &Machine, nonce: u32) -> bool {
    machine.find_share(LOGIN, nonce).0 == nonce
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_over_8_kib_ends_the_connection_with_a_word() {
    let app = TestApp::start().await;
    let mut machine = Machine::connect(app.demo.stratum).await;
    machine.send_raw(&[b'x'; 9_000]).await;
    let answer = machine.line().await.expect("a last word");
    assert_eq!(
        answer,
        r#"{"id":null,"result":null,"error":[20,"Line too long",null]}"#
    );
    assert_eq!(machine.line().await, None);
    let mut flood = Machine::connect(app.demo.stratum).await;
    for _ in 0..30 {
        flood.send("garbage").await;
    }
    let mut answers = 0;
    while flood.line().await.is_some() {
        answers += 1;
    }
    assert_eq!(
        answers, 10,
        "ten malformed lines in a row end the connection"
    );
    // The others do not notice.
    let mut other = Machine::mining(app.demo.stratum, LOGIN).await;
    let (_, line) = other.find_share(LOGIN, 0);
    assert!(other.ask(&line).await.contains("true"));
}
