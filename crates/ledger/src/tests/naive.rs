//! The twin keeps nothing but the list of applied transfers and reads every answer off that list.

use crate::{Account, Balance, Difference, Kind, Ledger, Refusal, Transfer, TransferId};
use proptest::prelude::*;
use units::{ContractId, Sats, Timestamp};

#[derive(Clone, Default)]
struct Twin(Vec<Transfer>);

impl Twin {
    fn apply(&mut self, batch: &[Transfer]) -> Result<(), (usize, Refusal)> {
        let mut next = self.clone();
        for (index, transfer) in batch.iter().enumerate() {
            next.add(transfer).map_err(|refusal| (index, refusal))?;
        }
        *self = next;
        Ok(())
    }

    fn add(&mut self, new: &Transfer) -> Result<(), Refusal> {
        if new.id.get() == 0 || new.id.get() == u128::MAX {
            return Err(Refusal::IdReserved);
        }
        if new.amount == Sats::ZERO {
            return Err(Refusal::ZeroAmount);
        }
        if new.debit == new.credit {
            return Err(Refusal::SameAccount);
        }
        if let Some(old) = self.0.iter().find(|old| old.id == new.id) {
            let differs = if old.kind != new.kind {
                Difference::Kind
            } else if old.debit != new.debit {
                Difference::Debit
            } else if old.credit != new.credit {
                Difference::Credit
            } else if old.amount != new.amount {
                Difference::Amount
            } else {
                return Ok(());
            };
            return Err(Refusal::IdTaken { differs });
        }
        match new.kind {
            Kind::Posted | Kind::Pending | Kind::PendingUntil(_) => {
                let spendable = self.spendable(new.debit);
                if new.debit != Account::Outside && spendable < i128::from(new.amount.get()) {
                    return Err(Refusal::Overdrawn {
                        account: new.debit,
                        spendable,
                        amount: new.amount,
                    });
                }
            }
            Kind::PostPending(id) | Kind::VoidPending(id) => self.may_end(id, new)?,
            Kind::ExpirePending { pending, at } => {
                self.may_end(pending, new)?;
                let deadline = self.0.iter().find_map(|old| match old.kind {
                    Kind::PendingUntil(deadline) if old.id == pending => Some(deadline),
                    _ => None,
                });
                if deadline.is_none_or(|deadline| deadline > at) {
                    return Err(Refusal::PendingNotDue { deadline });
                }
            }
        }
        self.0.push(*new);
        Ok(())
    }

    fn may_end(&self, id: TransferId, new: &Transfer) -> Result<(), Refusal> {
        let is_pending = |old: &&Transfer| {
            old.id == id && matches!(old.kind, Kind::Pending | Kind::PendingUntil(_))
        };
        let pending = self.0.iter().find(is_pending);
        let pending = pending.ok_or(Refusal::PendingNotFound)?;
        for old in &self.0 {
            match old.kind {
                Kind::PostPending(of) if of == id => return Err(Refusal::PendingPosted),
                Kind::VoidPending(of) if of == id => return Err(Refusal::PendingVoided),
                Kind::ExpirePending { pending, .. } if pending == id => {
                    return Err(Refusal::PendingExpired);
                }
                _ => {}
            }
        }
        if pending.debit != new.debit || pending.credit != new.credit {
            return Err(Refusal::PendingAccountsDiffer);
        }
        let reserved = pending.amount;
        if matches!(new.kind, Kind::PostPending(_)) {
            if new.amount > reserved {
                return Err(Refusal::PendingExceeded { reserved });
            }
        } else if new.amount != reserved {
            return Err(Refusal::PendingAmountDiffers { reserved });
        }
        Ok(())
    }

    fn is_done(&self, id: TransferId) -> bool {
        let ends = |old: &Transfer| match old.kind {
            Kind::PostPending(of) | Kind::VoidPending(of) => of == id,
            Kind::ExpirePending { pending, .. } => pending == id,
            Kind::Posted | Kind::Pending | Kind::PendingUntil(_) => false,
        };
        self.0.iter().any(ends)
    }

    /// Ids of the open pending transfers that are due, the longest overdue first.
    fn due(&self, at: Timestamp) -> Vec<TransferId> {
        let mut due: Vec<_> = (self.0.iter())
            .filter(|old| !self.is_done(old.id))
            .filter_map(|old| match old.kind {
                Kind::PendingUntil(deadline) if deadline <= at => Some((deadline, old.id)),
                _ => None,
            })
            .collect();
        due.sort();
        due.into_iter().map(|(_, id)| id).collect()
    }

    fn sum(&self, counts: impl Fn(&Transfer) -> bool) -> u128 {
        let counted = self.0.iter().filter(|transfer| counts(transfer));
        counted
            .map(|transfer| u128::from(transfer.amount.get()))
            .sum()
    }

