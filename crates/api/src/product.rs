//! What is traded.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// What is traded. As text (also in JSON) `spot`, `1d`, `7d`, `30d`, `90d`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Product {
    /// Until a side gives notice or the budget is spent.
    #[default]
    #[serde(rename = "spot")]
    Spot,
    /// For one day, with the host's bond.
    #[serde(rename = "1d")]
    Day,
    /// For seven days.
    #[serde(rename = "7d")]
    Week,
    /// For thirty days.
    #[serde(rename = "30d")]
    Month,
    /// For ninety days.
    #[serde(rename = "90d")]
    Quarter,
}

/// The text names no product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProductError;

impl Product {
    /// All of them, the shortest first.
    pub const ALL: [Self; 5] = [
        Self::Spot,
        Self::Day,
        Self::Week,
        Self::Month,
        Self::Quarter,
    ];

    /// As it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Day => "1d",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Quarter => "90d",
        }
    }

    /// How many days it runs; none for spot.
    #[must_use]
    pub const fn days(self) -> Option<u64> {
        match self {
            Self::Spot => None,
            Self::Day => Some(1),
            Self::Week => Some(7),
            Self::Month => Some(30),
            Self::Quarter => Some(90),
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Product {
    type Err = ProductError;

    fn from_str(text: &str) -> Result<Self, ProductError> {
        let found = Self::ALL.into_iter().find(|one| one.as_str() == text);
        found.ok_or(ProductError)
    }
}

impl fmt::Display for ProductError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a product is spot, 1d, 7d, 30d or 90d")
    }
}

impl std::error::Error for ProductError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_its_name_everywhere() {
        for product in Product::ALL {
            let json = serde_json::to_string(&product).unwrap();
            assert_eq!(json, format!("\"{product}\""));
            assert_eq!(product.as_str().parse(), Ok(product));
        }
        assert_eq!("2d".parse::<Product>(), Err(ProductError));
    }
}
