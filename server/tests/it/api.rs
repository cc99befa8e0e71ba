//! The JSON API and the pages as a client without a browser sees them.

use crate::{
    client,
    test_app::{TestApp, until},
};

#[tokio::test(flavor = "multi_thread")]
async fn market_contract_stream_and_pages() {
    let app = TestApp::start().await;
    let server = app.demo.pages;
    until("shares", || async {
        app.contract().await.counts.accepted >= 5
    })
    .await;

    let market: api::Market = client::read_json(server, "/api/v1/market").await;
    assert!(!market.asks.is_empty() && !market.bids.is_empty() && market.sandbox);
    assert!(market.bids[0].price_sats_per_phs_day < market.asks[0].price_sats_per_phs_day);
    assert_eq!(market.last_trade.map(|trade| trade.contract), Some(1));
    assert_eq!(
        market.stratum_url,
        format!("stratum+tcp://{}", app.demo.stratum)
    );

    let contract = app.contract().await;
    assert!(contract.pool_connected);
    let delivered = contract.delivered;
    assert!(
        delivered.low_hs <= delivered.estimate_hs && delivered.estimate_hs <= delivered.high_hs
    );
    assert_eq!(
        contract.workers.iter().map(|w| w.shares).sum::<u64>(),
        contract.counts.accepted
    );
    assert!(contract.workers.iter().all(|worker| worker.online));

    for (path, event) in [
        ("/api/v1/events", "market"),
        ("/api/v1/events?contract=1", "contract"),
    ] {
        let start = client::read_start(server, path, 400).await;
        assert!(start.head.contains("text/event-stream"), "{}", start.head);
        assert!(
            start
                .text()
                .starts_with(&format!("event: {event}\ndata: {{\"at_ms\":")),
            "{}",
            start.text()
        );
    }
    for (path, status) in [
        ("/api/v1/health", 200),
        ("/api/v1/contracts/2", 404),
        ("/api/v1/contracts/x", 400),
        ("/api/v1/contracts/-1/bundle", 400),
        ("/api/v1/events?contract=9", 404),
        ("/api/v1/orders", 404),
        ("/index.html", 404),
        ("/", 200),
        ("/verify", 200),
        ("/contracts/1", 200),
        ("/contracts/99", 404),
        ("/contracts/x", 404),
        ("/nothing", 404),
        ("/../Cargo.toml", 404),
    ] {
        let answer = client::get(server, path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
    }
    let error: api::Error =
        serde_json::from_slice(&client::get(server, "/api/v1/contracts/2").await.body).unwrap();
    assert_eq!(error, api::Error::not_found("There is no contract 2."));

    // The first paint has the numbers, without any script.
    let page = client::get(server, "/contracts/1").await;
    assert!(page.text().contains("demo-host.sandbox1"));
    assert!(
        page.head.contains("content-security-policy: "),
        "{}",
        page.head
    );
    assert!(page.head.contains("x-content-type-options: nosniff"));
}
