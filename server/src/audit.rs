//! Reads the books as an accountant would: from the database alone, without the server.

use crate::{
    exchange::{ReplayError, replay},
    store::{self, StoreError},
};
use market::Market;
use orderbook::Side;
use serde::Serialize;
use sqlx::{Connection, Row, SqliteConnection};
use std::{collections::BTreeMap, path::Path};

/// What the database says.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// True where debits equal credits over all accounts, posted and pending.
    pub ledger_sum_is_zero: bool,
    /// True where every account's columns are what its transfers add up to.
    pub balances_match_transfers: bool,
    /// True where replaying the journal gives exactly these balances.
    pub journal_replays_to_balances: bool,
    /// SHA-256 of the market that the journal makes, in hex.
    pub state_hash: String,
    /// Commands in the journal.
    pub journal_entries: i64,
    /// Resting bids as (sat per PH/s and day, H/s), best first.
    pub bids: Vec<(String, String)>,
    /// Resting asks, best first.
    pub asks: Vec<(String, String)>,
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

impl Audit {
    /// True where nothing is wrong with the books.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.ledger_sum_is_zero && self.balances_match_transfers && self.journal_replays_to_balances
    }
}

/// Reads `assay.db` in `data`, which a server may have open.
///
/// # Errors
/// `ReplayError` where there is none, it cannot be read, or its journal cannot be replayed.
pub async fn audit(data: &Path) -> Result<Audit, ReplayError> {
    let mut db = store::open_to_read(data).await?;
    // One read transaction: everything below is of one moment.
    let mut db = db.begin().await.map_err(StoreError::from)?;
    let (market, (entries, _)) = replay(&mut db).await?;
    Ok(read(&mut db, &market, entries).await?)
}

async fn read(
    db: &mut SqliteConnection,
    market: &Market,
    journal_entries: i64,
) -> Result<Audit, StoreError> {
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
    let rows =
        sqlx::query("SELECT account, credits_posted - debits_posted AS posted FROM balances");
    let mut balances_sats: BTreeMap<String, i64> = BTreeMap::new();
    for row in rows.fetch_all(&mut *db).await? {
        balances_sats.insert(row.try_get("account")?, row.try_get("posted")?);
    }
    let replayed = market.ledger().accounts();
    let replayed: BTreeMap<String, i128> = replayed
        .map(|(account, balance)| (account.to_string(), balance.posted()))
        .collect();
    let same =
        |(account, posted): (&String, &i64)| replayed.get(account) == Some(&i128::from(*posted));
    let levels = |side| {
        let levels = market.book().levels(side).into_iter();
        levels
            .map(|level| (level.price.to_string(), level.hashrate.to_string()))
            .collect()
    };
    Ok(Audit {
        ledger_sum_is_zero: zero.unwrap_or(true),
        balances_match_transfers: wrong == 0,
        journal_replays_to_balances: replayed.len() == balances_sats.len()
            && balances_sats.iter().all(same),
        state_hash: stratum::hex::encode(&market.state_hash()),
        journal_entries,
        bids: levels(Side::Bid),
        asks: levels(Side::Ask),
        contracts: contracts(db).await?,
        balances_sats,
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
