//! A batch in the making: what it would change, beside the books that it would change.

use crate::balance::{Change, Column};
use crate::{Account, Balance, Difference, Kind, Ledger, Refusal, Transfer, TransferId};
use std::collections::BTreeMap;

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
    /// As in [`Ledger`].
    pub(crate) ended: BTreeMap<TransferId, TransferId>,
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
        if transfer.id.is_reserved() {
            return Err(Refusal::IdReserved);
        }
        if transfer.amount.is_zero() {
            return Err(Refusal::ZeroAmount);
        }
        if transfer.debit == transfer.credit {
            return Err(Refusal::SameAccount);
        }
        if let Some(known) = self.transfer(&transfer.id) {
            return match Difference::between(known, transfer) {
                None => Ok(()),
                Some(differs) => Err(Refusal::IdTaken { differs }),
            };
        }
        match transfer.kind {
            Kind::Posted => {
                self.require_funds(transfer)?;
                self.shift_posted(transfer)?;
            }
            Kind::Pending | Kind::PendingUntil(_) => {
                self.require_funds(transfer)?;
                self.shift_pending(transfer, Change::Add)?;
            }
            // The reservation has been checked against the funds: posting it cannot overdraw.
            Kind::PostPending(pending) => {
                self.end_pending(&pending, transfer)?;
                self.shift_posted(transfer)?;
            }
            Kind::VoidPending(pending) | Kind::ExpirePending { pending, .. } => {
                self.end_pending(&pending, transfer)?;
            }
        }
        self.changes.transfers.insert(transfer.id, *transfer);
        self.require_sound(&transfer.debit)
    }

    /// What every transfer must leave behind: a breach is a defect of this crate. The credit account only gains.
    fn require_sound(&self, debit: &Account) -> Result<(), Refusal> {
        let solvent = debit.may_be_overdrawn() || self.balance(debit).spendable() >= 0;
        if self.changes.total.is_even() && solvent {
            return Ok(());
        }
        Err(Refusal::Unbalanced)
    }

    fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        let added = self.changes.transfers.get(id);
        added.or_else(|| self.base.transfers.get(id))
    }

    /// The transfer that ended this pending one.
    fn ended_by(&self, id: &TransferId) -> Option<&Transfer> {
        let ended = self.changes.ended.get(id);
        let by = ended.or_else(|| self.base.ended.get(id))?;
        self.transfer(by)
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

    /// Gives the reservation back, all of it: what is posted of it moves after that.
    fn end_pending(&mut self, id: &TransferId, by: &Transfer) -> Result<(), Refusal> {
        let pending = self
            .transfer(id)
            .filter(|pending| pending.kind.is_pending())
            .copied()
            .ok_or(Refusal::PendingNotFound)?;
        if let Some(ended) = self.ended_by(id) {
            return Err(match ended.kind {
                Kind::PostPending(_) => Refusal::PendingPosted,
                Kind::ExpirePending { .. } => Refusal::PendingExpired,
                _ => Refusal::PendingVoided,
            });
        }
        if (pending.debit, pending.credit) != (by.debit, by.credit) {
            return Err(Refusal::PendingAccountsDiffer);
        }
        let reserved = pending.amount;
        match by.kind {
            Kind::PostPending(_) if by.amount > reserved => {
                return Err(Refusal::PendingExceeded { reserved });
            }
            Kind::PostPending(_) => {}
            _ if by.amount != reserved => {
                return Err(Refusal::PendingAmountDiffers { reserved });
            }
            Kind::ExpirePending { at, .. } => {
                let deadline = pending.kind.deadline();
                if deadline.is_none_or(|deadline| at < deadline) {
                    return Err(Refusal::PendingNotDue { deadline });
                }
            }
            _ => {}
        }
        self.changes.ended.insert(*id, by.id);
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

    #[test]
    fn a_reservation_without_its_money_is_noticed_when_it_is_posted() {
        let held = Transfer {
            id: TransferId::new(1),
            debit: Account::Float,
            credit: Account::Fees,
            amount: Sats::new(5),
            kind: Kind::Pending,
        };
        let mut ledger = Ledger::new();
        ledger.transfers.insert(held.id, held);
        ledger.total.debits_pending = 5;
        ledger.total.credits_pending = 5;
        ledger
            .balances
            .entry(Account::Float)
            .or_default()
            .debits_pending = 5;
        ledger
            .balances
            .entry(Account::Fees)
            .or_default()
            .credits_pending = 5;
        let before = ledger.clone();
        let post = Transfer {
            id: TransferId::new(2),
            kind: Kind::PostPending(held.id),
            ..held
        };
        assert_eq!(ledger.apply(&[post]), Err((0, Refusal::Unbalanced)));
        assert_eq!(ledger, before);
    }
}
