//! What Prometheus gets.

use crate::{
    client,
    machine::Machine,
    scripted::{Pool, Rig},
    test_app::{TestApp, args, until},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
};

/// Every series with its value.
pub async fn scrape(metrics: SocketAddr) -> BTreeMap<String, f64> {
    let answer = client::get(metrics, "/metrics").await;
    assert_eq!(answer.status, 200);
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"));
    let samples = text.lines().filter(|line| !line.starts_with('#'));
    let series = samples.map(|line| {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        (name.to_owned(), value.parse().expect("a number"))
    });
    series.collect()
}

/// One series' value; 0 where it does not exist yet.
pub async fn read(metrics: SocketAddr, series: &str) -> f64 {
    scrape(metrics).await.get(series).copied().unwrap_or(0.0)
}

const REFUSALS: &[&str] = &[
    "budget_spent",
    "duplicate",
    "invalid_extranonce2",
    "invalid_version_mask",
    "job_not_found",
    "low_difficulty",
    "malformed",
    "not_subscribed",
    "ntime_out_of_range",
    "other",
    "share_log_unavailable",
    "too_many_logins",
    "too_many_shares",
    "unauthorized",
    "unknown_method",
];
const ENDS: &[&str] = &[
    "address_full",
    "closed",
    "failed",
    "idle",
    "line_too_long",
    "malformed",
    "no_login",
    "recalled",
    "refused",
    "server_full",
    "slow_reader",
    "tls",
];

