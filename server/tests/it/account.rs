//! Accounts over HTTP: forms as a browser without JavaScript sends them, and the JSON API as a program does.

use crate::{
    client::{self, Answer},
    test_app::{TestApp, args},
};
use serde_json::{Value, json};
use server::config::Config;
use std::net::SocketAddr;

const PASSWORD: &str = "demo-password";

/// A browser: it keeps its cookie and says where its requests come from.
pub struct Browser {
    server: SocketAddr,
    cookie: String,
}

impl Browser {
    pub fn new(server: SocketAddr) -> Self {
        Self {
            server,
            cookie: String::new(),
        }
    }

    pub async fn signed_in(server: SocketAddr, name: &str) -> Self {
        let mut browser = Self::new(server);
        let form = [("account", name), ("password", PASSWORD)];
        let answer = browser.send("/sign-in", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        assert_eq!(answer.header("location"), Some("/account"));
        browser
    }

    pub async fn open(&self, path: &str) -> Answer {
        client::ask(self.server, path, &[("Cookie", &self.cookie)]).await
    }

    pub async fn send(&mut self, path: &str, form: &[(&str, &str)]) -> Answer {
        let origin = format!("http://{}", self.server);
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Origin", &origin),
            ("Cookie", &self.cookie),
        ];
        let answer = client::post(self.server, path, &headers, &encode(form)).await;
        if let Some(cookie) = answer.header("set-cookie") {
            self.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        }
        answer
    }

    pub async fn account(&self) -> api::Account {
        let answer = self.open("/api/v1/account").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        serde_json::from_slice(&answer.body).expect("the account that the API promises")
    }

    /// A new API token.
    pub async fn token(&mut self, name: &str, scope: &str) -> String {
        let form = [("do", "make-token"), ("name", name), ("scope", scope)];
        let answer = self.send("/account", &form).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        between(
            &answer.text(),
            "data-testid=\"made-token\" data-value=\"",
            "\"",
        )
    }
}

fn encode(form: &[(&str, &str)]) -> String {
    let byte = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    let text = |text: &str| text.bytes().map(byte).collect::<String>();
    let pair = |(name, value): &(&str, &str)| format!("{}={}", text(name), text(value));
    form.iter().map(pair).collect::<Vec<_>>().join("&")
}

fn between(text: &str, before: &str, after: &str) -> String {
    let (_, rest) = text
        .split_once(before)
        .unwrap_or_else(|| panic!("no {before} in {text}"));
    rest.split(after).next().unwrap_or_default().to_owned()
}

/// A program with an API token.
struct Program {
    server: SocketAddr,
    token: String,
}

impl Program {
    async fn send(&self, path: &str, key: Option<&str>, body: &Value) -> Answer {
        let authorization = format!("Bearer {}", self.token);
        let mut headers = vec![
            ("Content-Type", "application/json"),
            ("Authorization", authorization.as_str()),
        ];
        headers.extend(key.map(|key| ("Idempotency-Key", key)));
        client::post(self.server, path, &headers, &body.to_string()).await
    }

    async fn deposit(&self, key: Option<&str>, sats: &str) -> Answer {
        let body = json!({ "amount_sats": sats });
        self.send("/api/v1/account/deposits", key, &body).await
    }
}

fn code(answer: &Answer) -> (u16, String) {
    let error: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let code = error["code"].as_str().unwrap_or_default().to_owned();
    (answer.status, code)
}

