//! Reads the books as an accountant would: from the database alone, without the server.

mod snapshots;

pub use snapshots::{AuditedSnapshot, SnapshotFinding};

use crate::{
    exchange::{Replay, ReplayError},
    store::{self, Balances, Payment, Store, StoreError},
};
use market::Market;
use orderbook::Side;
use serde::Serialize;
use sqlx::{Connection, Row, SqliteConnection};
use std::{collections::BTreeMap, path::Path};
use units::Sats;

/// What the database says.
#[derive(Debug, Serialize)]
pub struct Audit {
    /// True where debits equal credits over all accounts, posted and pending.
    pub ledger_sum_is_zero: bool,
    /// True where every account's posted columns are what its transfers add up to.
    pub balances_match_transfers: bool,
    /// True where replaying the journal gives exactly these accounts, posted and pending.
    pub journal_replays_to_balances: bool,
    /// The snapshots of the market, the oldest first, each held against the replay of the whole journal.
    pub snapshots: Vec<AuditedSnapshot>,
    /// SHA-256 of the market that the journal makes, in hex.
    pub state_hash: String,
    /// Commands in the journal.
    pub journal_entries: i64,
    /// Resting bids as (sat per PH/s and day, H/s), best first.
    pub bids: Vec<(String, String)>,
    /// Resting asks, best first.
    pub asks: Vec<(String, String)>,
    /// The last trade.
    pub last_trade: Option<AuditedTrade>,
    /// Credits less debits, posted, of every account, in sats.
    pub balances_sats: BTreeMap<String, i64>,
    /// Contracts with settled epochs.
    pub contracts: Vec<AuditedContract>,
}

/// A trade that the journal makes.
#[derive(Debug, Serialize)]
pub struct AuditedTrade {
    /// Sat per PH/s and day.
    pub price: String,
    /// H/s.
    pub hashrate: String,
}

/// A contract as its settlements and transfers tell.
#[derive(Debug, Serialize)]
pub struct AuditedContract {
    /// Its number.
    pub id: u64,
    /// Settled epochs.
    pub epochs: usize,
    /// Shares of the settled epochs.
    pub shares_total: u64,
    /// Paid by transfers out of its escrow to host and fees, in sats.
    pub paid_sats: u64,
    /// Of that, to fees.
    pub fee_sats: u64,
    /// Paid by the end of each epoch, by transfers, first epoch first.
    pub paid_total_by_epoch_sats: Vec<u64>,
    /// Its settled epochs.
    pub settlements: Vec<AuditedEpoch>,
}

/// A settled epoch.
#[derive(Debug, Serialize)]
pub struct AuditedEpoch {
    /// Its number.
    pub epoch: u32,
    /// Shares of the contract so far.
    pub shares_total: u64,
    /// Owed for the contract so far, as it was settled.
    pub owed_total_sats: u64,
    /// Paid for this epoch, by transfers.
    pub paid_sats: u64,
    /// Of that, to fees.
    pub fee_sats: u64,
}

impl Audit {
    /// True where nothing is wrong with the books.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.ledger_sum_is_zero
            && self.balances_match_transfers
            && self.journal_replays_to_balances
            && self.snapshots.iter().all(|one| one.finding.is_none())
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
    let (replay, snapshots) = snapshots::replay(&mut db).await?;
    Ok(read(&mut db, &replay, snapshots).await?)
}

async fn read(
    db: &mut SqliteConnection,
    replay: &Replay,
    snapshots: Vec<AuditedSnapshot>,
) -> Result<Audit, StoreError> {
    let market = &replay.market;
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
    let stored: Balances = store::balances(db).await?;
    let levels = |side| {
        let levels = market.book().levels(side).into_iter();
        levels
            .map(|level| (level.price.to_string(), level.hashrate.to_string()))
            .collect()
    };
    Ok(Audit {
        ledger_sum_is_zero: zero.unwrap_or(true),
        balances_match_transfers: wrong == 0,
        journal_replays_to_balances: Store::balances_of(market).as_ref() == Some(&stored),
        snapshots,
        state_hash: stratum::hex::encode(&market.state_hash()),
        journal_entries: replay.seq,
        bids: levels(Side::Bid),
        asks: levels(Side::Ask),
        last_trade: market.last_trade().map(|trade| AuditedTrade {
            price: trade.price.to_string(),
            hashrate: trade.hashrate.to_string(),
        }),
        contracts: contracts(db, market).await?,
        balances_sats: stored.into_iter().map(posted).collect(),
    })
}

fn posted((account, [debits, credits, ..]): (String, [i64; 4])) -> (String, i64) {
    (account, credits.saturating_sub(debits))
}

async fn contracts(
    db: &mut SqliteConnection,
    market: &Market,
) -> Result<Vec<AuditedContract>, StoreError> {
    let mut found = Vec::new();
    for contract in market.contracts() {
        let payments = store::payments(db, contract).await?;
        let fees = payments
            .iter()
            .try_fold(Sats::ZERO, |sum, p| sum.checked_add(p.fee));
        found.push(AuditedContract {
            id: contract.id.get(),
            epochs: payments.len(),
            shares_total: payments.last().map_or(0, |p| p.settlement.shares_total),
            paid_sats: payments.last().map_or(0, |p| p.paid_total.get()),
            fee_sats: fees.ok_or(StoreError::OutOfRange)?.get(),
            paid_total_by_epoch_sats: payments.iter().map(|p| p.paid_total.get()).collect(),
            settlements: payments.iter().map(epoch).collect(),
        });
    }
    Ok(found)
}

fn epoch(payment: &Payment) -> AuditedEpoch {
    let fee = payment.fee.get();
    AuditedEpoch {
        epoch: payment.settlement.epoch,
        shares_total: payment.settlement.shares_total,
        owed_total_sats: payment.settlement.owed_total.get(),
        paid_sats: payment.host.get().saturating_add(fee),
        fee_sats: fee,
    }
}
