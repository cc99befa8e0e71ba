//! An order and its terms.

use crate::{Attributes, Constraints};
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, OrderId, Price, Timestamp};

/// Which way an order trades.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Buys hashrate.
    Bid,
    /// Sells hashrate.
    Ask,
}

/// What is traded: orders of different products never meet. The market gives the numbers their meaning.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Product(pub u16);

/// A capacity that several asks share: what one sells, the others no longer have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PoolId(pub u64);

/// The caller's own name for an order: unique among the account's orders in the book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClientOrderId(pub u64);

/// How long an order wants to trade.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Good till cancelled.
    #[default]
    Gtc,
    /// Immediate or cancel: what cannot trade at once is cancelled.
    Ioc,
    /// Fill or kill: refused unless all of it trades at once.
    Fok,
    /// Good till this time: taken out by the first `Command::Expire` at or after it.
    Gtd(Timestamp),
}

/// What happens when an order reaches one of its own account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SelfTrade {
    /// The arriving order is refused whole.
    #[default]
    Refuse,
    /// The resting order is cancelled, the walk goes on.
    CancelResting,
    /// The walk ends, what is left of the arriving order is cancelled.
    CancelArriving,
}

/// A limit order. `Order::limit` makes one with plain terms; the others are set as fields.
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
    /// What is traded.
    #[serde(default, skip_serializing_if = "is_default")]
    pub product: Product,
    /// How long.
    #[serde(default, skip_serializing_if = "is_default")]
    pub time_in_force: TimeInForce,
    /// Refused where it would trade at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub post_only: bool,
    /// No trade is smaller, but one that takes all that the order still wants. A multiple of the lot, or zero.
    #[serde(default, skip_serializing_if = "is_default")]
    pub minimum_fill: Hashrate,
    /// When it reaches an order of its own account.
    #[serde(default, skip_serializing_if = "is_default")]
    pub self_trade: SelfTrade,
    /// The caller's name for it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub client_id: Option<ClientOrderId>,
    /// The capacity that an ask draws on; none for a bid.
    #[serde(default, skip_serializing_if = "is_default")]
    pub pool: Option<PoolId>,
    /// What an ask states; the default for a bid.
    #[serde(default, skip_serializing_if = "is_default")]
    pub attributes: Attributes,
    /// What a bid requires; the default for an ask.
    #[serde(default, skip_serializing_if = "is_default")]
    pub constraints: Constraints,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
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

    /// A price as a rank: the lower, the better for who trades with this side's resting orders.
    pub(crate) const fn rank(self, price: Price) -> u64 {
        match self {
            Self::Ask => price.get(),
            Self::Bid => !price.get(),
        }
    }

    /// The price of a rank.
    pub(crate) const fn price(self, rank: u64) -> Price {
        match self {
            Self::Ask => Price::new(rank),
            Self::Bid => Price::new(!rank),
        }
    }
}

impl Order {
    /// The largest hashrate of one order, 18.4 EH/s: its product with any amount of sats fits `u128`.
    pub const MAX_HASHRATE: Hashrate = Hashrate::new(u64::MAX as u128);

    /// A good-till-cancelled order of the default product that states and requires nothing.
    #[must_use]
    pub fn limit(
        id: OrderId,
        account: AccountId,
        side: Side,
        hashrate: Hashrate,
        price: Price,
    ) -> Self {
        Self {
            id,
            account,
            side,
            hashrate,
            price,
            product: Product::default(),
            time_in_force: TimeInForce::Gtc,
            post_only: false,
            minimum_fill: Hashrate::ZERO,
            self_trade: SelfTrade::Refuse,
            client_id: None,
            pool: None,
            attributes: Attributes::default(),
            constraints: Constraints::default(),
        }
    }

    /// True where this order's limit allows a trade at that price.
    #[must_use]
    pub fn allows(&self, price: Price) -> bool {
        match self.side {
            Side::Bid => price <= self.price,
            Side::Ask => price >= self.price,
        }
    }

    /// The most that a bid takes from any one country, in whole lots; nothing where it does not matter.
    #[must_use]
    pub fn country_quota(&self, lot: Hashrate) -> Option<Hashrate> {
        let percent = u128::from(self.constraints.max_country_percent?);
        let part = self.hashrate.get().checked_mul(percent)?.checked_div(100)?;
        let lots = part.checked_div(lot.get())?;
        lots.checked_mul(lot.get()).map(Hashrate::new)
    }
}
