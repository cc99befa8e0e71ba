//! Machine tokens over real sockets: made on the account's page as a browser without JavaScript does it, sent as the
//! password of `mining.authorize`.

use crate::{
    account::Browser,
    client,
    machine::Machine,
    metrics,
    rig::{Rig, patience},
};
use std::{net::SocketAddr, time::Duration};
use tokio::time::sleep;

const TRUE: &str = r#"{"id":4,"result":true,"error":null}"#;
const WRONG: &str = r#"{"id":4,"result":null,"error":[24,"Wrong machine password",null]}"#;
const UNKNOWN: &str = r#"{"id":4,"result":null,"error":[24,"Unauthorized worker",null]}"#;

/// What `mining.authorize` is answered; no password where there is none.
async fn ask(machine: &mut Machine, login: &str, password: Option<&str>) -> String {
    let password = password.map_or(String::new(), |text| format!(",\"{text}\""));
    let line =
        format!("{{\"id\":4,\"method\":\"mining.authorize\",\"params\":[\"{login}\"{password}]}}");
    machine.ask(&line).await
}

/// The same on a connection of its own.
async fn log_in(server: SocketAddr, login: &str, password: Option<&str>) -> String {
    let mut machine = Machine::connect(server).await;
    ask(&mut machine, login, password).await
}

