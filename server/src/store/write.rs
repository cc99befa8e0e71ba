//! What a command leaves in the database, in one transaction.

use super::{Store, StoreError, unreadable};
use ledger::{Account, Balance, Transfer};
use market::{Command, Event, Market, Settlement};
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

impl Store {
    /// Writes the entries and the balances that they touch, all or nothing. `market` is the state after them.
    ///
    /// # Errors
    /// `StoreError`; then nothing was written.
    pub async fn append(&self, entries: &[Entry], market: &Market) -> Result<(), StoreError> {
        // IMMEDIATE: the writer's lock is taken at the start, so that no upgrade can fail half-way.
        let mut transaction = self.pool.begin_with("BEGIN IMMEDIATE").await?;
        let mut touched: BTreeMap<Account, Balance> = BTreeMap::new();
        for entry in entries {
            journal(&mut transaction, entry).await?;
            for event in &entry.events {
                match event {
                    Event::Transferred(transfer) => {
                        insert_transfer(&mut transaction, entry.seq, transfer).await?;
                        for account in [transfer.debit, transfer.credit] {
                            touched.insert(account, market.ledger().balance(&account));
                        }
                    }
                    Event::EpochSettled(settled) => {
                        insert_settlement(&mut transaction, entry.seq, settled).await?;
                    }
                    _ => {}
                }
            }
        }
        for (account, balance) in &touched {
            upsert_balance(&mut transaction, account, balance).await?;
        }
        transaction.commit().await?;
        Ok(())
    }
}

async fn journal(to: &mut Transaction<'_, Sqlite>, entry: &Entry) -> Result<(), StoreError> {
    let command = serde_json::to_string(&entry.command).map_err(unreadable("command"))?;
    sqlx::query("INSERT INTO journal (seq, at_ms, command) VALUES (?, ?, ?)")
        .bind(entry.seq)
        .bind(signed(entry.at.unix_ms())?)
        .bind(command)
        .execute(&mut **to)
        .await?;
    Ok(())
}

async fn insert_transfer(
    to: &mut Transaction<'_, Sqlite>,
    seq: i64,
    transfer: &Transfer,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO transfers (id, seq, debit, credit, amount, kind) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(transfer.id.to_string())
    .bind(seq)
    .bind(transfer.debit.to_string())
    .bind(transfer.credit.to_string())
    .bind(signed(transfer.amount.get())?)
    .bind(transfer.kind.to_string())
    .execute(&mut **to)
    .await?;
    Ok(())
}

async fn upsert_balance(
    to: &mut Transaction<'_, Sqlite>,
    account: &Account,
    balance: &Balance,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO balances (account, debits_posted, credits_posted, debits_pending, credits_pending)
         VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (account) DO UPDATE SET
             debits_posted = excluded.debits_posted, credits_posted = excluded.credits_posted,
             debits_pending = excluded.debits_pending, credits_pending = excluded.credits_pending",
    )
    .bind(account.to_string())
    .bind(signed(balance.debits_posted)?)
    .bind(signed(balance.credits_posted)?)
    .bind(signed(balance.debits_pending)?)
    .bind(signed(balance.credits_pending)?)
    .execute(&mut **to)
    .await?;
    Ok(())
}

async fn insert_settlement(
    to: &mut Transaction<'_, Sqlite>,
    seq: i64,
    settled: &Settlement,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO settlements
             (contract, epoch, seq, at_ms, shares_total, work_total, owed_total, host, fee, epoch_hash)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(signed(settled.contract.get())?)
    .bind(i64::from(settled.epoch))
    .bind(seq)
    .bind(signed(settled.at.unix_ms())?)
    .bind(signed(settled.shares_total)?)
    .bind(settled.work_total.to_string())
    .bind(signed(settled.owed_total.get())?)
    .bind(signed(settled.paid_host.get())?)
    .bind(signed(settled.fee.get())?)
    .bind(stratum::hex::encode(&settled.epoch_hash))
    .execute(&mut **to)
    .await?;
    Ok(())
}

fn signed<T>(number: T) -> Result<i64, StoreError>
where
    i64: TryFrom<T>,
{
    i64::try_from(number).map_err(|_| StoreError::OutOfRange)
}
