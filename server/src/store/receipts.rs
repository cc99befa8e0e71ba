//! What became of requests that named themselves, for a day.

use super::{Store, StoreError, count, unreadable, unreadable_text};
use market::Event;
use serde::{Deserialize, Serialize};
use sqlx::{Row, Sqlite, Transaction};
use units::{AccountId, Millis, Timestamp};

/// How long a receipt is kept.
pub const KEPT: Millis = Millis::new(24 * 3_600_000);

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
            "SELECT request_hash, outcome FROM receipts WHERE account = ? AND key = ? AND at_ms > ?",
        )
        .bind(claim.account.as_str())
        .bind(&claim.key)
        .bind(oldest(at)?)
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
        let row = sqlx::query("SELECT count(*) AS n FROM receipts WHERE account = ? AND at_ms > ?")
            .bind(account.as_str())
            .bind(oldest(at)?)
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
        sqlx::query("DELETE FROM receipts WHERE at_ms <= ?")
            .bind(oldest(at)?)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// One that is over but still there makes room for the new one.
pub(super) async fn insert(
    to: &mut Transaction<'_, Sqlite>,
    receipt: &Receipt,
) -> Result<(), StoreError> {
    let outcome = serde_json::to_string(&receipt.outcome).map_err(unreadable("receipt"))?;
    let at = i64::try_from(receipt.at.unix_ms()).map_err(|_| StoreError::OutOfRange)?;
    sqlx::query(
        "INSERT INTO receipts (account, key, request_hash, at_ms, outcome) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (account, key) DO UPDATE SET request_hash = excluded.request_hash,
             at_ms = excluded.at_ms, outcome = excluded.outcome",
    )
    .bind(receipt.claim.account.as_str())
    .bind(&receipt.claim.key)
    .bind(&receipt.claim.request_hash[..])
    .bind(at)
    .bind(outcome)
    .execute(&mut **to)
    .await?;
    Ok(())
}

/// Receipts of this time and before are over.
fn oldest(at: Timestamp) -> Result<i64, StoreError> {
    let oldest = at.unix_ms().saturating_sub(KEPT.get());
    i64::try_from(oldest).map_err(|_| StoreError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;
    use market::{Market, Settings};
    use units::{Hashrate, Price};

    #[tokio::test(flavor = "multi_thread")]
    async fn a_receipt_counts_for_a_day_and_then_makes_room() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let market = Market::new(Settings {
            lot: Hashrate::new(1),
            tick: Price::new(1),
            fee_bps: 0,
            epoch_length: Millis::new(1_000),
            limits: market::Limits::default(),
        });
        let account: AccountId = "alice".parse().unwrap();
        let claim = |hash| Claim {
            account,
            key: "one".into(),
            request_hash: [hash; 32],
        };
        let write = |hash, at: u64| {
            let receipt = Receipt {
                claim: claim(hash),
                at: Timestamp::from_unix_ms(at),
                outcome: Outcome::Refused {
                    status: "no".into(),
                    words: format!("no {hash}"),
                },
            };
            let (store, market) = (store.clone(), market.clone());
            async move { store.append(&[], &[receipt], &market).await.unwrap() }
        };
        let day = KEPT.get();
        let read = |at: u64| {
            let (store, asked) = (store.clone(), claim(0));
            async move {
                let at = Timestamp::from_unix_ms(at);
                let found = store.receipt(&asked, at).await.unwrap();
                let count = store.receipts(&account, at).await.unwrap();
                (found.map(|(hash, _)| hash[0]), count)
            }
        };
        assert_eq!(read(day).await, (None, 0));
        write(1, day).await;
        assert_eq!(read(day).await, (Some(1), 1));
        assert_eq!(read(2 * day - 1).await, (Some(1), 1));
        assert_eq!(read(2 * day).await, (None, 0));
        // It is still there, and in nobody's way.
        write(2, 2 * day).await;
        assert_eq!(read(2 * day).await, (Some(2), 1));
        let later = Timestamp::from_unix_ms(3 * day);
        store.remove_old_receipts(later).await.unwrap();
        assert_eq!(read(2 * day).await, (None, 0));
    }
}
