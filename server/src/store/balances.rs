//! The ledger's accounts as the database has them.

use super::{Store, StoreError};
use market::Market;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;

/// Of every account: debits and credits, posted, then pending.
pub type Balances = BTreeMap<String, [i64; 4]>;

/// What the table says.
///
/// # Errors
/// `StoreError` where it cannot be read.
pub async fn balances(db: &mut SqliteConnection) -> Result<Balances, StoreError> {
    let rows = sqlx::query("SELECT * FROM balances").fetch_all(db).await?;
    let read = rows.iter().map(|row| {
        let columns = [
            row.try_get("debits_posted")?,
            row.try_get("credits_posted")?,
            row.try_get("debits_pending")?,
            row.try_get("credits_pending")?,
        ];
        Ok((row.try_get("account")?, columns))
    });
    read.collect()
}

impl Store {
    /// What the table would say of this market; `None` where a number passes what it holds.
    #[must_use]
    pub fn balances_of(market: &Market) -> Option<Balances> {
        let columns = market.ledger().accounts().map(|(account, balance)| {
            let columns = [
                i64::try_from(balance.debits_posted).ok()?,
                i64::try_from(balance.credits_posted).ok()?,
                i64::try_from(balance.debits_pending).ok()?,
                i64::try_from(balance.credits_pending).ok()?,
            ];
            Some((account.to_string(), columns))
        });
        columns.collect()
    }
}
