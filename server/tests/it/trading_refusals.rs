//! Bad input: every refusal has its name, and changes nothing.

use crate::trading::{Place, ask, refusal, site};
use serde_json::{Value, json};

/// The order with one of its parts changed.
fn with(mut order: Value, change: Value) -> Value {
    for (name, value) in change.as_object().unwrap() {
        order[name] = value.clone();
    }
    order
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_name() {
    let place = Place::start().await;
    place.list().await;
    place.offer("spot").await;
    let before = place.market();
    let bid = |change| with(place.bid("spot", 1_000), change);
    let sold = |change| with(ask("spot"), change);
    let at = |change| with(site(), change);
    let pool = |address: &str| json!({"pool": {"address": address, "user": "u"}});
    let constraints = |one: Value| bid(json!({"constraints": one}));
    let terms = |one: Value| bid(json!({"terms": one}));
    // Body, status, and the market's name or else the field.
    let bids = [
        (bid(json!({"hashrate_hs": "1500"})), 422, "not_in_lots"),
        (bid(json!({"hashrate_hs": "0"})), 422, "not_in_lots"),
        (
            bid(json!({"hashrate_hs": "20000000000000000000000"})),
            422,
            "too_large",
        ),
        (
            bid(json!({"price_sats_per_phs_day": "0"})),
            422,
            "not_in_ticks",
        ),
        (bid(json!({"budget_sats": "5"})), 422, "budget_too_small"),
        (
            bid(json!({"budget_sats": "18446744073709551615"})),
            422,
            "overdrawn",
        ),
        (bid(json!({"product": "1d"})), 422, "budget_too_small"),
        (terms(json!({"post_only": true})), 422, "would_trade"),
        (
            terms(json!({"post_only": true, "time_in_force": "ioc"})),
            422,
            "bad_terms",
        ),
        (
            terms(json!({"time_in_force": "gtd", "good_till_ms": 5})),
            422,
            "time_passed",
        ),
        (
            terms(json!({"time_in_force": "gtd"})),
            400,
            "terms.good_till_ms",
        ),
        (terms(json!({"good_till_ms": 5})), 400, "terms.good_till_ms"),
        (
            terms(json!({"rejects": {"seller_stale": "buyer"}})),
            422,
            "stale_is_the_hosts",
        ),
        (
            terms(json!({"rejects": {"pool_down": "operator"}})),
            422,
            "operator_pays_nothing",
        ),
        (terms(json!({"rejects": {"pool_down": "both"}})), 400, ""),
        (
            bid(json!({"product": "1d", "terms": {"rejects": {"pool_reject": "host"}}})),
            422,
            "pool_is_the_buyers",
        ),
        (
            bid(
                json!({"product": "1d", "terms": {"rejects": {"pool_down": "host"}}, "dry_run": true}),
            ),
            422,
            "pool_is_the_buyers",
        ),
        (
            constraints(json!({"countries_allowed": ["Norway"]})),
            400,
            "constraints.countries_allowed",
        ),
        (
            constraints(json!({"max_country_percent": 0})),
            400,
            "constraints.max_country_percent",
        ),
        (bid(pool("127.0.0.1:22")), 422, "pool_refused"),
        (bid(pool("169.254.169.254:3333")), 422, "pool_refused"),
        (bid(pool("0x7f.1:3333")), 400, "pool.address"),
        (
            bid(json!({"pool": {"address": "pool.org:3333", "user": "a\nb"}})),
            400,
            "pool.user",
        ),
        (
            bid(json!({"backups": vec![json!({"address": "p.org:3333", "user": "u"}); 4]})),
            400,
            "backups",
        ),
        (
            bid(json!({"backups": [{"address": "p.org", "user": "u"}]})),
            400,
            "backups.0.address",
        ),
        (bid(json!({"hashrate_hs": 100_000})), 400, ""),
        (bid(json!({"budget_sats": "-5"})), 400, ""),
        (bid(json!({"product": "2d"})), 400, ""),
        (bid(json!({"countries_allowed": ["NO"]})), 400, ""),
        (constraints(json!({"max_joule": 5})), 400, ""),
        (
            bid(json!({"pool": {"address": "p.org:3333", "user": "u", "pass": "x"}})),
            400,
            "",
        ),
    ];
    let rest = [
        (
            "asks",
            sold(json!({"listing": null, "product": "1d"})),
            422,
            "listing_needed",
        ),
        (
            "asks",
            sold(json!({"listing": null})),
            422,
            "listing_needed",
        ),
        ("asks", sold(json!({"listing": 9})), 404, "unknown_listing"),
        (
            "asks",
            sold(json!({"product": "7d"})),
            422,
            "product_not_offered",
        ),
        (
            "asks",
            sold(json!({"product": "1d", "terms": {"rejects": {"pool_down": "host"}}})),
            422,
            "pool_is_the_buyers",
        ),
        (
            "quotes",
            json!({"product": "1d", "hashrate_hs": "1000", "rejects": {"pool_reject": "host"}}),
            422,
            "pool_is_the_buyers",
        ),
        (
            "asks",
            sold(json!({"hashrate_hs": "101000"})),
            422,
            "over_capacity",
        ),
        (
            "asks",
            sold(json!({"product": "1d", "price_sats_per_phs_day": "13000000000000000000"})),
            422,
            "bond_not_covered",
        ),
        ("sites", at(json!({"country": "Norway"})), 400, "country"),
        ("sites", at(json!({"region": "no-18"})), 400, "region"),
        ("sites", at(json!({"name": " "})), 400, "name"),
        ("sites", at(json!({"power_kw": 0})), 422, "no_power"),
        (
            "sites",
            at(json!({"energy": [{"source": "coal", "percent": 99}]})),
            422,
            "energy_not_whole",
        ),
        (
            "sites",
            at(
                json!({"energy": [{"source": "coal", "percent": 50}, {"source": "coal", "percent": 50}]}),
            ),
            400,
            "energy",
        ),
        ("sites", at(json!({"grid": "maybe"})), 400, ""),
        (
            "fleets",
            json!({"site": 9, "model": "cpu-core", "count": 1}),
            404,
            "unknown_site",
        ),
        (
            "fleets",
            json!({"site": 1, "model": "antminer", "count": 1}),
            400,
            "model",
        ),
        (
            "fleets",
            json!({"site": 1, "model": "antminer-s21", "count": 12}),
            422,
            "over_power",
        ),
        (
            "listings",
            json!({"fleet": 1, "hashrate_hs": "1000", "products": []}),
            422,
            "no_products",
        ),
        (
            "listings",
            json!({"fleet": 1, "hashrate_hs": "1000000", "products": ["spot"]}),
            422,
            "over_fleet",
        ),
        (
            "listings",
            json!({"fleet": 7, "hashrate_hs": "1000", "products": ["spot"]}),
            404,
            "unknown_fleet",
        ),
        ("orders/99/cancel", json!({}), 404, "unknown_order"),
        ("orders/x/cancel", json!({}), 400, ""),
        ("contracts/9/notice", json!({}), 404, "unknown_contract"),
        ("quotes", json!({"hashrate_hs": "1500"}), 422, "not_in_lots"),
        (
            "quotes",
            json!({"hashrate_hs": "1000", "constraints": {"grid": []}}),
            400,
            "constraints.grid",
        ),
        ("quotes", json!([]), 400, ""),
    ];
    let bids = bids.map(|(body, status, name)| ("bids", body, status, name));
    for (path, body, status, name) in bids.into_iter().chain(rest) {
        let host = ["asks", "sites", "fleets", "listings"].contains(&path);
        let program = if host { &place.host } else { &place.buyer };
        let answer = program.post(path, &body).await;
        let (code, _, told, field) = refusal(&answer);
        let named = if told.is_empty() { field } else { told };
        let asked = format!("{path} {body}: {}", answer.text());
        assert_eq!((code, named.as_str()), (status, name), "{asked}");
        let error: api::Error = serde_json::from_slice(&answer.body).expect("a problem in JSON");
        let words = error.message;
        let ends = words.ends_with(['.', '?']) || words.contains("column");
        assert!(ends && words.contains(' '), "{asked}");
    }
    assert_eq!(
        place.market(),
        before,
        "nothing that was refused changed anything"
    );
    assert_eq!(place.stranger.ask("books/2d").await.status, 404);
    let large = json!({"hashrate_hs": "1".repeat(20_000)});
    assert_eq!(place.buyer.post("quotes", &large).await.status, 400);
}
