//! Verified work becomes money; what is left goes back.

use crate::{CloseReason, Contract, ContractState, Event, Market, Refusal, Settlement, transfers};
use ledger::Transfer;
use pow::settlement::{Pay, fee, owed};
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

/// The transfers that pay one epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochPay {
    /// One linked batch; without those that would move nothing.
    pub transfers: Vec<Transfer>,
    /// To the host, out of escrow and float together.
    pub to_host: Sats,
    /// The fee, out of escrow and float together.
    pub fee: Sats,
}

impl EpochPay {
    /// Pays `due` where `paid` was paid before; `None` where an amount passes its type.
    ///
    /// Each of the two accounts pays its own part of the fee: `floor(paid * fee_bps / 10,000)` after the epoch less the
    /// same before it. An epoch's transfers have the same ids whenever they are made.
    #[must_use]
    pub fn of(contract: &Contract, epoch: u32, due: Pay, paid: Pay) -> Option<Self> {
        let (id, host) = (contract.id, contract.host);
        let fee_of = |before: Sats, amount: Sats| {
            let after = fee(before.checked_add(amount)?, contract.fee_bps)?;
            after.checked_sub(fee(before, contract.fee_bps)?)
        };
        let escrow_fee = fee_of(paid.escrow_sats, due.escrow_sats)?;
        let float_fee = fee_of(paid.float_sats, due.float_sats)?;
        let from_escrow = due.escrow_sats.checked_sub(escrow_fee)?;
        let from_float = due.float_sats.checked_sub(float_fee)?;
        let transfers = [
            transfers::pay(id, epoch, host, from_escrow),
            transfers::charge(id, epoch, escrow_fee),
            transfers::pay_from_float(id, epoch, host, from_float),
            transfers::charge_float(id, epoch, float_fee),
        ];
        let moves = |transfer: &Transfer| !transfer.amount.is_zero();
        Some(Self {
            transfers: transfers.into_iter().filter(moves).collect(),
            to_host: from_escrow.checked_add(from_float)?,
            fee: escrow_fee.checked_add(float_fee)?,
        })
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
        let due = Pay {
            escrow_sats: less(totals.owed, contract.owed_total)?,
            float_sats: Sats::ZERO,
        };
        let paid = Pay {
            escrow_sats: contract.owed_total,
            float_sats: Sats::ZERO,
        };
        let EpochPay {
            transfers: batch,
            to_host: paid_host,
            fee,
        } = EpochPay::of(contract, epoch, due, paid).ok_or(Refusal::Overflow)?;
        let fee_total = contract.fee_total.checked_add(fee);
        let fee_total = fee_total.ok_or(Refusal::Overflow)?;
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
