//! When a contract's delivery ends by agreement, and what the market is told of a term's promise.

use super::delivery::Delivery;
use crate::{
    clock,
    exchange::{Exchange, ExchangeError},
};
use market::{BondState, CloseReason, Command, Contract, ContractState, EpochDelivery};
use pow::bundle::{Ending, State};
use std::sync::{Arc, Mutex, PoisonError};
use units::{Millis, Sats, Timestamp};

/// How long no pool of a contract gave a job: that time is not the host's.
#[derive(Clone, Debug)]
pub(super) struct NoJob(Arc<Mutex<Counted>>);

#[derive(Clone, Copy, Debug)]
struct Counted {
    total: Millis,
    /// Since when there is none.
    since: Option<Timestamp>,
}

impl Counted {
    fn see(&mut self, there_is_one: bool, now: Timestamp) {
        match (there_is_one, self.since) {
            (true, Some(since)) => {
                *self = Self {
                    total: longer(self.total, now.since(since)),
                    since: None,
                };
            }
            (false, None) => self.since = Some(now),
            _ => {}
        }
    }

    fn total(&self, at: Timestamp) -> Millis {
        let open = self.since.map_or(Millis::new(0), |since| at.since(since));
        longer(self.total, open)
    }
}

fn longer(one: Millis, other: Millis) -> Millis {
    Millis::new(one.get().saturating_add(other.get()))
}

impl NoJob {
    /// Goes on from what is settled. After a restart nobody has had a job since the log's last record.
    pub(super) fn of(delivery: &Delivery) -> Self {
        let term = delivery.contract.agreement.term();
        let total = term.map_or(Millis::new(0), |term| term.seen.no_job_total);
        let since = Some(delivery.log.read(|state| state.last_time()));
        Self(Arc::new(Mutex::new(Counted { total, since })))
    }

    /// Counts until the contract is closed.
    pub(super) fn follow(&self, delivery: &Arc<Delivery>) {
        let (counted, delivery) = (self.clone(), Arc::clone(delivery));
        tokio::spawn(async move {
            let mut jobs = delivery.jobs();
            loop {
                let there_is_one = jobs.borrow_and_update().is_some();
                counted.see(there_is_one);
                tokio::select! {
                    changed = jobs.changed() => if changed.is_err() { return },
                    () = delivery.closed() => return,
                }
            }
        });
    }

    fn see(&self, there_is_one: bool) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.see(there_is_one, clock::now());
    }

    fn total(&self, at: Timestamp) -> Millis {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counted.total(at)
    }
}

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
pub(super) fn seen(delivery: &Delivery, no_job: &NoJob) -> Option<EpochDelivery> {
    delivery.contract.agreement.term()?;
    Some(delivery.log.read(|state| EpochDelivery {
        ended_at: state.epoch_start(),
        delivered: state.delivered_sealed(),
        no_job_total: no_job.total(state.epoch_start()).min(so_far(state)),
        share_work: state.assigned_sealed(),
    }))
}

/// Clocks that jump must not make more time without a job than there was.
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
        no_job: term.map_or(Millis::new(0), |term| term.seen.no_job_total),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_without_a_job_adds_up() {
        let at = Timestamp::from_unix_ms;
        let mut counted = Counted {
            total: Millis::new(100),
            since: Some(at(1_000)),
        };
        assert_eq!(counted.total(at(1_500)), Millis::new(600));
        counted.see(false, at(1_600));
        counted.see(true, at(2_000));
        counted.see(true, at(3_000));
        assert_eq!(counted.total(at(9_000)), Millis::new(1_100));
        counted.see(false, at(4_000));
        // As of an epoch that ended before.
        assert_eq!(counted.total(at(3_500)), Millis::new(1_100));
        assert_eq!(counted.total(at(4_500)), Millis::new(1_600));
    }
}
