//! When a contract's delivery ends by agreement, and what the market is told of a term's promise.

use super::delivery::Delivery;
use crate::{
    clock,
    exchange::{Exchange, ExchangeError},
};
use market::{BondState, CloseReason, Command, Contract, ContractState, EpochDelivery};
use pow::bundle::{Ending, State};
use units::{Millis, Sats, Timestamp};

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
    let excused = delivery.excused().total().min(term.length.length());
    Some(delivery.log.read(|state| EpochDelivery {
        ended_at: state.epoch_start(),
        delivered: state.delivered_sealed(),
        excused_total: excused.min(so_far(state)),
        share_work: state.assigned_sealed(),
        sessions: state.sessions_sealed(),
    }))
}

/// Clocks that are set back must not leave less time than is not the host's.
fn so_far(state: &State) -> Millis {
    state.epoch_start().since(state.terms().opened_at)
}

/// When an epoch that is sealed now ends. What is over because of its time has had all of it, also where the clock was set
/// back since that was seen.
pub(super) fn seal_at(delivery: &Delivery, over: Option<CloseReason>) -> Timestamp {
    let term = delivery.contract.agreement.term();
    let ends_at = term.filter(|_| over == Some(CloseReason::TermOver));
    ends_at.map_or(clock::now(), |term| clock::now().max(term.ends_at()))
}

/// How a contract ended, as its bundle states it; none while it is live.
#[must_use]
pub fn ending(contract: &Contract) -> Option<Ending> {
    let ContractState::Closed(reason) = contract.state else {
        return None;
    };
    let term = contract.agreement.term();
    let forfeited = term.and_then(|term| match term.bond.state {
        BondState::Ended { forfeited } => Some(forfeited),
        BondState::Posted => None,
    });
    Some(Ending {
        reason,
        excused: term.map_or(Millis::new(0), |term| term.seen.excused_total),
        to_buyer: forfeited.unwrap_or(Sats::ZERO),
    })
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
