//! The market's pages over HTTP: their forms as a browser without JavaScript sends them, refused and sent again.

use crate::{account::Browser, client::Answer, trading::Place};
use api::{OrderSide, Payer, Placed};

/// What the host of these tests offers.
const WISH: [(&str, &str); 3] = [
    ("product", "spot"),
    ("hashrate", "100"),
    ("hashrate_unit", "kh"),
];

fn with<'a>(
    form: &'a [(&'a str, &'a str)],
    more: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let kept = form
        .iter()
        .filter(|(name, _)| !more.iter().any(|(other, _)| other == name));
    kept.chain(more).copied().collect()
}

/// The page's first input of this name.
fn input<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    let inputs = page.split("<input").skip(1);
    let mut tags = inputs.filter_map(|rest| rest.split('>').next());
    tags.find(|tag| tag.contains(&format!("name=\"{name}\"")))
}

/// What it holds.
fn value(page: &str, name: &str) -> Option<String> {
    let (_, rest) = input(page, name)?.split_once(" value=\"")?;
    rest.split('"').next().map(str::to_owned)
}

fn has(answer: &Answer, words: &str) {
    assert!(answer.text().contains(words), "{words}: {}", answer.text());
}

fn lacks(answer: &Answer, words: &str) {
    assert!(!answer.text().contains(words), "{words}: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bid_that_is_refused_keeps_what_it_held() {
    let place = Place::start().await;
    let mut buyer = Browser::signed_in(place.server.pages, "buyer").await;
    let pool = place.pool.address().to_string();
    let bid = with(
        &WISH,
        &[
            ("wish_price", "7"),
            ("wish_price_unit", "ph"),
            ("price", "13"),
            ("price_unit", "ph"),
            ("budget", "2000"),
            ("pool_address", &pool),
            ("pool_user", "buyer.a"),
            ("countries_are", "only"),
            ("countries", "NO"),
            ("time_in_force", "gtc"),
            ("pool_reject", "host"),
        ],
    );

    // A limit that cannot be read: the form stays, and so does its request's name.
    let key = "0123456789abcdef0123456789abcdef";
    let wrong = with(
        &bid,
        &[("do", "review-bid"), ("price", "46,000"), ("key", key)],
    );
    let page = buyer.send("/buy", &wrong).await;
    assert_eq!(page.status, 400);
    has(&page, "id=\"bid\"");
    has(&page, "id=\"bid-price-error\"");
    has(&page, "value=\"46,000\"");
    has(&page, &format!("value=\"{pool}\""));
    has(&page, "data-testid=\"quote\"");
    let text = page.text();
    assert_eq!(value(&text, "wish_price").as_deref(), Some("7"));
    assert_eq!(value(&text, "key").as_deref(), Some(key));
    // A wish of which there is no quote takes the order's form away as little.
    let wrong = with(
        &bid,
        &[("do", "place-bid"), ("hashrate", "1,5"), ("key", key)],
    );
    let page = buyer.send("/buy", &wrong).await;
    assert_eq!(page.status, 400);
    has(&page, "id=\"bid\"");
    has(&page, "id=\"buy-hashrate-error\"");
    lacks(&page, "data-testid=\"quote\"");
    // The market's own refusal is final: the next request is another.
    let poor = with(
        &bid,
        &[
            ("do", "place-bid"),
            ("budget", "999999999999"),
            ("key", key),
        ],
    );
    let page = buyer.send("/buy", &poor).await;
    assert_eq!(page.status, 422, "{}", page.text());
    has(&page, "id=\"bid\"");
    let next = value(&page.text(), "key").unwrap();
    assert_ne!(next, key);
    let key = next.as_str();

    // A password is not sent back, and nothing else stands for it.
    let looked = with(
        &bid,
        &[("do", "review-bid"), ("password", "secret"), ("key", key)],
    );
    let page = buyer.send("/buy", &looked).await;
    assert_eq!(page.status, 200, "{}", page.text());
    has(&page, "data-testid=\"review\"");
    lacks(&page, "secret");
    let text = page.text();
    assert_eq!(value(&text, "password_given").as_deref(), Some("1"));
    assert_eq!(
        value(&text, "key").as_deref(),
        Some(key),
        "a look uses no name up"
    );
    let place_it = with(
        &bid,
        &[("do", "place-bid"), ("password_given", "1"), ("key", key)],
    );
    let page = buyer.send("/buy", &place_it).await;
    assert_eq!(page.status, 400);
    has(&page, "id=\"bid-password-error\"");
    assert!(buyer.account().await.orders.is_empty());

    // With it the bid is placed, once.
    let place_it = with(&place_it, &[("password", "secret")]);
    for _ in 0..2 {
        let answer = buyer.send("/buy", &place_it).await;
        let place = answer.header("location").unwrap_or_default();
        assert_eq!(place, "/orders?done=bid&waits=100000", "{}", answer.text());
    }
    let orders: Vec<api::Order> = place.buyer.read("account/orders").await;
    assert_eq!(orders.len(), 1);
    assert_eq!(orders[0].terms.rejects.pool_reject, Payer::Host);
    // Another bid under that name is none.
    let other = with(&place_it, &[("budget", "3000")]);
    let page = buyer.send("/buy", &other).await;
    assert_eq!(page.status, 409);
    has(&page, "was not carried out");
    assert_ne!(value(&page.text(), "key").as_deref(), Some(key));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_buys_a_term_is_not_asked_who_bears_what_his_pool_refuses() {
    let place = Place::start().await;
    let mut buyer = Browser::signed_in(place.server.pages, "buyer").await;
    let pool = place.pool.address().to_string();
    for (product, asked) in [("spot", true), ("1d", false)] {
        let wish = format!("/buy?product={product}&hashrate=100&hashrate_unit=kh");
        let page = buyer.open(&wish).await;
        has(&page, "id=\"bid\"");
        assert_eq!(page.text().contains("name=\"pool_reject\""), asked);
    }
    // Whoever says it all the same hears why not, and the form stays.
    let bid = with(
        &WISH,
        &[
            ("product", "1d"),
            ("do", "review-bid"),
            ("price", "13"),
            ("price_unit", "ph"),
            ("budget", "2000"),
            ("pool_address", &pool),
            ("pool_user", "buyer.a"),
            ("pool_down", "host"),
        ],
    );
    let page = buyer.send("/buy", &bid).await;
    assert_eq!(page.status, 422, "{}", page.text());
    has(&page, "in spot contracts only");
    has(&page, "id=\"bid\"");
    assert_eq!(value(&page.text(), "budget").as_deref(), Some("2000"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_to_the_page_for_buyers_fills_in_no_pool() {
    let place = Place::start().await;
    let buyer = Browser::signed_in(place.server.pages, "buyer").await;
    let page = buyer
        .open("/buy?product=spot&hashrate=100&hashrate_unit=kh&price=5&price_unit=ph&pool_address=evil.example:1&pool_user=evil&backup_address=evil.example:2&budget=1")
        .await;
    assert_eq!(page.status, 200);
    has(&page, "id=\"bid\"");
    lacks(&page, "evil");
    assert_eq!(value(&page.text(), "wish_price").as_deref(), Some("5"));
    assert_eq!(value(&page.text(), "price").as_deref(), Some("5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_did_not_trade_is_said_and_a_refused_change_stands_at_its_order() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let mut buyer = Browser::signed_in(place.server.pages, "buyer").await;
    let pool = place.pool.address().to_string();
    let price = crate::trading::PRICE.to_string();
    let bid = with(
        &WISH,
        &[
            ("do", "place-bid"),
            ("hashrate", "150"),
            ("price", &price),
            ("price_unit", "ph"),
            ("budget", "2000000"),
            ("pool_address", &pool),
            ("pool_user", "buyer.a"),
            ("time_in_force", "ioc"),
        ],
    );
    let answer = buyer.send("/buy", &bid).await;
    let next = answer.header("location").unwrap_or_default();
    let told = "/orders?done=bid&contracts=1&traded=100000&cancelled=50000";
    assert_eq!(next, told, "{}", answer.text());
    let page = buyer.open(next).await;
    has(&page, "kH/s was cancelled");
    lacks(&page, "whole");
    let answer = buyer.send("/buy", &bid).await;
    let next = answer.header("location").unwrap_or_default();
    assert_eq!(next, "/orders?done=bid&cancelled=150000");
    has(
        &buyer.open(next).await,
        "Nothing traded; all of it was cancelled.",
    );

    let waits = with(&bid, &[("time_in_force", "gtc")]);
    for _ in 0..2 {
        assert_eq!(buyer.send("/buy", &waits).await.status, 303);
    }
    let orders: Vec<api::Order> = place.buyer.read("account/orders").await;
    let id = orders[1].id.to_string();
    let reduce = [
        ("do", "reduce"),
        ("order", &id),
        ("by", "4,5"),
        ("by_unit", "th"),
    ];
    let page = buyer.send("/orders", &reduce).await;
    assert_eq!(page.status, 400);
    let text = page.text();
    let rows: Vec<&str> = text.split("data-testid=\"own-order\"").skip(1).collect();
    let refused = |row: &&&str| row.contains("form-error");
    assert_eq!(rows.iter().filter(refused).count(), 1);
    let row = rows.iter().find(refused).unwrap();
    assert!(row.contains(&format!("data-order=\"{id}\"")), "{row}");
    assert_eq!(value(row, "by").as_deref(), Some("4,5"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_after_the_sessions_end_is_refused_in_words_and_kept() {
    let place = Place::start().await;
    place.list().await;
    let placed: Placed = place.offer("spot").await;
    let mut nobody = Browser::new(place.server.pages);
    let key = "0123456789abcdef0123456789abcdef-a";

    let bid = with(
        &WISH,
        &[("do", "place-bid"), ("price", "5"), ("price_unit", "ph")],
    );
    let bid = with(
        &bid,
        &[
            ("budget", "77"),
            ("pool_address", "127.0.0.1:1"),
            ("pool_user", "me"),
        ],
    );
    let page = nobody.send("/buy", &bid).await;
    assert_eq!(page.status, 401, "{}", page.text());
    has(&page, "data-testid=\"form-error\"");
    has(&page, "data-testid=\"sign-in-again\"");
    assert_eq!(value(&page.text(), "budget").as_deref(), Some("77"));

    let ask = with(
        &WISH,
        &[("do", "place-ask"), ("listing", "1"), ("price", "5")],
    );
    let ask = with(
        &ask,
        &[("price_unit", "ph"), ("pool_down", "on"), ("key", key)],
    );
    let page = nobody.send("/sell", &ask).await;
    assert_eq!(page.status, 401, "{}", page.text());
    has(&page, "data-testid=\"form-error\"");
    let text = page.text();
    for (name, sent) in &ask {
        assert_eq!(value(&text, name).as_deref(), Some(*sent), "{name}");
    }
    let order = placed.id.to_string();
    let page = nobody
        .send("/orders", &[("do", "cancel"), ("order", &order)])
        .await;
    assert_eq!(page.status, 401);
    has(&page, "data-testid=\"form-error\"");
    assert_eq!(value(&page.text(), "order"), Some(order));

    // What was kept is sent once more, by somebody now.
    let mut host = Browser::signed_in(place.server.pages, "host").await;
    // A term bears nothing of the pool, and what was typed stays.
    let term: Vec<_> = with(&ask, &[("product", "1d"), ("do", "review-ask")]);
    let page = host.send("/sell", &term).await;
    assert_eq!(page.status, 422, "{}", page.text());
    has(&page, "in spot contracts only");
    has(&page, "(spot only)");
    assert_eq!(value(&page.text(), "price").as_deref(), Some("5"));
    let text = page.text();
    assert!(input(&text, "pool_down").unwrap().contains(" checked"));
    let ask: Vec<_> = with(&ask, &[("product", "spot"), ("do", "review-ask")]);
    let page = host.send("/sell", &ask).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let ask = with(&ask, &[("do", "place-ask")]);
    assert_eq!(host.send("/sell", &ask).await.status, 303);
    let orders: Vec<api::Order> = place.host.read("account/orders").await;
    let ask = orders.iter().find(|order| order.id != placed.id).unwrap();
    assert_eq!(ask.side, OrderSide::Ask);
    assert_eq!(ask.terms.rejects.pool_down, Payer::Host);
}

#[tokio::test(flavor = "multi_thread")]
async fn notice_by_nobody_and_by_a_third_is_refused_in_words() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let _: Placed = place
        .buyer
        .done("bids", &place.bid("spot", 1_000_000))
        .await;
    let mut nobody = Browser::new(place.server.pages);
    let page = nobody
        .send("/contracts/1", &[("do", "notice"), ("key", "k")])
        .await;
    assert_eq!(page.status, 401);
    has(&page, "data-testid=\"form-error\"");
    has(&page, "Send it once more");
    let mut third = Browser::signed_in(place.server.pages, "third").await;
    let page = third.send("/contracts/1", &[("do", "notice")]).await;
    assert_eq!(page.status, 403);
    has(&page, "data-testid=\"form-error\"");
    lacks(&page, "Send it once more");
}
