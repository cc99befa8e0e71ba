//! Books from a list of their transfers.

use crate::audit::{recount, sum};
use crate::{Defect, Ledger, Transfer, TransferId};
use std::collections::BTreeSet;

impl Ledger {
    /// The books that have exactly these transfers, in whatever order they are given: [`Ledger::transfers`] makes equal books.
    ///
    /// # Errors
    /// The first `Defect`: the transfers are none that books can hold.
    pub fn restore(transfers: impl IntoIterator<Item = Transfer>) -> Result<Self, Defect> {
        let mut ledger = Self::new();
        for transfer in transfers {
            let id = transfer.id;
            if id.is_reserved() || ledger.transfers.insert(id, transfer).is_some() {
                return Err(Defect::Unbalanced);
            }
        }
        let ends = ledger.transfers.values();
        let ends = ends.filter_map(|by| Some((by.kind.ends()?, by.id)));
        for (pending, by) in ends.collect::<Vec<_>>() {
            if ledger.ended.insert(pending, by).is_some() {
                return Err(Defect::Unbalanced);
            }
        }
        let ended: BTreeSet<TransferId> = ledger.ended.keys().copied().collect();
        for transfer in ledger.transfers.values() {
            for account in [transfer.debit, transfer.credit] {
                ledger.balances.entry(account).or_default();
            }
            recount(transfer, &ended, &mut ledger.balances)
                .map_err(|_| Defect::WrongBalance(transfer.debit))?;
            let open = !ended.contains(&transfer.id);
            if let Some(deadline) = transfer.kind.deadline().filter(|_| open) {
                ledger.due.insert((deadline, transfer.id));
            }
        }
        for balance in ledger.balances.values() {
            ledger.total = sum(ledger.total, balance).ok_or(Defect::Unbalanced)?;
        }
        ledger.check()?;
        Ok(ledger)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Account, Defect, Kind, Ledger, Transfer, TransferId};
    use units::{Sats, Timestamp};

    #[test]
    fn transfers_make_the_books_again() {
        let who = Account::Available("a".parse().unwrap());
        let transfer = |number, debit, credit, kind| Transfer {
            id: TransferId::new(number),
            debit,
            credit,
            amount: Sats::new(5),
            kind,
        };
        let until = Kind::PendingUntil(Timestamp::from_unix_ms(9));
        let mut ledger = Ledger::new();
        ledger
            .apply(&[
                transfer(9, Account::Outside, who, Kind::Posted),
                transfer(3, who, Account::Held, Kind::Pending),
                transfer(2, who, Account::Held, Kind::VoidPending(TransferId::new(3))),
                transfer(1, who, Account::Held, until),
            ])
            .unwrap();
        let again = Ledger::restore(ledger.transfers().copied()).unwrap();
        assert_eq!(again, ledger);
        assert_eq!(again.due(Timestamp::from_unix_ms(9)).count(), 1);
        let without = ledger.transfers().filter(|one| one.id.get() != 9);
        assert_eq!(
            Ledger::restore(without.copied()),
            Err(Defect::Overdrawn(who))
        );
    }
}
