//! What happened in the book.

use crate::{Country, Order, PoolId, Side};
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

/// What happened in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// The order waits in the book.
    Rested {
        /// As it was placed.
        order: Order,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// Two orders traded.
    Filled(Fill),
    /// The order was taken out, or what was left of an arriving one did not go in.
    Cancelled {
        /// As it was placed, less reductions.
        order: Order,
        /// What it had not traded.
        remaining: Hashrate,
        /// Why.
        reason: CancelReason,
    },
    /// The walk of the arriving order ended at the book's visit budget, with orders left that it could have traded with.
    Truncated {
        /// The arriving order.
        order: OrderId,
        /// The budget.
        visits: u64,
    },
    /// The order wants less, because its account said so.
    Reduced {
        /// The order.
        order: OrderId,
        /// By how much.
        by: Hashrate,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// The order wants less, because its pool has no more.
    Shrunk {
        /// The order.
        order: OrderId,
        /// What it still wants to trade.
        remaining: Hashrate,
    },
    /// A pool's capacity was said.
    PoolSet {
        /// The pool.
        pool: PoolId,
        /// Whose it is.
        account: AccountId,
        /// What can be sold.
        available: Hashrate,
    },
    /// Time has passed.
    TimePassed {
        /// To this.
        now: Timestamp,
    },
}

/// Why an order was cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelReason {
    /// Its account said so.
    ByOwner,
    /// It was good till a time that has come.
    Expired,
    /// It was immediate or cancel.
    Immediate,
    /// It met an order of its own account.
    SelfTrade,
    /// Its pool has nothing left.
    PoolEmpty,
}

/// One trade between a resting order and an arriving one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// The order that rested.
    pub maker: OrderId,
    /// The order that arrived.
    pub taker: OrderId,
    /// The maker's account.
    pub maker_account: AccountId,
    /// The taker's account; never the maker's.
    pub taker_account: AccountId,
    /// The side of the taker; the maker's is the other.
    pub taker_side: Side,
    /// The maker's price.
    pub price: Price,
    /// What was traded.
    pub hashrate: Hashrate,
    /// What the maker still wants to trade; at zero it is out of the book.
    pub maker_remaining: Hashrate,
    /// What the taker still wants to trade.
    pub taker_remaining: Hashrate,
    /// The country that the ask states.
    pub country: Option<Country>,
    /// The pool that the ask draws on.
    pub pool: Option<PoolId>,
}

impl Fill {
    /// The order that buys, and its account.
    #[must_use]
    pub const fn bid(&self) -> (OrderId, AccountId) {
        match self.taker_side {
            Side::Bid => (self.taker, self.taker_account),
            Side::Ask => (self.maker, self.maker_account),
        }
    }

    /// The order that sells, and its account.
    #[must_use]
    pub const fn ask(&self) -> (OrderId, AccountId) {
        match self.taker_side {
            Side::Bid => (self.maker, self.maker_account),
            Side::Ask => (self.taker, self.taker_account),
        }
    }
}
