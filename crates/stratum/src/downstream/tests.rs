use super::*;
use pow::Job;
use proptest::prelude::*;

const SUBSCRIBED: &str = r#""result":[[["mining.set_difficulty","0a0b"],["mining.notify","0a0b"]],"0a0b",4],"error":null}"#;

fn connection() -> Downstream {
    Downstream::new([0x0a, 0x0b])
}

/// A connection that is subscribed, with one login.
fn mining() -> Downstream {
    let mut connection = connection();
    connection.receive(r#"{"id":1,"method":"mining.subscribe","params":[]}"#);
    connection.authorized("host.rig1");
    connection
}

/// Feeds lines and compares each answer; `{S}` stands for the rest of a subscription.
fn dialogue(connection: &mut Downstream, lines: &[(&str, &str)]) {
    for (line, expected) in lines {
        let answer = match connection.receive(line) {
            Incoming::Nothing => String::new(),
            Incoming::Reply(line) | Incoming::Refuse { line, .. } => line,
            Incoming::ReplyThenClose(line) => format!("{line} CLOSE"),
            Incoming::Authorize { id, user, password } => {
                connection.authorized(&user);
                format!("authorize {id} {user}:{password}")
            }
            Incoming::Submit(Submission {
                id,
                login,
                job_id,
                share,
            }) => format!(
                "submit {id} {login} {job_id} {} {:08x} {:08x} {:08x?}",
                hex::encode(&share.extranonce2),
                share.ntime,
                share.nonce,
                share.version_bits
            ),
        };
        assert_eq!(answer, expected.replace("{S}", SUBSCRIBED), "{line}");
    }
}

#[test]
fn minerd_sends_id_4_with_every_submit() {
    dialogue(
        &mut connection(),
        &[
            (
                r#"{"id": 1, "method": "mining.subscribe", "params": ["cpuminer/2.5.1"]}"#,
                r#"{"id":1,{S}"#,
            ),
            (
                r#"{"id": 2, "method": "mining.authorize", "params": ["host.rig1", "x"]}"#,
                "authorize 2 host.rig1:x",
            ),
            (
                r#"{"id": 3, "method": "mining.extranonce.subscribe", "params": []}"#,
                r#"{"id":3,"result":true,"error":null}"#,
            ),
            (
                r#"{"method": "mining.submit", "params": ["host.rig1", "1", "00000000", "6553f100", "0000abcd"], "id":4}"#,
                "submit 4 host.rig1 1 00000000 6553f100 0000abcd None",
            ),
            (
                r#"{"method": "mining.submit", "params": ["host.rig1", "1", "01000000", "6553f100", "0000abce"], "id":4}"#,
                "submit 4 host.rig1 1 01000000 6553f100 0000abce None",
            ),
        ],
    );
}

#[test]
fn esp_miner_configures_without_min_bit_count() {
    dialogue(
        &mut connection(),
        &[
            (
                r#"{"id": 1, "method": "mining.configure", "params": [["version-rolling"], {"version-rolling.mask": "ffffffff"}]}"#,
                r#"{"id":1,"result":{"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}"#,
            ),
            (
                r#"{"id": 2, "method": "mining.subscribe", "params": ["bitaxe/BM1366/v2.4", null]}"#,
                r#"{"id":2,{S}"#,
            ),
            (
                r#"{"id": 3, "method": "mining.authorize", "params": ["host.rig1", null]}"#,
                "authorize 3 host.rig1:",
            ),
            (
                r#"{"id": 4, "method": "mining.suggest_difficulty", "params": [1000]}"#,
                r#"{"id":4,"result":true,"error":null}"#,
            ),
            (
                r#"{"id": 5, "method": "mining.submit", "params": ["host.rig1", "1f", "0A0b0000", "6553F100", "deadbeef", "00ffe000"]}"#,
                "submit 5 host.rig1 1f 0a0b0000 6553f100 deadbeef Some(00ffe000)",
            ),
            (
                r#"{"id": 6, "method": "mining.submit", "params": ["host.rig1", "1f", "0A0b0000", "6553F100", "deadbeef", "20000000"]}"#,
                r#"{"id":6,"result":null,"error":[20,"Invalid version mask",null]}"#,
            ),
        ],
    );
}

#[test]
fn pipelined_reversed_and_odd_ids() {
    dialogue(
        &mut connection(),
        &[
            (
                "{\"id\":\"a\",\"method\":\"mining.authorize\",\"params\":[\"host.rig1\"]}\r",
                "authorize \"a\" host.rig1:",
            ),
            (
                r#"{"id":"b","method":"mining.submit","params":["host.rig1","1","00000000","6553f100","00000000"]}"#,
                r#"{"id":"b","result":null,"error":[25,"Not subscribed",null]}"#,
            ),
            ("\r", ""),
            (
                r#"{"id":null,"method":"mining.subscribe"}"#,
                r#"{"id":null,{S}"#,
            ),
            (
                r#"{"method":"mining.subscribe","params":["a","sid","host",3333]}"#,
                r#"{"id":null,{S}"#,
            ),
            (r#"{"id":9,"result":true,"error":null}"#, ""),
            (
                r#"{"id":1,"method":"mining.ping","params":[]}"#,
                r#"{"id":1,"result":"pong","error":null}"#,
            ),
            (
                r#"{"id":2,"method":"mining.get_transactions","params":[]}"#,
                r#"{"id":2,"result":null,"error":[20,"Unknown method",null]}"#,
            ),
        ],
    );
}

#[test]
fn every_requested_extension_gets_a_key() {
    dialogue(
        &mut connection(),
        &[
            (
                r#"{"id":1,"method":"mining.configure","params":[["minimum-difficulty","version-rolling","subscribe-extranonce","x"],{"version-rolling.mask":"f000","version-rolling.min-bit-count":2,"minimum-difficulty.value":2048}]}"#,
                r#"{"id":1,"result":{"minimum-difficulty":true,"subscribe-extranonce":true,"version-rolling":true,"version-rolling.mask":"0000e000","x":false},"error":null}"#,
            ),
            (
                r#"{"id":2,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"0xff"}]}"#,
                r#"{"id":2,"result":{"version-rolling":"Invalid version-rolling.mask"},"error":null}"#,
            ),
            (
                r#"{"id":3,"method":"mining.configure","params":[[]]}"#,
                r#"{"id":3,"result":{},"error":null}"#,
            ),
            (
                r#"{"id":4,"method":"mining.configure","params":[]}"#,
                r#"{"id":4,"result":null,"error":[20,"Extensions is not an array of strings",null]}"#,
            ),
        ],
    );
}

#[test]
fn submits_that_are_refused() {
    let cases = [
        (
            r#"["host.rig1","1","00000000","6553f100"]"#,
            "20,\"Submit takes 5 or 6 parameters\"",
        ),
        (
            r#"["host.rig1","1","00000000","6553f100","00000000","00000000","x"]"#,
            "20,\"Submit takes 5 or 6 parameters\"",
        ),
        (
            r#"[1,"1","00000000","6553f100","00000000"]"#,
            "20,\"Login is not a string\"",
        ),
        (
            r#"["host.rig1",1,"00000000","6553f100","00000000"]"#,
            "20,\"Job id is not a string\"",
        ),
        (
            r#"["host.rig1","1",[],"6553f100","00000000"]"#,
            "20,\"Extranonce2 is not a string\"",
        ),
        (
            r#"["host.rig1","1","000000","6553f100","00000000"]"#,
            "20,\"Invalid extranonce2\"",
        ),
        (
            r#"["host.rig1","1","0000000000","6553f100","00000000"]"#,
            "20,\"Invalid extranonce2\"",
        ),
        (
            r#"["host.rig1","1","0000000g","6553f100","00000000"]"#,
            "20,\"Invalid extranonce2\"",
        ),
        (
            r#"["host.rig1","1","00000000","","00000000"]"#,
            "20,\"Ntime is not 8 hex digits\"",
        ),
        (
            r#"["host.rig1","1","00000000",1700000000,"00000000"]"#,
            "20,\"Ntime is not 8 hex digits\"",
        ),
        (
            r#"["host.rig1","1","00000000","6553f100","0x000000"]"#,
            "20,\"Nonce is not 8 hex digits\"",
        ),
        (
            r#"["host.rig1","1","00000000","6553f100","00000000",null]"#,
            "20,\"Version bits are not 8 hex digits\"",
        ),
        (
            r#"["host.rig1","1","00000000","6553f100","00000000","e0000000"]"#,
            "20,\"Invalid version mask\"",
        ),
        (
            r#"["host.rig2","1","00000000","6553f100","00000000"]"#,
            "24,\"Unauthorized worker\"",
        ),
    ];
    for (params, error) in cases {
        let line = format!(r#"{{"id":4,"method":"mining.submit","params":{params}}}"#);
        let expected = format!(r#"{{"id":4,"result":null,"error":[{error},null]}}"#);
        let found = mining().receive(&line);
        assert!(
            matches!(&found, Incoming::Refuse { line, .. } if *line == expected),
            "{params}: {found:?}"
        );
    }
}

#[test]
fn refused_login_may_not_submit_any_more() {
    let mut connection = mining();
    let line = r#"{"id":4,"method":"mining.submit","params":["host.rig1","1","00000000","6553f100","00000000","1fffe000"]}"#;
    assert!(matches!(connection.receive(line), Incoming::Submit(_)));
    connection.refuse("host.rig1");
    let why = Reject::Unauthorized;
    let refusal = codec::reject(&codec_id("4"), why);
    let refusal = Incoming::Refuse { line: refusal, why };
    assert_eq!(connection.receive(line), refusal);
}

fn codec_id(text: &str) -> Id {
    let line = format!(r#"{{"id":{text}}}"#);
    match codec::parse(&line) {
        Ok(Some(Message::Response(response))) => response.id,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_narrower_pool_mask_is_told_and_enforced() {
    let mut connection = mining();
    assert_eq!(
        connection.offer_version_mask(0),
        None,
        "it never negotiated"
    );
    connection.receive(r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{}]}"#);
    let told = r#"{"id":null,"method":"mining.set_version_mask","params":["1ffe0000"]}"#;
    assert_eq!(
        connection.offer_version_mask(0xfffe_0000).as_deref(),
        Some(told)
    );
    assert_eq!(connection.offer_version_mask(0xfffe_0000), None);
    let line = r#"{"id":4,"method":"mining.submit","params":["host.rig1","1","00000000","6553f100","00000000","00002000"]}"#;
    let why = Reject::InvalidVersionMask;
    let refusal = codec::reject(&codec_id("4"), why);
    let refusal = Incoming::Refuse { line: refusal, why };
    assert_eq!(connection.receive(line), refusal);
}

#[test]
fn ten_malformed_lines_in_a_row_close() {
    let mut connection = mining();
    for round in 0..2 {
        for _ in 0..9 {
            assert!(
                matches!(connection.receive("{"), Incoming::Refuse { .. }),
                "{round}"
            );
        }
        connection.receive(r#"{"id":1,"method":"mining.ping"}"#);
    }
    for _ in 0..9 {
        connection.receive("[]");
    }
    let last = r#"{"id":null,"result":null,"error":[20,"Invalid JSON",null]}"#;
    assert_eq!(
        connection.receive("\u{7f}"),
        Incoming::ReplyThenClose(last.to_owned())
    );
}

#[test]
fn logins_are_bounded() {
    let mut connection = connection();
    for number in 0..LOGIN_LIMIT {
        connection.authorized(&format!("host.rig{number}"));
    }
    let known = r#"{"id":1,"method":"mining.authorize","params":["host.rig0","x"]}"#;
    assert!(matches!(
        connection.receive(known),
        Incoming::Authorize { .. }
    ));
    let more = r#"{"id":1,"method":"mining.authorize","params":["host.more","x"]}"#;
    // One that was refused since is remembered like the others.
    connection.refuse("host.rig0");
    assert!(
        matches!(connection.receive(more), Incoming::Refuse { line, .. } if line.contains("Too many logins"))
    );
}

#[test]
fn lines_that_we_send() {
    let mut prev_hash = [0; 32];
    prev_hash[..8].copy_from_slice(&[1, 2, 3, 4, 5, 6, 7, 8]);
    let job = Job {
        version: 0x2000_0000,
        prev_hash,
        coinbase1: vec![0xaa],
        coinbase2: vec![0xbb],
        branch: vec![[0xcc; 32]],
        nbits: 0x207f_ffff,
        ntime: 0x6553_f100,
    };
    let branch = "cc".repeat(32);
    let zeros = "0".repeat(48);
    assert_eq!(
        notify("1f", &job, true),
        format!(
            r#"{{"id":null,"method":"mining.notify","params":["1f","0403020108070605{zeros}","aa","bb",["{branch}"],"20000000","207fffff","6553f100",true]}}"#
        )
    );
    for (exponent, number) in [
        (0, "1"),
        (14, "16384"),
        (-3, "0.125"),
        (40, "1099511627776"),
    ] {
        let line = set_difficulty(Difficulty::from_exponent(exponent).unwrap());
        assert_eq!(
            line,
            format!(r#"{{"id":null,"method":"mining.set_difficulty","params":[{number}]}}"#)
        );
    }
    assert_eq!(
        reconnect(),
        r#"{"id":null,"method":"client.reconnect","params":[]}"#
    );
}

/// A share's line as some machine might write it: keys in any order, any white space, a part of it perhaps odd.
#[expect(
    clippy::too_many_lines,
    reason = "a grammar is read from top to bottom"
)]
fn written_line() -> impl Strategy<Value = String> {
    let odd = |usual: &'static str, odd: &'static [&'static str]| prop_oneof![6 => Just(usual), 1 => prop::sample::select(odd)];
    let space = || prop::sample::select(vec!["", "", " ", "\t", " \r", "\u{a0}", "\u{b}"]);
    let id = odd(
        "4",
        &[
            "null",
            "0",
            "01",
            "-4",
            "4.0",
            "4e1",
            "\"4\"",
            "[]",
            "18446744073709551616",
            "4x",
            "",
        ],
    );
    let method = odd(
        "\"mining.submit\"",
        &[
            "\"mining.sub\\u006dit\"",
            "\"mining.submits\"",
            "\"mining.authorize\"",
            "7",
            "null",
        ],
    );
    let login = odd(
        "\"host.rig1\"",
        &["\"host.rig2\"", "\"host\\u002erig1\"", "\"\"", "1", "\"é\""],
    );
    let number = || {
        odd(
            "\"00ab12EF\"",
            &[
                "\"00000000\"",
                "\"0000000\"",
                "\"000000000\"",
                "\"0x000000\"",
                "\"g0000000\"",
                "0",
                "null",
                "\"\\u003000000\"",
            ],
        )
    };
    let bits = prop::option::of(odd(
        "\"00002000\"",
        &["\"ffffffff\"", "\"00000001\"", "7", "\"2000\""],
    ));
    let end = odd("", &["x", "{}", ",", "\r\r", "\"", "]"]);
    let order = Just(vec![0, 1, 2]).prop_shuffle();
    let extra = odd(
        "",
        &[
            "\"jsonrpc\":\"2.0\",",
            "\"id\":1,",
            "\"params\":[],",
            "\"method\":null,",
            "\"\":0,",
            ",",
        ],
    );
    let params = (login, number(), number(), number(), bits);
    (id, method, params, space(), order, extra, end).prop_map(
        |(id, method, (login, extranonce2, ntime, nonce, bits), s, order, extra, end)| {
            let bits = bits.map(|bits| format!(",{s}{bits}")).unwrap_or_default();
            let parts = [
                format!("\"id\"{s}:{s}{id}"),
                format!("\"method\":{s}{method}"),
                format!(
                    "\"params\":{s}[{login},{s}\"1f\"{s},{extranonce2},{ntime},{nonce}{bits}{s}]"
                ),
            ];
            let parts: Vec<_> = order.iter().map(|place| parts[*place].clone()).collect();
            format!(
                "{s}{{{extra}{}{s}}}{s}{end}",
                parts.join(&format!("{s},{s}"))
            )
        },
    )
}

#[test]
fn the_short_cut_takes_what_machines_write() {
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let taken = (0..1_000)
        .filter(|_| {
            let line = written_line().new_tree(&mut runner).unwrap().current();
            mining().read_share(line.as_bytes()).is_some()
        })
        .count();
    // Were it none, that it agrees would mean nothing.
    assert!((100..900).contains(&taken), "{taken}");
}

proptest! {
    #[test]
    fn garbage_never_panics(lines in prop::collection::vec("\\PC{0,200}", 0..20)) {
        let mut connection = mining();
        for line in lines {
            connection.receive(&line);
        }
    }

    #[test]
    fn requests_with_odd_parameters_never_panic(
        method in prop::sample::select(vec![
            "mining.submit", "mining.authorize", "mining.subscribe", "mining.configure", "mining.suggest_difficulty",
        ]),
        params in prop::collection::vec(prop::sample::select(vec![
            "\"\"", "\"host.rig1\"", "\"00000000\"", "\"é0000000\"", "null", "1", "-1e99", "[]", "{}", "[\"version-rolling\"]",
            "{\"version-rolling.mask\":1}", "{\"version-rolling.mask\":\"\"}", "true", "\"\\ud800\"",
        ]), 0..8),
    ) {
        let mut connection = mining();
        let line = format!(r#"{{"id":4,"method":"{method}","params":[{}]}}"#, params.join(","));
        prop_assert_ne!(connection.receive(&line), Incoming::Nothing);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_short_cut_for_shares_changes_no_answer(
        line in written_line(),
        mutations in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 0..3),
    ) {
        let mut bytes = line.into_bytes();
        for (at, byte, kind) in mutations {
            let at = at.index(bytes.len().max(1)).min(bytes.len().saturating_sub(1));
            match kind {
                0 if !bytes.is_empty() => bytes[at] = byte,
                1 if !bytes.is_empty() => drop(bytes.remove(at)),
                2 => bytes.truncate(at),
                _ => bytes.insert(at, byte),
            }
        }
        let mut state = mining();
        let mut general = state.clone();
        let found = state.receive_bytes(&bytes);
        if let Ok(text) = str::from_utf8(&bytes) {
            prop_assert_eq!(found, general.receive_unusual(text));
            prop_assert_eq!(state.malformed_in_a_row, general.malformed_in_a_row);
        } else {
            prop_assert!(matches!(found, Incoming::Refuse { .. }), "{:?}", found);
        }
    }
}
