//! What an order trades, and its terms beside hashrate and price.

use crate::Term;
use orderbook::{ClientOrderId, SelfTrade, TimeInForce};
use pow::settlement::RejectTerms;
use serde::{Deserialize, Serialize};
use std::fmt;
use units::Hashrate;

/// What is traded. As text (also in JSON) `spot`, `1d`, `7d`, `30d`, `90d`. Orders of different products never meet.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub enum Product {
    /// Until a side gives notice or the budget is spent.
    #[default]
    Spot,
    /// For a time agreed, with the host's bond.
    Term(Term),
}

/// The terms of an order. The default is what a plain order has: spot, good till cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderTerms {
    /// What it trades.
    #[serde(skip_serializing_if = "is_default")]
    pub product: Product,
    /// How long it wants to trade.
    #[serde(skip_serializing_if = "is_default")]
    pub time_in_force: TimeInForce,
    /// Refused where it would trade at once.
    #[serde(skip_serializing_if = "is_default")]
    pub post_only: bool,
    /// No trade is smaller, but one that takes all that the order still wants. A multiple of the lot, or zero.
    #[serde(skip_serializing_if = "is_default")]
    pub minimum_fill: Hashrate,
    /// When it reaches an order of its own account.
    #[serde(skip_serializing_if = "is_default")]
    pub self_trade: SelfTrade,
    /// The account's own name for it.
    #[serde(skip_serializing_if = "is_default")]
    pub client_id: Option<ClientOrderId>,
    /// Who pays for refused work: of a bid the term of its contracts, of an ask all that the host is ready to bear.
    #[serde(skip_serializing_if = "is_default")]
    pub rejects: RejectTerms,
}

/// For `skip_serializing_if`.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Product {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Spot,
        Self::Term(Term::Day),
        Self::Term(Term::Week),
        Self::Term(Term::Month),
        Self::Term(Term::Quarter),
    ];

    /// As the book numbers it: for ever, since journals are replayed. Numbers from 256 on are kept for forwards.
    #[must_use]
    pub const fn in_book(self) -> orderbook::Product {
        orderbook::Product(match self {
            Self::Spot => 0,
            Self::Term(Term::Day) => 1,
            Self::Term(Term::Week) => 2,
            Self::Term(Term::Month) => 3,
            Self::Term(Term::Quarter) => 4,
        })
    }

    /// The product that the book numbers so.
    #[must_use]
    pub fn of_book(number: orderbook::Product) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|product| product.in_book() == number)
    }

    /// How long it runs; none for spot.
    #[must_use]
    pub const fn term(self) -> Option<Term> {
        match self {
            Self::Spot => None,
            Self::Term(term) => Some(term),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Term(Term::Day) => "1d",
            Self::Term(Term::Week) => "7d",
            Self::Term(Term::Month) => "30d",
            Self::Term(Term::Quarter) => "90d",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl TryFrom<String> for Product {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let found = Self::ALL.into_iter().find(|product| product.name() == text);
        found.ok_or("a product is spot, 1d, 7d, 30d or 90d")
    }
}

impl From<Product> for String {
    fn from(product: Product) -> Self {
        product.name().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_have_one_name_and_one_number_each() {
        for product in Product::ALL {
            assert_eq!(Product::of_book(product.in_book()), Some(product));
            assert_eq!(Product::try_from(product.to_string()), Ok(product));
        }
        assert_eq!(Product::of_book(orderbook::Product(5)), None);
        assert!(Product::try_from("2d".to_owned()).is_err());
    }
}
