//! What real machines and pools were seen to do, and what other servers were seen to get wrong: a test for each, by the name of
//! what was found. `f01` to `f10` are the ten findings that shaped the design, `t` the facts about messages, `p` the probes of
//! three real servers, `u` what pools say.

use pow::{Job, Share, ShareFault};
use std::collections::BTreeSet;
use stratum::downstream::{
    notify, reconnect, rolled_version, set_difficulty, set_extranonce, show_message, swap_words,
};
use stratum::{
    Downstream, Event, ExtranonceSpace, Fault, Incoming, JobTable, PrefixPool, Reject,
    RejectLadder, Rung, SpaceError, Submission, Upstream, Vardiff, VardiffSettings,
    target_of_difficulty,
};
use units::{Difficulty, Target, Timestamp, Work};

const PARAMS: &str = r#""host.rig1","1f","0a0b0c0d","6553f100","deadbeef""#;

fn machine() -> Downstream {
    let mut machine = Downstream::new([0x0a, 0x0b]);
    reply(
        &mut machine,
        r#"{"id":1,"method":"mining.subscribe","params":[]}"#,
    );
    machine.authorized("host.rig1");
    machine
}

fn submit(params: &str) -> String {
    format!(r#"{{"id":4,"method":"mining.submit","params":[{params}]}}"#)
}

fn share(machine: &mut Downstream, line: &str) -> Submission {
    match machine.receive_bytes(line.as_bytes()) {
        Incoming::Submit(submission) => submission,
        other => panic!("{line}: {other:?}"),
    }
}

fn refused(machine: &mut Downstream, line: &str) -> Reject {
    match machine.receive(line) {
        Incoming::Refuse { why, line: answer } => {
            let error = format!(
                r#""result":null,"error":[{},"{}",null]}}"#,
                why.code(),
                why.text()
            );
            assert!(answer.ends_with(&error), "{answer}");
            why
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn reply(machine: &mut Downstream, line: &str) -> String {
    match machine.receive(line) {
        Incoming::Reply(answer) => answer,
        other => panic!("{line}: {other:?}"),
    }
}

fn job() -> Job {
    Job {
        version: 0x2000_0000,
        prev_hash: std::array::from_fn(|place| u8::try_from(place).unwrap()),
        coinbase1: vec![1; 60],
        coinbase2: vec![2; 90],
        branch: vec![[3; 32]; 12],
        nbits: 0x207f_ffff,
        ntime: 0x6553_f100,
    }
}

fn power(exponent: i8) -> Difficulty {
    Difficulty::from_exponent(exponent).unwrap()
}

fn at(ms: u64) -> Timestamp {
    Timestamp::from_unix_ms(1_700_000_000_000 + ms)
}

fn pool() -> Upstream {
    let mut upstream = Upstream::new("buyer.assay", "x", "assay/0.1");
    upstream
        .receive(r#"{"id":2,"result":[[["mining.notify","a"]],"f00dcafe",8],"error":null}"#)
        .unwrap();
    upstream
}

fn told(upstream: &mut Upstream, line: &str) -> Option<Event> {
    let mut events = upstream
        .receive(line)
        .unwrap_or_else(|fault| panic!("{line}: {fault}"));
    assert!(events.len() <= 1);
    events.pop()
}

// The ten findings.

#[test]
fn f01_every_spelling_of_a_share_is_one_share_or_is_refused() {
    let plain = share(&mut machine(), &submit(PARAMS)).share;
    for (from, to) in [
        ("0a0b0c0d", "0A0B0C0D"),
        ("6553f100", "6553F100"),
        ("deadbeef", "DeadBeef"),
    ] {
        let line = submit(&PARAMS.replace(from, to));
        assert_eq!(
            share(&mut machine(), &line).share,
            plain,
            "upper case is folded: {line}"
        );
    }
    for (from, to) in [
        ("0a0b0c0d", "0x0a0b0c0d"),
        ("0a0b0c0d", "a0b0c0d"),
        ("0a0b0c0d", "000a0b0c0d"),
        ("0a0b0c0d", " 0a0b0c0d"),
        ("6553f100", "0x6553f100"),
        ("6553f100", "06553f100"),
        ("deadbeef", "0xdeadbeef"),
        ("deadbeef", "00deadbeef"),
        ("deadbeef", "deadbeef "),
        ("deadbeef", "+eadbeef"),
    ] {
        let line = submit(&PARAMS.replace(from, to));
        assert_eq!(refused(&mut machine(), &line).code(), 20, "{line}");
    }
}

#[test]
fn f01_bits_that_were_not_negotiated_make_no_second_share() {
    for bit in (0..32).map(|bit| 1u32 << bit) {
        let line = submit(&format!(r#"{PARAMS},"{bit:08x}""#));
        if bit & 0x1fff_e000 == 0 {
            assert_eq!(refused(&mut machine(), &line), Reject::InvalidVersionMask);
        } else {
            // Another bit inside the mask is another header, not another spelling.
            let bits = share(&mut machine(), &line).share.version_bits.unwrap();
            let header = |version_bits| {
                let share = Share {
                    ntime: 0x6553_f100,
                    nonce: 1,
                    version_bits,
                };
                job().header(&[&[0; 6]], share).hash()
            };
            assert_ne!(header(bits), header(0));
        }
    }
}

#[test]
fn f01_the_bound_on_remembered_shares_is_a_refusal_by_name() {
    let why = Reject::TooManyShares;
    assert_eq!(
        (why.code(), why.text()),
        (20, "Too many shares under this block")
    );
}

#[test]
fn f02_the_pools_verdict_is_told_beside_ours_with_code_and_reason() {
    let mut upstream = pool();
    let line = upstream.submit(77, "j1", &[0; 8], 1, 2, None).unwrap();
    assert!(line.starts_with(r#"{"id":4,"#));
    assert_eq!(
        upstream.unanswered().collect::<Vec<_>>(),
        [77],
        "no answer yet is known as such"
    );
    told(
        &mut upstream,
        r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#,
    );
    let answer = upstream.share_answer().unwrap();
    assert_eq!(
        (answer.tag, answer.accepted, answer.code),
        (77, false, Some(21))
    );
    assert_eq!(answer.reason.as_deref(), Some("Job not found"));
    assert_eq!(upstream.unanswered().count(), 0);
}

#[test]
fn f03_a_share_is_judged_by_the_target_sent_with_its_job_not_by_the_latest() {
    let mut jobs = JobTable::new();
    jobs.renew([1; 32], at(0));
    let first = jobs.insert("job", power(0).target());
    let second = jobs.insert("job", power(10).target());
    assert_eq!(jobs.find_at(&first, at(1)).unwrap().1, &power(0).target());
    assert_eq!(jobs.find_at(&second, at(1)).unwrap().1, &power(10).target());
}

#[test]
fn f04_a_machine_gets_4_bytes_of_extranonce2_and_at_most_8_in_all() {
    let answer = reply(&mut machine(), r#"{"id":1,"method":"mining.subscribe"}"#);
    assert!(
        answer.contains(r#""0a0b",4]"#),
        "2 bytes of extranonce1, 4 of extranonce2: {answer}"
    );
}

#[test]
fn f04_a_pool_that_gives_too_little_is_told_apart() {
    for size in 0..=5 {
        let found = ExtranonceSpace::new(&[0; 4], size);
        assert_eq!(
            found,
            Err(SpaceError::TooSmall {
                extranonce2_size: size
            })
        );
    }
    for (extranonce1, size) in [(0, 6), (4, 6), (4, 8), (16, 8), (16, 16), (8, 32)] {
        let space = ExtranonceSpace::new(&vec![7; extranonce1], size).unwrap();
        assert_eq!(space.fixed_extranonce2([1, 2]).len() + 4, size);
    }
}

#[test]
fn f05_a_machine_moves_to_another_pool_with_a_clean_job_alone() {
    let share = Share {
        ntime: 0x6553_f100,
        nonce: 9,
        version_bits: 0,
    };
    let (prefix, extranonce2) = (machine().prefix(), [5, 6, 7, 8]);
    for (extranonce1, size) in [(&[1, 1, 1, 1][..], 8), (&[2; 8][..], 6)] {
        let space = ExtranonceSpace::new(extranonce1, size).unwrap();
        let hashed = space
            .downstream_job(&job())
            .header(&[&prefix, &extranonce2], share);
        let whole = [&space.fixed_extranonce2(prefix)[..], &extranonce2].concat();
        assert_eq!(hashed, job().header(&[extranonce1, &whole], share));
    }
}

#[test]
fn f05_set_extranonce_is_for_machines_that_asked() {
    let mut machine = machine();
    assert!(!machine.wants_extranonce(), "stock firmware");
    let answer = reply(
        &mut machine,
        r#"{"id":3,"method":"mining.extranonce.subscribe","params":[]}"#,
    );
    assert_eq!(answer, r#"{"id":3,"result":true,"error":null}"#);
    assert!(machine.wants_extranonce());
    assert_eq!(
        set_extranonce(&[0xf0, 0x0d], 4),
        r#"{"id":null,"method":"mining.set_extranonce","params":["f00d",4]}"#
    );
}

#[test]
fn f06_the_same_id_on_every_submit_is_echoed() {
    let mut machine = machine();
    for nonce in 0..100 {
        let line = submit(&PARAMS.replace("deadbeef", &format!("{nonce:08x}")));
        let found = share(&mut machine, &line);
        assert_eq!(
            (found.id.to_string().as_str(), found.share.nonce),
            ("4", nonce)
        );
    }
}

#[test]
fn f06_an_id_of_any_kind_is_echoed_byte_for_byte() {
    let long = format!("\"{}\"", "x".repeat(1_000));
    for id in [
        "0",
        "7",
        "-1",
        "1.50",
        "1e3",
        "18446744073709551616",
        "123456789012345678901234567890",
        "\"a\"",
        "\"\"",
        "\"\\u0041\"",
        "\"é\"",
        "null",
        &long,
    ] {
        let line = submit(PARAMS).replacen('4', id, 1);
        let found = share(&mut machine(), &line);
        let expected = format!(r#"{{"id":{id},"result":true,"error":null}}"#);
        assert_eq!(stratum::accept(&found.id), expected);
        let mut out = b"before\n".to_vec();
        stratum::reject_into(&found.id, Reject::LowDifficulty, &mut out);
        let expected = format!(
            "before\n{{\"id\":{id},\"result\":null,\"error\":[23,\"Low difficulty share\",null]}}"
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
    let missing = submit(PARAMS).replacen("\"id\":4,", "", 1);
    assert_eq!(share(&mut machine(), &missing).id.to_string(), "null");
}

#[test]
fn f07_a_sixth_parameter_without_configure_is_taken_inside_the_mask() {
    let mut machine = machine();
    let found = share(&mut machine, &submit(&format!(r#"{PARAMS},"1fffe000""#)));
    assert_eq!(found.share.version_bits, Some(0x1fff_e000));
    machine.offer_version_mask(0x00ff_e000);
    let outside = submit(&format!(r#"{PARAMS},"1fffe000""#));
    assert_eq!(refused(&mut machine, &outside), Reject::InvalidVersionMask);
    share(&mut machine, &submit(&format!(r#"{PARAMS},"00ffe000""#)));
}

#[test]
fn f08_version_bits_replace_those_of_the_job_and_are_neither_ored_nor_xored() {
    // The job of a pool that is itself a proxy: bits of the mask are set.
    let (job_version, mask, bits) = (0x2000_6000, 0x1fff_e000, 0x0000_4000);
    let rolled = rolled_version(job_version, bits, mask).unwrap();
    assert_eq!(rolled, 0x2000_4000);
    assert_ne!(rolled, job_version | bits);
    assert_ne!(rolled, job_version ^ bits);
    let of_header = Job {
        version: job_version,
        ..job()
    };
    let share = Share {
        ntime: 0x6553_f100,
        nonce: 0,
        version_bits: bits,
    };
    assert_eq!(
        of_header.version_with(share),
        rolled,
        "what is recorded is hashed the same way"
    );
}

#[test]
fn f08_a_share_of_a_job_sent_under_an_earlier_mask_must_fit_both() {
    let (wide, narrow) = (0x1fff_e000, 0x00ff_e000);
    let mut machine = machine();
    reply(
        &mut machine,
        r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{}]}"#,
    );
    assert_eq!(machine.version_mask(), wide);
    // Narrowed: valid at once, also for a job that was sent before; the pool behind would refuse the share.
    assert!(machine.offer_version_mask(narrow).is_some());
    let line = submit(&format!(r#"{PARAMS},"10002000""#));
    assert_eq!(refused(&mut machine, &line), Reject::InvalidVersionMask);
    let line = submit(&format!(r#"{PARAMS},"00002000""#));
    let bits = share(&mut machine, &line).share.version_bits.unwrap();
    assert_eq!(
        rolled_version(0x2000_0000, bits, machine.version_mask() & wide),
        Some(0x2000_2000)
    );
    // Widened: a job that is recorded with the narrow mask keeps it.
    assert!(machine.offer_version_mask(wide).is_some());
    let line = submit(&format!(r#"{PARAMS},"10002000""#));
    let bits = share(&mut machine, &line).share.version_bits.unwrap();
    assert_eq!(
        rolled_version(0x2000_0000, bits, machine.version_mask() & narrow),
        None
    );
    assert_eq!(
        rolled_version(0x2000_0000, bits, machine.version_mask()),
        Some(0x3000_2000)
    );
}

#[test]
fn f09_difficulty_1_is_ffff_shifted_and_fractions_are_not_cut_off() {
    let one = target_of_difficulty("1").unwrap();
    assert_eq!(one.to_string(), format!("00000000ffff{}", "0".repeat(52)));
    assert_eq!(one.work(), Work::new(4_295_032_833));
    let half = target_of_difficulty("0.5").unwrap();
    assert_eq!(half.to_string(), format!("00000001fffe{}", "0".repeat(52)));
    // A job of difficulty 0.5 does not take any hash.
    assert!(!half.is_met_by_le_hash(&[0xff; 32]));
    assert_eq!(target_of_difficulty("0.5"), target_of_difficulty("5e-1"));
}

#[test]
fn f10_lines_of_real_miners_take_the_short_way() {
    for line in [
        // minerd, cpuminer-opt
        r#"{"method": "mining.submit", "params": ["host.rig1", "1f", "0a0b0c0d", "6553f100", "deadbeef"], "id":4}"#,
        // cgminer and what derives from it
        r#"{"params": ["host.rig1", "1f", "0a0b0c0d", "6553f100", "deadbeef", "00ffe000"], "id": 1203, "method": "mining.submit"}"#,
        // ESP-Miner
        r#"{"id": 6, "method": "mining.submit", "params": ["host.rig1", "1f", "0a0b0c0d", "6553f100", "deadbeef", "00ffe000"]}"#,
        // serde_json, and a carriage return
        "{\"id\":6,\"method\":\"mining.submit\",\"params\":[\"host.rig1\",\"1f\",\"0a0b0c0d\",\"6553f100\",\"deadbeef\"]}\r",
    ] {
        let mut machine = machine();
        let short = machine
            .read_share(line.as_bytes())
            .unwrap_or_else(|| panic!("{line}"));
        assert_eq!(
            machine.clone().receive_unusual(line),
            Incoming::Submit(short.into())
        );
    }
}

// Messages.

#[test]
fn t_framing_takes_carriage_returns_blank_lines_and_spaces() {
    for blank in ["", "\r", "  ", "\t\r"] {
        assert_eq!(machine().receive(blank), Incoming::Nothing);
    }
    share(&mut machine(), &format!("  {}\r", submit(PARAMS)));
    share(
        &mut machine(),
        &submit(PARAMS).replace(',', " ,\t").replace(':', " : "),
    );
}

#[test]
fn t_invalid_utf_8_is_one_more_malformed_line() {
    let mut machine = machine();
    for count in 1..=10 {
        match machine.receive_bytes(b"{\"id\":1,\"method\":\"\xff\"}") {
            Incoming::Refuse { why, .. } => {
                assert!(count < 10 && why == Reject::Malformed("Not UTF-8"))
            }
            Incoming::ReplyThenClose(_) => assert_eq!(count, 10),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn t_configure_answers_every_extension_by_name() {
    let mut machine = machine();
    let answer = reply(
        &mut machine,
        r#"{"id":1,"method":"mining.configure","params":[["version-rolling","minimum-difficulty","subscribe-extranonce","info","future"],{"version-rolling.mask":"1fffe000","version-rolling.min-bit-count":16,"minimum-difficulty.value":1000,"info.hw-version":"s21"}]}"#,
    );
    assert_eq!(
        answer,
        r#"{"id":1,"result":{"future":false,"info":true,"minimum-difficulty":true,"subscribe-extranonce":true,"version-rolling":true,"version-rolling.mask":"1fffe000"},"error":null}"#
    );
    assert!(machine.wants_extranonce());
    assert_eq!(
        machine.minimum_difficulty(),
        Some(power(10)),
        "not below what was asked for"
    );
}

#[test]
fn t_configure_works_without_min_bit_count_mask_or_options() {
    for options in [
        "",
        ",{}",
        ",null",
        r#",{"version-rolling.mask":"ffffffff"}"#,
        r#",{"version-rolling.min-bit-count":2}"#,
    ] {
        let line = format!(
            r#"{{"id":1,"method":"mining.configure","params":[["version-rolling"]{options}]}}"#
        );
        let answer = reply(&mut machine(), &line);
        assert!(
            answer.contains(r#""version-rolling":true,"version-rolling.mask":"1fffe000""#),
            "{answer}"
        );
    }
}

#[test]
fn t_the_widest_mask_is_bip_320_and_a_machines_wish_narrows_it() {
    for (asked, granted) in [
        ("1fffffe0", "1fffe000"),
        ("ffffffff", "1fffe000"),
        ("00c00000", "00c00000"),
        ("e0000000", "00000000"),
    ] {
        let line = format!(
            r#"{{"id":1,"method":"mining.configure","params":[["version-rolling"],{{"version-rolling.mask":"{asked}"}}]}}"#
        );
        let answer = reply(&mut machine(), &line);
        assert!(
            answer.contains(&format!(r#""version-rolling.mask":"{granted}""#)),
            "{answer}"
        );
    }
}

#[test]
fn t_minimum_difficulty_raises_the_floor_and_never_lowers_it() {
    let settings = VardiffSettings {
        shares_per_minute: 11,
        initial: power(4),
        floor: power(2),
    };
    for (value, wish, start) in [
        ("2048", Some(11), 11),
        ("\"2049\"", Some(12), 12),
        ("0.001", Some(-9), 4),
        ("0", None, 4),
    ] {
        let mut machine = machine();
        let line = format!(
            r#"{{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{{"minimum-difficulty.value":{value}}}]}}"#
        );
        assert!(reply(&mut machine, &line).contains(r#""minimum-difficulty":true"#));
        assert_eq!(machine.minimum_difficulty(), wish.map(power), "{value}");
        let mut vardiff = Vardiff::new(settings, at(0));
        if let Some(minimum) = machine.minimum_difficulty() {
            vardiff.require(minimum);
        }
        assert_eq!(vardiff.difficulty(), power(start), "{value}");
        let eased = vardiff
            .retarget(at(20_000), None)
            .unwrap_or(vardiff.difficulty());
        assert!(eased >= settings.floor);
    }
    for value in ["-1", "\"x\"", "null", "[]"] {
        let line = format!(
            r#"{{"id":1,"method":"mining.configure","params":[["minimum-difficulty"],{{"minimum-difficulty.value":{value}}}]}}"#
        );
        assert!(
            reply(&mut machine(), &line).contains("Invalid minimum-difficulty.value"),
            "{value}"
        );
    }
}

#[test]
fn t_set_version_mask_goes_to_machines_that_negotiated_and_only_when_it_changes() {
    let mut machine = machine();
    assert_eq!(
        machine.offer_version_mask(0x00ff_e000),
        None,
        "some firmware closes the connection"
    );
    reply(
        &mut machine,
        r#"{"id":1,"method":"mining.configure","params":[["version-rolling"]]}"#,
    );
    assert_eq!(machine.offer_version_mask(0x00ff_e000), None);
    let line = machine.offer_version_mask(0x000f_e000);
    assert_eq!(
        line.as_deref(),
        Some(r#"{"id":null,"method":"mining.set_version_mask","params":["000fe000"]}"#)
    );
}

#[test]
fn t_subscribe_takes_every_form_and_keeps_the_user_agent() {
    let long = format!(r#"["{}"]"#, "x".repeat(3_000));
    for (params, agent) in [
        ("[]", None),
        ("null", None),
        (r#"["cgminer/4.10.0"]"#, Some("cgminer/4.10.0")),
        (r#"["bitaxe/BM1366/v2.4",null]"#, Some("bitaxe/BM1366/v2.4")),
        (r#"["ua","deadbeef"]"#, Some("ua")),
        (r#"["ua","deadbeef","host.example",3333]"#, Some("ua")),
        (r#"["ua",null,"host.example","3333",1]"#, Some("ua")),
        (r#"["a\u0000\u001b[31m\u202eb"]"#, Some("a[31mb")),
        ("[7]", None),
    ] {
        let mut machine = Downstream::new([0x0a, 0x0b]);
        let line = format!(r#"{{"id":1,"method":"mining.subscribe","params":{params}}}"#);
        let answer = reply(&mut machine, &line);
        assert_eq!(
            answer,
            r#"{"id":1,"result":[[["mining.set_difficulty","0a0b"],["mining.notify","0a0b"]],"0a0b",4],"error":null}"#
        );
        assert_eq!(machine.user_agent(), agent, "{params}");
    }
    let mut machine = Downstream::new([0, 0]);
    reply(
        &mut machine,
        &format!(r#"{{"id":1,"method":"mining.subscribe","params":{long}}}"#),
    );
    assert_eq!(machine.user_agent().map(str::len), Some(100));
    reply(&mut machine, r#"{"id":1,"method":"mining.subscribe"}"#);
    assert!(
        machine.user_agent().is_some(),
        "subscribing again without one forgets nothing"
    );
}

#[test]
fn t_several_logins_share_a_connection() {
    let mut machine = machine();
    for worker in ["host.rig2", "host.rig3"] {
        let line = format!(r#"{{"id":2,"method":"mining.authorize","params":["{worker}"]}}"#);
        let Incoming::Authorize { user, password, .. } = machine.receive(&line) else {
            panic!()
        };
        assert_eq!((user.as_str(), password.as_str()), (worker, ""));
        machine.authorized(&user);
    }
    for worker in ["host.rig1", "host.rig2", "host.rig3"] {
        assert_eq!(
            share(&mut machine, &submit(&PARAMS.replace("host.rig1", worker))).login,
            worker
        );
    }
}

#[test]
fn t_difficulty_is_a_number_and_whole_from_one_on() {
    for (exponent, number) in [
        (0, "1"),
        (1, "2"),
        (20, "1048576"),
        (53, "9007199254740992"),
        (-4, "0.0625"),
    ] {
        let line = set_difficulty(power(exponent));
        assert!(
            line.ends_with(&format!(r#""params":[{number}]}}"#)),
            "{line}"
        );
    }
}

#[test]
fn t_notify_has_nine_parameters_in_the_miners_byte_order() {
    let line: serde_json::Value = serde_json::from_str(&notify("1f", &job(), true)).unwrap();
    let params = line["params"].as_array().unwrap();
    assert_eq!((params.len(), &params[8]), (9, &true.into()));
    assert!(
        params[1].as_str().unwrap().starts_with("0302010007060504"),
        "each word's bytes reversed"
    );
    assert_eq!(swap_words(swap_words(job().prev_hash)), job().prev_hash);
    assert_eq!(params[4][0], "03".repeat(32), "branches are not swapped");
    assert_eq!(params[5], "20000000");
}

#[test]
fn t_a_usual_notify_fits_the_smallest_miner() {
    // NerdMiner's buffer holds 4,096 bytes.
    let space = ExtranonceSpace::new(&[0; 4], 8).unwrap();
    let line = notify("ffffffffffffffff", &space.downstream_job(&job()), true);
    assert!(line.len() < 4_096 - 1_024, "{}", line.len());
}

#[test]
fn t_every_notify_has_a_job_id_of_its_own() {
    let mut jobs = JobTable::new();
    let mut ids = BTreeSet::new();
    for block in 0..200u8 {
        jobs.renew([block / 2; 32], at(u64::from(block)));
        let id = jobs.insert((), Target::MAX);
        assert!(id.len() <= 16 && ids.insert(id));
    }
}

#[test]
fn t_two_pools_with_the_same_job_id_are_two_jobs() {
    let mut jobs = JobTable::new();
    let first = jobs.insert(("pool a", "6f"), Target::MAX);
    let second = jobs.insert(("pool b", "6f"), Target::MAX);
    assert_eq!(jobs.find(&first).unwrap().0, &("pool a", "6f"));
    assert_eq!(jobs.find(&second).unwrap().0, &("pool b", "6f"));
}

#[test]
fn t_a_share_names_any_of_the_logins_but_no_other() {
    let line = submit(&PARAMS.replace("host.rig1", "host.rig9"));
    assert_eq!(refused(&mut machine(), &line), Reject::Unauthorized);
}

#[test]
fn t_codes_are_20_to_25() {
    for (why, code) in [
        (Reject::UnknownMethod, 20),
        (Reject::InvalidExtranonce2, 20),
        (Reject::NtimeOutOfRange, 20),
        (Reject::InvalidVersionMask, 20),
        (Reject::TooManyShares, 20),
        (Reject::JobNotFound, 21),
        (Reject::Duplicate, 22),
        (Reject::LowDifficulty, 23),
        (Reject::Unauthorized, 24),
        (Reject::WrongPassword, 24),
        (Reject::NotSubscribed, 25),
    ] {
        assert_eq!(why.code(), code);
    }
}

#[test]
fn t_suggest_difficulty_is_answered_every_30_s_and_counts_once() {
    let mut machine = machine();
    let settings = VardiffSettings {
        shares_per_minute: 11,
        initial: power(0),
        floor: power(-20),
    };
    let mut vardiff = Vardiff::new(settings, at(0));
    for _ in 0..1_000 {
        let line = r#"{"id": 3, "method": "mining.suggest_difficulty", "params": [0.00015]}"#;
        assert_eq!(
            reply(&mut machine, line),
            r#"{"id":3,"result":true,"error":null}"#
        );
        vardiff.suggest(machine.suggested_difficulty().unwrap());
        vardiff.on_share(vardiff.difficulty().target().work());
    }
    assert_eq!(vardiff.difficulty(), power(-13));
    vardiff.retarget(at(30_000), None);
    let measured = vardiff.difficulty();
    vardiff.suggest(power(-13));
    assert!(
        measured > power(-13) && vardiff.difficulty() == measured,
        "the measured pace wins"
    );
}

#[test]
fn t_suggestions_are_numbers_strings_or_targets_and_nonsense_is_answered_too() {
    let target = format!("00000000ffff{}", "0".repeat(52));
    for (method, params, wish) in [
        ("difficulty", "[1000]".to_owned(), Some(9)),
        ("difficulty", "[\"1024\"]".to_owned(), Some(10)),
        ("difficulty", "[1e-05]".to_owned(), Some(-17)),
        ("difficulty", "[1e40]".to_owned(), Some(64)),
        ("difficulty", "[1e-30]".to_owned(), Some(-32)),
        ("difficulty", "[0]".to_owned(), None),
        ("difficulty", "[-5]".to_owned(), None),
        ("difficulty", "[\"NaN\"]".to_owned(), None),
        ("difficulty", "[]".to_owned(), None),
        ("target", format!("[\"{target}\"]"), Some(0)),
        ("target", "[\"00\"]".to_owned(), None),
        ("target", format!("[\"{}\"]", "0".repeat(64)), None),
    ] {
        let mut machine = machine();
        let line = format!(r#"{{"id":4,"method":"mining.suggest_{method}","params":{params}}}"#);
        for _ in 0..20 {
            assert_eq!(
                reply(&mut machine, &line),
                r#"{"id":4,"result":true,"error":null}"#
            );
        }
        assert_eq!(machine.suggested_difficulty(), wish.map(power), "{line}");
    }
}

#[test]
fn t_a_suggestion_cannot_pass_the_servers_floor() {
    let mut machine = machine();
    reply(
        &mut machine,
        r#"{"id":4,"method":"mining.suggest_difficulty","params":[1e-9]}"#,
    );
    let settings = VardiffSettings {
        shares_per_minute: 11,
        initial: power(0),
        floor: power(-3),
    };
    let mut vardiff = Vardiff::new(settings, at(0));
    vardiff.suggest(machine.suggested_difficulty().unwrap());
    assert_eq!(vardiff.difficulty(), power(-3));
}

#[test]
fn t_reconnect_names_no_host_and_a_message_is_one_line() {
    assert_eq!(
        reconnect(),
        r#"{"id":null,"method":"client.reconnect","params":[]}"#
    );
    assert_eq!(
        show_message("no share\ncounted"),
        r#"{"id":null,"method":"client.show_message","params":["no share\ncounted"]}"#
    );
}

#[test]
fn t_ping_is_answered_and_pong_needs_no_answer() {
    assert_eq!(
        reply(
            &mut machine(),
            r#"{"id":9,"method":"mining.ping","params":[]}"#
        ),
        r#"{"id":9,"result":"pong","error":null}"#
    );
    for line in [
        r#"{"id":9,"method":"pong","params":[]}"#,
        r#"{"id":9,"method":"mining.pong"}"#,
        r#"{"id":9,"result":"pong","error":null}"#,
        r#"{"id":9,"result":"cgminer/4.10.0","error":null}"#,
    ] {
        assert_eq!(machine().receive(line), Incoming::Nothing, "{line}");
    }
}

#[test]
fn t_ntime_may_lie_7000_s_after_the_job_and_not_one_before() {
    let judge = |ntime| {
        let share = Share {
            ntime,
            nonce: 0,
            version_bits: 0,
        };
        job().check(&[&[0; 6]], share, 0, &Target::MAX).err()
    };
    let of_job = job().ntime;
    for (ntime, fault) in [
        (of_job - 1, Some(ShareFault::NtimeOutOfRange)),
        (of_job, None),
        (of_job + 7_000, None),
        (of_job + 7_001, Some(ShareFault::NtimeOutOfRange)),
    ] {
        assert_eq!(judge(ntime), fault, "{ntime}");
    }
}

#[test]
fn t_stale_after_a_clean_job_with_ten_seconds_of_grace_on_the_same_block() {
    let mut jobs = JobTable::new();
    jobs.renew([1; 32], at(0));
    let first = jobs.insert((), Target::MAX);
    jobs.renew([1; 32], at(1_000));
    let second = jobs.insert((), Target::MAX);
    assert!(jobs.find_at(&first, at(11_000)).is_some());
    assert!(jobs.find_at(&first, at(11_001)).is_none());
    jobs.renew([2; 32], at(11_002));
    assert!(
        jobs.find_at(&second, at(11_002)).is_none(),
        "its block is gone"
    );
}

#[test]
fn t_the_same_job_again_is_fresh_work_in_another_variant() {
    // A machine that begins its extranonce2 anew with each job would find the same headers again.
    let space = ExtranonceSpace::new(&[9; 4], 8).unwrap();
    let lines: BTreeSet<_> = (0..300)
        .map(|number| {
            notify(
                "1",
                &space.variant(number).unwrap().downstream_job(&job()),
                false,
            )
        })
        .collect();
    assert_eq!(lines.len(), 300);
}

#[test]
fn t_extranonce1_is_unique_among_the_living_and_runs_out_by_name() {
    let mut pool = PrefixPool::new();
    let all: BTreeSet<_> = std::iter::from_fn(|| pool.take()).collect();
    assert_eq!((all.len(), pool.take()), (65_536, None));
}

// Probes of real servers.

#[test]
fn p_unknown_methods_are_refused_and_the_connection_stays() {
    let mut machine = machine();
    for method in [
        "mining.get_transactions",
        "mining.multi_version",
        "mining.get_version",
        "client.get_version",
        "eth_submitWork",
        "",
    ] {
        let line = format!(r#"{{"id":5,"method":"{method}","params":[]}}"#);
        for _ in 0..20 {
            assert_eq!(refused(&mut machine, &line), Reject::UnknownMethod);
        }
    }
    share(&mut machine, &submit(PARAMS));
}

#[test]
fn p_invalid_json_is_answered_and_only_ten_in_a_row_close() {
    let mut machine = machine();
    for _ in 0..5 {
        for _ in 0..9 {
            assert_eq!(refused(&mut machine, "{\"id\":").code(), 20);
        }
        share(&mut machine, &submit(PARAMS));
    }
}

#[test]
fn p_a_share_before_subscribe_is_25_and_stays() {
    let mut fresh = Downstream::new([1, 2]);
    fresh.authorized("host.rig1");
    assert_eq!(refused(&mut fresh, &submit(PARAMS)), Reject::NotSubscribed);
    reply(&mut fresh, r#"{"id":1,"method":"mining.subscribe"}"#);
    share(&mut fresh, &submit(PARAMS));
}

#[test]
fn p_nothing_is_padded_or_cut() {
    for (from, to, why) in [
        ("0a0b0c0d", "0a0b0c", Reject::InvalidExtranonce2),
        ("0a0b0c0d", "0a0b0c0d0e", Reject::InvalidExtranonce2),
        ("0a0b0c0d", "0a0b0c0", Reject::InvalidExtranonce2),
        ("0a0b0c0d", "", Reject::InvalidExtranonce2),
        (
            "deadbeef",
            "deadbeef00",
            Reject::Malformed("Nonce is not 8 hex digits"),
        ),
        (
            "deadbeef",
            "deadbee",
            Reject::Malformed("Nonce is not 8 hex digits"),
        ),
        (
            "6553f100",
            "",
            Reject::Malformed("Ntime is not 8 hex digits"),
        ),
        (
            "6553f100",
            "6553f1",
            Reject::Malformed("Ntime is not 8 hex digits"),
        ),
        (
            "6553f100",
            "zzzzzzzz",
            Reject::Malformed("Ntime is not 8 hex digits"),
        ),
        (
            "\"6553f100\"",
            "1700000000",
            Reject::Malformed("Ntime is not 8 hex digits"),
        ),
        (
            "\"deadbeef\"",
            "null",
            Reject::Malformed("Nonce is not 8 hex digits"),
        ),
    ] {
        let line = submit(&PARAMS.replace(from, to));
        assert_eq!(refused(&mut machine(), &line), why, "{line}");
    }
}

#[test]
fn p_a_missing_sixth_parameter_after_configure_is_the_jobs_own_version() {
    let mut machine = machine();
    reply(
        &mut machine,
        r#"{"id":1,"method":"mining.configure","params":[["version-rolling"]]}"#,
    );
    assert_eq!(
        share(&mut machine, &submit(PARAMS)).share.version_bits,
        None
    );
    let zero = submit(&format!(r#"{PARAMS},"00000000""#));
    assert_eq!(share(&mut machine, &zero).share.version_bits, Some(0));
    // With no bits of the mask in the job, both are the same header, and so one share.
    assert_eq!(
        rolled_version(0x2000_0000, 0, machine.version_mask()),
        Some(0x2000_0000)
    );
}

#[test]
fn p_too_few_or_too_many_parameters_never_panic() {
    for count in 0..12 {
        let params = vec!["\"00000000\""; count].join(",");
        let answer = machine().receive(&submit(&params));
        assert!(
            matches!(answer, Incoming::Refuse { .. }),
            "{count}: {answer:?}"
        );
    }
}

#[test]
fn p_a_machine_of_which_nothing_counts_is_warned_reconnected_and_dropped() {
    let mut ladder = RejectLadder::new();
    let rungs: Vec<_> = (0..=1_800)
        .map(|tenths| (tenths, ladder.refused(at(tenths * 100))))
        .filter(|(_, rung)| *rung != Rung::Nothing)
        .collect();
    assert_eq!(
        rungs,
        [
            (600, Rung::Warn),
            (1_200, Rung::Reconnect),
            (1_800, Rung::Drop)
        ]
    );
}

// What pools say.

#[test]
fn u_two_difficulties_between_jobs_leave_the_latter() {
    let mut upstream = pool();
    told(
        &mut upstream,
        r#"{"id":null,"method":"mining.set_difficulty","params":[8]}"#,
    );
    told(
        &mut upstream,
        r#"{"id":null,"method":"mining.set_difficulty","params":[0.25]}"#,
    );
    let Some(Event::Job(job)) = told(&mut upstream, &notify("j", &job(), true)) else {
        panic!()
    };
    assert_eq!(job.target, power(-2).target());
}

#[test]
fn u_difficulties_of_every_size_or_a_fault_by_name() {
    for (number, works) in [
        ("0.0010000003662", true),
        ("1e-9", true),
        ("4294967296.5", true),
        ("1e30", true),
        ("0", false),
        ("0.0", false),
        ("-1", false),
        ("1e999", false),
        ("\"NaN\"", false),
        ("null", false),
        ("[]", false),
    ] {
        let line = format!(r#"{{"method":"mining.set_difficulty","params":[{number}]}}"#);
        let found = pool().receive(&line);
        assert_eq!(found.is_ok(), works, "{number}: {found:?}");
        assert!(
            works
                || matches!(
                    found,
                    Err(Fault::BadParams {
                        method: "mining.set_difficulty",
                        ..
                    })
                )
        );
    }
    assert!(matches!(
        pool().receive(r#"{"method":"mining.set_difficulty","params":[NaN]}"#),
        Err(Fault::Malformed(_))
    ));
}

#[test]
fn u_job_ids_of_every_pool_come_back_as_they_are() {
    for id in [
        "Q0123456789abcdef",
        "N0123456789abcdef",
        "65a0b1c200000001",
        "4f3a9b2c1d",
        "job/1 \\\"é",
    ] {
        let line = notify("ID", &job(), true).replace("\"ID\"", &format!("\"{id}\""));
        let Some(Event::Job(job)) = told(&mut pool(), &line) else {
            panic!()
        };
        let submitted = pool().submit(1, &job.id, &[0; 8], 1, 2, None).unwrap();
        assert!(submitted.contains(&format!("\"{id}\"")), "{submitted}");
    }
}

#[test]
fn u_extranonces_of_pools() {
    for (answer, expected) in [
        (
            r#"[[["mining.notify","a"]],"00112233445566778899aabbccddeeff",2]"#,
            Some((16, 2)),
        ),
        (r#"[[],"F00D",32]"#, Some((2, 32))),
        (r#"[null,"",8]"#, Some((0, 8))),
        (r#"[[],"f00",4]"#, None),
        (r#"[[],"0x00",4]"#, None),
        (r#"[[],"00","4"]"#, None),
        (r#"[[],"00",-4]"#, None),
        (r#"[[],"00",4.5]"#, None),
        (r#"[[],7,4]"#, None),
        ("[]", None),
        ("true", None),
    ] {
        let line = format!(r#"{{"id":2,"result":{answer},"error":null}}"#);
        let found = Upstream::new("u", "x", "a").receive(&line);
        let sizes = match &found {
            Ok(events) => match &events[..] {
                [
                    Event::Subscribed {
                        extranonce1,
                        extranonce2_size,
                    },
                ] => Some((extranonce1.len(), *extranonce2_size)),
                other => panic!("{other:?}"),
            },
            Err(fault) => {
                assert!(
                    matches!(
                        fault,
                        Fault::BadParams {
                            method: "mining.subscribe",
                            ..
                        }
                    ),
                    "{fault}"
                );
                None
            }
        };
        assert_eq!(sizes, expected, "{answer}");
    }
}

#[test]
fn u_an_extranonce_that_changes_in_mid_session_is_an_event_of_its_own() {
    let found = told(
        &mut pool(),
        r#"{"id":null,"method":"mining.set_extranonce","params":["c0ffee",6,"appended"]}"#,
    );
    let expected = Event::ExtranonceChanged {
        extranonce1: vec![0xc0, 0xff, 0xee],
        extranonce2_size: 6,
    };
    assert_eq!(found, Some(expected));
}

#[test]
fn u_a_mask_counts_only_where_the_pool_granted_rolling() {
    for (result, mask) in [
        (
            r#"{"version-rolling":true,"version-rolling.mask":"1fffe000"}"#,
            Some(0x1fff_e000),
        ),
        (
            r#"{"version-rolling":true,"version-rolling.mask":"1FFFFFE0","minimum-difficulty":true}"#,
            Some(0x1fff_ffe0),
        ),
        (r#"{"version-rolling.mask":"e000"}"#, Some(0xe000)),
        (
            r#"{"version-rolling":false,"version-rolling.mask":"1fffe000"}"#,
            None,
        ),
        (r#"{"version-rolling":"not here"}"#, None),
        ("{}", None),
        ("false", None),
    ] {
        let line = format!(r#"{{"id":1,"result":{result},"error":null}}"#);
        assert_eq!(
            told(&mut pool(), &line),
            mask.map(Event::VersionMask),
            "{result}"
        );
    }
}

#[test]
fn u_reconnect_stays_at_the_same_host_or_is_not_followed() {
    for (params, stays, port, wait_s) in [
        ("[]", true, None, 0),
        (r#"["pool.example",3334,5]"#, true, Some(3_334), 5),
        (r#"["POOL.Example.","3334","5"]"#, true, Some(3_334), 5),
        (r#"["",3334]"#, true, Some(3_334), 0),
        ("[null,null,null]", true, None, 0),
        (r#"["evil.example",3333,0]"#, false, Some(3_333), 0),
        (r#"["sub.pool.example",3333]"#, false, Some(3_333), 0),
        (
            r#"["pool.example.evil.example",3333]"#,
            false,
            Some(3_333),
            0,
        ),
        (r#"["p\u043eol.example",3333]"#, false, Some(3_333), 0),
        (r#"["pool.example",99999]"#, false, None, 0),
        (r#"["pool.example",3333,-1]"#, false, Some(3_333), 0),
        ("[7]", false, None, 0),
    ] {
        let mut upstream = pool();
        let line = format!(r#"{{"id":null,"method":"client.reconnect","params":{params}}}"#);
        assert_eq!(told(&mut upstream, &line), Some(Event::ReconnectAsked));
        let asked = upstream.reconnect().unwrap();
        assert_eq!(
            (asked.stays_at("pool.example"), asked.port, asked.wait_s),
            (stays, port, wait_s),
            "{params}"
        );
    }
}

#[test]
fn u_errors_in_every_form_are_kept_with_code_and_reason() {
    let long = format!(r#"[20,"{}",null]"#, "x".repeat(500));
    let cut = "x".repeat(200);
    for (rest, code, reason) in [
        (
            r#""result":null,"error":[23,"Low difficulty",null]"#,
            Some(23),
            Some("Low difficulty"),
        ),
        (
            r#""result":false,"error":[21,"Stale"]"#,
            Some(21),
            Some("Stale"),
        ),
        (r#""result":false,"error":"Stale""#, None, Some("Stale")),
        (
            r#""result":null,"error":{"code":-32601,"message":"Nope"}"#,
            Some(-32_601),
            Some("Nope"),
        ),
        (r#""result":false,"error":22"#, Some(22), Some("22")),
        (
            r#""result":false,"error":null,"reject-reason":"H-not-zero""#,
            None,
            Some("H-not-zero"),
        ),
        (
            r#""result":null,"error":[99999999999,"big",null]"#,
            None,
            Some("big"),
        ),
        (
            r#""result":null,"error":[20,"\u001b[31m\u202egnp\u0000",null]"#,
            Some(20),
            Some("[31mgnp"),
        ),
        (r#""result":null,"error":null"#, None, None),
        (r#""result":"true","error":null"#, None, None),
        (
            &format!(r#""result":null,"error":{long}"#),
            Some(20),
            Some(&cut),
        ),
    ] {
        let mut upstream = pool();
        upstream.submit(9, "j", &[0; 8], 1, 2, None).unwrap();
        let event = told(&mut upstream, &format!(r#"{{"id":4,{rest}}}"#));
        assert!(
            matches!(
                event,
                Some(Event::ShareAnswer {
                    tag: 9,
                    accepted: false,
                    ..
                })
            ),
            "{rest}"
        );
        let answer = upstream.share_answer().unwrap();
        assert_eq!(
            (answer.code, answer.reason.as_deref()),
            (code, reason),
            "{rest}"
        );
    }
}

#[test]
fn u_answers_out_of_order_twice_or_to_nothing() {
    let mut upstream = pool();
    for tag in 10..14 {
        upstream.submit(tag, "j", &[0; 8], 1, 2, None).unwrap();
    }
    let mut answer = |id: &str| {
        let line = format!(r#"{{"id":{id},"result":true,"error":null}}"#);
        told(&mut upstream, &line).map(|event| match event {
            Event::ShareAnswer {
                tag,
                accepted: true,
                ..
            } => tag,
            other => panic!("{other:?}"),
        })
    };
    assert_eq!(answer("6"), Some(12));
    assert_eq!(
        answer("\"4\""),
        Some(10),
        "an id that comes back as a string"
    );
    assert_eq!(answer("6"), None, "once");
    for unknown in [
        "99",
        "-1",
        "null",
        "\"x\"",
        "5.5",
        "99999999999999999999999",
    ] {
        assert_eq!(answer(unknown), None, "{unknown}");
    }
    assert_eq!(answer("7"), Some(13));
    assert_eq!(upstream.unanswered().collect::<Vec<_>>(), [11]);
}

#[test]
fn u_garbage_is_a_fault_and_methods_of_the_future_are_not() {
    for line in [
        "{]",
        "\u{0}",
        "HTTP/1.1 400 Bad Request",
        "[]",
        "{\"method\":7}",
    ] {
        assert!(
            matches!(pool().receive(line), Err(Fault::Malformed(_))),
            "{line}"
        );
    }
    for line in [
        r#"{"id":null,"method":"mining.set_goal","params":["x",{"malgo":"SHA256d"}]}"#,
        r#"{"id":null,"method":"client.show_message","params":["hello"]}"#,
        r#"{"id":null,"method":"mining.set_target","params":["00"]}"#,
        "\r",
    ] {
        assert_eq!(told(&mut pool(), line), None, "{line}");
    }
}
