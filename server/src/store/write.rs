//! What commands leave in the database, in one transaction.

use super::{Receipt, Store, StoreError, receipts, unreadable};
use ledger::{Account, Balance, Transfer};
use market::{Command, Event, Market, Settlement};
use serde::Serialize;
use sqlx::{Sqlite, Transaction};
use std::collections::BTreeMap;
use units::Timestamp;

/// A carried-out command with its consequences.
pub struct Entry {
    /// Its place in the journal.
    pub seq: i64,
    /// When it was sequenced.
    pub at: Timestamp,
    /// The command.
    pub command: Command,
    /// What it caused.
    pub events: Vec<Event>,
}

// One statement for each table, whose rows travel as one JSON array: a statement for each row costs several times as much
// as the row (`cargo xtask bench ledger`).
const JOURNAL: &str = "INSERT INTO journal (seq, at_ms, command)
    SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)";
const TRANSFERS: &str = "INSERT INTO transfers (id, seq, debit, credit, amount, kind)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5 FROM json_each(?)";
const SETTLEMENTS: &str = "INSERT INTO settlements
        (contract, epoch, seq, at_ms, shares_total, work_total, owed_total, host, fee, epoch_hash)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6, value ->> 7,
           value ->> 8, value ->> 9 FROM json_each(?)";
// WHERE true: without it SQLite takes ON for a join's.
const BALANCES: &str = "INSERT INTO balances (account, debits_posted, credits_posted, debits_pending, credits_pending)
    SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4 FROM json_each(?) WHERE true
    ON CONFLICT (account) DO UPDATE SET
        debits_posted = excluded.debits_posted, credits_posted = excluded.credits_posted,
        debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending";

/// The rows of a commit, as the tables have their columns.
#[derive(Default)]
struct Rows {
    journal: Vec<(i64, i64, String)>,
    transfers: Vec<(String, i64, String, String, i64, String)>,
    settlements: Vec<SettlementRow>,
    balances: Vec<(String, i64, i64, i64, i64)>,
}

type SettlementRow = (i64, u32, i64, i64, i64, String, i64, i64, i64, String);

impl Store {
    /// Writes the entries, the balances that they touch, and the receipts of the requests that caused them, all or
    /// nothing. `market` is the state after them.
    ///
    /// # Errors
    /// `StoreError`; then nothing was written.
    pub async fn append(
        &self,
        entries: &[Entry],
        receipts: &[Receipt],
        market: &Market,
    ) -> Result<(), StoreError> {
        let rows = Rows::of(entries, market)?;
        let _writing = self.writing.lock().await;
        // IMMEDIATE: the writer's lock is taken at the start, so that no upgrade can fail half-way.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        insert(&mut transaction, JOURNAL, &rows.journal).await?;
        insert(&mut transaction, TRANSFERS, &rows.transfers).await?;
        insert(&mut transaction, SETTLEMENTS, &rows.settlements).await?;
        insert(&mut transaction, BALANCES, &rows.balances).await?;
        for receipt in receipts {
            receipts::insert(&mut transaction, receipt, self.uptime).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn insert<T: Serialize>(
    to: &mut Transaction<'_, Sqlite>,
    statement: &'static str,
    rows: &[T],
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::to_string(rows).map_err(unreadable("row"))?;
    sqlx::query(statement).bind(rows).execute(&mut **to).await?;
    Ok(())
}

impl Rows {
    fn of(entries: &[Entry], market: &Market) -> Result<Self, StoreError> {
        let mut rows = Self::default();
        let mut touched: BTreeMap<Account, Balance> = BTreeMap::new();
        for entry in entries {
            let command = serde_json::to_string(&entry.command).map_err(unreadable("command"))?;
            let at = signed(entry.at.unix_ms())?;
            rows.journal.push((entry.seq, at, command));
            for event in &entry.events {
                match event {
                    Event::Transferred(transfer) => {
                        rows.transfer(entry.seq, transfer)?;
                        for account in [transfer.debit, transfer.credit] {
                            touched.insert(account, market.ledger().balance(&account));
                        }
                    }
                    Event::EpochSettled(settled) => rows.settlement(entry.seq, settled)?,
                    _ => {}
                }
            }
        }
        for (account, balance) in touched {
            rows.balances.push((
                account.to_string(),
                signed(balance.debits_posted)?,
                signed(balance.credits_posted)?,
                signed(balance.debits_pending)?,
                signed(balance.credits_pending)?,
            ));
        }
        Ok(rows)
    }

    fn transfer(&mut self, seq: i64, transfer: &Transfer) -> Result<(), StoreError> {
        self.transfers.push((
            transfer.id.to_string(),
            seq,
            transfer.debit.to_string(),
            transfer.credit.to_string(),
            signed(transfer.amount.get())?,
            transfer.kind.to_string(),
        ));
        Ok(())
    }

    fn settlement(&mut self, seq: i64, settled: &Settlement) -> Result<(), StoreError> {
        self.settlements.push((
            signed(settled.contract.get())?,
            settled.epoch,
            seq,
            signed(settled.at.unix_ms())?,
            signed(settled.shares_total)?,
            settled.work_total.to_string(),
            signed(settled.owed_total.get())?,
            signed(settled.paid_host.get())?,
            signed(settled.fee.get())?,
            stratum::hex::encode(&settled.epoch_hash),
        ));
        Ok(())
    }
}

fn signed<T>(number: T) -> Result<i64, StoreError>
where
    i64: TryFrom<T>,
{
    i64::try_from(number).map_err(|_| StoreError::OutOfRange)
}