/// Every label is of a closed set.
fn bounded(series: &BTreeMap<String, f64>) {
    let mut names = BTreeSet::new();
    for series in series.keys() {
        let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
        names.insert(name.to_owned());
        let labels = labels.trim_end_matches('}').split(',');
        for label in labels.filter(|label| !label.is_empty()) {
            let (key, value) = label.split_once('=').expect("a label");
            let value = value.trim_matches('"');
            let known = match key {
                "le" => value == "+Inf" || value.parse::<f64>().is_ok(),
                "side" => ["downstream", "upstream"].contains(&value),
                "result" => ["accepted", "rejected"].contains(&value),
                "reason" => value.is_empty() || REFUSALS.contains(&value) || ENDS.contains(&value),
                _ => false,
            };
            assert!(known, "{series}");
        }
    }
    assert!(names.len() < 60 && series.len() < 200, "{}", series.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_working_demo_tells_of_every_part() {
    let (mut args, folder) = args();
    args.metrics = Some("127.0.0.1:0".parse().unwrap());
    let app = TestApp::start_args(args, folder, |_| {}).await;
    let metrics = app.demo.metrics.expect("it was asked for");
    until("shares that the pool answered", || async {
        let series = scrape(metrics).await;
        series.contains_key(r#"assay_shares_total{side="upstream",result="accepted",reason=""}"#)
    })
    .await;
    // A refused share of every early kind, and an unreadable line.
    let mut machine = Machine::connect(app.demo.stratum).await;
    for line in [
        r#"{"id":1,"method":"mining.submit","params":["a","1","00000001","00000000","00000000"]}"#,
        "not json",
        r#"{"id":1,"method":"mining.fly","params":[]}"#,
        r#"{"id":1,"method":"mining.authorize","params":["<script>.x","x"]}"#,
    ] {
        machine.ask(line).await;
    }
    drop(machine);
    until("the end of its connection", || async {
        read(metrics, r#"assay_connections_ended_total{reason="closed"}"#).await == 1.0
    })
    .await;

    let series = scrape(metrics).await;
    bounded(&series);
    let value = |name: &str| {
        let found = series.get(name).copied();
        found.unwrap_or_else(|| panic!("{name} is not among {:?}", series.keys()))
    };
    let accepted = value(r#"assay_shares_total{side="downstream",result="accepted",reason=""}"#);
    assert!(accepted >= 1.0);
    assert!(app.contract().await.counts.accepted as f64 >= accepted);
    for (side, least) in [("downstream", 3.0), ("upstream", 1.0)] {
        let connections = value(&format!("assay_connections{{side=\"{side}\"}}"));
        assert!(
            (least..=least + 1.0).contains(&connections),
            "{connections}"
        );
    }
    assert!(value(r#"assay_jobs_total{side="upstream"}"#) >= 1.0);
    assert!(value(r#"assay_jobs_total{side="downstream"}"#) >= 3.0);
    assert!(value("assay_switches_total") >= 3.0);
    for queue in ["answer", "forward", "log"] {
        let waits = value(&format!("assay_{queue}_queue"));
        assert!((0.0..1_000.0).contains(&waits), "{queue}: {waits}");
    }
    for (histogram, least) in [
        ("share_to_answer_seconds", 1.0),
        ("share_to_pool_seconds", 1.0),
        ("pool_answer_seconds", 1.0),
        ("group_commit_seconds", 1.0),
        ("group_commit_size_bytes", 1.0),
    ] {
        let count = value(&format!("assay_{histogram}_count"));
        let sum = value(&format!("assay_{histogram}_sum"));
        let last = value(&format!("assay_{histogram}_bucket{{le=\"+Inf\"}}"));
        assert!(count >= least && sum > 0.0 && last == count, "{histogram}");
    }
    // An answer is written once: never more of them than shares that were accepted.
    let now = scrape(metrics).await;
    let accepted = now[r#"assay_shares_total{side="downstream",result="accepted",reason=""}"#];
    assert!(now["assay_share_to_answer_seconds_count"] <= accepted);
    for refused in [
        r#"assay_shares_total{side="downstream",result="rejected",reason="not_subscribed"}"#,
        r#"assay_requests_refused_total{reason="malformed"}"#,
        r#"assay_requests_refused_total{reason="unknown_method"}"#,
        r#"assay_requests_refused_total{reason="unauthorized"}"#,
    ] {
        assert_eq!(value(refused), 1.0, "{refused}");
    }
    // For the operator alone: nothing else is there, and the pages' port does not have it.
    assert_eq!(client::get(metrics, "/").await.status, 404);
    assert_ne!(client::get(app.demo.pages, "/metrics").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_exact_and_labels_do_not_grow_with_what_machines_and_pools_say() {
    let refuses = r#""result":null,"error":[-7,"word",null]"#;
    let pool = Pool::start("2.3283064365386963e-10", refuses).await;
    let rig = Rig::start(pool, |_| {}).await;
    let metrics = rig.server.metrics.expect("it was asked for");
    for number in 0..20 {
        let login = format!("rig-host.rig{number}");
        let mut machine = Machine::mining(rig.server.stratum, &login).await;
        let (_, line) = machine.find_share(&login, number);
        assert!(machine.ask(&line).await.contains("true"));
        let again = machine.ask(&line).await;
        assert!(again.contains("[22,"), "{again}");
        let stale = line.replace(r#"","1","0"#, &format!(r#"","job{number}","0"#));
        let stale = machine.ask(&stale).await;
        assert!(stale.contains("[21,"), "{stale}");
        machine.ask(&format!("{{\"method\":\"m{number}\"}}")).await;
    }
    let pool = r#"assay_shares_total{side="upstream",result="rejected",reason="other"}"#;
    until("the pool's answers", || async {
        read(metrics, pool).await == 20.0
    })
    .await;
    until("the connections' ends", || async {
        read(metrics, r#"assay_connections{side="downstream"}"#).await == 0.0
    })
    .await;
    let series = scrape(metrics).await;
    bounded(&series);
    for (name, count) in [
        (
            r#"assay_shares_total{side="downstream",result="accepted",reason=""}"#,
            20.0,
        ),
        (
            r#"assay_shares_total{side="downstream",result="rejected",reason="duplicate"}"#,
            20.0,
        ),
        (
            r#"assay_shares_total{side="downstream",result="rejected",reason="job_not_found"}"#,
            20.0,
        ),
        (
            r#"assay_requests_refused_total{reason="unknown_method"}"#,
            20.0,
        ),
        (r#"assay_connections_ended_total{reason="closed"}"#, 20.0),
        (r#"assay_jobs_total{side="downstream"}"#, 20.0),
        (r#"assay_jobs_total{side="upstream"}"#, 1.0),
        (r#"assay_connections{side="upstream"}"#, 1.0),
        ("assay_share_to_answer_seconds_count", 20.0),
        ("assay_share_to_pool_seconds_count", 20.0),
        ("assay_pool_answer_seconds_count", 20.0),
        ("assay_answer_queue", 0.0),
        ("assay_forward_queue", 0.0),
    ] {
        assert_eq!(series.get(name), Some(&count), "{name}");
    }
}
