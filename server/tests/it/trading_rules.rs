//! Who may trade, what is carried out once, what a dry run changes, and how orders end.

use crate::{
    binary::Running,
    client::{post, read_json},
    test_app::{args, until},
    trading::{DAY, Place, ask, is, now_ms, refusal, site},
};
use api::{Cancelled, Numbered, Order, Placed, Reduced};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use units::{Hashrate, Sats};

#[tokio::test(flavor = "multi_thread")]
async fn only_its_owner_acts_and_only_with_scope() {
    let place = Place::start().await;
    let reader = place.reader().await;
    place.list().await;
    place.offer("spot").await;
    let bid = place.bid("spot", 1_000);
    let posts = [
        ("sites", site()),
        (
            "fleets",
            json!({"site": 1, "model": "cpu-core", "count": 1}),
        ),
        (
            "listings",
            json!({"fleet": 1, "hashrate_hs": "1000", "products": ["spot"]}),
        ),
        ("listings/1/withdraw", json!({})),
        ("asks", ask("spot")),
        ("bids", bid.clone()),
        ("orders/1/reduce", json!({"by_hs": "1000"})),
        ("orders/1/cancel", json!({})),
        ("orders/cancel-all", json!({})),
        ("contracts/1/notice", json!({})),
    ];
    let before = place.market();
    for (path, body) in &posts {
        let answer = place.stranger.post(path, body).await;
        assert_eq!(refusal(&answer).1, "unauthenticated", "{path}");
        let answer = reader.post(path, body).await;
        assert_eq!(refusal(&answer).1, "forbidden", "{path}: {}", answer.text());
    }
    for path in ["sites", "fleets", "listings", "orders"] {
        let answer = place.stranger.ask(&format!("account/{path}")).await;
        assert_eq!(answer.status, 401, "{path}");
    }
    // Another account's things.
    let third = &place.third;
    for (path, body) in [
        (
            "fleets",
            json!({"site": 1, "model": "cpu-core", "count": 1}),
        ),
        (
            "listings",
            json!({"fleet": 1, "hashrate_hs": "1000", "products": ["spot"]}),
        ),
        ("listings/1/withdraw", json!({})),
        ("asks", ask("spot")),
        ("orders/1/reduce", json!({"by_hs": "1000"})),
        ("orders/1/cancel", json!({})),
    ] {
        let answer = third.post(path, &body).await;
        is(&answer, 403, "not_owner");
        assert_eq!(refusal(&answer).1, "forbidden", "{path}");
    }
    for path in ["sites/1", "fleets/1"] {
        let body = if path == "sites/1" {
            site()
        } else {
            posts[1].1.clone()
        };
        is(
            &third.send("PUT", path, None, &body).await,
            403,
            "not_owner",
        );
    }
    assert_eq!(place.market(), before, "none of it changed anything");
    // What a token that reads may: see, and see what would happen.
    let mut dry = bid;
    dry["dry_run"] = true.into();
    let would: Placed = reader.done("bids", &dry).await;
    assert!(would.dry_run && would.fills.len() == 1);
    assert!(reader.read::<Vec<Order>>("account/orders").await.is_empty());
    assert_eq!(place.market(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_with_a_name_is_carried_out_once() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let bid = place.bid("spot", 1_000);
    let buyer = &place.buyer;
    let first = buyer.send("POST", "bids", Some("one"), &bid).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let market = place.market();
    let again = buyer.send("POST", "bids", Some("one"), &bid).await;
    assert_eq!((again.status, again.text()), (200, first.text()));
    let other = buyer
        .send("POST", "bids", Some("one"), &place.bid("spot", 999))
        .await;
    assert_eq!(refusal(&other).1, "conflict");
    // The same key of another account is another request.
    let theirs = place.third.send("POST", "bids", Some("one"), &bid).await;
    assert_eq!(theirs.status, 200);
    let refused = buyer
        .send("POST", "bids", Some("two"), &place.bid("1d", 5))
        .await;
    is(&refused, 422, "budget_too_small");
    let again = buyer
        .send("POST", "bids", Some("two"), &place.bid("1d", 5))
        .await;
    assert_eq!(
        (again.status, again.text()),
        (422, refused.text()),
        "a refusal is an answer"
    );
    assert_eq!(
        place.market().contracts().count(),
        market.contracts().count()
    );

    // Without a name the same site twice is two sites.
    let host = &place.host;
    for wanted in [2, 2, 3] {
        let key = (wanted == 2).then_some("site");
        let answer = host.send("POST", "sites", key, &site()).await;
        let made: Numbered = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(made.id, wanted);
    }
    // Saying the same of a site again is no error and no event.
    let before = place.market();
    let answer = host.send("PUT", "sites/2", None, &site()).await;
    assert_eq!(answer.text(), r#"{"id":2}"#);
    assert_eq!(place.market(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_what_would_happen_and_changes_nothing() {
    let place = Place::start().await;
    place.list().await;
    place.offer("1d").await;
    let before = place.market();
    let dry = |mut order: Value| {
        order["dry_run"] = true.into();
        order
    };
    let wanted = place.bid("1d", DAY);
    let would: Placed = place.buyer.done("bids", &dry(wanted.clone())).await;
    let dearer = json!({
        "listing": 1, "product": "spot", "hashrate_hs": "7000", "price_sats_per_phs_day": "5",
    });
    let rests: Placed = place.host.done("asks", &dry(dearer)).await;
    assert_eq!(rests.resting_hs, Hashrate::new(7_000));
    let poor = place
        .third
        .post("bids", &dry(place.bid("spot", u64::MAX)))
        .await;
    is(&poor, 422, "overdrawn");
    let mut ioc = place.bid("spot", 1_000);
    ioc["terms"] = json!({"time_in_force": "ioc"});
    let nothing: Placed = place.third.done("bids", &dry(ioc)).await;
    assert_eq!(nothing.cancelled_hs, Hashrate::new(100_000));
    assert_eq!(place.market(), before);

    let done: Placed = place.buyer.done("bids", &wanted).await;
    assert_eq!(
        Placed {
            dry_run: false,
            ..would
        },
        done,
        "it happened as it was said"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_rest_shrink_expire_and_are_cancelled() {
    let place = Place::start().await;
    let buyer = &place.buyer;
    let mut bid = place.bid("spot", 1_000);
    bid["terms"] = json!({"client_order_id": 7, "minimum_fill_hs": "2000", "post_only": true});
    let placed: Placed = buyer.done("bids", &bid).await;
    assert_eq!(
        (placed.held_sats.get(), placed.filled_hs),
        (1_000, Hashrate::ZERO)
    );
    let orders: Vec<Order> = buyer.read("account/orders").await;
    let terms = serde_json::to_value(orders[0].terms).unwrap();
    assert_eq!(terms["client_order_id"], 7);
    assert_eq!(
        (&terms["post_only"], &terms["minimum_fill_hs"]),
        (&true.into(), &"2000".into())
    );
    let required = serde_json::to_value(&orders[0].constraints).unwrap();
    assert_eq!(required["countries_allowed"], json!(["IS", "NO"]));
    assert_eq!(orders[0].pools, [place.pool.address().to_string()]);

    let by = json!({"by_hs": "40000"});
    let mut dry = by.clone();
    dry["dry_run"] = true.into();
    let would: Reduced = buyer.done("orders/1/reduce", &dry).await;
    let reduced: Reduced = buyer.done("orders/1/reduce", &by).await;
    assert_eq!(
        Reduced {
            dry_run: false,
            ..would
        },
        reduced
    );
    assert_eq!(reduced.remaining_hs, Hashrate::new(60_000));
    assert_eq!(
        (reduced.held_sats.get(), reduced.released_sats.get()),
        (600, 400)
    );
    is(
        &buyer
            .post("orders/1/reduce", &json!({"by_hs": "60000"}))
            .await,
        422,
        "nothing_left",
    );

    bid["terms"] = json!({
        "time_in_force": "gtd", "good_till_ms": now_ms() + 2_500,
    });
    let short: Placed = buyer.done("bids", &bid).await;
    let ids = || async {
        let orders: Vec<Order> = buyer.read("account/orders").await;
        orders.iter().map(|order| order.id).collect::<Vec<_>>()
    };
    until("its time is over", || async {
        !ids().await.contains(&short.id)
    })
    .await;
    assert_eq!(ids().await, [1]);

    let cancelled: Cancelled = buyer.done("orders/1/cancel", &json!({})).await;
    assert_eq!(
        (&cancelled.orders[..], cancelled.released_sats.get()),
        (&[1][..], 600)
    );
    is(
        &buyer.post("orders/1/cancel", &json!({})).await,
        404,
        "unknown_order",
    );
    bid["terms"] = json!({});
    for _ in 0..3 {
        let _: Placed = buyer.done("bids", &bid).await;
    }
    let cancelled: Cancelled = buyer.done("orders/cancel-all", &json!({})).await;
    assert_eq!(
        (cancelled.orders.len(), cancelled.released_sats.get()),
        (3, 3_000)
    );
    let none: Cancelled = buyer.done("orders/cancel-all", &json!({})).await;
    assert_eq!(none, Cancelled::default());
    let account: api::Account = buyer.read("account").await;
    assert_eq!(account.held_sats, Sats::ZERO);

    // A withdrawn listing takes its asks along, with their bonds.
    place.list().await;
    let offered = [place.offer("spot").await.id, place.offer("1d").await.id];
    let withdrawn: api::Withdrawn = place.host.done("listings/1/withdraw", &json!({})).await;
    assert_eq!(withdrawn.orders, offered);
    assert_eq!(withdrawn.released_sats.get(), DAY / 10);
    let open: Vec<api::Listing> = place.stranger.read("listings").await;
    assert!(open.is_empty());
    is(
        &place.host.post("asks", &ask("spot")).await,
        422,
        "listing_withdrawn",
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demos_market_is_alive_and_a_second_start_adds_nothing() {
    let (args, _folder) = args();
    let seen = |running: Running| async move {
        let listings: Vec<api::Listing> = read_json(running.pages, "/api/v1/listings").await;
        let mut books = Vec::new();
        for product in api::Product::ALL {
            let path = format!("/api/v1/books/{product}");
            let book: api::Book = read_json(running.pages, &path).await;
            assert!(!book.asks.is_empty(), "{product}");
            books.push((book.bids, book.asks));
        }
        let asked = json!({"hashrate_hs": "100000", "product": "30d", "constraints": {
            "countries_allowed": ["NO"], "max_mj_per_th": 20_000,
        }});
        let json = [("Content-Type", "application/json")];
        let body = asked.to_string();
        let quote = post(running.pages, "/api/v1/quotes", &json, &body).await;
        let quote: api::Quote = serde_json::from_slice(&quote.body).unwrap();
        running.kill().await;
        (listings, books, quote)
    };
    let (listings, books, quote) = seen(Running::start(&args).await).await;
    let countries: BTreeSet<_> = (listings.iter())
        .map(|one| one.attributes.country.clone())
        .collect();
    assert_eq!((countries.len(), listings.len()), (3, 4));
    // The efficient machines are the dearer ones: the quote says so.
    assert_eq!(quote.fillable_hs, Hashrate::new(100_000));
    let efficiency = &quote.excluded[0];
    assert_eq!(efficiency.constraint, api::Constraint::Efficiency);
    assert!(
        efficiency.average_price_without_sats_per_phs_day < quote.average_price_sats_per_phs_day
    );
    let again = seen(Running::start(&args).await).await;
    assert_eq!((again.0, again.1), (listings, books));
}
