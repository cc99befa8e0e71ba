//! A contract's invoice: one line for each epoch of its bundle, and sums that the lines prove.

use crate::{Contract, Settlement};
use pow::settlement::{fee, owed};
use std::{cmp::Ordering, fmt};
use units::{AccountId, ContractId, Hashrate, Price, Sats, Timestamp, Work};

/// What a contract cost, and for what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// The contract.
    pub contract: ContractId,
    /// Who pays.
    pub buyer: AccountId,
    /// Who is paid.
    pub host: AccountId,
    /// Agreed hashrate.
    pub hashrate: Hashrate,
    /// Agreed price.
    pub price: Price,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// Settled epochs, in order, without gaps: all of them, or a page.
    pub lines: Vec<InvoiceLine>,
    /// The work of all settled epochs, whatever the page. So are the sums below.
    pub work: Work,
    /// What the buyer paid: to the host and the fee.
    pub amount: Sats,
    /// What of it the host got.
    pub to_host: Sats,
    /// What of it is the fee.
    pub fee: Sats,
    /// What went into escrow.
    pub budget: Sats,
    /// What is left of that: in escrow while the contract is live, given back after.
    pub rest: Sats,
}

/// One epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvoiceLine {
    /// Its number in the bundle, from 0.
    pub epoch: u32,
    /// The hash that seals its record in the bundle.
    pub epoch_hash: [u8; 32],
    /// When it was paid.
    pub settled_at: Timestamp,
    /// Valid shares in it.
    pub shares: u64,
    /// Verified work in it.
    pub work: Work,
    /// What was paid for it: `owed` of the contract's work up to here, less that of the line before.
    pub amount: Sats,
    /// What of it the host got.
    pub to_host: Sats,
    /// What of it is the fee.
    pub fee: Sats,
}

/// Why settlements are no invoice of a contract: a defect of the program, or of what it was restored from. Checked line by
/// line in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvoiceFault {
    /// A settlement of another contract.
    OtherContract {
        /// Whose it is.
        contract: ContractId,
    },
    /// Epochs are missing or out of order.
    Gap {
        /// The epoch that should stand there.
        expected: u32,
    },
    /// Shares, work or money are less than before.
    TotalsFell {
        /// In this epoch.
        epoch: u32,
    },
    /// What is owed is not what the work is worth.
    WrongAmount {
        /// In this epoch.
        epoch: u32,
    },
    /// What host and operator got is not what is owed.
    WrongSplit {
        /// In this epoch.
        epoch: u32,
    },
    /// The lines do not end where the contract stands.
    Incomplete,
}

impl fmt::Display for InvoiceFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherContract { contract } => {
                write!(f, "a settlement belongs to contract {contract}")
            }
            Self::Gap { expected } => write!(f, "the settlement of epoch {expected} is missing"),
            Self::TotalsFell { epoch } => write!(f, "totals fall in epoch {epoch}"),
            Self::WrongAmount { epoch } => {
                write!(f, "epoch {epoch} does not owe what its work is worth")
            }
            Self::WrongSplit { epoch } => {
                write!(f, "epoch {epoch} does not pay what it owes")
            }
            Self::Incomplete => f.write_str("the settlements do not end where the contract stands"),
        }
    }
}

impl std::error::Error for InvoiceFault {}

/// Totals up to a line.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Totals {
    epochs: u32,
    shares: u64,
    work: Work,
    owed: Sats,
    fee: Sats,
}

impl Invoice {
    /// The invoice of all settlements of a contract, in order. Every amount is computed again.
    ///
    /// # Errors
    /// The first `InvoiceFault`.
    pub fn of(contract: &Contract, settlements: &[Settlement]) -> Result<Self, InvoiceFault> {
        let invoice = Self::page(contract, None, settlements)?;
        let whole = u32::try_from(settlements.len()) == Ok(contract.epochs_settled);
        whole.then_some(invoice).ok_or(InvoiceFault::Incomplete)
    }

