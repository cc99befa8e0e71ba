//! Seals a contract's epochs and has them paid.

use super::delivery::Delivery;
use crate::{
    clock,
    exchange::{Exchange, ExchangeError},
    sharelog::LogError,
};
use market::{CloseReason, Command};
use pow::bundle::{Epoch, EpochLine};
use std::{sync::Arc, time::Duration};
use units::{Sats, Work};

/// Pays the epochs that a crash left sealed in the log and not settled in the books.
pub(super) async fn settle_sealed(delivery: &Delivery, exchange: &Exchange, sealed: &[EpochLine]) {
    let settled = delivery.contract.epochs_settled;
    for line in sealed.iter().filter(|line| line.index >= settled) {
        let command = Command::SettleEpoch {
            contract: delivery.contract.id,
            epoch: line.index,
            shares_total: line.shares_total,
            work_total: line.work_total_hashes,
            owed_total: line.owed_total_sats,
            epoch_hash: stratum::hex::decode_array(&line.hash).unwrap_or_default(),
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
    loop {
        let started = delivery.log.read(|state| state.epoch_start());
        let end = started.after(contract.epoch_length);
        let wait = Duration::from_millis(end.since(clock::now()).get());
        let spent = tokio::select! {
            () = tokio::time::sleep(wait) => false,
            () = delivery.budget_spent() => true,
            () = delivery.closed() => return,
        };
        if let Err(error) = settle(&delivery, &exchange).await {
            tracing::error!(%error, contract = %contract.id, "the contract is not settled any more");
            return;
        }
        if spent {
            let reason = CloseReason::BudgetSpent;
            let close = Command::CloseContract {
                contract: contract.id,
                reason,
            };
            if let Err(error) = exchange.send(close).await {
                tracing::error!(%error, contract = %contract.id, "the contract is not closed");
            }
            return;
        }
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
async fn settle(delivery: &Delivery, exchange: &Exchange) -> Result<(), SettleError> {
    let (epoch, mark) = delivery
        .log
        .append(|log, out| Ok(log.seal(clock::now(), out)))?;
    delivery.log.durable(mark).await?;
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
        })
        .await?;
    log_settled(delivery, index, work_total, owed_total);
    Ok(())
}

fn log_settled(delivery: &Delivery, epoch: u32, work: Work, owed: Sats) {
    tracing::info!(contract = %delivery.contract.id, epoch, %work, %owed, "epoch settled");
}
