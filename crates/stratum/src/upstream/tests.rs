use super::*;
use crate::downstream;
use proptest::prelude::*;

fn upstream() -> Upstream {
    Upstream::new("buyer.assay", "x", "assay/0.1")
}

fn subscribed() -> Upstream {
    let mut upstream = upstream();
    upstream
        .receive(r#"{"id":2,"result":[[["mining.notify","a"]],"f00dcafe",8],"error":null}"#)
        .unwrap();
    upstream
}

fn job() -> Job {
    Job {
        version: 0x2000_0000,
        prev_hash: std::array::from_fn(|place| u8::try_from(place).unwrap()),
        coinbase1: vec![1, 2],
        coinbase2: vec![3],
        branch: vec![[4; 32], [5; 32]],
        nbits: 0x207f_ffff,
        ntime: 1_700_000_000,
    }
}

#[test]
fn the_first_lines() {
    assert_eq!(
        upstream().start(),
        [
            r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":0}]}"#,
            r#"{"id":2,"method":"mining.subscribe","params":["assay/0.1"]}"#,
            r#"{"id":3,"method":"mining.authorize","params":["buyer.assay","x"]}"#,
        ]
    );
}

#[test]
#[expect(
    clippy::too_many_lines,
    reason = "a dialogue is read from top to bottom"
)]
fn a_session_with_a_pool() {
    let mut upstream = upstream();
    let target = |exponent| Difficulty::from_exponent(exponent).unwrap().target();
    let notify = downstream::notify("j1", &job(), true);
    let sent = |target| {
        Event::Job(UpstreamJob {
            id: "j1".to_owned(),
            job: job(),
            clean: true,
            target,
        })
    };
    let space = (vec![0xf0, 0x0d], 8);
    let cases = [
        (
            r#"{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}"#,
            Some(Event::VersionMask(0x1fff_e000)),
        ),
        (
            r#"{"id":2,"error":null,"result":[[["mining.set_difficulty","1"],["mining.notify","1"]],"f00d",8]}"#,
            Some(Event::Subscribed {
                extranonce1: space.0.clone(),
                extranonce2_size: space.1,
            }),
        ),
        (
            r#"{"id":3,"result":true,"error":null}"#,
            Some(Event::Authorized),
        ),
        (&notify, Some(sent(target(0)))),
        (
            r#"{"id":null,"method":"mining.set_difficulty","params":[0.25]}"#,
            Some(Event::Difficulty(target(-2))),
        ),
        (&notify, Some(sent(target(-2)))),
        (
            r#"{"method":"mining.set_version_mask","params":["e000"]}"#,
            Some(Event::VersionMask(0xe000)),
        ),
        (
            r#"{"method":"mining.set_extranonce","params":["f00d",8]}"#,
            Some(Event::ExtranonceChanged {
                extranonce1: space.0,
                extranonce2_size: space.1,
            }),
        ),
        (
            r#"{"method":"client.reconnect","params":["evil.example",1,0]}"#,
            Some(Event::ReconnectAsked),
        ),
        (
            r#"{"id":7,"method":"mining.ping"}"#,
            Some(Event::Reply(
                r#"{"id":7,"result":"pong","error":null}"#.to_owned(),
            )),
        ),
        (
            r#"{"id":8,"method":"client.get_version"}"#,
            Some(Event::Reply(
                r#"{"id":8,"result":"assay/0.1","error":null}"#.to_owned(),
            )),
        ),
        (
            r#"{"method":"client.show_message","params":["hello"]}"#,
            None,
        ),
        ("", None),
    ];
    for (line, event) in cases {
        assert_eq!(
            upstream.receive(line),
            Ok(event.into_iter().collect()),
            "{line}"
        );
    }
}