    /// The lines of some settlements in order, `before` being the one before them, and the sums of the whole contract. Every
    /// amount of these lines is computed again.
    ///
    /// # Errors
    /// The first `InvoiceFault`.
    pub fn page(
        contract: &Contract,
        before: Option<&Settlement>,
        settlements: &[Settlement],
    ) -> Result<Self, InvoiceFault> {
        let before_them = before.map(|before| totals_with(contract, before));
        let mut totals = before_them.transpose()?.unwrap_or_default();
        let mut lines = Vec::new();
        for settlement in settlements {
            let (line, after) = line(contract, settlement, totals)?;
            lines.push(line);
            totals = after;
        }
        let stands = Totals {
            epochs: contract.epochs_settled,
            shares: contract.shares_total,
            work: contract.work_total,
            owed: contract.owed_total,
            fee: contract.fee_total,
        };
        let last = settlements.last().or(before);
        let last_hash = last.map_or([0; 32], |last| last.epoch_hash);
        let ends = totals == stands && last_hash == contract.last_epoch_hash;
        if !ends && !totals.are_before(&stands) {
            return Err(InvoiceFault::Incomplete);
        }
        let to_host = stands.owed.checked_sub(stands.fee);
        Ok(Self {
            contract: contract.id,
            buyer: contract.buyer,
            host: contract.host,
            hashrate: contract.hashrate,
            price: contract.price,
            fee_bps: contract.fee_bps,
            lines,
            work: stands.work,
            amount: stands.owed,
            to_host: to_host.ok_or(InvoiceFault::Incomplete)?,
            fee: stands.fee,
            budget: contract.budget,
            rest: contract.unspent(),
        })
    }
}

impl Totals {
    /// More epochs follow, and nothing of it falls.
    fn are_before(&self, later: &Self) -> bool {
        self.epochs < later.epochs
            && self.shares <= later.shares
            && self.work <= later.work
            && self.owed <= later.owed
            && self.fee <= later.fee
    }
}

/// The totals up to a settlement, as it states them.
fn totals_with(contract: &Contract, last: &Settlement) -> Result<Totals, InvoiceFault> {
    let epoch = last.epoch;
    if last.contract != contract.id {
        let contract = last.contract;
        return Err(InvoiceFault::OtherContract { contract });
    }
    let fee = fee(last.owed_total, contract.fee_bps);
    Ok(Totals {
        epochs: epoch.checked_add(1).ok_or(InvoiceFault::Incomplete)?,
        shares: last.shares_total,
        work: last.work_total,
        owed: last.owed_total,
        fee: fee.ok_or(InvoiceFault::WrongSplit { epoch })?,
    })
}

fn line(
    contract: &Contract,
    settlement: &Settlement,
    before: Totals,
) -> Result<(InvoiceLine, Totals), InvoiceFault> {
    let epoch = settlement.epoch;
    if settlement.contract != contract.id {
        let contract = settlement.contract;
        return Err(InvoiceFault::OtherContract { contract });
    }
    let expected = before.epochs;
    let epochs = expected.checked_add(1).filter(|_| epoch == expected);
    let epochs = epochs.ok_or(InvoiceFault::Gap { expected })?;
    let fell = || InvoiceFault::TotalsFell { epoch };
    let shares = settlement.shares_total.checked_sub(before.shares);
    let work = settlement.work_total.checked_sub(before.work);
    let amount = settlement.owed_total.checked_sub(before.owed);
    let shares = shares.ok_or_else(fell)?;
    let work = work.ok_or_else(fell)?;
    let amount = amount.ok_or_else(fell)?;
    // What the host bears of refused work makes it less: how much, the bundle says.
    let counted = owed(settlement.work_total, contract.price);
    let by_work = contract.agreement.rejects.ignore_answers();
    let right = counted.is_some_and(|counted| match settlement.owed_total.cmp(&counted) {
        Ordering::Equal => true,
        Ordering::Less => !by_work,
        Ordering::Greater => false,
    });
    if !right {
        return Err(InvoiceFault::WrongAmount { epoch });
    }
    let fee_total = fee(settlement.owed_total, contract.fee_bps);
    let fee = fee_total.and_then(|total| total.checked_sub(before.fee));
    let split = settlement.paid_host.checked_add(settlement.fee);
    let (Some(fee_total), true, true) = (
        fee_total,
        fee == Some(settlement.fee),
        split == Some(amount),
    ) else {
        return Err(InvoiceFault::WrongSplit { epoch });
    };
    let line = InvoiceLine {
        epoch,
        epoch_hash: settlement.epoch_hash,
        settled_at: settlement.at,
        shares,
        work,
        amount,
        to_host: settlement.paid_host,
        fee: settlement.fee,
    };
    let after = Totals {
        epochs,
        shares: settlement.shares_total,
        work: settlement.work_total,
        owed: settlement.owed_total,
        fee: fee_total,
    };
    Ok((line, after))
}

#[cfg(test)]
mod tests;
