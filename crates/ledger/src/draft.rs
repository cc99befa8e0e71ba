//! A batch in the making: what it would change, beside the books that it would change.

use crate::balance::{Change, Column};
use crate::{Account, Balance, Kind, Ledger, Refusal, Transfer, TransferId};
use std::collections::{BTreeMap, BTreeSet};

/// The books as they would be after the transfers added so far. Dropping it is the rollback.
pub(crate) struct Draft<'a> {
    base: &'a Ledger,
    changes: Changes,
}

/// What a finished batch writes into the books.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) balances: BTreeMap<Account, Balance>,
    pub(crate) total: Balance,
    pub(crate) transfers: BTreeMap<TransferId, Transfer>,
    pub(crate) opened: BTreeSet<TransferId>,
    pub(crate) done: BTreeSet<TransferId>,
}

impl<'a> Draft<'a> {
    pub(crate) fn of(base: &'a Ledger) -> Self {
        let changes = Changes {
            total: base.total,
            ..Changes::default()
        };
        Self { base, changes }
    }

    pub(crate) fn finish(self) -> Changes {
        self.changes
    }

    /// Checks in the precedence that `Refusal` documents. After an error the draft is worth nothing.
    pub(crate) fn add(&mut self, transfer: &Transfer) -> Result<(), Refusal> {
        if transfer.amount.is_zero() {
            return Err(Refusal::ZeroAmount);
        }
        if transfer.debit == transfer.credit {
            return Err(Refusal::SameAccount);
        }
        match self.transfer(&transfer.id) {
            Some(known) if known == transfer => return Ok(()),
            Some(_) => return Err(Refusal::IdTaken),
            None => {}
        }
        match transfer.kind {
            Kind::Posted => {
                self.require_funds(transfer)?;
                self.shift_posted(transfer)?;
            }
            Kind::Pending => {
                self.require_funds(transfer)?;
                self.shift_pending(transfer, Change::Add)?;
                self.changes.opened.insert(transfer.id);
            }
            // The reservation has been checked against the funds: posting it cannot overdraw.
            Kind::PostPending(pending) => {
                self.take_pending(&pending, transfer)?;
                self.shift_posted(transfer)?;
            }
            Kind::VoidPending(pending) => self.take_pending(&pending, transfer)?,
        }
        self.changes.transfers.insert(transfer.id, *transfer);
        if self.changes.total.is_even() {
            Ok(())
        } else {
            Err(Refusal::Unbalanced)
        }
    }

    fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        let added = self.changes.transfers.get(id);
        added.or_else(|| self.base.transfers.get(id))
    }

    fn is_open(&self, id: &TransferId) -> bool {
        let opened = self.changes.opened.contains(id) || self.base.open.contains(id);
        opened && !self.changes.done.contains(id)
    }

    fn balance(&self, account: &Account) -> Balance {
        let changed = self.changes.balances.get(account).copied();
        changed.unwrap_or_else(|| self.base.balance(account))
    }

    fn require_funds(&self, transfer: &Transfer) -> Result<(), Refusal> {
        let (account, amount) = (transfer.debit, transfer.amount);
        let spendable = self.balance(&account).spendable();
        if account.may_be_overdrawn() || spendable >= i128::from(amount.get()) {
            return Ok(());
        }
        Err(Refusal::Overdrawn {
            account,
            spendable,
            amount,
        })
    }

    fn take_pending(&mut self, id: &TransferId, by: &Transfer) -> Result<(), Refusal> {
        let pending = self
            .transfer(id)
            .filter(|pending| pending.kind == Kind::Pending)
            .copied()
            .ok_or(Refusal::PendingNotFound)?;
        if !self.is_open(id) {
            return Err(Refusal::PendingDone);
        }
        if (pending.debit, pending.credit, pending.amount) != (by.debit, by.credit, by.amount) {
            return Err(Refusal::PendingMismatch);
        }
        self.changes.done.insert(*id);
        self.shift_pending(&pending, Change::Remove)
    }

    fn shift_posted(&mut self, transfer: &Transfer) -> Result<(), Refusal> {
        let amount = transfer.amount;
        self.shift(transfer.debit, |balance| {
            balance.changed(Column::DebitsPosted, Change::Add, amount)
        })?;
        self.shift(transfer.credit, |balance| {
            balance.changed(Column::CreditsPosted, Change::Add, amount)
        })
    }

    fn shift_pending(&mut self, transfer: &Transfer, change: Change) -> Result<(), Refusal> {
        let amount = transfer.amount;
        self.shift(transfer.debit, |balance| {
            balance.changed(Column::DebitsPending, change, amount)
        })?;
        self.shift(transfer.credit, |balance| {
            balance.changed(Column::CreditsPending, change, amount)
        })
    }

    /// One leg: the account and the running total change alike, so the total is uneven if ever a leg is missing.
    fn shift(
        &mut self,
        account: Account,
        change: impl Fn(Balance) -> Result<Balance, Refusal>,
    ) -> Result<(), Refusal> {
        let balance = change(self.balance(&account))?;
        self.changes.total = change(self.changes.total)?;
        self.changes.balances.insert(account, balance);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Sats;

    #[test]
    fn a_missing_leg_is_noticed_and_leaves_the_books_alone() {
        let mut ledger = Ledger::new();
        let mut draft = Draft::of(&ledger);
        draft
            .shift(Account::Outside, |balance| {
                balance.changed(Column::DebitsPosted, Change::Add, Sats::new(1))
            })
            .unwrap();
        ledger.total = draft.finish().total;
        let before = ledger.clone();
        let transfer = Transfer {
            id: TransferId::new(1),
            debit: Account::Outside,
            credit: Account::Fees,
            amount: Sats::new(5),
            kind: Kind::Posted,
        };
        assert_eq!(ledger.apply(&[transfer]), Err((0, Refusal::Unbalanced)));
        assert_eq!(ledger, before);
    }
}
