//! Seals a contract's epochs and has them paid.

use super::{delivery::Delivery, promise};
use crate::{
    clock,
    exchange::{Exchange, ExchangeError},
    sharelog::LogError,
};
use market::{CloseReason, Command};
use pow::bundle::{Epoch, EpochLine, State};
use std::{sync::Arc, time::Duration};
use tokio::time::timeout;
use units::{Sats, Work};

/// How often it is looked whether the share log takes shares.
const LOOK: Duration = Duration::from_secs(1);

/// Pays the epochs that a crash left sealed in the log and not settled in the books.
pub(super) async fn settle_sealed(delivery: &Delivery, exchange: &Exchange, sealed: &[EpochLine]) {
    let settled = delivery.contract.epochs_settled;
    // By class the log knows the last one's work; without it the market refuses the others where the terms ask for it.
    let (last, tally) = delivery
        .log
        .read(|state| (state.epochs(), state.tally_sealed()));
    for line in sealed.iter().filter(|line| line.index >= settled) {
        let command = Command::SettleEpoch {
            contract: delivery.contract.id,
            epoch: line.index,
            shares_total: line.shares_total,
            work_total: line.work_total_hashes,
            owed_total: line.owed_total_sats,
            epoch_hash: stratum::hex::decode_array(&line.hash).unwrap_or_default(),
            // Shares may have been counted after it, and will be.
            last: false,
            delivery: promise::seen(delivery),
            tally: (line.index.saturating_add(1) == last).then_some(tally),
        };
        match exchange.send(command).await {
            Ok(_) => {
                tracing::info!(contract = %delivery.contract.id, epoch = line.index, "settled after a restart")
            }
            Err(error) => {
                tracing::error!(%error, contract = %delivery.contract.id, epoch = line.index, "a sealed epoch is not settled");
                return;
            }
        }
    }
}

/// Until the contract is closed or the server can no longer settle.
pub(super) async fn run(delivery: Arc<Delivery>, exchange: Exchange) {
    let contract = &delivery.contract;
    let mut over = None;
    tokio::spawn(watch_log(Arc::clone(&delivery)));
    delivery.look_whether_full();
    loop {
        let started = delivery.log.read(|state| state.epoch_start());
        let end = promise::epoch_end(&delivery, started);
        // A clock that was ahead for a moment must not stop the settling until it gets there again.
        let wait = end.since(clock::now()).min(contract.epoch_length);
        let wait = Duration::from_millis(wait.get());
        // What is over stays over: the last epoch may have to wait for the share log.
        if over.is_none() {
            let used_up = tokio::select! {
                () = tokio::time::sleep(wait) => None,
                reason = delivery.used_up() => Some(reason),
                () = delivery.closed() => return,
            };
            over = promise::ends_with_open(&delivery, &exchange, clock::now()).or(used_up);
            if over.is_some() {
                end_shares(&delivery).await;
            }
        }
        let settled = match settle(&delivery, &exchange, over).await {
            // The disk may only have stalled; where it failed, shares are refused until the next start.
            Err(SettleError::Log(LogError::Unavailable)) => {
                tracing::warn!(contract = %contract.id, "an epoch waits for the share log");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
            settled => settled,
        };
        if let Err(error) = settled {
            // What cannot be paid must not be delivered.
            tracing::error!(%error, contract = %contract.id, "the contract is not settled any more: its delivery stops");
            delivery.close();
            return;
        }
        if let Some(reason) = over {
            if let Err(error) = promise::end_if_live(&delivery, &exchange, reason).await {
                tracing::error!(%error, contract = %contract.id, "the contract is not closed");
            }
            return;
        }
    }
}

/// Until the contract is closed: time in which the log takes no share is not the host's. That it takes none is known at once
/// where a share came, that it does again is seen here.
async fn watch_log(delivery: Arc<Delivery>) {
    loop {
        delivery.excused().follow_log(delivery.log.is_available());
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = delivery.closed() => return,
        }
    }
}

/// No share counts any more; what the pools still say of those that did is waited for, as nothing is written after the
/// last epoch.
async fn end_shares(delivery: &Delivery) {
    delivery.retire();
    let most = delivery.access().patience.last_answers;
    if timeout(most, delivery.answered()).await.is_err() {
        tracing::info!(contract = %delivery.contract.id, "the last epoch is sealed without all answers of the pools");
    }
}

#[derive(Debug, thiserror::Error)]
enum SettleError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
}

/// The proof is durable before the money moves: a crash in between is made good by [`settle_sealed`].
async fn settle(
    delivery: &Delivery,
    exchange: &Exchange,
    over: Option<CloseReason>,
) -> Result<(), SettleError> {
    let last = over.is_some();
    let (epoch, mark) = delivery.seal(promise::seal_at(delivery, over), last)?;
    // Where the disk is full the epoch is not paid, nor is it sealed a second time.
    delivery.log.durable_at_last(mark).await?;
    let epoch_hash = epoch.hash();
    let Epoch {
        index,
        shares_total,
        work_total,
        owed_total,
        ..
    } = epoch;
    exchange
        .send(Command::SettleEpoch {
            contract: delivery.contract.id,
            epoch: index,
            shares_total,
            work_total,
            owed_total,
            epoch_hash,
            last,
            delivery: promise::seen(delivery),
            tally: Some(delivery.log.read(State::tally_sealed)),
        })
        .await?;
    log_settled(delivery, index, work_total, owed_total);
    Ok(())
}

fn log_settled(delivery: &Delivery, epoch: u32, work: Work, owed: Sats) {
    tracing::info!(contract = %delivery.contract.id, epoch, %work, %owed, "epoch settled");
}
