//! The database: the journal, snapshots of the market, the transfers and balances that follow from it, and the settled epochs; who may sign in,
//! and what became of requests that named themselves.

mod balances;
mod identity;
mod journal;
mod receipts;
mod snapshots;
mod write;

pub use balances::{Balances, balances};
pub use identity::Credential;
pub use journal::{journal, journal_end, journal_part, time_of};
use receipts::Uptime;
pub use receipts::{Claim, Outcome, Receipt};
pub use snapshots::{SnapshotHead, snapshot_bytes, snapshots};
pub use write::Entry;

use ledger::Account;
use market::{Contract, Settings, Settlement};
use sqlx::{
    Connection, Row, Sqlite, SqliteConnection, SqlitePool,
    pool::PoolConnection,
    sqlite::{
        SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
    },
};
use std::{ops::Range, path::Path, sync::Arc};
use tokio::sync::Mutex;
use units::{ContractId, Sats, Timestamp, Work};

/// A contract's settled epochs with the transfers of their own journal entries. The last one's may hold the refund to the
/// buyer, which is no pay. Parameters: the contract's number, the buyer's account in the books.
macro_rules! payments_sql {
    () => {
        "SELECT s.*,
                coalesce(sum(t.amount) FILTER (WHERE t.credit <> 'fees'), 0) AS to_host,
                coalesce(sum(t.amount) FILTER (WHERE t.credit = 'fees'), 0) AS to_fees
         FROM settlements AS s
         LEFT JOIN transfers AS t
                ON t.seq = s.seq AND t.debit = 'escrow:' || s.contract AND t.kind = 'posted'
                   AND t.credit <> ?2
         WHERE s.contract = ?1 GROUP BY s.epoch"
    };
}
/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine failed.
    #[error("the database failed: {0}")]
    Engine(#[from] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("the database's schema cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row does not say what this version writes.
    #[error("the database holds a {what} that cannot be read: {why}")]
    Unreadable {
        /// Which kind of row.
        what: &'static str,
        /// Details.
        why: String,
    },
    /// A number passes SQLite's 64-bit signed integers.
    #[error("a number passes what the database holds")]
    OutOfRange,
}

/// The database. The market has one writer, the exchange; any number of readers.
#[derive(Clone)]
pub struct Store {
    pool: SqlitePool,
    /// SQLite lets one write at a time and answers the next with an error after a while, at which the exchange would stop:
    /// who writes queues here.
    writing: Arc<Mutex<()>>,
    uptime: Uptime,
}

