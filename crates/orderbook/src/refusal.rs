//! Why the book refuses a command.

use std::fmt;
use units::OrderId;

/// Why a command is refused. Where several reasons hold, the one that stands first here is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The id is not above the last one accepted.
    IdNotRising,
    /// No such order rests in the book.
    UnknownOrder,
    /// No such capacity pool.
    UnknownPool,
    /// The order or pool is another account's.
    NotOwner,
    /// The hashrate is zero or no multiple of the lot.
    NotInLots,
    /// The hashrate is above the largest of one order.
    TooLarge,
    /// The order would be reduced to nothing: it is to be cancelled instead.
    NothingLeft,
    /// The price is zero or no multiple of the tick.
    NotInTicks,
    /// The price is below the lowest or above the highest.
    PriceOutOfRange,
    /// The terms contradict each other: see `docs/matching.md`.
    BadTerms,
    /// The time has passed already.
    TimePassed,
    /// The account has an order with this client order id in the book.
    DuplicateClientId,
    /// The account has as many resting orders as it may have.
    TooManyOrders,
    /// The ask offers more than its pool has.
    OverCapacity,
    /// The pool has as many asks as it may have.
    PoolFull,
    /// The order is post-only and would trade at once.
    WouldTrade,
    /// The order would trade with this order of its own account.
    SelfTrade(OrderId),
    /// The order is fill or kill and cannot be filled whole.
    NotFilled,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SelfTrade(order) => {
                return write!(
                    f,
                    "the order would trade with order {order} of the same account"
                );
            }
            Self::IdNotRising => "the order's id is not above the last one",
            Self::UnknownOrder => "no such order is open",
            Self::UnknownPool => "there is no such capacity pool",
            Self::NotOwner => "the order belongs to another account",
            Self::NotInLots => "the hashrate must be a positive multiple of the lot",
            Self::TooLarge => "the hashrate is more than one order may trade",
            Self::NothingLeft => "nothing would be left of the order: cancel it instead",
            Self::NotInTicks => "the price must be a positive multiple of the tick",
            Self::PriceOutOfRange => "the price is outside the range of this market",
            Self::BadTerms => "the order's terms contradict each other",
            Self::TimePassed => "the time has passed already",
            Self::DuplicateClientId => "an open order of the account has this client order id",
            Self::TooManyOrders => "the account has as many open orders as it may have",
            Self::OverCapacity => "the ask offers more than its capacity pool has",
            Self::PoolFull => "the capacity pool has as many asks as it may have",
            Self::WouldTrade => "the order is post-only and would trade at once",
            Self::NotFilled => "the order cannot be filled whole",
        })
    }
}

impl std::error::Error for Refusal {}