fn is(answer: &Answer, status: u16, word: &str) {
    assert_eq!(code(answer), (status, word.to_owned()), "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visitor_opens_an_account_uses_it_and_leaves() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let mut browser = Browser::new(server);

    // What is wrong stands beside its field, what was typed stays, and secrets do not.
    for (name, password, words) in [
        ("Not A Name", "long enough for one", "1 to 32 of a-z"),
        ("alice", "too short", "12 to 128 characters"),
        ("demo-buyer", "long enough for one", "is taken"),
        ("river-host", "long enough for one", "is taken"),
    ] {
        let form = [("account", name), ("password", password)];
        let answer = browser.send("/sign-up", &form).await;
        let text = answer.text();
        assert!([400, 409].contains(&answer.status), "{text}");
        assert!(answer.header("set-cookie").is_none());
        assert!(
            text.contains("data-testid=\"field-error\"") && text.contains(words),
            "{text}"
        );
        assert!(text.contains(&format!("value=\"{name}\"")), "{text}");
        assert!(!text.contains(password), "{text}");
    }
    let answer = browser
        .send("/sign-up", &[("account", "\"><script>x"), ("password", "")])
        .await;
    assert!(!answer.text().contains("<script>x"), "{}", answer.text());

    let form = [("account", "alice"), ("password", "long enough for one")];
    let answer = browser.send("/sign-up", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let cookie = answer.header("set-cookie").unwrap_or_default();
    for part in [
        "assay=",
        "; HttpOnly",
        "; SameSite=Lax",
        "; Path=/",
        "; Max-Age=2592000",
    ] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure"), "{cookie}");

    // Signed in: every page knows it, and nothing keeps it.
    let page = browser.open("/account").await;
    assert_eq!(
        (page.status, page.header("cache-control")),
        (200, Some("no-store"))
    );
    assert!(page.text().contains("Account alice"), "{}", page.text());
    assert!(
        browser
            .open("/verify")
            .await
            .text()
            .contains("account-link")
    );
    assert!(
        client::get(server, "/verify")
            .await
            .text()
            .contains("sign-in-link")
    );

    let account = browser.account().await;
    assert_eq!(account.available_sats.get(), 0);
    let key = between(&page.text(), "name=\"key\" value=\"", "\"");
    for (amount, words) in [
        ("x", "whole number"),
        ("0", "1 to 10000000"),
        ("10000001", "1 to"),
    ] {
        let form = [("do", "deposit"), ("key", &key), ("amount_sats", amount)];
        let answer = browser.send("/account", &form).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
    }
    // A form that is sent twice is one deposit.
    for _ in 0..2 {
        let form = [
            ("do", "deposit"),
            ("key", &key),
            ("amount_sats", "2 000 000"),
        ];
        let answer = browser.send("/account", &form).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
    }
    assert_eq!(browser.account().await.available_sats.get(), 2_000_000);

    let other = Browser {
        server,
        cookie: browser.cookie.clone(),
    };
    assert_eq!(browser.send("/sign-out", &[]).await.status, 303);
    is(&other.open("/api/v1/account").await, 401, "unauthenticated");
    let page = other.open("/account").await;
    assert_eq!(page.status, 401);
    assert!(page.text().contains("sign-in-first"), "{}", page.text());
    let wrong = browser
        .send(
            "/sign-in",
            &[("account", "alice"), ("password", "wrong wrong wrong")],
        )
        .await;
    assert_eq!(wrong.status, 401);
    assert!(
        wrong.text().contains("name or the password is wrong"),
        "{}",
        wrong.text()
    );
    assert!(wrong.text().contains("value=\"alice\""), "{}", wrong.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_accounts_show_what_they_have() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let page = client::get(server, "/sign-in").await.text();
    assert!(
        page.contains("demo-buyer") && page.contains(PASSWORD),
        "{page}"
    );

    let buyer = Browser::signed_in(server, "demo-buyer").await;
    let account = buyer.account().await;
    assert_eq!(account.buying.len(), 1);
    assert_eq!(account.buying[0].contract.id, 1);
    assert_eq!(account.escrow_sats, account.buying[0].escrow_sats);
    assert!(account.escrow_sats.get() > 0 && account.hosting.is_empty());
    let page = buyer.open("/account").await.text();
    assert!(
        page.contains("buying-row") && page.contains("available-sats"),
        "{page}"
    );

    let mut host = Browser::signed_in(server, "demo-host").await;
    let account = host.account().await;
    assert_eq!((account.buying.len(), account.hosting.len()), (0, 1));
    // The bonds of term asks are held; spot asks hold nothing.
    let holds = |order: &&api::OpenOrder| order.held_sats.is_some();
    let bonds = account.orders.iter().filter(holds).count();
    assert!(bonds > 0 && bonds < account.orders.len());

    // The host's own pool is looked at first, as a buyer's is.
    assert_eq!(account.fallback_pool, None);
    let pool = app.demo.second_pool.address().to_string();
    for (address, user, status, words) in [
        ("0x7f.1:3333", "u", 400, "IPv4 address is four decimal"),
        ("127.0.0.1:22", "u", 422, "not one at which pools"),
        (pool.as_str(), "a\nb", 400, "printable ASCII"),
    ] {
        let form = [
            ("do", "fallback-pool"),
            ("address", address),
            ("user", user),
        ];
        let answer = host.send("/account", &form).await;
        assert_eq!(answer.status, status, "{}", answer.text());
        assert!(answer.text().contains(words), "{}", answer.text());
        assert!(
            answer.text().contains(&format!("value=\"{address}\"")),
            "{address}"
        );
    }
    let form = [
        ("do", "fallback-pool"),
        ("address", &pool),
        ("user", "demo-host.idle"),
    ];
    let answer = host.send("/account", &form).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let set = host.account().await.fallback_pool.unwrap();
    assert_eq!((set.address, set.user), (pool, "demo-host.idle".into()));
    let answer = host
        .send("/account", &[("do", "remove-fallback-pool")])
        .await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(host.account().await.fallback_pool, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_acts_with_its_token_within_its_scope() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let mut browser = Browser::signed_in(server, "demo-buyer").await;
    let with = |token: &str| Program {
        server,
        token: token.into(),
    };
    let reader = with(&browser.token("reader", "read").await);
    let trader = with(&browser.token("trader", "trade").await);
    let before = browser.account().await.available_sats.get();

    is(
        &with("assay_0").deposit(None, "5").await,
        401,
        "unauthenticated",
    );
    is(&reader.deposit(None, "5").await, 403, "forbidden");
    assert_eq!(trader.deposit(None, "5").await.status, 200);
    assert_eq!(browser.account().await.available_sats.get(), before + 5);

    // A retry is the same request, another request with its name is none.
    let first = trader.deposit(Some("one"), "7").await;
    assert_eq!(first.status, 200, "{}", first.text());
    let again = trader.deposit(Some("one"), "7").await;
    assert_eq!((again.status, again.text()), (200, first.text()));
    is(&trader.deposit(Some("one"), "8").await, 409, "conflict");
    is(&trader.deposit(Some("a b"), "7").await, 400, "bad_request");
    is(
        &trader.deposit(Some(&"k".repeat(65)), "7").await,
        400,
        "bad_request",
    );
    // What was refused before it reached the market leaves the name free.
    is(&trader.deposit(Some("two"), "0").await, 400, "bad_request");
    assert_eq!(trader.deposit(Some("two"), "1").await.status, 200);
    assert_eq!(browser.account().await.available_sats.get(), before + 13);

    // Many at once of one name: one deposit.
    let trader = std::sync::Arc::new(trader);
    let many = (0..8).map(|_| {
        let trader = std::sync::Arc::clone(&trader);
        tokio::spawn(async move { trader.deposit(Some("many"), "100").await.status })
    });
    for status in futures::future::join_all(many).await {
        let status = status.unwrap();
        assert!([200, 409].contains(&status), "{status}");
    }
    assert_eq!(browser.account().await.available_sats.get(), before + 113);

    // The page lists both, and a revoked one is nobody's.
    let page = browser.open("/account").await.text();
    assert!(
        page.contains("reader") && !page.contains(&reader.token),
        "{page}"
    );
    let id = between(&page, "name=\"id\" value=\"", "\"");
    let answer = browser
        .send("/account", &[("do", "revoke-token"), ("id", &id)])
        .await;
    assert_eq!(answer.status, 303);
    is(&reader.deposit(None, "5").await, 401, "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_and_strangers_change_nothing() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    let browser = Browser::signed_in(server, "demo-buyer").await;
    let cookie = browser.cookie.as_str();
    let before = browser.account().await.available_sats;
    let own = format!("http://{server}");
    let json = ("Content-Type", "application/json");
    let form = ("Content-Type", "application/x-www-form-urlencoded");
    for extra in [
        vec![],
        vec![("Origin", "http://evil.example")],
        vec![("Origin", "null")],
        vec![("Origin", own.as_str()), ("Sec-Fetch-Site", "cross-site")],
        vec![("Sec-Fetch-Site", "same-site")],
    ] {
        for (path, kind, body) in [
            ("/api/v1/account/deposits", json, "{\"amount_sats\":\"5\"}"),
            ("/account", form, "do=deposit&amount_sats=5"),
            ("/sign-out", form, ""),
            ("/api/pages/account", form, ""),
        ] {
            let mut headers = vec![("Cookie", cookie), kind];
            headers.extend(&extra);
            let answer = client::post(server, path, &headers, body).await;
            is(&answer, 403, "forbidden");
        }
    }
    // Nor does a token of somebody's own help another site to a cookie's rights.
    let headers = [("Cookie", cookie), ("Authorization", "Bearer x"), json];
    let path = "/api/v1/account/deposits";
    let answer = client::post(server, path, &headers, "{\"amount_sats\":\"5\"}").await;
    is(&answer, 401, "unauthenticated");
    let answer = client::post(server, path, &[json], "{\"amount_sats\":\"5\"}").await;
    is(&answer, 401, "unauthenticated");
    assert_eq!(browser.account().await.available_sats, before);
    for (path, body) in [
        ("/account", "do=deposit&amount_sats=5"),
        ("/account", "do=make-token&name=x"),
        ("/account", "do=end-machines"),
    ] {
        let answer = client::post(server, path, &[form], body).await;
        assert_eq!(answer.status, 401, "{}", answer.text());
    }
    is(
        &client::get(server, "/api/v1/account").await,
        401,
        "unauthenticated",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_tls_the_cookie_is_bound_to_it_and_a_real_server_takes_no_deposits() {
    let (mut args, folder) = args();
    args.https = true;
    let change = |config: &mut Config| config.sandbox = false;
    let app = TestApp::start_args(args, folder, change).await;
    let server = app.demo.pages;
    let origin = format!("https://{server}");
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("Origin", origin.as_str()),
    ];
    let form = encode(&[("account", "demo-buyer"), ("password", PASSWORD)]);
    let answer = client::post(server, "/sign-in", &headers, &form).await;
    let cookie = answer.header("set-cookie").unwrap_or_default();
    assert!(
        cookie.starts_with("__Host-assay=") && cookie.ends_with("; Secure"),
        "{cookie}"
    );
    let cookie = cookie.split(';').next().unwrap_or_default();
    let headers = [
        ("Content-Type", "application/json"),
        ("Origin", origin.as_str()),
        ("Cookie", cookie),
    ];
    let path = "/api/v1/account/deposits";
    let answer = client::post(server, path, &headers, "{\"amount_sats\":\"5\"}").await;
    is(&answer, 422, "refused");
    assert!(
        answer.text().contains("no deposits yet"),
        "{}",
        answer.text()
    );
}

/// The receipt is on disk with the deposit: another process knows the request.
#[tokio::test(flavor = "multi_thread")]
async fn a_retry_after_a_kill_is_the_same_request() {
    use crate::binary::{Running, free_address};
    let (mut args, _folder) = args();
    (args.listen, args.stratum) = (free_address(), free_address());
    let running = Running::start(&args).await;
    let mut browser = Browser::signed_in(running.pages, "demo-buyer").await;
    let program = Program {
        server: running.pages,
        token: browser.token("bot", "trade").await,
    };
    let first = program.deposit(Some("before-the-kill"), "11").await;
    assert_eq!(first.status, 200, "{}", first.text());
    let money = browser.account().await.available_sats;
    running.kill().await;

    let running = Running::start(&args).await;
    // Session and token live on, and the deposit is not made again.
    let again = program.deposit(Some("before-the-kill"), "11").await;
    assert_eq!((again.status, again.text()), (200, first.text()));
    assert_eq!(browser.account().await.available_sats, money);
    is(
        &program.deposit(Some("before-the-kill"), "12").await,
        409,
        "conflict",
    );
    running.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_are_of_whom_a_trusted_proxy_names() {
    for trusted in [false, true] {
        let (mut args, folder) = args();
        if trusted {
            args.trusted_proxy.push([127, 0, 0, 1].into());
        }
        let app = TestApp::start_args(args, folder, |_| {}).await;
        let server = app.demo.pages;
        // A taken name is an attempt too.
        let form = encode(&[("account", "demo-buyer"), ("password", PASSWORD)]);
        let ask = async |from: String| {
            let headers = [
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("X-Forwarded-For", from.as_str()),
            ];
            client::post(server, "/sign-up", &headers, &form)
                .await
                .status
        };
        let mut statuses = Vec::new();
        for n in 0..12 {
            // What the client itself wrote into the field helps nobody.
            statuses.push(ask(format!("198.51.100.{n}, 203.0.113.7")).await);
        }
        assert_eq!(statuses[..11], [409; 11]);
        assert_eq!(statuses[11], 429);
        let other = if trusted { 409 } else { 429 };
        assert_eq!(ask("203.0.113.8".into()).await, other, "trusted: {trusted}");
    }
}
