//! Why the market refuses a command.

use crate::SharePace;
use std::fmt;
use units::Sats;

/// Why a command is refused. A refused command has changed nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The account is open already.
    AccountExists,
    /// There is no such account.
    UnknownAccount,
    /// The order book refuses.
    Order(orderbook::Refusal),
    /// The ledger refuses.
    Money(ledger::Refusal),
    /// The budget has less than one sat for each lot of hashrate.
    BudgetTooSmall {
        /// The smallest budget for that hashrate.
        least: Sats,
    },
    /// A machine shall find fewer than 6 shares a minute, or more than 20.
    SharePaceOutOfRange,
    /// There is no such contract.
    UnknownContract,
    /// The contract is closed.
    ContractClosed,
    /// Another epoch is next, or the epoch was settled with other totals.
    EpochMismatch {
        /// The epoch to settle next.
        next: u32,
    },
    /// Shares or work are less than before.
    TotalsFell,
    /// The amount is not what the work is worth at the contract's price.
    WrongAmount {
        /// What it is worth; nothing where that passes what can be counted.
        owed: Option<Sats>,
    },
    /// The work is worth more than the contract's budget.
    OverBudget {
        /// The budget.
        budget: Sats,
    },
    /// A number would pass what can be counted.
    Overflow,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccountExists => f.write_str("the account is open already"),
            Self::UnknownAccount => f.write_str("there is no such account"),
            Self::Order(refusal) => refusal.fmt(f),
            Self::Money(refusal) => refusal.fmt(f),
            Self::BudgetTooSmall { least } => {
                write!(
                    f,
                    "the budget for this hashrate must be at least {least} sats"
                )
            }
            Self::SharePaceOutOfRange => {
                let (least, most) = (SharePace::MIN, SharePace::MAX);
                write!(
                    f,
                    "a machine's pace must be {least} to {most} shares a minute"
                )
            }
            Self::UnknownContract => f.write_str("there is no such contract"),
            Self::ContractClosed => f.write_str("the contract is closed"),
            Self::EpochMismatch { next } => write!(
                f,
                "epoch {next} is to be settled next; a settled epoch cannot change"
            ),
            Self::TotalsFell => f.write_str("the contract's shares and work cannot become less"),
            Self::WrongAmount { owed: Some(owed) } => {
                write!(f, "the work is worth {owed} sats at the contract's price")
            }
            Self::WrongAmount { owed: None } => {
                f.write_str("the work is worth more than can be counted")
            }
            Self::OverBudget { budget } => {
                write!(f, "the work is worth more than the budget of {budget} sats")
            }
            Self::Overflow => f.write_str("a number passes what the market can count"),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<orderbook::Refusal> for Refusal {
    fn from(refusal: orderbook::Refusal) -> Self {
        Self::Order(refusal)
    }
}

impl From<(usize, ledger::Refusal)> for Refusal {
    /// Which transfer of the batch it was matters to nobody outside.
    fn from((_, refusal): (usize, ledger::Refusal)) -> Self {
        Self::Money(refusal)
    }
}
