//! A look at a buyer's pool, over HTTP, in the page and on the command line.

use crate::{binary::assay, client, test_app::TestApp};
use api::{PoolReport, PoolWarningCode};
use serde_json::{Value, json};
use std::net::SocketAddr;
use tokio::{net::TcpListener, time::Instant};

const ROUTE: &str = "/api/v1/pools/check";

async fn post(server: SocketAddr, body: &str) -> client::Answer {
    client::post(server, ROUTE, &[("Content-Type", "application/json")], body).await
}

async fn check(server: SocketAddr, address: &str, user: &str) -> client::Answer {
    post(
        server,
        &json!({"address": address, "user": user}).to_string(),
    )
    .await
}

fn report(answer: &client::Answer) -> PoolReport {
    assert_eq!(answer.status, 200, "{}", answer.text());
    serde_json::from_slice(&answer.body).expect("the report that the API promises")
}

fn codes(report: &PoolReport) -> Vec<PoolWarningCode> {
    report.warnings.iter().map(|warning| warning.code).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sandbox_pool_is_checked_and_everything_else_is_refused_in_words() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let pool = app.demo.pool.address().to_string();
    let good = report(&check(server, &format!(" {pool} "), "buyer.a").await);
    assert!(good.usable, "{:?}", good.warnings);
    assert_eq!(good.address, format!("stratum+tcp://{pool}"));
    let job = good.job.as_ref().expect("a job");
    assert_eq!(job.tag, "/assay sandbox/");
    // The node of the sandbox is on the pool's chain.
    assert!(!codes(&good).contains(&PoolWarningCode::OldBlock));

    // The same pool at once again: later.
    let again = check(server, &pool, "buyer.a").await;
    assert_eq!(again.status, 429);
    let error: api::Error = serde_json::from_slice(&again.body).unwrap();
    assert_eq!(error.code, api::ErrorCode::TooManyRequests);
    assert!(error.message.contains("moment ago"), "{}", error.message);

    // What could never be a bid's pool is no request.
    for (address, user, word) in [
        ("", "u", "missing"),
        ("pool.net", "u", "port"),
        ("0x7f.1:3333", "u", "IPv4"),
        ("http://pool.net:3333", "u", "stratum+tcp"),
        ("pool.net:3333", "", "user"),
        ("pool.net:3333", "a\nb", "user"),
    ] {
        let answer = check(server, address, user).await;
        assert_eq!(answer.status, 400, "{address:?}: {}", answer.text());
        assert!(answer.text().contains(word), "{}", answer.text());
    }
    for body in [
        "",
        "x",
        "[]",
        "{\"address\": 1}",
        &format!("{{\"address\": \"{}\"}}", "a".repeat(5_000)),
    ] {
        let answer = post(server, body).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        let error: Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(error["code"], "bad_request");
    }
    assert_eq!(client::get(server, ROUTE).await.status, 405);

    // What policy refuses is a report. Private pools are allowed here, link-local addresses nowhere; nor is the server.
    for (address, wanted) in [
        ("169.254.169.254:3333", PoolWarningCode::PrivateAddress),
        ("127.0.0.1:22", PoolWarningCode::PortRefused),
        (
            app.demo.stratum.to_string().as_str(),
            PoolWarningCode::OwnAddress,
        ),
        (server.to_string().as_str(), PoolWarningCode::OwnAddress),
        (
            "stratum+tls://127.0.0.1:4444",
            PoolWarningCode::TlsNotOffered,
        ),
    ] {
        let refused = report(&check(server, address, "u").await);
        assert_eq!(codes(&refused), [wanted], "{address}");
        assert!(!refused.usable && refused.warnings[0].refuses);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_works_without_a_script() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let empty = client::get(server, "/pools/check").await;
    assert_eq!(empty.status, 200);
    assert!(
        empty.text().contains("No pool was asked yet."),
        "{}",
        empty.text()
    );
    let pool = app.demo.pool.address();
    let path = format!("/pools/check?address={pool}&user=buyer.a&hashrate=100&unit=kh");
    let page = client::get(server, &path).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    assert!(text.contains("A contract could use this pool."), "{text}");
    assert!(text.contains("/assay sandbox/"), "{text}");
    assert!(text.contains("data-code=\"private_address\""), "{text}");
    // What was asked stays in the form.
    assert!(text.contains("value=\"buyer.a\""), "{text}");
    let bad = client::get(server, "/pools/check?address=0x7f.1:3333&user=u").await;
    assert_eq!(bad.status, 400);
    assert!(
        bad.text()
            .contains("An IPv4 address is four decimal numbers"),
        "{}",
        bad.text()
    );
    let markup = client::get(
        server,
        "/pools/check?address=%3Cscript%3E:3333&user=%22%3E%3Cscript%3Ex",
    )
    .await;
    assert!(!markup.text().contains("<script>x"), "{}", markup.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_says_it_with_its_exit_code() {
    let app = TestApp::start().await;
    let pool = app.demo.pool.address().to_string();
    let run = |address: String, more: &'static [&'static str]| async move {
        let port = address.rsplit(':').next().unwrap_or_default();
        let mut command = assay();
        command.args([
            "pool",
            "check",
            &address,
            "--user",
            "buyer.a",
            "--network",
            "regtest",
        ]);
        command.args(["--also-port", port]);
        command.args(more).output().await.expect("it runs")
    };
    let good = run(pool.clone(), &["--allow-private", "--hashrate", "400000"]).await;
    let text = String::from_utf8_lossy(&good.stdout).into_owned();
    assert_eq!(good.status.code(), Some(0), "{text}");
    assert!(
        text.starts_with("USABLE stratum+tcp://127.0.0.1:"),
        "{text}"
    );
    assert!(text.contains("note: ") && text.contains("bcrt1q"), "{text}");

    let json = run(pool.clone(), &["--allow-private", "--json"]).await;
    let report: PoolReport = serde_json::from_slice(&json.stdout).unwrap();
    assert!(report.usable);

    let private = run(pool, &[]).await;
    let text = String::from_utf8_lossy(&private.stdout).into_owned();
    assert_eq!(private.status.code(), Some(1), "{text}");
    assert!(
        text.contains("refused: The pool's address is not public"),
        "{text}"
    );

    let malformed = run("2130706433:3333".into(), &["--allow-private"]).await;
    assert_eq!(malformed.status.code(), Some(2));
    let usage = assay().args(["pool", "check"]).output().await.unwrap();
    assert_eq!(usage.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_open_pool_is_told_within_the_promised_time() {
    let app = TestApp::start().await;
    // The system accepts, and nobody answers.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = silent.local_addr().unwrap().to_string();
    let started = Instant::now();
    let told = report(&check(app.demo.pages, &address, "buyer.a").await);
    assert!(started.elapsed().as_secs() <= 20);
    assert!(
        codes(&told).contains(&PoolWarningCode::NoAnswer),
        "{:?}",
        told.warnings
    );
}
