//! Verified work becomes money; what is left goes back.

use crate::{CloseReason, Contract, ContractState, Event, Market, Refusal, Settlement, transfers};
use ledger::Transfer;
use pow::settlement::{fee, owed};
use units::{ContractId, Sats, Timestamp, Work};

/// What an epoch brings a contract's totals to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) shares: u64,
    pub(crate) work: Work,
    pub(crate) owed: Sats,
    pub(crate) epoch_hash: [u8; 32],
}

impl Totals {
    fn of(contract: &Contract) -> Self {
        Self {
            shares: contract.shares_total,
            work: contract.work_total,
            owed: contract.owed_total,
            epoch_hash: contract.last_epoch_hash,
        }
    }

    /// Refuses totals that the contract does not allow.
    fn check(&self, contract: &Contract) -> Result<(), Refusal> {
        if self.shares < contract.shares_total || self.work < contract.work_total {
            return Err(Refusal::TotalsFell);
        }
        let owed = owed(self.work, contract.price);
        if owed != Some(self.owed) {
            return Err(Refusal::WrongAmount { owed });
        }
        if self.owed > contract.budget {
            let budget = contract.budget;
            return Err(Refusal::OverBudget { budget });
        }
        Ok(())
    }
}

impl Market {
    pub(crate) fn settle_epoch(
        &mut self,
        id: ContractId,
        epoch: u32,
        totals: Totals,
        at: Timestamp,
    ) -> Result<Vec<Event>, Refusal> {
        let contract = self.contracts.get_mut(&id);
        let contract = contract.ok_or(Refusal::UnknownContract)?;
        if !contract.is_live() {
            return Err(Refusal::ContractClosed);
        }
        let next = contract.epochs_settled;
        if epoch.checked_add(1) == Some(next) && totals == Totals::of(contract) {
            return Ok(Vec::new());
        }
        if epoch != next {
            return Err(Refusal::EpochMismatch { next });
        }
        totals.check(contract)?;

        let epochs_settled = next.checked_add(1).ok_or(Refusal::Overflow)?;
        let fee_total = fee(totals.owed, contract.fee_bps).ok_or(Refusal::Overflow)?;
        let amount = less(totals.owed, contract.owed_total)?;
        let fee = less(fee_total, contract.fee_total)?;
        let paid_host = less(amount, fee)?;
        let batch: Vec<Transfer> = [
            transfers::pay(id, epoch, contract.host, paid_host),
            transfers::charge(id, epoch, fee),
        ]
        .into_iter()
        .filter(|transfer| !transfer.amount.is_zero())
        .collect();
        self.ledger.apply(&batch)?;

        contract.epochs_settled = epochs_settled;
        contract.shares_total = totals.shares;
        contract.work_total = totals.work;
        contract.owed_total = totals.owed;
        contract.fee_total = fee_total;
        contract.last_epoch_hash = totals.epoch_hash;
        let settlement = Settlement {
            contract: id,
            epoch,
            at,
            shares_total: totals.shares,
            work_total: totals.work,
            owed_total: totals.owed,
            paid_host,
            fee,
            epoch_hash: totals.epoch_hash,
        };
        let mut events: Vec<Event> = batch.into_iter().map(Event::Transferred).collect();
        events.push(Event::EpochSettled(settlement));
        Ok(events)
    }

    pub(crate) fn close_contract(
        &mut self,
        id: ContractId,
        reason: CloseReason,
    ) -> Result<Vec<Event>, Refusal> {
        let contract = self.contracts.get_mut(&id);
        let contract = contract.ok_or(Refusal::UnknownContract)?;
        if !contract.is_live() {
            return Err(Refusal::ContractClosed);
        }
        let (refunded, mut events) = (contract.unspent(), Vec::new());
        if !refunded.is_zero() {
            let refund = transfers::refund(id, contract.buyer, refunded);
            self.ledger.apply(&[refund])?;
            events.push(Event::Transferred(refund));
        }
        contract.state = ContractState::Closed(reason);
        events.push(Event::ContractClosed {
            contract: id,
            reason,
            refunded,
        });
        Ok(events)
    }
}

fn less(whole: Sats, part: Sats) -> Result<Sats, Refusal> {
    whole.checked_sub(part).ok_or(Refusal::Overflow)
}
