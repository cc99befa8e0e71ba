//! What real machines and pools do, on the wire of a whole server: what the dialogues of `crates/stratum` cannot show. The
//! names begin as theirs do: `f` and a number for a finding, `t` for a row of the table of messages.

use crate::{
    machine::Machine,
    scripted::{ACCEPTED, Job, LOGIN, Pool, Rig, every_hash},
    test_app::until,
};
use pow::{Share, bundle::Verifier};
use std::{collections::BTreeSet, time::Duration};
use stratum::{UpstreamJob, VardiffSettings};
use units::Difficulty;

const DUPLICATE: &str = r#"{"id":4,"result":null,"error":[22,"Duplicate share",null]}"#;
const STALE: &str = r#"{"id":4,"result":null,"error":[21,"Job not found",null]}"#;
const TRUE: &str = r#"{"id":4,"result":true,"error":null}"#;

fn submit(login: &str, job: &UpstreamJob, nonce: u32, bits: Option<u32>) -> String {
    at(login, job, nonce, job.job.ntime, bits)
}

fn at(login: &str, job: &UpstreamJob, nonce: u32, ntime: u32, bits: Option<u32>) -> String {
    let bits = bits.map_or(String::new(), |bits| format!(",\"{bits:08x}\""));
    let id = &job.id;
    format!(
        "{{\"id\":4,\"method\":\"mining.submit\",\"params\":[\"{login}\",\"{id}\",\"00000001\",\"{ntime:08x}\",\"{nonce:08x}\"{bits}]}}"
    )
}

/// The header's hash, as the machine computes it.
fn hash(machine: &Machine, job: &pow::Job, nonce: u32) -> [u8; 32] {
    let share = Share {
        ntime: job.ntime,
        nonce,
        version_bits: 0,
    };
    job.header(&[&machine.extranonce1, &[0, 0, 0, 1]], share)
        .hash()
}

/// The hashes of the shares that the contract's bundle holds.
async fn proven(rig: &Rig) -> BTreeSet<[u8; 32]> {
    let mut hashes = BTreeSet::new();
    let mut verifier = Verifier::new();
    verifier.push_each(&rig.bundle().await, &mut |_, share| {
        assert!(hashes.insert(share.hash), "a share counts once");
    });
    let verdict = verifier.finish();
    assert!(verdict.valid, "{:?}", verdict.faults);
    hashes
}

