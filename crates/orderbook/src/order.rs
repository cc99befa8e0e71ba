//! What goes into the book and what comes out.

use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, OrderId, Price};

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Buys hashrate.
    Bid,
    /// Sells hashrate.
    Ask,
}

/// A limit order, good till cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Higher than every id the book has accepted before.
    pub id: OrderId,
    /// Whose it is.
    pub account: AccountId,
    /// Bid or ask.
    pub side: Side,
    /// All that it wants to trade, in H/s; a positive multiple of the lot.
    pub hashrate: Hashrate,
    /// A bid's highest or an ask's lowest price; a positive multiple of the tick.
    pub price: Price,
}

/// What the book is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Trade what can be traded at once, rest with what is left.
    Place(Order),
    /// Take a resting order out.
    Cancel {
        /// The order.
        id: OrderId,
        /// Who asks: must be the order's account.
        account: AccountId,
    },
}

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
    /// The order was taken out.
    Cancelled {
        /// As it was placed.
        order: Order,
        /// What it had not traded.
        remaining: Hashrate,
    },
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
}

impl Side {
    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Bid => Self::Ask,
            Self::Ask => Self::Bid,
        }
    }
}

impl Order {
    /// The largest hashrate of one order, 18.4 EH/s: its product with any amount of sats fits `u128`.
    pub const MAX_HASHRATE: Hashrate = Hashrate::new(u64::MAX as u128);

    /// True where this order's limit allows a trade at that price.
    #[must_use]
    pub fn allows(&self, price: Price) -> bool {
        match self.side {
            Side::Bid => price <= self.price,
            Side::Ask => price >= self.price,
        }
    }
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
