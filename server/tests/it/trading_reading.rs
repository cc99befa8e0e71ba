//! What is read of the market: how often, by pages, and by product.

use crate::{
    account::Browser,
    client,
    test_app::{TestApp, until},
    trading::{HASHRATE, Place, Program, is, refusal},
};
use api::{Invoice, Placed, Product};
use serde_json::{Value, json};
use server::{
    exchange::Exchange,
    store::{self, Store},
};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::sync::Arc;
use tokio::task::JoinSet;

/// So many at once: their answers.
async fn at_once(
    of: &Arc<Program>,
    times: usize,
    path: &'static str,
    body: &Value,
) -> Vec<client::Answer> {
    let mut all = JoinSet::new();
    for _ in 0..times {
        let (of, body) = (Arc::clone(of), body.clone());
        all.spawn(async move { of.post(path, &body).await });
    }
    all.join_all().await
}

/// Those that were refused, each for this reason; the others were answered.
fn refused(answers: &[client::Answer]) -> Vec<&client::Answer> {
    let (good, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|one| one.status == 200);
    assert!(!refused.is_empty(), "{} were answered", good.len());
    for answer in &refused {
        is(answer, 429, "too_many_quotes");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    refused
}

/// Each would have a place in the journal for ever.
#[tokio::test(flavor = "multi_thread")]
async fn commands_have_a_pace_and_what_takes_back_has_none() {
    let place = Place::start().await;
    place.list().await;
    let rests = place.offer("spot").await;
    let host = Arc::new(place.host);
    // Refused ones count too.
    let unknown = json!({ "fleet": 9, "hashrate_hs": "1000", "products": ["spot"] });
    let answers = at_once(&host, 400, "listings", &unknown).await;
    let (held_up, others): (Vec<_>, Vec<_>) = answers.iter().partition(|one| one.status == 429);
    assert!(!held_up.is_empty() && others.len() > 50, "{}", others.len());
    for answer in held_up {
        is(answer, 429, "too_many_commands");
        let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=60).contains(&wait), "{wait}");
    }
    for answer in others {
        is(answer, 404, "unknown_fleet");
    }
    let withdrawn: api::Withdrawn = host.done("listings/1/withdraw", &json!({})).await;
    assert_eq!(withdrawn.orders, [rests.id]);
    for _ in 0..150 {
        let _: api::Cancelled = host.done("orders/cancel-all", &json!({})).await;
    }
}

/// A market that begins now writes its limit down; one that began without it has none.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_market_limits_the_orders_of_an_account_and_an_old_one_as_before() {
    let app = TestApp::start().await;
    let settings: api::MarketSettings =
        client::read_json(app.demo.pages, "/api/v1/market/settings").await;
    assert_eq!(settings.max_orders_of_account, 200);
    let mut db = store::open_to_read(&app.data()).await.unwrap();
    let stored: (String,) = sqlx::query_as("SELECT market FROM settings")
        .fetch_one(&mut db)
        .await
        .unwrap();
    let limit = r#""max_orders_of_account":200,"#;
    assert!(stored.0.contains(limit), "{}", stored.0);

    let folder = tempfile::tempdir().unwrap();
    let old = Store::open(folder.path()).await.unwrap();
    let mut settings: serde_json::Value = serde_json::from_str(&stored.0).unwrap();
    settings.as_object_mut().unwrap().remove("limits").unwrap();
    let text = settings.to_string();
    let options = SqliteConnectOptions::new().filename(folder.path().join("assay.db"));
    let mut db = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query("INSERT INTO settings (only_row, market) VALUES (1, ?)")
        .bind(text)
        .execute(&mut db)
        .await
        .unwrap();
    let wanted = serde_json::from_str(&stored.0).unwrap();
    let exchange = Exchange::start(old, wanted).await.unwrap();
    let limits = exchange.read(|market| market.settings().limits);
    assert_eq!(limits.max_orders_of_account, u32::MAX);
}

