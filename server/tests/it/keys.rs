//! Idempotency keys: what a receipt that is gone, or for which there is no room, must not do.

use crate::{
    client::Answer,
    trading::{Place, Program, ask, refusal},
};
use serde_json::{Value, json};
use server::store::{Claim, Outcome, Receipt, Store};
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use units::{AccountId, Timestamp};

/// As docs/api.md has it, and those for reducing alone.
const KEYS: u64 = 10_000;
const KEYS_TO_REDUCE: u64 = 1_000;

/// Uses up so many names of the host's.
async fn use_up(place: &Place, from: u64, to: u64) {
    let account: AccountId = "host".parse().unwrap();
    let at = Timestamp::from_unix_ms(crate::trading::now_ms());
    let receipts: Vec<Receipt> = (from..to)
        .map(|number| Receipt {
            claim: Claim {
                account,
                key: format!("used-{number}"),
                request_hash: [0; 32],
            },
            at,
            outcome: Outcome::Done(Vec::new()),
        })
        .collect();
    let store = Store::open(&place.data).await.unwrap();
    store.append(&[], &receipts, &place.market()).await.unwrap();
}

async fn named(program: &Program, path: &str, key: &str, body: &Value) -> Answer {
    program.send("POST", path, Some(key), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_used_up_his_keys_can_still_lessen_what_is_at_stake() {
    let place = Place::start().await;
    place.list().await;
    let first = place.offer("spot").await.id;
    let second = place.offer("spot").await.id;
    use_up(&place, 0, KEYS).await;
    let (host, nothing) = (&place.host, json!({}));

    let refused = named(host, "asks", "one-more", &ask("spot")).await;
    assert_eq!(refused.status, 429, "{}", refused.text());
    // Without a name it is a request like any other.
    assert_eq!(host.post("asks", &ask("spot")).await.status, 200);

    // Reducing twice is not reducing once: its receipt still has room.
    let (path, by) = (format!("orders/{first}/reduce"), json!({"by_hs": "1000"}));
    let reduced = named(host, &path, "less", &by).await;
    assert_eq!(reduced.status, 200, "{}", reduced.text());
    let again = named(host, &path, "less", &by).await;
    assert_eq!((again.status, again.text()), (200, reduced.text()));

    let path = format!("orders/{first}/cancel");
    let cancelled = named(host, &path, "away", &nothing).await;
    assert_eq!(cancelled.status, 200, "{}", cancelled.text());
    // Nothing is remembered of it, and nothing more can happen.
    let again = named(host, &path, "away", &nothing).await;
    assert_eq!(refusal(&again).2, "unknown_order", "{}", again.text());

    use_up(&place, KEYS, KEYS + KEYS_TO_REDUCE - 1).await;
    let path = format!("orders/{second}/reduce");
    assert_eq!(named(host, &path, "no-more", &by).await.status, 429);
    let path = "listings/1/withdraw";
    let withdrawn = named(host, path, "withdraw", &nothing).await;
    assert_eq!(withdrawn.status, 200, "{}", withdrawn.text());
    let all = named(host, "orders/cancel-all", "all", &nothing).await;
    assert_eq!(all.status, 200, "{}", all.text());
}

/// The receipt's table, with everything in it, is gone: the books themselves know the deposit.
#[tokio::test(flavor = "multi_thread")]
async fn a_deposit_without_its_receipt_is_still_made_once() {
    let place = Place::start().await;
    let money = async || {
        place
            .buyer
            .read::<api::Account>("account")
            .await
            .available_sats
    };
    let (path, amount) = ("account/deposits", json!({"amount_sats": "500"}));
    let before = money().await.get();
    let first = named(&place.buyer, path, "pay", &amount).await;
    assert_eq!(first.status, 200, "{}", first.text());
    assert_eq!(money().await.get(), before + 500);

    let file = SqliteConnectOptions::new().filename(place.data.join("assay.db"));
    let mut db = SqliteConnection::connect_with(&file).await.unwrap();
    sqlx::query("DELETE FROM receipts")
        .execute(&mut db)
        .await
        .unwrap();
    let again = named(&place.buyer, path, "pay", &amount).await;
    assert_eq!((again.status, again.text()), (200, first.text()));
    assert_eq!(money().await.get(), before + 500);
    // Of the answer that caused nothing too there is a receipt.
    let third = named(&place.buyer, path, "pay", &amount).await;
    assert_eq!((third.status, third.text()), (200, first.text()));

    sqlx::query("DELETE FROM receipts")
        .execute(&mut db)
        .await
        .unwrap();
    let other = json!({"amount_sats": "501"});
    let other = named(&place.buyer, path, "pay", &other).await;
    assert_eq!(other.status, 409, "{}", other.text());
    assert_eq!(money().await.get(), before + 500);
}
