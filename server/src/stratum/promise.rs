//! When a contract's delivery ends by agreement, and what the market is told of a term's promise.

use super::delivery::Delivery;
use crate::exchange::{Exchange, ExchangeError};
use market::{CloseReason, Command, EpochDelivery};
use units::Timestamp;

/// Where the epoch that began then ends: a term's last one with the term.
pub(super) fn epoch_end(delivery: &Delivery, started: Timestamp) -> Timestamp {
    let contract = &delivery.contract;
    let end = started.after(contract.epoch_length);
    let term = contract.agreement.term();
    term.map_or(end, |term| end.min(term.ends_at()))
}

/// Why the contract is over once the open epoch, sealed now, is settled.
pub(super) fn ends_with_open(
    delivery: &Delivery,
    exchange: &Exchange,
    now: Timestamp,
) -> Option<CloseReason> {
    let open = delivery.log.read(|state| state.epochs());
    exchange.read(|market| {
        let contract = market.contract(&delivery.contract.id)?;
        contract.agreement.ends_with(open, Some(now))
    })
}

/// What the sealed epochs of a term contract delivered; nothing for spot, where nothing was promised.
pub(super) fn seen(delivery: &Delivery) -> Option<EpochDelivery> {
    let term = delivery.contract.agreement.term()?;
    Some(delivery.log.read(|state| EpochDelivery {
        ended_at: state.epoch_start(),
        delivered: state.delivered_sealed(),
        // Not measured yet: what the market knows of it stays.
        no_job_total: term.seen.no_job_total,
        share_work: state.assigned_work(),
    }))
}

/// The market ends a contract with its last epoch. Where a clock was set back between sealing and settling it has not.
pub(super) async fn end_if_live(
    delivery: &Delivery,
    exchange: &Exchange,
    reason: CloseReason,
) -> Result<(), ExchangeError> {
    let contract = delivery.contract.id;
    let live = exchange.read(|market| market.contract(&contract).is_some_and(|one| one.is_live()));
    if live {
        let close = Command::CloseContract { contract, reason };
        exchange.send(close).await?;
    }
    Ok(())
}
