//! The twin keeps nothing but the list of applied transfers and reads every answer off that list.

use crate::{Account, Balance, Kind, Ledger, Refusal, Transfer, TransferId};
use proptest::prelude::*;
use units::{ContractId, Sats};

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
        if new.amount == Sats::ZERO {
            return Err(Refusal::ZeroAmount);
        }
        if new.debit == new.credit {
            return Err(Refusal::SameAccount);
        }
        if let Some(old) = self.0.iter().find(|old| old.id == new.id) {
            return if old == new {
                Ok(())
            } else {
                Err(Refusal::IdTaken)
            };
        }
        if let Kind::PostPending(id) | Kind::VoidPending(id) = new.kind {
            let pending = self
                .0
                .iter()
                .find(|old| old.id == id && old.kind == Kind::Pending);
            let pending = pending.ok_or(Refusal::PendingNotFound)?;
            if self.is_done(id) {
                return Err(Refusal::PendingDone);
            }
            let same = Transfer {
                id: new.id,
                kind: new.kind,
                ..*pending
            };
            if same != *new {
                return Err(Refusal::PendingMismatch);
            }
        } else {
            let spendable = self.spendable(new.debit);
            if new.debit != Account::Outside && spendable < i128::from(new.amount.get()) {
                return Err(Refusal::Overdrawn {
                    account: new.debit,
                    spendable,
                    amount: new.amount,
                });
            }
        }
        self.0.push(*new);
        Ok(())
    }

    fn is_done(&self, id: TransferId) -> bool {
        let ends =
            |old: &Transfer| old.kind == Kind::PostPending(id) || old.kind == Kind::VoidPending(id);
        self.0.iter().any(ends)
    }

    fn sum(&self, counts: impl Fn(&Transfer) -> bool) -> u128 {
        let counted = self.0.iter().filter(|transfer| counts(transfer));
        counted
            .map(|transfer| u128::from(transfer.amount.get()))
            .sum()
    }

    fn balance(&self, account: Account) -> Balance {
        let posted = |t: &Transfer| matches!(t.kind, Kind::Posted | Kind::PostPending(_));
        let open = |t: &Transfer| t.kind == Kind::Pending && !self.is_done(t.id);
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
    accounts
}

fn any_transfer() -> impl Strategy<Value = Transfer> {
    let account = proptest::sample::select(all_accounts());
    // Deposits often enough that there is money to move; few ids, so that they collide.
    let debit = prop_oneof![1 => Just(Account::Outside), 2 => account.clone()];
    let id = || (0u128..40).prop_map(TransferId::new);
    let kind = prop_oneof![
        3 => Just(Kind::Posted),
        2 => Just(Kind::Pending),
        1 => id().prop_map(Kind::PostPending),
        1 => id().prop_map(Kind::VoidPending),
    ];
    (id(), debit, account, 0u64..6, kind).prop_map(|(id, debit, credit, amount, kind)| Transfer {
        id,
        debit,
        credit,
        amount: Sats::new(amount),
        kind,
    })
}

/// Posting and voiding by chance would rarely hit a pending transfer's accounts and amount: copy them, mostly.
fn aimed(twin: &Twin, transfer: Transfer, nudge: u8) -> Transfer {
    let (Kind::PostPending(id) | Kind::VoidPending(id)) = transfer.kind else {
        return transfer;
    };
    match twin.0.iter().find(|old| old.id == id) {
        Some(pending) if nudge > 0 => Transfer {
            id: transfer.id,
            kind: transfer.kind,
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