async fn signed_up(server: SocketAddr, name: &str) -> Browser {
    let mut browser = Browser::new(server);
    let form = [("account", name), ("password", "long enough for one")];
    let answer = browser.send("/sign-up", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    browser
}

/// Revokes the token whose form comes first on the account's page.
async fn revoke_first(browser: &mut Browser) {
    let page = browser.open("/account").await.text();
    let (_, rest) = page.split_once("name=\"id\" value=\"").expect("a token");
    let id = rest.split('"').next().unwrap_or_default();
    let form = [("do", "revoke-token"), ("id", id)];
    assert_eq!(browser.send("/account", &form).await.status, 303);
}

/// "End connections without a machine token" on the account's page.
async fn end_others(browser: &mut Browser) {
    let answer = browser.send("/account", &[("do", "end-machines")]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

async fn ended(machine: &mut Machine) {
    while machine.line().await.is_some() {}
}

#[tokio::test(flavor = "multi_thread")]
async fn machines_of_an_account_with_a_machine_token_need_it_as_their_password() {
    let rig = Rig::start(patience(), &[]).await;
    let (pages, stratum) = (rig.server.pages, rig.server.stratum);
    let mut alice = signed_up(pages, "alice").await;
    let mut bob = signed_up(pages, "bob").await;
    alice.token("bot", "trade").await;

    // Without a machine token any password will do, and none.
    for any in [None, Some(""), Some("x")] {
        assert_eq!(log_in(stratum, "alice.rig1", any).await, TRUE, "{any:?}");
    }
    let page = alice.open("/account").await.text();
    assert!(page.contains("Any password will do"), "{page}");
    let mut early = Machine::connect(stratum).await;
    assert_eq!(ask(&mut early, "alice.early", Some("x")).await, TRUE);
    let mut mended = Machine::connect(stratum).await;
    assert_eq!(ask(&mut mended, "alice.rig2", Some("x")).await, TRUE);

    let token = alice.token("rigs", "machine").await;
    let page = alice.open("/account").await.text();
    assert!(page.contains("need a machine token"), "{page}");
    assert!(page.contains("Not noted"), "{page}");
    for login in ["alice.rig1", "ALICE.rig2", "alice"] {
        assert_eq!(log_in(stratum, login, Some(&token)).await, TRUE, "{login}");
        for wrong in [None, Some(""), Some("x"), Some(&token[6..])] {
            let answer = log_in(stratum, login, wrong).await;
            assert_eq!(answer, WRONG, "{login} {wrong:?}");
        }
    }
    // Others' machines need none, and who has no account is told nothing else.
    assert_eq!(log_in(stratum, "bob.rig1", Some("x")).await, TRUE);
    assert_eq!(log_in(stratum, "nobody.rig1", Some(&token)).await, UNKNOWN);

    // Who is connected stays; each further login counts for itself.
    let ping = r#"{"id":4,"method":"mining.ping","params":[]}"#;
    assert!(early.ask(ping).await.contains("pong"));
    assert_eq!(ask(&mut early, "alice.more", Some("x")).await, WRONG);
    assert_eq!(ask(&mut early, "alice.more", Some(&token)).await, TRUE);
    assert!(early.ask(ping).await.contains("pong"));

    // Until the host says that all passwords are set.
    let mut bobs = Machine::connect(stratum).await;
    assert_eq!(ask(&mut bobs, "bob.rig1", Some("x")).await, TRUE);
    let mut right = Machine::connect(stratum).await;
    assert_eq!(ask(&mut right, "alice.right", Some(&token)).await, TRUE);
    assert_eq!(ask(&mut mended, "alice.rig2", Some(&token)).await, TRUE);
    let mut set_since = Machine::connect(stratum).await;
    end_others(&mut alice).await;
    ended(&mut early).await;
    let metrics = rig.server.metrics.expect("the rig has metrics");
    let recalled = "assay_connections_ended_total{reason=\"recalled\"}";
    while metrics::read(metrics, recalled).await < 1.0 {
        sleep(Duration::from_millis(10)).await;
    }
    assert!(right.ask(ping).await.contains("pong"));
    assert!(mended.ask(ping).await.contains("pong"));
    assert!(bobs.ask(ping).await.contains("pong"));
    assert_eq!(ask(&mut set_since, "alice.late", Some(&token)).await, TRUE);

    // The next start knows it.
    let next = rig.after_a_crash(patience()).await;
    let stratum_then = next.server.stratum;
    assert_eq!(log_in(stratum_then, "alice.rig1", Some("x")).await, WRONG);
    assert_eq!(log_in(stratum_then, "alice.rig1", Some(&token)).await, TRUE);

    // One of two is revoked: it opens nothing, and the other does.
    let other = alice.token("rigs-to-come", "machine").await;
    let mut last = Machine::connect(stratum).await;
    assert_eq!(ask(&mut last, "alice.rig1", Some(&token)).await, TRUE);
    revoke_first(&mut alice).await; // bot
    revoke_first(&mut alice).await; // rigs
    // Nobody else's wish ends it.
    bob.token("rigs", "machine").await;
    end_others(&mut bob).await;
    let mut statuses = Vec::new();
    while statuses.last() != Some(&429) && statuses.len() < 1_000 {
        let again = bob.send("/account", &[("do", "end-machines")]).await;
        statuses.push(again.status);
    }
    assert!(
        statuses.len() > 2 && statuses.ends_with(&[303, 429]),
        "{statuses:?}"
    );
    ended(&mut bobs).await;
    for _ in 0..2 {
        assert!(last.ask(ping).await.contains("pong"));
    }
    end_others(&mut alice).await;
    ended(&mut last).await;
    assert_eq!(log_in(stratum, "alice.rig1", Some(&token)).await, WRONG);
    assert_eq!(log_in(stratum, "alice.rig1", Some("x")).await, WRONG);
    assert_eq!(log_in(stratum, "alice.rig1", Some(&other)).await, TRUE);
    revoke_first(&mut alice).await;
    assert_eq!(log_in(stratum, "alice.rig1", Some("x")).await, TRUE);
    let answer = alice.send("/account", &[("do", "end-machines")]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("Make one first"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_token_opens_nothing_over_http() {
    let rig = Rig::start(patience(), &[]).await;
    let server = rig.server.pages;
    let mut alice = signed_up(server, "alice").await;
    let authorization = format!("Bearer {}", alice.token("rigs", "machine").await);
    let headers = [
        ("Authorization", authorization.as_str()),
        ("Content-Type", "application/json"),
    ];
    let json = "{\"amount_sats\":\"5\"}";
    // What everybody may read as well: whoever sends it there has mixed something up.
    for path in [
        "/api/v1/account",
        "/api/v1/market",
        "/api/v1/orders",
        "/account",
    ] {
        let answer = client::ask(server, path, &headers).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
        assert!(answer.text().contains("Stratum password"), "{path}");
    }
    for path in ["/api/v1/account/deposits", "/api/v1/quotes", "/api/v1/bids"] {
        let answer = client::post(server, path, &headers, json).await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.text());
    }
    assert_eq!(alice.account().await.available_sats.get(), 0);
}
