//! What became of requests that named themselves, for a day: by the system's clock, and by the time that servers ran.

use super::{Store, StoreError, count, unreadable, unreadable_text};
use market::Event;
use serde::{Deserialize, Serialize};
use sqlx::{Row, Sqlite, SqlitePool, Transaction};
use tokio::time::Instant;
use units::{AccountId, Millis, Timestamp};

/// How long a receipt is kept.
pub const KEPT: Millis = Millis::new(24 * 3_600_000);

/// How long servers have run on this folder, all together, as far as the receipts know: the time of this one since its start,
/// after that of the ones before up to their last receipt. No clock that is set can make a receipt old before its time, and
/// starts, however many, do not keep it for ever.
#[derive(Clone, Copy)]
pub(super) struct Uptime {
    before: Millis,
    started: Instant,
}

impl Uptime {
    pub(super) async fn read(pool: &SqlitePool) -> Result<Self, StoreError> {
        let row = sqlx::query("SELECT coalesce(max(up_ms), 0) AS up_ms FROM receipts")
            .fetch_one(pool)
            .await?;
        Ok(Self {
            before: Millis::new(count(row.try_get("up_ms")?)?),
            started: Instant::now(),
        })
    }

    fn now(self) -> Result<i64, StoreError> {
        let ran = i64::try_from(self.started.elapsed().as_millis());
        let before = i64::try_from(self.before.get());
        let (Ok(ran), Ok(before)) = (ran, before) else {
            return Err(StoreError::OutOfRange);
        };
        ran.checked_add(before).ok_or(StoreError::OutOfRange)
    }

    /// Receipts of this uptime and before may be over.
    fn oldest(self) -> Result<i64, StoreError> {
        let kept = i64::try_from(KEPT.get()).map_err(|_| StoreError::OutOfRange)?;
        Ok(self.now()?.saturating_sub(kept))
    }
}

/// Which request it is: its account, its own name and the SHA-256 of what it asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Who asks.
    pub account: AccountId,
    /// The request's key.
    pub key: String,
    /// Equal for equal requests.
    pub request_hash: [u8; 32],
}

/// What a request caused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was carried out.
    Done(Vec<Event>),
    /// The market refused it.
    Refused {
        /// The refusal's stable name.
        status: String,
        /// What it says.
        words: String,
    },
}

/// A request with its outcome.
pub struct Receipt {
    /// Which.
    pub claim: Claim,
    /// When it was sequenced.
    pub at: Timestamp,
    /// What it caused.
    pub outcome: Outcome,
}

