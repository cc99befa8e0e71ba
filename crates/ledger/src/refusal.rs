//! Why a transfer or a text is refused.

use crate::Account;
use std::fmt;
use units::Sats;

/// Why a transfer is refused. Where several reasons hold, the one that stands first here is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// A transfer moves at least one sat.
    ZeroAmount,
    /// Debit and credit are the same account.
    SameAccount,
    /// The id is in the books with other content.
    IdTaken,
    /// There is no pending transfer with the id to post or void.
    PendingNotFound,
    /// The pending transfer has been posted or voided already.
    PendingDone,
    /// Accounts or amount are not those of the pending transfer.
    PendingMismatch,
    /// The debit account cannot spend that much. Reservations count as spent.
    Overdrawn {
        /// The debit account.
        account: Account,
        /// What it can spend, in sats.
        spendable: i128,
        /// What the transfer asked for.
        amount: Sats,
    },
    /// A column would pass what it can hold.
    Overflow,
    /// Debits would not equal credits: a defect of this crate, not of the transfer. Nothing has changed.
    Unbalanced,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZeroAmount => f.write_str("a transfer must move at least one sat"),
            Self::SameAccount => f.write_str("a transfer needs two different accounts"),
            Self::IdTaken => f.write_str("the transfer's id is taken by a different transfer"),
            Self::PendingNotFound => f.write_str("there is no such pending transfer"),
            Self::PendingDone => {
                f.write_str("the pending transfer has been posted or voided already")
            }
            Self::PendingMismatch => {
                f.write_str("accounts or amount differ from the pending transfer's")
            }
            Self::Overdrawn {
                account,
                spendable,
                amount,
            } => {
                write!(
                    f,
                    "account {account} can spend {spendable} sats, not {amount}"
                )
            }
            Self::Overflow => f.write_str("the amount passes what the books can hold"),
            Self::Unbalanced => f.write_str("debits would not equal credits"),
        }
    }
}

impl std::error::Error for Refusal {}

/// Why a text is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// No account of the chart.
    Account,
    /// Not 32 lower-case hex digits.
    TransferId,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "not an account of the books",
            Self::TransferId => "a transfer id is 32 lower-case hex digits",
        })
    }
}

impl std::error::Error for TextError {}
