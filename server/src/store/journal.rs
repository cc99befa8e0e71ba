//! What the exchange was told, in order.

use super::{StoreError, time, unreadable};
use market::Command;
use sqlx::{Row, SqliteConnection};
use units::Timestamp;

/// Every command ever carried out, in order.
///
/// # Errors
/// `StoreError` where a row cannot be read.
pub async fn journal(
    db: &mut SqliteConnection,
) -> Result<Vec<(i64, Timestamp, Command)>, StoreError> {
    journal_part(db, 0, i64::MAX, i64::MAX).await
}

/// The commands after one and up to another, in order: `most` of them.
///
/// # Errors
/// `StoreError` where a row cannot be read.
pub async fn journal_part(
    db: &mut SqliteConnection,
    after: i64,
    until: i64,
    most: i64,
) -> Result<Vec<(i64, Timestamp, Command)>, StoreError> {
    let rows = sqlx::query(
        "SELECT seq, at_ms, command FROM journal WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?",
    );
    let rows = rows
        .bind(after)
        .bind(until)
        .bind(most)
        .fetch_all(db)
        .await?;
    let read = rows.iter().map(|row| {
        let text: &str = row.try_get("command")?;
        let command = serde_json::from_str(text).map_err(unreadable("command"))?;
        Ok((row.try_get("seq")?, time(row.try_get("at_ms")?)?, command))
    });
    read.collect()
}

/// The last command; 0 before the first one.
///
/// # Errors
/// `StoreError` where it cannot be read.
pub async fn journal_end(db: &mut SqliteConnection) -> Result<i64, StoreError> {
    let row = sqlx::query("SELECT coalesce(max(seq), 0) AS last FROM journal");
    Ok(row.fetch_one(db).await?.try_get("last")?)
}

/// When a command was sequenced, as the database has it; `None` where there is no such command.
///
/// # Errors
/// `StoreError` where it cannot be read.
pub async fn time_of(db: &mut SqliteConnection, seq: i64) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query("SELECT at_ms FROM journal WHERE seq = ?");
    let row = row.bind(seq).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get("at_ms")).transpose()?)
}