#[test]
fn refusals() {
    assert_eq!(
        upstream().receive(r#"{"id":3,"result":false,"error":[24,"Unknown user",null]}"#),
        Ok(vec![Event::AuthorizeRefused("Unknown user".to_owned())])
    );
    assert_eq!(
        upstream().receive(r#"{"id":2,"result":null,"error":"full"}"#),
        Err(Fault::SubscribeRefused("full".to_owned()))
    );
    let unknown = r#"{"id":1,"result":null,"error":[-3,"Method not found",null]}"#;
    assert_eq!(upstream().receive(unknown), Ok(vec![]));
}

#[test]
fn shares_are_answered_by_tag_in_any_order() {
    let mut upstream = subscribed();
    let first = upstream
        .submit(100, "j\"1", &[0, 1, 2, 3], 0x6553_f100, 0xab, None)
        .unwrap();
    assert_eq!(
        first,
        r#"{"id":4,"method":"mining.submit","params":["buyer.assay","j\"1","00010203","6553f100","000000ab"]}"#
    );
    let second = upstream
        .submit(200, "j2", &[9], 1, 2, Some(0x00ff_e000))
        .unwrap();
    assert!(second.starts_with(r#"{"id":5"#) && second.ends_with(r#""00000002","00ffe000"]}"#));
    assert_eq!(upstream.unanswered().collect::<Vec<_>>(), [100, 200]);
    let reason = "Low difficulty".to_owned();
    assert_eq!(
        upstream.receive(r#"{"id":5,"result":null,"error":[23,"Low difficulty",null]}"#),
        Ok(vec![Event::ShareAnswer {
            tag: 200,
            accepted: false,
            reason
        }])
    );
    assert_eq!(
        upstream.receive(r#"{"id":4,"result":true,"error":null}"#),
        Ok(vec![Event::ShareAnswer {
            tag: 100,
            accepted: true,
            reason: String::new()
        }])
    );
    assert_eq!(
        upstream.receive(r#"{"id":4,"result":true,"error":null}"#),
        Ok(vec![]),
        "once"
    );
    assert_eq!(upstream.receive(r#"{"id":"x","result":true}"#), Ok(vec![]));
}

#[test]
fn a_pool_that_never_answers_is_a_fault() {
    let mut upstream = subscribed();
    for tag in 0..PENDING_LIMIT {
        upstream
            .submit(u64::try_from(tag).unwrap(), "j", &[], 0, 0, None)
            .unwrap();
    }
    assert_eq!(
        upstream.submit(0, "j", &[], 0, 0, None),
        Err(Fault::TooManyUnanswered)
    );
    upstream.receive(r#"{"id":4,"result":true}"#).unwrap();
    assert!(upstream.submit(0, "j", &[], 0, 0, None).is_ok());
}

#[test]
fn impossible_jobs_are_named() {
    let whole = downstream::notify("j1", &job(), true);
    let hash = "04".repeat(32);
    let branch = format!("{}\"{hash}\"", format!("\"{hash}\",").repeat(32));
    let long_coinbase = "00".repeat(16 * 1024 + 1);
    for (from, to, what) in [
        ("\"j1\"", "1", "no job id"),
        (
            "\"j1\"",
            &format!("\"{}\"", "j".repeat(65)),
            "the job id has more than 64 characters",
        ),
        ("03020100", "0302010", "prevhash is not 64 hex digits"),
        ("\"0102\"", "\"012\"", "odd hex in the coinbase"),
        (
            "\"0102\"",
            &format!("\"{long_coinbase}\""),
            "half of a coinbase passes 16 KiB",
        ),
        (
            &format!("\"{hash}\""),
            "7",
            "the branch is no array of strings",
        ),
        (
            &format!("\"{hash}\""),
            "\"04\"",
            "a hash of the branch is not 64 hex digits",
        ),
        (
            &format!("\"{hash}\""),
            &branch,
            "the branch has more than 32 hashes",
        ),
        ("207fffff", "20ffffff", "nbits is no target"),
        ("207fffff", "00000000", "nbits is no target"),
        ("20000000", "x", "version is no hex number"),
        (",true]", "]", "clean is not true or false"),
    ] {
        let line = whole.replacen(from, to, 1);
        assert_ne!(line, whole, "{from}");
        let fault = Fault::BadParams {
            method: "mining.notify",
            what,
        };
        assert_eq!(subscribed().receive(&line), Err(fault));
    }
    assert_eq!(upstream().receive(&whole), Err(Fault::JobBeforeSubscribed));
    let appended = whole.replacen(",true]", ",true,\"extra\"]", 1);
    assert!(subscribed().receive(&appended).is_ok());
}

#[test]
fn other_faults_are_named() {
    for line in [
        r#"{"method":"mining.set_difficulty","params":[0]}"#,
        r#"{"method":"mining.set_difficulty","params":["1"]}"#,
        r#"{"method":"mining.set_difficulty"}"#,
        r#"{"method":"mining.set_extranonce","params":["f",4]}"#,
        r#"{"method":"mining.set_extranonce","params":["ff",-4]}"#,
        r#"{"method":"mining.set_version_mask","params":["xyz"]}"#,
        r#"{"id":2,"result":true}"#,
        r#"{"id":2,"result":[[],"0g",4]}"#,
        r#"{"id":2,"result":[[],"00","4"]}"#,
    ] {
        let fault = upstream().receive(line).unwrap_err();
        assert!(matches!(fault, Fault::BadParams { .. }), "{line}: {fault}");
    }
    assert_eq!(
        upstream().receive("{]"),
        Err(Fault::Malformed(Malformed::InvalidJson))
    );
}

proptest! {
    #[test]
    fn garbage_never_panics(lines in prop::collection::vec("\\PC{0,200}", 0..20)) {
        let mut upstream = subscribed();
        for line in lines {
            let _ = upstream.receive(&line);
        }
    }

    #[test]
    fn notify_goes_there_and_back(
        version: u32, prev_hash: [u8; 32], coinbase1: Vec<u8>, coinbase2: Vec<u8>,
        branch in prop::collection::vec(any::<[u8; 32]>(), 0..13), ntime: u32, clean: bool,
    ) {
        let job = Job { version, prev_hash, coinbase1, coinbase2, branch, nbits: 0x1705_dd01, ntime };
        let line = downstream::notify("5", &job, clean);
        prop_assert!(line.len() <= crate::DOWNSTREAM_LINE_LIMIT);
        let mut upstream = subscribed();
        let target = upstream.target;
        let id = "5".to_owned();
        prop_assert_eq!(upstream.receive(&line), Ok(vec![Event::Job(UpstreamJob { id, job, clean, target })]));
    }
}
