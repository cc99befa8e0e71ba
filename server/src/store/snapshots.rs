//! The market as it was after a command. Written in small transactions, since SQLite lets one write at a time and orders
//! wait for theirs.

use super::{Store, StoreError};
use sqlx::{Row, SqliteConnection};

/// What a transaction writes of a snapshot.
const PART: usize = 256 * 1_024;
/// The latest ones: the one before is for when the latest is damaged.
const KEPT: usize = 2;

/// A snapshot, without its bytes. As it stands in the database: nothing of it is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotHead {
    /// The last command in it.
    pub seq: i64,
    /// When that was sequenced.
    pub at_ms: i64,
    /// `market::RULES` of the program that made it.
    pub rules: i64,
    /// SHA-256 of the market, `Market::state_hash`.
    pub state_hash: Vec<u8>,
    /// How many bytes it has.
    pub bytes: i64,
}

/// All that are there, the latest first.
///
/// # Errors
/// `StoreError` where they cannot be read.
pub async fn snapshots(db: &mut SqliteConnection) -> Result<Vec<SnapshotHead>, StoreError> {
    // An audit may read a database that no server of this version has opened yet.
    let table = sqlx::query("SELECT 1 FROM sqlite_master WHERE name = 'snapshots'");
    if table.fetch_optional(&mut *db).await?.is_none() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query("SELECT * FROM snapshots ORDER BY seq DESC");
    let rows = rows.fetch_all(db).await?;
    let read = rows.iter().map(|row| {
        Ok(SnapshotHead {
            seq: row.try_get("seq")?,
            at_ms: row.try_get("at_ms")?,
            rules: row.try_get("rules")?,
            state_hash: row.try_get("state_hash")?,
            bytes: row.try_get("bytes")?,
        })
    });
    read.collect()
}

/// A snapshot's bytes; `None` where some are missing, or there are more.
///
/// # Errors
/// `StoreError` where they cannot be read.
pub async fn snapshot_bytes(
    db: &mut SqliteConnection,
    head: &SnapshotHead,
) -> Result<Option<Vec<u8>>, StoreError> {
    let rows = sqlx::query("SELECT part FROM snapshot_parts WHERE seq = ? ORDER BY part");
    let rows = rows.bind(head.seq).fetch_all(&mut *db).await?;
    let mut all = Vec::new();
    for row in rows {
        let part: i64 = row.try_get("part")?;
        let bytes = sqlx::query("SELECT bytes FROM snapshot_parts WHERE seq = ? AND part = ?");
        let row = bytes.bind(head.seq).bind(part).fetch_one(&mut *db).await?;
        all.extend_from_slice(row.try_get("bytes")?);
    }
    Ok((i64::try_from(all.len()) == Ok(head.bytes)).then_some(all))
}

impl Store {
    /// Writes a snapshot, and removes those before the two latest. Orders wait for a part of it at most.
    ///
    /// # Errors
    /// `StoreError`; then it is not there, and the others are.
    pub async fn save_snapshot(&self, head: &SnapshotHead, bytes: &[u8]) -> Result<(), StoreError> {
        self.remove_unfinished_snapshots().await?;
        for (part, bytes) in (0_i64..).zip(bytes.chunks(PART)) {
            let _writing = self.writing.lock().await;
            sqlx::query(
                "INSERT OR REPLACE INTO snapshot_parts (seq, part, bytes) VALUES (?, ?, ?)",
            )
            .bind(head.seq)
            .bind(part)
            .bind(bytes)
            .execute(&self.pool)
            .await?;
        }
        self.insert_head(head).await?;
        let mut db = self.reader().await?;
        let all = snapshots(&mut db).await?;
        drop(db);
        // What claims to be later is not of this journal, and must not take the place of one that is.
        let (later, ours): (Vec<_>, Vec<_>) = all.into_iter().partition(|one| one.seq > head.seq);
        for head in later.into_iter().chain(ours.into_iter().skip(KEPT)) {
            let _writing = self.writing.lock().await;
            sqlx::query("DELETE FROM snapshots WHERE seq = ?")
                .bind(head.seq)
                .execute(&self.pool)
                .await?;
        }
        self.remove_unfinished_snapshots().await
    }

    async fn insert_head(&self, head: &SnapshotHead) -> Result<(), StoreError> {
        let _writing = self.writing.lock().await;
        sqlx::query(
            "INSERT OR REPLACE INTO snapshots (seq, at_ms, rules, state_hash, bytes) VALUES (?, ?, ?, ?, ?)",
        )
        .bind(head.seq)
        .bind(head.at_ms)
        .bind(head.rules)
        .bind(&head.state_hash)
        .bind(head.bytes)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// What a snapshot left that was cut off in the middle, or that was removed.
    async fn remove_unfinished_snapshots(&self) -> Result<(), StoreError> {
        let parts = sqlx::query(
            "SELECT seq, part FROM snapshot_parts WHERE seq NOT IN (SELECT seq FROM snapshots)",
        );
        for row in parts.fetch_all(&self.pool).await? {
            let (seq, part): (i64, i64) = (row.try_get("seq")?, row.try_get("part")?);
            let _writing = self.writing.lock().await;
            sqlx::query("DELETE FROM snapshot_parts WHERE seq = ? AND part = ?")
                .bind(seq)
                .bind(part)
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}