impl Store {
    /// Opens or creates `assay.db` in `data`.
    ///
    /// # Errors
    /// `StoreError` where the file cannot be opened or brought up to date.
    pub async fn open(data: &Path) -> Result<Self, StoreError> {
        // FULL: an acknowledged commit survives a power cut, not only a crash of this process.
        let options = SqliteConnectOptions::new()
            .filename(data.join("assay.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true);
        // Alone, and kept until the pool has connected: SQLite answers "locked" at once, without waiting, to the
        // second of two connections that turn a new file to WAL together.
        let first = SqliteConnection::connect_with(&options).await?;
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            // The writer's connection must be there when file handles are not.
            .min_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options)
            .await?;
        first.close().await?;
        sqlx::migrate!().run(&pool).await?;
        let uptime = Uptime::read(&pool).await?;
        Ok(Self {
            pool,
            writing: Arc::default(),
            uptime,
        })
    }

    /// Fixes the market's settings where its journal begins now.
    ///
    /// # Errors
    /// `StoreError` where they cannot be written.
    pub async fn begin(&self, wanted: Settings) -> Result<(), StoreError> {
        let text = serde_json::to_string(&wanted).map_err(unreadable("setting"))?;
        sqlx::query("INSERT INTO settings (only_row, market) VALUES (1, ?) ON CONFLICT DO NOTHING")
            .bind(text)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// A connection for reading.
    ///
    /// # Errors
    /// `StoreError` where there is none.
    pub async fn reader(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// The latest settled epochs of a contract, newest first. Takes the same time however many there are.
    ///
    /// # Errors
    /// `StoreError` where a row cannot be read.
    pub async fn latest_payments(
        &self,
        contract: &Contract,
        most: u32,
    ) -> Result<Vec<Payment>, StoreError> {
        // One read transaction: sum and rows are of one moment.
        let mut db = self.pool.begin().await?;
        let escrow = Account::Escrow(contract.id).to_string();
        let left = sqlx::query(
            "SELECT b.debits_posted - coalesce((SELECT sum(amount) FROM transfers
                                                WHERE debit = ?1 AND credit = ?2), 0) AS paid
             FROM balances AS b WHERE b.account = ?1",
        );
        // What went back to the buyer is no pay.
        let row = left
            .bind(escrow)
            .bind(Account::Available(contract.buyer).to_string())
            .fetch_one(&mut *db)
            .await?;
        let mut paid_total = sats(&row, "paid")?;
        let rows = sqlx::query(concat!(payments_sql!(), " ORDER BY s.epoch DESC LIMIT ?3"));
        let rows = rows
            .bind(number(contract.id)?)
            .bind(Account::Available(contract.buyer).to_string())
            .bind(i64::from(most));
        let mut found = Vec::new();
        for row in rows.fetch_all(&mut *db).await? {
            let payment = payment(contract.id, &row, paid_total)?;
            let paid = payment.host.checked_add(payment.fee);
            let before = paid.and_then(|paid| paid_total.checked_sub(paid));
            paid_total = before.ok_or(StoreError::OutOfRange)?;
            found.push(payment);
        }
        Ok(found)
    }
}

/// Opens `assay.db` in `data` for reading only; a server may have it open.
///
/// # Errors
/// `StoreError` where there is none.
pub async fn open_to_read(data: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(data.join("assay.db"))
        .read_only(true);
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// The settings that the journal began with.
///
/// # Errors
/// `StoreError` where they cannot be read.
pub async fn settings(db: &mut SqliteConnection) -> Result<Settings, StoreError> {
    let row = sqlx::query("SELECT market FROM settings")
        .fetch_one(db)
        .await?;
    serde_json::from_str(row.try_get("market")?).map_err(unreadable("setting"))
}

/// For a row, or what becomes one, that serde cannot read or write.
pub(crate) fn unreadable(what: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
    move |why| StoreError::Unreadable {
        what,
        why: why.to_string(),
    }
}

fn unreadable_text(what: &'static str, why: &str) -> StoreError {
    StoreError::Unreadable {
        what,
        why: why.into(),
    }
}

/// A settled epoch with what the ledger's transfers paid for it.
pub struct Payment {
    /// What was settled.
    pub settlement: Settlement,
    /// Out of escrow to the host, by transfers.
    pub host: Sats,
    /// Out of escrow to the operator, by transfers.
    pub fee: Sats,
    /// Out of escrow for this epoch and all before it, by transfers.
    pub paid_total: Sats,
}

/// Contract, epoch and the hash of its record, of every settled epoch.
///
/// # Errors
/// `StoreError` where a row cannot be read.
pub async fn settled(db: &mut SqliteConnection) -> Result<Vec<(u64, u32, [u8; 32])>, StoreError> {
    let rows = sqlx::query("SELECT contract, epoch, epoch_hash FROM settlements");
    let rows = rows.fetch_all(db).await?;
    let read = rows.iter().map(|row| {
        let epoch = u32::try_from(row.try_get::<i64, _>("epoch")?);
        Ok((
            count(row.try_get("contract")?)?,
            epoch.map_err(|_| StoreError::OutOfRange)?,
            epoch_hash(row)?,
        ))
    });
    read.collect()
}

/// All settled epochs of a contract, in order.
///
/// # Errors
/// `StoreError` where a row cannot be read.
pub async fn payments(
    db: &mut SqliteConnection,
    contract: &Contract,
) -> Result<Vec<Payment>, StoreError> {
    let rows = sqlx::query(concat!(payments_sql!(), " ORDER BY s.epoch"));
    let rows = rows
        .bind(number(contract.id)?)
        .bind(Account::Available(contract.buyer).to_string());
    let mut paid_total = Sats::ZERO;
    let mut found = Vec::new();
    for row in rows.fetch_all(db).await? {
        let paid = sats(&row, "to_host")?.checked_add(sats(&row, "to_fees")?);
        let total = paid.and_then(|paid| paid_total.checked_add(paid));
        paid_total = total.ok_or(StoreError::OutOfRange)?;
        found.push(payment(contract.id, &row, paid_total)?);
    }
    Ok(found)
}

fn payment(contract: ContractId, row: &SqliteRow, paid_total: Sats) -> Result<Payment, StoreError> {
    Ok(Payment {
        settlement: settlement(contract, row)?,
        host: sats(row, "to_host")?,
        fee: sats(row, "to_fees")?,
        paid_total,
    })
}

impl Store {
    /// Settled epochs of a contract, those of these numbers, in order.
    ///
    /// # Errors
    /// `StoreError` where a row cannot be read.
    pub async fn settlements(
        &self,
        contract: ContractId,
        epochs: Range<u32>,
    ) -> Result<Vec<Settlement>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM settlements WHERE contract = ? AND epoch >= ? AND epoch < ? ORDER BY epoch",
        );
        let rows = rows
            .bind(number(contract)?)
            .bind(epochs.start)
            .bind(epochs.end);
        let rows = rows.fetch_all(&self.pool).await?;
        rows.iter().map(|row| settlement(contract, row)).collect()
    }
}

