//! Verified work becomes money.

use crate::{
    Agreed, Contract, EpochDelivery, Event, Market, Refusal, Settlement,
    step::{Change, Step},
    transfers,
};
use ledger::Transfer;
use pow::settlement::{Pay, Tally, fee};
use units::{ContractId, Sats, Timestamp, Work};

/// What an epoch brings a contract's totals to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) shares: u64,
    pub(crate) work: Work,
    pub(crate) tally: Option<Tally>,
    pub(crate) owed: Sats,
    pub(crate) epoch_hash: [u8; 32],
}

impl Totals {
    /// True where they are those of the last settled epoch.
    fn are_of(&self, contract: &Contract) -> bool {
        let tally = self.tally.unwrap_or(contract.tally);
        self.shares == contract.shares_total
            && self.work == contract.work_total
            && tally == contract.tally
            && self.owed == contract.owed_total
            && self.epoch_hash == contract.last_epoch_hash
    }

    /// The work by class. An answer that comes late takes work out of the silent; nothing else ever becomes less.
    fn tally(&self, contract: &Contract) -> Result<Tally, Refusal> {
        let Some(tally) = self.tally else {
            let told = Tally {
                counted_hashes: self.work,
                ..contract.tally
            };
            let needed = !contract.agreement.rejects.ignore_answers();
            return if needed {
                Err(Refusal::TallyMissing)
            } else {
                Ok(told)
            };
        };
        if tally.counted_hashes != self.work || !tally.stale_hashes.is_zero() {
            return Err(Refusal::TallyDiffers);
        }
        if tally.refused_hashes < contract.tally.refused_hashes {
            return Err(Refusal::TotalsFell);
        }
        Ok(tally)
    }

    /// Refuses totals that the contract does not allow; answers the work by class.
    fn check(&self, contract: &Contract) -> Result<Tally, Refusal> {
        if self.shares < contract.shares_total || self.work < contract.work_total {
            return Err(Refusal::TotalsFell);
        }
        let (tally, rejects) = (self.tally(contract)?, contract.agreement.rejects);
        let owed = rejects.owed_total(&tally, contract.price, contract.owed_total);
        if owed != Some(self.owed) {
            return Err(Refusal::WrongAmount { owed });
        }
        if self.owed > contract.budget {
            let budget = contract.budget;
            return Err(Refusal::OverBudget { budget });
        }
        Ok(tally)
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

/// What the command says of an epoch.
#[derive(Clone, Copy)]
pub(crate) struct Sealed<'a> {
    pub(crate) epoch: u32,
    pub(crate) totals: Totals,
    pub(crate) last: bool,
    pub(crate) delivery: Option<&'a EpochDelivery>,
}

impl Market {
    pub(crate) fn settle_epoch(
        &self,
        id: ContractId,
        sealed: &Sealed<'_>,
        at: Timestamp,
    ) -> Result<Step, Refusal> {
        let (epoch, totals) = (sealed.epoch, sealed.totals);
        let mut contract = self.live_contract(id)?.clone();
        let next = contract.epochs_settled;
        if epoch.checked_add(1) == Some(next) && totals.are_of(&contract) {
            return Ok(Step::default());
        }
        if epoch != next {
            return Err(Refusal::EpochMismatch { next });
        }
        let tally = totals.check(&contract)?;
        see(&mut contract, sealed)?;

        let due = Pay {
            escrow_sats: less(totals.owed, contract.owed_total)?,
            float_sats: Sats::ZERO,
        };
        let paid = Pay {
            escrow_sats: contract.owed_total,
            float_sats: Sats::ZERO,
        };
        let pay = EpochPay::of(&contract, epoch, due, paid).ok_or(Refusal::Overflow)?;
        contract.epochs_settled = next.checked_add(1).ok_or(Refusal::Overflow)?;
        let fee_total = contract.fee_total.checked_add(pay.fee);
        contract.fee_total = fee_total.ok_or(Refusal::Overflow)?;
        contract.shares_total = totals.shares;
        contract.work_total = totals.work;
        contract.tally = tally;
        contract.owed_total = totals.owed;
        contract.last_epoch_hash = totals.epoch_hash;

        let mut step = Step::default();
        pay.transfers
            .iter()
            .for_each(|transfer| step.transfer(*transfer));
        step.events.push(Event::EpochSettled(Settlement {
            contract: id,
            epoch,
            at,
            shares_total: totals.shares,
            work_total: totals.work,
            owed_total: totals.owed,
            paid_host: pay.to_host,
            fee: pay.fee,
            epoch_hash: totals.epoch_hash,
        }));
        let ended_at = sealed.delivery.map(|delivery| delivery.ended_at);
        let ends = contract.agreement.ends_with(epoch, ended_at);
        match ends.filter(|_| sealed.last) {
            Some(reason) => self.end(contract, reason, step, at),
            None => {
                step.changes.push(Change::Contract(Box::new(contract)));
                Ok(step)
            }
        }
    }
}

/// Takes down what the rule on under-delivery needs: of the same shares as the totals, and never less than before.
fn see(contract: &mut Contract, sealed: &Sealed<'_>) -> Result<(), Refusal> {
    let shows = |seen: &EpochDelivery| (seen.delivered.shares(), seen.delivered.work());
    let totals = (sealed.totals.shares, sealed.totals.work);
    if sealed.delivery.is_some_and(|seen| shows(seen) != totals) {
        return Err(Refusal::DeliveryDiffers);
    }
    if let Agreed::Term(term) = &mut contract.agreement.product {
        let seen = *sealed.delivery.ok_or(Refusal::DeliveryMissing)?;
        let before = &term.seen;
        let fell = seen.ended_at < before.ended_at
            || seen.excused_total < before.excused_total
            || seen.sessions < before.sessions;
        if fell {
            return Err(Refusal::TotalsFell);
        }
        term.seen = seen;
    }
    Ok(())
}

fn less(whole: Sats, part: Sats) -> Result<Sats, Refusal> {
    whole.checked_sub(part).ok_or(Refusal::Overflow)
}