impl Store {
    /// What became of the request of this account and key: the hash of what it asked, and its outcome.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn receipt(
        &self,
        claim: &Claim,
        at: Timestamp,
    ) -> Result<Option<([u8; 32], Outcome)>, StoreError> {
        let row = sqlx::query(
            "SELECT request_hash, outcome FROM receipts
             WHERE account = ? AND key = ? AND (at_ms > ? OR up_ms > ?)",
        )
        .bind(claim.account.as_str())
        .bind(&claim.key)
        .bind(oldest(at)?)
        .bind(self.uptime.oldest()?)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let hash: &[u8] = row.try_get("request_hash")?;
        let hash = <[u8; 32]>::try_from(hash)
            .map_err(|_| unreadable_text("receipt", "its hash has another length"))?;
        let outcome = serde_json::from_str(row.try_get("outcome")?);
        Ok(Some((hash, outcome.map_err(unreadable("receipt"))?)))
    }

    /// How many receipts an account has that still count.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn receipts(&self, account: &AccountId, at: Timestamp) -> Result<u64, StoreError> {
        let row = sqlx::query(
            "SELECT count(*) AS n FROM receipts WHERE account = ? AND (at_ms > ? OR up_ms > ?)",
        )
        .bind(account.as_str())
        .bind(oldest(at)?)
        .bind(self.uptime.oldest()?)
        .fetch_one(&self.pool)
        .await?;
        count(row.try_get("n")?)
    }

    /// Removes the receipts that no longer count.
    ///
    /// # Errors
    /// `StoreError`.
    pub async fn remove_old_receipts(&self, at: Timestamp) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        sqlx::query("DELETE FROM receipts WHERE at_ms <= ? AND up_ms <= ?")
            .bind(oldest(at)?)
            .bind(self.uptime.oldest()?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// One that is over but still there makes room for the new one.
pub(super) async fn insert(
    to: &mut Transaction<'_, Sqlite>,
    receipt: &Receipt,
    uptime: Uptime,
) -> Result<(), StoreError> {
    let outcome = serde_json::to_string(&receipt.outcome).map_err(unreadable("receipt"))?;
    let at = i64::try_from(receipt.at.unix_ms()).map_err(|_| StoreError::OutOfRange)?;
    sqlx::query(
        "INSERT INTO receipts (account, key, request_hash, at_ms, outcome, up_ms) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (account, key) DO UPDATE SET request_hash = excluded.request_hash,
             at_ms = excluded.at_ms, outcome = excluded.outcome, up_ms = excluded.up_ms",
    )
    .bind(receipt.claim.account.as_str())
    .bind(&receipt.claim.key)
    .bind(&receipt.claim.request_hash[..])
    .bind(at)
    .bind(outcome)
    .bind(uptime.now()?)
    .execute(&mut **to)
    .await?;
    Ok(())
}

/// Receipts of this time and before may be over.
fn oldest(at: Timestamp) -> Result<i64, StoreError> {
    let oldest = at.unix_ms().saturating_sub(KEPT.get());
    i64::try_from(oldest).map_err(|_| StoreError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Market, Settings};
    use units::{Hashrate, Price};

    const DAY: u64 = KEPT.get();

    fn claim(hash: u8) -> Claim {
        Claim {
            account: "alice".parse().unwrap(),
            key: "one".into(),
            request_hash: [hash; 32],
        }
    }

    async fn write(store: &Store, hash: u8, at: u64) {
        let market = Market::new(Settings {
            lot: Hashrate::new(1),
            tick: Price::new(1),
            fee_bps: 0,
            epoch_length: Millis::new(1_000),
            limits: market::Limits::default(),
        });
        let receipt = Receipt {
            claim: claim(hash),
            at: Timestamp::from_unix_ms(at),
            outcome: Outcome::Refused {
                status: "no".into(),
                words: format!("no {hash}"),
            },
        };
        store.append(&[], &[receipt], &market).await.unwrap();
    }

    /// By the system's clock; which one there is, and how many.
    async fn read(store: &Store, at: u64) -> (Option<u8>, u64) {
        let at = Timestamp::from_unix_ms(at);
        let found = store.receipt(&claim(0), at).await.unwrap();
        let count = store.receipts(&claim(0).account, at).await.unwrap();
        (found.map(|(hash, _)| hash[0]), count)
    }

    async fn remove(store: &Store, at: u64) {
        let at = Timestamp::from_unix_ms(at);
        store.remove_old_receipts(at).await.unwrap();
    }

    /// The same store once servers have run so much longer.
    fn later(store: &Store, by: u64) -> Store {
        let mut later = store.clone();
        later.uptime.before = Millis::new(store.uptime.before.get() + by);
        later
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_receipt_counts_for_a_day_and_then_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        assert_eq!(read(&store, DAY).await, (None, 0));
        write(&store, 1, DAY).await;
        assert_eq!(read(&store, DAY).await, (Some(1), 1));
        let store = later(&store, DAY);
        assert_eq!(read(&store, 2 * DAY - 1).await, (Some(1), 1));
        assert_eq!(read(&store, 2 * DAY).await, (None, 0));
        // It is still there, and in nobody's way.
        write(&store, 2, 2 * DAY).await;
        assert_eq!(read(&store, 2 * DAY).await, (Some(2), 1));
        remove(&store, 3 * DAY).await;
        assert_eq!(read(&store, 3 * DAY).await, (Some(2), 1));
        remove(&later(&store, DAY), 3 * DAY).await;
        assert_eq!(read(&store, 2 * DAY).await, (None, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_clock_that_jumps_makes_no_receipt_old() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        write(&store, 1, DAY).await;
        // A year ahead, and the hourly removal at once; in this process and in the next.
        remove(&store, 365 * DAY).await;
        assert_eq!(read(&store, 365 * DAY).await, (Some(1), 1));
        let next = Store::open(folder.path()).await.unwrap();
        remove(&next, 365 * DAY).await;
        assert_eq!(read(&next, 365 * DAY).await, (Some(1), 1));
        // Servers have run for a day, but the clock was set back.
        let late = later(&next, 2 * DAY);
        remove(&late, DAY).await;
        assert_eq!(read(&late, DAY).await, (Some(1), 1));
        remove(&late, 2 * DAY).await;
        assert_eq!(read(&late, DAY).await, (None, 0));
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn starts_do_not_make_receipts_young_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        write(&store, 1, DAY).await;
        let evening = later(&store, DAY);
        let other = Receipt {
            claim: Claim {
                key: "another".into(),
                ..claim(2)
            },
            at: Timestamp::from_unix_ms(2 * DAY),
            outcome: Outcome::Done(Vec::new()),
        };
        let mut transaction = evening.pool.begin().await.unwrap();
        insert(&mut transaction, &other, evening.uptime)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let next = Store::open(folder.path()).await.unwrap();
        assert_eq!(read(&next, 2 * DAY).await, (None, 1));
    }
}
