//! Why the book refuses a command.

use std::fmt;
use units::OrderId;

/// Why a command is refused. Where several reasons hold, the one that stands first here is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id is not above the last one accepted.
    IdNotRising,
    /// The hashrate is zero or no multiple of the lot.
    NotInLots,
    /// The hashrate is above `Order::MAX_HASHRATE`.
    TooLarge,
    /// The price is zero or no multiple of the tick.
    NotInTicks,
    /// The order would trade with this order of its own account.
    SelfTrade(OrderId),
    /// No such order rests in the book.
    UnknownOrder,
    /// The order is another account's.
    NotOwner,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdNotRising => f.write_str("the order's id is not above the last one"),
            Self::NotInLots => f.write_str("the hashrate must be a positive multiple of the lot"),
            Self::TooLarge => f.write_str("the hashrate is more than one order may trade"),
            Self::NotInTicks => f.write_str("the price must be a positive multiple of the tick"),
            Self::SelfTrade(order) => write!(
                f,
                "the order would trade with order {order} of the same account"
            ),
            Self::UnknownOrder => f.write_str("no such order is open"),
            Self::NotOwner => f.write_str("the order belongs to another account"),
        }
    }
}

impl std::error::Error for Refusal {}