fn number(contract: ContractId) -> Result<i64, StoreError> {
    i64::try_from(contract.get()).map_err(|_| StoreError::OutOfRange)
}

fn settlement(contract: ContractId, row: &SqliteRow) -> Result<Settlement, StoreError> {
    let unreadable = |why: String| StoreError::Unreadable {
        what: "settlement",
        why,
    };
    let work: &str = row.try_get("work_total")?;
    Ok(Settlement {
        contract,
        epoch: u32::try_from(row.try_get::<i64, _>("epoch")?)
            .map_err(|_| StoreError::OutOfRange)?,
        at: time(row.try_get("at_ms")?)?,
        shares_total: count(row.try_get("shares_total")?)?,
        work_total: work
            .parse::<Work>()
            .map_err(|why| unreadable(why.to_string()))?,
        owed_total: sats(row, "owed_total")?,
        paid_host: sats(row, "host")?,
        fee: sats(row, "fee")?,
        epoch_hash: epoch_hash(row)?,
    })
}

fn epoch_hash(row: &SqliteRow) -> Result<[u8; 32], StoreError> {
    let hash: &str = row.try_get("epoch_hash")?;
    stratum::hex::decode_array(hash).ok_or_else(|| StoreError::Unreadable {
        what: "settlement",
        why: "its hash is not hex".into(),
    })
}

fn sats(row: &SqliteRow, column: &str) -> Result<Sats, StoreError> {
    count(row.try_get(column)?).map(Sats::new)
}

fn count(stored: i64) -> Result<u64, StoreError> {
    u64::try_from(stored).map_err(|_| StoreError::OutOfRange)
}

fn time(stored: i64) -> Result<Timestamp, StoreError> {
    count(stored).map(Timestamp::from_unix_ms)
}

#[cfg(test)]
mod tests {
    use super::Store;

    #[tokio::test(flavor = "multi_thread")]
    async fn a_new_folder_opens_every_time_on_a_busy_machine() {
        let openers: Vec<_> = (0..8)
            .map(|_| {
                tokio::spawn(async {
                    for _ in 0..50 {
                        let folder = tempfile::tempdir().unwrap();
                        Store::open(folder.path()).await.unwrap();
                    }
                })
            })
            .collect();
        for opener in openers {
            opener.await.unwrap();
        }
    }
}
