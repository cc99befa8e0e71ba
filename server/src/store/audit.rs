//! Reads the books as an accountant would: from the database alone, without the server.

use super::StoreError;
use serde::Serialize;
use sqlx::{Connection, Row, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, path::Path};

/// What the database says.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// True where debits equal credits over all accounts, posted and pending.
    pub ledger_sum_is_zero: bool,
    /// True where every account's columns are what its transfers add up to.
    pub balances_match_transfers: bool,
    /// Commands in the journal.
    pub journal_entries: i64,
    /// Credits less debits, posted, of every account, in sats.
    pub balances_sats: BTreeMap<String, i64>,
    /// Contracts with settled epochs.
    pub contracts: Vec<AuditedContract>,
}

/// A contract as its settlements tell.
#[derive(Debug, Serialize)]
pub struct AuditedContract {
    /// Its number.
    pub id: i64,
    /// Settled epochs.
    pub epochs: i64,
    /// Shares of the settled epochs.
    pub shares_total: i64,
    /// Paid by transfers out of its escrow to host and fees, in sats.
    pub paid_sats: i64,
    /// Of that, to fees.
    pub fee_sats: i64,
    /// Paid by the end of each epoch, first epoch first, as the settlements state it.
    pub paid_total_by_epoch_sats: Vec<i64>,
}

/// Reads `assay.db` in `data`, which a server may have open.
///
/// # Errors
/// `StoreError` where there is none, or it cannot be read.
pub async fn audit(data: &Path) -> Result<Audit, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(data.join("assay.db"))
        .read_only(true);
    let mut db = SqliteConnection::connect_with(&options).await?;
    // One read transaction: everything below is of one moment.
    let mut db = db.begin().await?;
    let sums = sqlx::query(
        "SELECT sum(debits_posted) = sum(credits_posted) AND sum(debits_pending) = sum(credits_pending) AS zero
         FROM balances",
    );
    let zero: Option<bool> = sums.fetch_one(&mut *db).await?.try_get("zero")?;
    let mismatch = sqlx::query(
        "SELECT count(*) AS wrong FROM balances AS b
         WHERE b.debits_posted <> (SELECT coalesce(sum(amount), 0) FROM transfers
                                   WHERE debit = b.account AND (kind = 'posted' OR kind LIKE 'post_pending:%'))
            OR b.credits_posted <> (SELECT coalesce(sum(amount), 0) FROM transfers
                                    WHERE credit = b.account AND (kind = 'posted' OR kind LIKE 'post_pending:%'))",
    );
    let wrong: i64 = mismatch.fetch_one(&mut *db).await?.try_get("wrong")?;
    let entries = sqlx::query("SELECT count(*) AS entries FROM journal")
        .fetch_one(&mut *db)
        .await?;
    let rows =
        sqlx::query("SELECT account, credits_posted - debits_posted AS posted FROM balances");
    let mut balances_sats = BTreeMap::new();
    for row in rows.fetch_all(&mut *db).await? {
        balances_sats.insert(row.try_get("account")?, row.try_get("posted")?);
    }
    Ok(Audit {
        ledger_sum_is_zero: zero.unwrap_or(true),
        balances_match_transfers: wrong == 0,
        journal_entries: entries.try_get("entries")?,
        balances_sats,
        contracts: contracts(&mut db).await?,
    })
}

async fn contracts(db: &mut SqliteConnection) -> Result<Vec<AuditedContract>, StoreError> {
    let rows = sqlx::query(
        "SELECT contract, epoch, shares_total, owed_total FROM settlements ORDER BY contract, epoch",
    );
    let mut found: BTreeMap<i64, AuditedContract> = BTreeMap::new();
    for row in rows.fetch_all(&mut *db).await? {
        let id = row.try_get("contract")?;
        let contract = found.entry(id).or_insert_with(|| AuditedContract {
            id,
            epochs: 0,
            shares_total: 0,
            paid_sats: 0,
            fee_sats: 0,
            paid_total_by_epoch_sats: Vec::new(),
        });
        contract.epochs += 1;
        contract.shares_total = row.try_get("shares_total")?;
        contract
            .paid_total_by_epoch_sats
            .push(row.try_get("owed_total")?);
    }
    for contract in found.values_mut() {
        // A refund goes back to the buyer: it leaves escrow without being pay.
        let paid = sqlx::query(
            "SELECT coalesce(sum(t.amount), 0) AS paid,
                    coalesce(sum(CASE WHEN t.credit = 'fees' THEN t.amount ELSE 0 END), 0) AS fee
             FROM transfers AS t JOIN settlements AS s ON s.seq = t.seq
             WHERE t.debit = 'escrow:' || ?1 AND s.contract = ?1 AND t.kind = 'posted'",
        );
        let row = paid.bind(contract.id).fetch_one(&mut *db).await?;
        contract.paid_sats = row.try_get("paid")?;
        contract.fee_sats = row.try_get("fee")?;
    }
    Ok(found.into_values().collect())
}
