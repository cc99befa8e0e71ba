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
mod restore;
mod transfer;

#[cfg(test)]
mod tests;

pub use account::Account;
pub use audit::Defect;
pub use balance::Balance;
pub use refusal::{Difference, Refusal, TextError};
pub use transfer::{Kind, Transfer, TransferId};

use draft::Draft;
use std::collections::{BTreeMap, BTreeSet};
use units::{Sats, Timestamp};

/// The books: every transfer ever applied, and what the accounts hold because of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ledger {
    balances: BTreeMap<Account, Balance>,
    /// The sum of all balances, column by column: what the running conservation check compares.
    total: Balance,
    transfers: BTreeMap<TransferId, Transfer>,
    /// By pending transfer, the transfer that posted, voided or expired it.
    ended: BTreeMap<TransferId, TransferId>,
    /// Open pending transfers that have a deadline, by it.
    due: BTreeSet<(Timestamp, TransferId)>,
}

/// What became of a pending transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing yet: the money is reserved.
    Open,
    /// It moved, in whole or in part.
    Posted {
        /// What moved; the rest was given back.
        amount: Sats,
    },
    /// It was given back.
    Voided,
    /// It was given back when its time was over.
    Expired,
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
        for transfer in changes.transfers.values() {
            if let Some(deadline) = transfer.kind.deadline() {
                self.due.insert((deadline, transfer.id));
            }
        }
        self.transfers.extend(changes.transfers);
        for pending in changes.ended.keys() {
            let known = self.transfers.get(pending);
            if let Some(deadline) = known.and_then(|known| known.kind.deadline()) {
                self.due.remove(&(deadline, *pending));
            }
        }
        self.ended.extend(changes.ended);
        Ok(())
    }

    /// Whether `apply` would take the batch, with nothing changed.
    ///
    /// # Errors
    /// As `apply`.
    pub fn preview(&self, batch: &[Transfer]) -> Result<(), (usize, Refusal)> {
        let mut draft = Draft::of(self);
        for (index, transfer) in batch.iter().enumerate() {
            draft.add(transfer).map_err(|refusal| (index, refusal))?;
        }
        Ok(())
    }

    /// Every transfer ever applied, by id.
    pub fn transfers(&self) -> impl ExactSizeIterator<Item = &Transfer> {
        self.transfers.values()
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

    /// True for a pending transfer that is neither posted nor voided nor expired yet.
    #[must_use]
    pub fn is_open(&self, id: &TransferId) -> bool {
        self.status(id) == Some(Status::Open)
    }

    /// What became of a pending transfer; `None` where no pending transfer has this id.
    #[must_use]
    pub fn status(&self, id: &TransferId) -> Option<Status> {
        self.transfers
            .get(id)
            .filter(|known| known.kind.is_pending())?;
        let by = self.ended.get(id).and_then(|by| self.transfers.get(by));
        Some(by.map_or(Status::Open, Status::ended_by))
    }

    /// The open pending transfers whose time is over at `at`, the longest overdue first. Applying each one's
    /// [`Transfer::expired`] is up to whoever sequences commands.
    pub fn due(&self, at: Timestamp) -> impl Iterator<Item = &Transfer> {
        let last = (at, TransferId::new(u128::MAX));
        let due = self.due.range(..=last);
        due.filter_map(|(_, id)| self.transfers.get(id))
    }
}

impl Status {
    /// By the transfer that ended it.
    fn ended_by(by: &Transfer) -> Self {
        match by.kind {
            Kind::PostPending(_) => Self::Posted { amount: by.amount },
            Kind::ExpirePending { .. } => Self::Expired,
            _ => Self::Voided,
        }
    }
}
