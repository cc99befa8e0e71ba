#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::indexing_slicing
    )
)]

mod account;
mod audit;
mod balance;
mod draft;
mod encode;
mod refusal;
mod transfer;

#[cfg(test)]
mod tests;

pub use account::Account;
pub use audit::Defect;
pub use balance::Balance;
pub use refusal::{Refusal, TextError};
pub use transfer::{Kind, Transfer, TransferId};

use draft::Draft;
use std::collections::{BTreeMap, BTreeSet};

/// The books: every transfer ever applied, and what the accounts hold because of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<Account, Balance>,
    /// The sum of all balances, column by column: what the running conservation check compares.
    total: Balance,
    transfers: BTreeMap<TransferId, Transfer>,
    /// Pending transfers that are neither posted nor voided yet.
    open: BTreeSet<TransferId>,
}

impl Ledger {
    /// Empty books.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Applies the transfers in order, all of them or none.
    ///
    /// A transfer that is already in the books with the same content is skipped: a retry succeeds and changes nothing.
    ///
    /// # Errors
    /// The index of the first transfer that cannot be applied, and why; then nothing has changed.
    pub fn apply(&mut self, batch: &[Transfer]) -> Result<(), (usize, Refusal)> {
        let mut draft = Draft::of(self);
        for (index, transfer) in batch.iter().enumerate() {
            draft.add(transfer).map_err(|refusal| (index, refusal))?;
        }
        let changes = draft.finish();
        self.total = changes.total;
        self.balances.extend(changes.balances);
        self.transfers.extend(changes.transfers);
        self.open.extend(changes.opened);
        for id in &changes.done {
            self.open.remove(id);
        }
        Ok(())
    }

    /// What the account's four columns hold; all zero for an account that no transfer has touched.
    #[must_use]
    pub fn balance(&self, account: &Account) -> Balance {
        self.balances.get(account).copied().unwrap_or_default()
    }

    /// Every account that a transfer has touched, in the order of `Account`.
    pub fn accounts(&self) -> impl Iterator<Item = (&Account, &Balance)> {
        self.balances.iter()
    }

    /// The transfer with this id.
    #[must_use]
    pub fn transfer(&self, id: &TransferId) -> Option<&Transfer> {
        self.transfers.get(id)
    }

    /// True for a pending transfer that is neither posted nor voided yet.
    #[must_use]
    pub fn is_open(&self, id: &TransferId) -> bool {
        self.open.contains(id)
    }
}