/// All that the machine was told so far: the answer to a ping comes after it.
async fn all_heard(machine: &mut Machine) -> &[String] {
    machine
        .send(r#"{"id":"all","method":"mining.ping","params":[]}"#)
        .await;
    while !machine.hear().await.expect("an answer").contains("pong") {}
    &machine.heard
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_share_counts_once_over_job_ids_logins_and_spellings() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let other = machine
        .ask(r#"{"id":9,"method":"mining.authorize","params":["Rig-Host.RIG2","x"]}"#)
        .await;
    assert!(other.contains("true"), "{other}");
    let first = machine.jobs[0].clone();
    let line = submit(LOGIN, &first, 0x00ab_cdef, None);
    assert_eq!(machine.ask(&line).await, TRUE);
    let upper = line.replace("00abcdef", "00ABCDEF");
    let other_login = submit("Rig-Host.RIG2", &first, 0x00ab_cdef, None);
    let with_bits = submit(LOGIN, &first, 0x00ab_cdef, Some(0));
    for again in [&line, &upper, &other_login, &with_bits] {
        assert_eq!(machine.ask(again).await, DUPLICATE, "{again}");
    }
    // The pool gives the same work again under another id.
    let mut job = Job::more("again", 1);
    job.ntime = first.job.ntime;
    rig.pool.job(&job);
    let again = machine.next_job().await.clone();
    assert_ne!(again.id, first.id);
    let line = submit(LOGIN, &again, 0x00ab_cdef, None);
    assert_eq!(machine.ask(&line).await, DUPLICATE);
    assert_eq!(proven(&rig).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn f01_a_machine_that_comes_back_has_another_space() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut spaces = BTreeSet::new();
    let mut hashes = BTreeSet::new();
    for _ in 0..3 {
        let mut machine = rig.machine().await;
        let line = submit(LOGIN, &machine.jobs[0], 7, None);
        assert_eq!(machine.ask(&line).await, TRUE);
        hashes.insert(hash(&machine, &machine.jobs[0].job, 7));
        // It may have its extranonce1 again; then the padding before it is another.
        let coinbase1 = machine.jobs[0].job.coinbase1.clone();
        assert!(
            spaces.insert((coinbase1, machine.extranonce1.clone())),
            "the work of a job is given once"
        );
    }
    assert_eq!(proven(&rig).await, hashes);
}

#[tokio::test(flavor = "multi_thread")]
async fn f02_the_pools_verdict_is_counted_beside_ours() {
    let refuses = r#""result":null,"error":[23,"<b>Low difficulty</b>",null]"#;
    let pool = Pool::start("2.3283064365386963e-10", refuses).await;
    let rig = Rig::start(pool, |_| {}).await;
    let mut machine = rig.machine().await;
    let line = submit(LOGIN, &machine.jobs[0], 1, None);
    assert_eq!(machine.ask(&line).await, TRUE);
    until("the pool's refusal", || async {
        rig.contract().await.counts.pool_rejected == 1
    })
    .await;
    let counts = rig.contract().await.counts;
    assert_eq!(
        (counts.accepted, counts.forwarded, counts.pool_accepted),
        (1, 1, 0)
    );
    assert_eq!(
        proven(&rig).await.len(),
        1,
        "pay depends on our check alone"
    );
}

/// True where the server tells that, of itself.
fn is(line: &str, method: &str) -> bool {
    line.contains(&format!("\"method\":\"mining.{method}\""))
}

/// Floods until the server has changed the difficulty so often.
pub async fn flood(machine: &mut Machine, changes: usize) {
    let changed = |machine: &Machine| {
        let heard = machine.heard.iter();
        heard.filter(|line| is(line, "set_difficulty")).count()
    };
    let mut nonce = 0;
    loop {
        for _ in 0..20 {
            // Not one more: it would be measured at the new difficulty.
            if changed(machine) >= changes {
                return;
            }
            let line;
            (nonce, line) = machine.find_share(LOGIN, nonce);
            nonce += 1;
            machine.ask(&line).await;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub fn steered() -> VardiffSettings {
    VardiffSettings {
        shares_per_minute: 60,
        ..every_hash()
    }
}

/// A machine whose difficulty was changed once, for its flood.
pub async fn flooded() -> (Rig, Machine) {
    let rig = Rig::start(Pool::hard().await, |config| {
        config.stratum.vardiff = steered();
        // How often a difficulty is looked at.
        config.stratum.patience.login = Duration::from_secs(2);
    })
    .await;
    let mut machine = rig.machine().await;
    flood(&mut machine, 2).await;
    (rig, machine)
}

#[tokio::test(flavor = "multi_thread")]
async fn f03_a_share_is_judged_by_the_target_sent_with_its_job() {
    let (rig, mut machine) = flooded().await;
    while machine.jobs.len() < 2 {
        machine.hear().await.expect("the harder job");
    }
    let [easy, .., hard] = &machine.jobs[..] else {
        unreachable!("two jobs at least")
    };
    let (easy, hard) = (easy.clone(), hard.clone());
    assert!(hard.target < easy.target);
    let misses = |job: &UpstreamJob| {
        let mut nonces = 0x8000_0000..;
        let missed = nonces.find(|n| !hard.target.is_met_by_le_hash(&hash(&machine, &job.job, *n)));
        missed.unwrap()
    };
    let (of_easy, of_hard) = (misses(&easy), misses(&hard));
    let line = submit(LOGIN, &easy, of_easy, None);
    assert_eq!(machine.ask(&line).await, TRUE);
    let line = submit(LOGIN, &hard, of_hard, None);
    assert_eq!(
        machine.ask(&line).await,
        r#"{"id":4,"result":null,"error":[23,"Low difficulty share",null]}"#
    );
    proven(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn t_one_set_difficulty_between_jobs_at_most_and_before_its_job() {
    let (rig, mut machine) = flooded().await;
    rig.pool.job(&Job::more("second", 1));
    machine.next_job().await;
    flood(&mut machine, 3).await;
    rig.pool.job(&Job::new("third", 2));
    machine.next_job().await;

    let mut ids = BTreeSet::new();
    let mut difficulties = 0;
    for line in all_heard(&mut machine).await {
        if is(line, "set_difficulty") {
            difficulties += 1;
            assert!(difficulties <= 1, "cgminer keeps two at most: {line}");
        }
        if is(line, "notify") {
            difficulties = 0;
            let notify: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = notify["params"][0].as_str().unwrap().to_owned();
            assert!(ids.insert(id), "an id that is known is ignored: {line}");
        }
        assert!(!line.contains("set_extranonce") && !line.contains("reconnect"));
    }
    assert_eq!(difficulties, 0, "a difficulty comes with its job");
    assert!(ids.len() >= 4, "{ids:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn t_a_new_block_is_one_clean_job_for_every_machine() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machines = Vec::new();
    for _ in 0..3 {
        machines.push(rig.machine().await);
    }
    rig.pool.job(&Job::more("same block", 1));
    for machine in &mut machines {
        machine.next_job().await;
    }
    // Another block, which the pool does not call clean.
    rig.pool.job(&Job::more("next block", 2));
    for machine in &mut machines {
        machine.next_job().await;
    }
    rig.pool.job(&Job::more("next block again", 2));
    for machine in &mut machines {
        machine.next_job().await;
        all_heard(machine).await;
        let jobs: Vec<(u8, bool)> = machine
            .jobs
            .iter()
            .map(|job| (job.job.prev_hash.iter().copied().max().unwrap(), job.clean))
            .collect();
        assert_eq!(jobs, [(1, true), (1, false), (2, true), (2, false)]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_stale_at_once_on_another_block_and_after_the_grace_on_the_same() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    rig.pool.job(&Job::new("clean, on the same block", 1));
    assert!(machine.next_job().await.clean);
    let first = machine.jobs[0].clone();
    // It was on its way.
    let line = submit(LOGIN, &first, 1, None);
    assert_eq!(machine.ask(&line).await, TRUE);
    tokio::time::sleep(Duration::from_millis(10_100)).await;
    let line = submit(LOGIN, &first, 2, None);
    assert_eq!(machine.ask(&line).await, STALE);

    let second = machine.jobs[1].clone();
    rig.pool.job(&Job::new("another block", 2));
    machine.next_job().await;
    let line = submit(LOGIN, &second, 3, None);
    assert_eq!(machine.ask(&line).await, STALE);
    assert_eq!(proven(&rig).await.len(), 1);
}

/// True where a file of the data folder has these bytes. Quick: it must not give the server time.
fn on_disk(folder: &std::path::Path, bytes: &[u8]) -> bool {
    let mut held: Vec<u8> = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.path().is_dir() {
            if on_disk(&entry.path(), bytes) {
                return true;
            }
        } else if !entry.file_name().to_string_lossy().starts_with("assay.db") {
            // A file may be renamed meanwhile.
            let file = std::fs::read(entry.path()).unwrap_or_default();
            // Room that was made and not written to yet.
            let pages = file.chunks(4_096).filter(|page| **page != [0; 4_096]);
            pages.for_each(|page| held.extend_from_slice(page));
        }
    }
    held.windows(bytes.len()).any(|window| window == bytes)
}

/// The files are read behind the server's back. What a kill leaves of them: `kill.rs`.
#[tokio::test(flavor = "multi_thread")]
async fn t_true_comes_after_the_share_is_in_a_file() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    for number in 0..50_u32 {
        let nonce = 0xa5c3_0000 + number * 0x0101;
        let written = nonce.to_le_bytes();
        assert!(!on_disk(rig.data(), &written));
        let line = submit(LOGIN, &machine.jobs[0], nonce, None);
        assert_eq!(machine.ask(&line).await, TRUE);
        assert!(on_disk(rig.data(), &written), "share {number}");
        // And so is what is proven of it.
        let share = hash(&machine, &machine.jobs[0].job, nonce);
        assert!(proven(&rig).await.contains(&share));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f06_ids_come_back_as_they_went_and_answers_in_order() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let job = machine.jobs[0].clone();
    let share = |id: &str, nonce| submit(LOGIN, &job, nonce, None).replacen('4', id, 1);
    let ping = r#"{"id":null,"method":"mining.ping","params":[]}"#;
    let all = [
        share("4", 1),
        share("4", 2),
        share("4", 1),
        share("\"4\"", 3),
        ping.to_owned(),
        share("null", 4),
        share("18446744073709551616", 5),
        share("-1e3", 5),
        share(r#""\u00fc\"x""#, 6),
        share("4", 7),
    ];
    machine.send(&all.join("\n")).await;
    let good = |id: &str| format!(r#"{{"id":{id},"result":true,"error":null}}"#);
    let twice =
        |id: &str| format!(r#"{{"id":{id},"result":null,"error":[22,"Duplicate share",null]}}"#);
    for expected in [
        good("4"),
        good("4"),
        twice("4"),
        good("\"4\""),
        r#"{"id":null,"result":"pong","error":null}"#.to_owned(),
        good("null"),
        good("18446744073709551616"),
        twice("-1e3"),
        good(r#""\u00fc\"x""#),
        good("4"),
    ] {
        assert_eq!(machine.answer().await.unwrap(), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f07_f08_version_bits_without_configure_replace_those_of_the_job_up_to_the_pool() {
    let rig = Rig::start(Pool::easy().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let mut job = Job::new("with bits of its own", 2);
    job.version = "20004000";
    rig.pool.job(&job);
    let job = machine.next_job().await.clone();
    let line = submit(LOGIN, &job, 1, Some(0x0000_2000));
    assert_eq!(machine.ask(&line).await, TRUE);
    // Neither XOR nor OR, which would both be 20006000.
    let mut rolled = job.job.clone();
    rolled.version = 0x2000_2000;
    let plain = submit(LOGIN, &job, 1, None);
    assert_eq!(machine.ask(&plain).await, TRUE, "the job's own bits");
    let expected = BTreeSet::from([hash(&machine, &rolled, 1), hash(&machine, &job.job, 1)]);
    assert_eq!(proven(&rig).await, expected);
    for bits in [0x2000_0000, 0x0000_1000, 1] {
        let outside = submit(LOGIN, &job, 2, Some(bits));
        let answer = machine.ask(&outside).await;
        assert!(
            answer.contains(r#"[20,"Invalid version mask",null]"#),
            "{answer}"
        );
    }
    until("both shares at the pool", || async {
        rig.pool.submits().len() == 2
    })
    .await;
    let bits: Vec<_> = rig.pool.submits().iter().map(|p| p[5].clone()).collect();
    assert_eq!(bits, ["00002000", "00004000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_another_mask_of_the_pool_reaches_those_that_asked_for_one() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut asked = Machine::connect(rig.server.stratum).await;
    let configured = asked
        .ask(r#"{"id":1,"method":"mining.configure","params":[["version-rolling"],{"version-rolling.mask":"ffffffff"}]}"#)
        .await;
    assert!(
        configured.contains(r#""version-rolling.mask":"1fffe000""#),
        "{configured}"
    );
    asked.begin(LOGIN).await;
    let mut quiet = rig.machine().await;
    rig.pool
        .say(r#"{"id":null,"method":"mining.set_version_mask","params":["00006000"]}"#);
    rig.pool.job(&Job::more("narrower", 1));
    let job = asked.next_job().await.clone();
    quiet.next_job().await;
    let place = |what: &str| asked.heard.iter().rposition(|line| line.contains(what));
    let mask = place(r#""mining.set_version_mask","params":["00006000"]"#);
    assert!(
        mask.is_some() && mask < place("mining.notify"),
        "{:?}",
        asked.heard
    );
    assert!(!quiet.heard.iter().any(|line| line.contains("version_mask")));
    let inside = submit(LOGIN, &job, 1, Some(0x6000));
    assert_eq!(asked.ask(&inside).await, TRUE);
    for machine in [&mut asked, &mut quiet] {
        let job = machine.jobs.last().unwrap().clone();
        let outside = submit(LOGIN, &job, 2, Some(0x8000));
        assert!(machine.ask(&outside).await.contains("Invalid version mask"));
    }
    proven(&rig).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn f05_a_new_session_of_the_pool_is_a_clean_job_and_nothing_else() {
    let rig = Rig::start(Pool::easy().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let first = machine.jobs[0].clone();
    rig.pool.hang_up();
    assert!(machine.next_job().await.clean);
    assert_eq!(machine.ask(&submit(LOGIN, &first, 1, None)).await, STALE);
    let job = machine.jobs[1].clone();
    assert_ne!(job.job.coinbase1, first.job.coinbase1);
    assert_eq!(machine.ask(&submit(LOGIN, &job, 1, None)).await, TRUE);
    for line in all_heard(&mut machine).await {
        for never in ["set_extranonce", "client.reconnect"] {
            assert!(!line.contains(never), "{line}");
        }
    }
    let share = hash(&machine, &job.job, 1);
    assert_eq!(proven(&rig).await, BTreeSet::from([share]));
}

#[tokio::test(flavor = "multi_thread")]
async fn t_the_logins_of_a_connection_are_counted_apart() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let logins = [LOGIN, "rig-host.rig2", "rig-host.rig3"];
    for (shares, login) in (1..).zip(logins) {
        let authorize =
            format!("{{\"id\":4,\"method\":\"mining.authorize\",\"params\":[\"{login}\",\"x\"]}}");
        assert_eq!(machine.ask(&authorize).await, TRUE);
        for share in 0..shares {
            let line = submit(login, &machine.jobs[0], shares << 8 | share, None);
            assert_eq!(machine.ask(&line).await, TRUE);
        }
    }
    let workers = rig.contract().await.workers;
    let counted: Vec<_> = workers
        .iter()
        .map(|w| (w.login.as_str(), w.shares))
        .collect();
    for (shares, login) in (1..).zip(logins) {
        assert!(counted.contains(&(login, shares)), "{counted:?}");
    }
    // Another host's login, and one that nobody logged in.
    let stranger = r#"{"id":4,"method":"mining.authorize","params":["rig-buyer.rig1","x"]}"#;
    for line in [
        stranger.to_owned(),
        submit("rig-host.rig4", &machine.jobs[0], 9, None),
    ] {
        let answer = machine.ask(&line).await;
        assert!(
            answer.contains(r#"[24,"Unauthorized worker",null]"#),
            "{answer}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_wishes_for_a_difficulty_stay_between_the_floor_and_the_pools() {
    let pool = Pool::start("0.0000152587890625", ACCEPTED).await;
    let rig = Rig::start(pool, |config| {
        config.stratum.vardiff.floor = Difficulty::from_exponent(-28).unwrap();
    })
    .await;
    let configure = |least: &str| {
        format!(
            "{{\"id\":1,\"method\":\"mining.configure\",\"params\":[[\"minimum-difficulty\"],{{\"minimum-difficulty.value\":{least}}}]}}"
        )
    };
    let suggest = |wish: &str| {
        format!("{{\"id\":1,\"method\":\"mining.suggest_difficulty\",\"params\":[{wish}]}}")
    };
    for (number, (wish, exponent)) in (1..).zip([
        (suggest("1e-30"), -28),
        (suggest("9.5367431640625e-7"), -20),
        (suggest("1000"), -16),
        (configure("5.9604644775390625e-8"), -24),
        (configure("0"), -28),
        (configure("1e-30"), -28),
        (configure("1000"), -16),
    ]) {
        let mut machine = Machine::connect(rig.server.stratum).await;
        let answer = machine.ask(&wish).await;
        assert!(answer.contains("true"), "{answer}");
        machine.begin(LOGIN).await;
        let expected = Difficulty::from_exponent(exponent).unwrap().target();
        assert_eq!(machine.jobs[0].target, expected, "{wish}");
        // From the first share on a suggestion is a keep-alive.
        let line = machine.find_share(LOGIN, 0).1;
        assert_eq!(machine.ask(&line).await, TRUE);
        for _ in 0..3 {
            assert!(machine.ask(&suggest("1")).await.contains("true"));
        }
        rig.pool.job(&Job::more(&format!("again {number}"), 1));
        machine.next_job().await;
        assert_eq!(machine.jobs[1].target, expected, "{wish}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn t_a_login_may_come_first_byte_by_byte_with_carriage_returns() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = Machine::connect(rig.server.stratum).await;
    let hello = format!(
        "\r\n{{\"id\":3,\"method\":\"mining.authorize\",\"params\":[\"{LOGIN}\",\"x\"]}}\r\n \r\n\
         {{\"id\":2,\"method\":\"mining.subscribe\"}}\r\n"
    );
    for byte in hello.as_bytes() {
        machine.send_raw(&[*byte]).await;
    }
    while machine.jobs.is_empty() {
        machine.hear().await.expect("a job");
    }
    let order = ["\"id\":3", "\"id\":2", "set_difficulty", "mining.notify"];
    for (line, what) in machine.heard.iter().zip(order) {
        assert!(line.contains(what), "{:?}", machine.heard);
    }
    assert_eq!(
        machine.extranonce1.len(),
        2,
        "at most 8 bytes with extranonce2"
    );
    let line = submit(LOGIN, &machine.jobs[0], 1, None);
    assert_eq!(machine.ask(&line).await, TRUE);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_ntime_may_lie_7000_s_after_the_job_and_not_one_before() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machine = rig.machine().await;
    let job = machine.jobs[0].clone();
    let ntime = job.job.ntime;
    for (ntime, good) in [
        (ntime - 1, false),
        (ntime, true),
        (ntime + 7_000, true),
        (ntime + 7_001, false),
        (u32::MAX, false),
    ] {
        let line = at(LOGIN, &job, 1, ntime, None);
        let answer = machine.ask(&line).await;
        let refused = r#"{"id":4,"result":null,"error":[20,"Ntime out of range",null]}"#;
        assert_eq!(answer, if good { TRUE } else { refused });
    }
    assert_eq!(proven(&rig).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn t_extranonce1_is_unique_among_live_connections() {
    let rig = Rig::start(Pool::hard().await, |_| {}).await;
    let mut machines = Vec::new();
    let mut spaces = BTreeSet::new();
    for _ in 0..100 {
        let machine = rig.machine().await;
        assert!(spaces.insert(machine.extranonce1.clone()));
        machines.push(machine);
    }
    // The same nonce of all of them is as many shares.
    for machine in &mut machines {
        let line = submit(LOGIN, &machine.jobs[0], 1, None);
        assert_eq!(machine.ask(&line).await, TRUE);
    }
    assert_eq!(proven(&rig).await.len(), 100);
}