#[tokio::test(flavor = "multi_thread")]
async fn quotes_and_dry_runs_have_a_pace() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let mut dry = place.bid("spot", 1_000);
    dry["dry_run"] = true.into();
    let [buyer, stranger] = [place.buyer, place.stranger].map(Arc::new);

    let answers = at_once(&buyer, 200, "bids", &dry).await;
    let words: String = refused(&answers).iter().map(|one| one.text()).collect();
    assert!(words.contains("of this account"), "{words}");
    assert!(words.contains("from this address"), "{words}");
    let quote = json!({ "hashrate_hs": HASHRATE.to_string() });
    let answers = at_once(&stranger, 200, "quotes", &quote).await;
    refused(&answers);
    let answers = at_once(&buyer, 200, "quotes", &quote).await;
    refused(&answers);

    // Everything else goes on.
    let mut bid = dry;
    bid["dry_run"] = false.into();
    let placed: Placed = buyer.done("bids", &bid).await;
    assert_eq!(placed.fills.len(), 1);
    // And so does he who waited.
    until("the pause is over", || async {
        stranger.post("quotes", &quote).await.status == 200
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_read_by_pages_and_as_a_file() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let _: Placed = place.buyer.done("bids", &place.bid("spot", 1_000)).await;
    let mut machine = place.machine();
    until("five epochs, and work in them", || async {
        let contract: api::Contract = place.stranger.read("contracts/1").await;
        contract.settlements.len() >= 5 && contract.settlements[0].shares_total >= 2
    })
    .await;
    let _: api::NoticeGiven = place.buyer.done("contracts/1/notice", &json!({})).await;
    until("the contract's end", || async {
        let contract: api::Contract = place.stranger.read("contracts/1").await;
        contract.state != api::ContractState::Live
    })
    .await;
    machine.stop().await;

    let whole: Invoice = place.buyer.read("contracts/1/invoice").await;
    assert_eq!((whole.lines.len() as u32, whole.next), (whole.epochs, None));
    assert!(whole.epochs >= 5 && whole.amount_sats.get() > 0);
    let (mut lines, mut from) = (Vec::new(), Some(0));
    while let Some(epoch) = from {
        let path = format!("contracts/1/invoice?from={epoch}&limit=2");
        let page: Invoice = place.host.read(&path).await;
        assert!(page.lines.len() <= 2 && page.lines[0].epoch == epoch);
        let sums = |of: &Invoice| (of.work_hashes, of.amount_sats, of.to_host_sats, of.fee_sats);
        assert_eq!(sums(&page), sums(&whole), "the sums are of the whole");
        assert_eq!(page.epochs, whole.epochs);
        lines.extend(page.lines);
        from = page.next;
    }
    assert_eq!(lines, whole.lines);
    let beyond: Invoice = place
        .buyer
        .read("contracts/1/invoice?from=4294967295")
        .await;
    assert_eq!((beyond.lines.len(), beyond.next), (0, None));
    for bad in [
        "limit=0",
        "limit=1001",
        "limit=x",
        "from=-1",
        "from=4294967296",
    ] {
        let answer = place.buyer.ask(&format!("contracts/1/invoice?{bad}")).await;
        assert_eq!(refusal(&answer).0, 400, "{bad}");
    }

    let file = place.buyer.ask("contracts/1/invoice.csv").await;
    assert_eq!(file.header("content-type"), Some("text/csv; charset=utf-8"));
    assert_eq!(file.header("cache-control"), Some("no-store"));
    let text = file.text();
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows.len(), whole.lines.len() + 2);
    for (row, line) in rows[1..].iter().zip(&whole.lines) {
        assert!(row.starts_with(&format!("{},", line.epoch)), "{row}");
        assert!(row.ends_with(&line.epoch_hash), "{row}");
    }
    let shares: u64 = whole.lines.iter().map(|line| line.shares).sum();
    let Invoice {
        work_hashes,
        amount_sats,
        to_host_sats,
        fee_sats,
        ..
    } = &whole;
    let total = format!("total,,{shares},{work_hashes},{amount_sats},{to_host_sats},{fee_sats},");
    assert_eq!(rows.last(), Some(&total.as_str()));
    is(
        &place.third.ask("contracts/1/invoice.csv").await,
        403,
        "not_party",
    );
    assert_eq!(
        place.stranger.ask("contracts/1/invoice.csv").await.status,
        401
    );

    // A page of it, without a script.
    let browser = Browser::signed_in(place.server.pages, "buyer").await;
    let page = browser.open("/contracts/1/invoice?from=2").await.text();
    let first = "data-testid=\"invoice-line\" data-epoch=\"2\"";
    assert!(page.contains(first) && !page.contains("data-epoch=\"1\""));
    assert!(page.contains("href=\"/contracts/1/invoice?from=0\""));
    assert!(page.contains("href=\"/api/v1/contracts/1/invoice.csv\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_market_and_its_stream_are_of_the_product_that_was_asked_for() {
    let place = Place::start().await;
    place.list().await;
    place.offer("1d").await;
    let asked = |path: &'static str| place.stranger.read::<api::Market>(path);
    let spot = asked("market").await;
    assert_eq!((spot.product, spot.asks.len()), (Product::Spot, 0));
    let day = asked("market?product=1d").await;
    assert_eq!(day.product.to_string(), "1d");
    assert_eq!(day.asks[0].hashrate_hs.get(), u128::from(HASHRATE));
    for bad in [
        "market?product=2d",
        "events?product=",
        "events?product=1d&contract=1",
    ] {
        let answer = place.stranger.ask(bad).await;
        assert_eq!(refusal(&answer).0, 400, "{bad}");
    }
    for (path, product, rests) in [
        ("/api/v1/events", "spot", false),
        ("/api/v1/events?product=1d", "1d", true),
    ] {
        let head = client::read_start(place.server.pages, path, 900).await;
        let text = head.text();
        assert!(text.contains("event: market"), "{text}");
        assert!(
            text.contains(&format!("\"product\":\"{product}\"")),
            "{text}"
        );
        assert_eq!(text.contains("\"asks\":[{"), rests, "{text}");
    }

    let bid = place.bid("1d", 1_300_000);
    let placed: Placed = place.buyer.done("bids", &bid).await;
    assert_eq!(placed.fills.len(), 1);
    let trade = asked("market").await.last_trade.unwrap();
    assert_eq!((trade.contract, trade.product), (1, day.product));
}
