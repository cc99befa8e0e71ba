//! Why a transfer or a text is refused.

use crate::{Account, Transfer};
use std::fmt;
use units::{Sats, Timestamp};

/// Why a transfer is refused. Where several reasons hold, the one that stands first here is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id is zero or all ones.
    IdReserved,
    /// A transfer moves at least one sat.
    ZeroAmount,
    /// Debit and credit are the same account.
    SameAccount,
    /// The id is in the books with other content.
    IdTaken {
        /// The first difference.
        differs: Difference,
    },
    /// There is no pending transfer with the id to post, void or expire.
    PendingNotFound,
    /// The pending transfer has been posted already.
    PendingPosted,
    /// The pending transfer has been voided already.
    PendingVoided,
    /// The pending transfer has expired already.
    PendingExpired,
    /// The accounts are not those of the pending transfer.
    PendingAccountsDiffer,
    /// Voiding and expiring give back all of it: the amount must be the pending transfer's.
    PendingAmountDiffers {
        /// What it reserved.
        reserved: Sats,
    },
    /// Posting cannot move more than was reserved.
    PendingExceeded {
        /// What it reserved.
        reserved: Sats,
    },
    /// The pending transfer's time is not over, or it has none.
    PendingNotDue {
        /// When it will be.
        deadline: Option<Timestamp>,
    },
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

/// Where a transfer differs from the one that has its id already: the first of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Posted, pending, or what it ends.
    Kind,
    /// The account that the money leaves.
    Debit,
    /// The account that the money reaches.
    Credit,
    /// How much.
    Amount,
}

impl Difference {
    /// None where the content is the same.
    pub(crate) fn between(known: &Transfer, new: &Transfer) -> Option<Self> {
        [
            (known.kind != new.kind, Self::Kind),
            (known.debit != new.debit, Self::Debit),
            (known.credit != new.credit, Self::Credit),
            (known.amount != new.amount, Self::Amount),
        ]
        .into_iter()
        .find_map(|(differs, what)| differs.then_some(what))
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kind => "kind",
            Self::Debit => "debit account",
            Self::Credit => "credit account",
            Self::Amount => "amount",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdReserved => f.write_str("a transfer's id is neither zero nor all ones"),
            Self::ZeroAmount => f.write_str("a transfer must move at least one sat"),
            Self::SameAccount => f.write_str("a transfer needs two different accounts"),
            Self::IdTaken { differs } => write!(
                f,
                "the transfer's id is taken by a transfer with another {differs}"
            ),
            Self::PendingNotFound => f.write_str("there is no such pending transfer"),
            Self::PendingPosted => f.write_str("the pending transfer has been posted already"),
            Self::PendingVoided => f.write_str("the pending transfer has been voided already"),
            Self::PendingExpired => f.write_str("the pending transfer has expired already"),
            Self::PendingAccountsDiffer => {
                f.write_str("the accounts differ from the pending transfer's")
            }
            Self::PendingAmountDiffers { reserved } => {
                write!(
                    f,
                    "the pending transfer reserved {reserved} sats: all of it is given back"
                )
            }
            Self::PendingExceeded { reserved } => {
                write!(
                    f,
                    "the pending transfer reserved {reserved} sats and no more"
                )
            }
            Self::PendingNotDue { deadline: Some(at) } => {
                write!(
                    f,
                    "the pending transfer is not due before {} ms",
                    at.unix_ms()
                )
            }
            Self::PendingNotDue { deadline: None } => {
                f.write_str("the pending transfer does not expire")
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
