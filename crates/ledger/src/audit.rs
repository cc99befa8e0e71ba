//! The full audit: the books recomputed from the transfers alone.

use crate::balance::{Change, Column};
use crate::{Account, Balance, Kind, Ledger, Refusal, Transfer, TransferId};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What an audit found wrong. Any of these is a defect of the program or of what it was restored from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Defect {
    /// The sum of all debits is not the sum of all credits.
    Unbalanced,
    /// The account's columns are not what its transfers add up to.
    WrongBalance(Account),
    /// The account can spend less than nothing.
    Overdrawn(Account),
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unbalanced => f.write_str("the books' debits do not equal their credits"),
            Self::WrongBalance(account) => {
                write!(f, "account {account} differs from the sum of its transfers")
            }
            Self::Overdrawn(account) => write!(f, "account {account} is overdrawn"),
        }
    }
}

impl std::error::Error for Defect {}

impl Ledger {
    /// Adds up every transfer again and compares: `O(transfers)`, while `apply` keeps to running sums.
    ///
    /// # Errors
    /// The first `Defect`.
    pub fn check(&self) -> Result<(), Defect> {
        // From the transfers, and not from what the books remember of them.
        let ended: BTreeSet<TransferId> = (self.transfers.values())
            .filter_map(|transfer| transfer.kind.ends())
            .collect();
        let mut found = BTreeMap::<Account, Balance>::new();
        for transfer in self.transfers.values() {
            recount(transfer, &ended, &mut found)
                .map_err(|_| Defect::WrongBalance(transfer.debit))?;
        }
        let mut total = Balance::default();
        for account in self.balances.keys().chain(found.keys()) {
            let (kept, counted) = (self.balances.get(account), found.get(account));
            if kept.copied().unwrap_or_default() != counted.copied().unwrap_or_default() {
                return Err(Defect::WrongBalance(*account));
            }
        }
        for (account, balance) in &found {
            if balance.spendable() < 0 && !account.may_be_overdrawn() {
                return Err(Defect::Overdrawn(*account));
            }
            total = sum(total, balance).ok_or(Defect::Unbalanced)?;
        }
        if !total.is_even() || total != self.total {
            return Err(Defect::Unbalanced);
        }
        Ok(())
    }
}

pub(crate) fn recount(
    transfer: &Transfer,
    ended: &BTreeSet<TransferId>,
    found: &mut BTreeMap<Account, Balance>,
) -> Result<(), Refusal> {
    let (debit, credit) = match transfer.kind {
        Kind::Posted | Kind::PostPending(_) => (Column::DebitsPosted, Column::CreditsPosted),
        Kind::Pending | Kind::PendingUntil(_) if !ended.contains(&transfer.id) => {
            (Column::DebitsPending, Column::CreditsPending)
        }
        _ => return Ok(()),
    };
    for (account, column) in [(transfer.debit, debit), (transfer.credit, credit)] {
        let balance = found.entry(account).or_default();
        *balance = balance.changed(column, Change::Add, transfer.amount)?;
    }
    Ok(())
}

pub(crate) fn sum(a: Balance, b: &Balance) -> Option<Balance> {
    Some(Balance {
        debits_posted: a.debits_posted.checked_add(b.debits_posted)?,
        credits_posted: a.credits_posted.checked_add(b.credits_posted)?,
        debits_pending: a.debits_pending.checked_add(b.debits_pending)?,
        credits_pending: a.credits_pending.checked_add(b.credits_pending)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Sats;

    #[test]
    fn the_audit_finds_tampering() {
        let transfer = Transfer {
            id: TransferId::new(1),
            debit: Account::Outside,
            credit: Account::Fees,
            amount: Sats::new(5),
            kind: Kind::Posted,
        };
        let mut sound = Ledger::new();
        sound.apply(&[transfer]).unwrap();
        assert_eq!(sound.check(), Ok(()));

        let mut richer = sound.clone();
        richer
            .balances
            .entry(Account::Fees)
            .or_default()
            .credits_posted += 1;
        assert_eq!(richer.check(), Err(Defect::WrongBalance(Account::Fees)));

        let mut uneven = sound.clone();
        uneven.total.debits_posted += 1;
        assert_eq!(uneven.check(), Err(Defect::Unbalanced));

        let mut backwards = Ledger::new();
        let reversed = Transfer {
            debit: Account::Fees,
            credit: Account::Outside,
            ..transfer
        };
        backwards.transfers.insert(reversed.id, reversed);
        let columns = (&mut backwards.balances, 5);
        columns.0.entry(Account::Fees).or_default().debits_posted = columns.1;
        columns
            .0
            .entry(Account::Outside)
            .or_default()
            .credits_posted = columns.1;
        assert_eq!(backwards.check(), Err(Defect::Overdrawn(Account::Fees)));
    }
}