    fn balance(&self, account: Account) -> Balance {
        let posted = |t: &Transfer| matches!(t.kind, Kind::Posted | Kind::PostPending(_));
        let open = |t: &Transfer| {
            matches!(t.kind, Kind::Pending | Kind::PendingUntil(_)) && !self.is_done(t.id)
        };
        Balance {
            debits_posted: self.sum(|t| t.debit == account && posted(t)),
            credits_posted: self.sum(|t| t.credit == account && posted(t)),
            debits_pending: self.sum(|t| t.debit == account && open(t)),
            credits_pending: self.sum(|t| t.credit == account && open(t)),
        }
    }

    fn spendable(&self, account: Account) -> i128 {
        let balance = self.balance(account);
        balance.credits_posted as i128
            - balance.debits_posted as i128
            - balance.debits_pending as i128
    }
}

fn all_accounts() -> Vec<Account> {
    let mut accounts = vec![Account::Outside, Account::Held, Account::Fees];
    accounts.extend(["a", "b"].map(|name| Account::Available(name.parse().unwrap())));
    accounts.push(Account::Escrow(ContractId::new(1)));
    accounts.push(Account::Bond(ContractId::new(1)));
    accounts.extend([Account::Refunds, Account::Float]);
    accounts
}

fn any_transfer() -> impl Strategy<Value = Transfer> {
    let account = proptest::sample::select(all_accounts());
    // Deposits often enough that there is money to move; few ids, so that they collide.
    let debit = prop_oneof![1 => Just(Account::Outside), 2 => account.clone()];
    let id = || (0u128..40).prop_map(TransferId::new);
    let at = || (0u64..5).prop_map(Timestamp::from_unix_ms);
    let kind = prop_oneof![
        3 => Just(Kind::Posted),
        2 => Just(Kind::Pending),
        2 => at().prop_map(Kind::PendingUntil),
        1 => id().prop_map(Kind::PostPending),
        1 => id().prop_map(Kind::VoidPending),
        1 => (id(), at()).prop_map(|(pending, at)| Kind::ExpirePending { pending, at }),
    ];
    (id(), debit, account, 0u64..6, kind).prop_map(|(id, debit, credit, amount, kind)| Transfer {
        id,
        debit,
        credit,
        amount: Sats::new(amount),
        kind,
    })
}

/// By chance they would rarely hit a pending transfer's accounts and amount: copy them, mostly. A post's amount stays.
fn aimed(twin: &Twin, transfer: Transfer, nudge: u8) -> Transfer {
    let (of, part) = match transfer.kind {
        Kind::PostPending(id) => (id, nudge == 1),
        Kind::VoidPending(id) | Kind::ExpirePending { pending: id, .. } => (id, false),
        Kind::Posted | Kind::Pending | Kind::PendingUntil(_) => return transfer,
    };
    match twin.0.iter().find(|old| old.id == of) {
        Some(pending) if nudge > 0 => Transfer {
            id: transfer.id,
            kind: transfer.kind,
            amount: if part {
                transfer.amount
            } else {
                pending.amount
            },
            ..*pending
        },
        _ => transfer,
    }
}

proptest! {
    #[test]
    fn the_books_are_what_the_list_says(
        batches in proptest::collection::vec(proptest::collection::vec((any_transfer(), 0u8..4), 1..4), 1..60),
    ) {
        let (mut ledger, mut twin) = (Ledger::new(), Twin::default());
        for batch in batches {
            let batch: Vec<Transfer> =
                batch.into_iter().map(|(transfer, nudge)| aimed(&twin, transfer, nudge)).collect();
            let (before, outcome) = (ledger.clone(), ledger.apply(&batch));
            prop_assert_eq!(outcome, twin.apply(&batch));
            if outcome.is_err() {
                prop_assert_eq!(&ledger, &before);
            }
            prop_assert_eq!(ledger.check(), Ok(()));
            for at in (0..6).map(Timestamp::from_unix_ms) {
                let due: Vec<_> = ledger.due(at).map(|transfer| transfer.id).collect();
                prop_assert_eq!(due, twin.due(at));
            }
            let mut sum = 0;
            for account in all_accounts() {
                prop_assert_eq!(ledger.balance(&account), twin.balance(account));
                prop_assert!(account == Account::Outside || ledger.balance(&account).spendable() >= 0);
                sum += ledger.balance(&account).posted();
            }
            prop_assert_eq!(sum, 0);
            let bytes = |ledger: &Ledger| {
                let mut out = Vec::new();
                ledger.encode(&mut out);
                out
            };
            prop_assert_eq!(bytes(&ledger) == bytes(&before), ledger == before);
        }
    }
}
