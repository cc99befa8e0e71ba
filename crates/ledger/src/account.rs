//! The chart of accounts.

use crate::TextError;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use units::{AccountId, ContractId};

/// An account of the books. As text (also in JSON): `outside`, `available:demo-buyer`, `held`, `escrow:1`, `fees`,
/// `bond:1`, `refunds`, `float`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Account {
    /// The world, where deposits come from. The only account that may go below zero.
    Outside,
    /// What an account of the marketplace can spend or withdraw.
    Available(AccountId),
    /// The control account that the pending holds of open orders point to; nothing is ever posted to it.
    Held,
    /// The money of one contract, until it is settled or refunded.
    Escrow(ContractId),
    /// What the marketplace has earned.
    Fees,
    /// The seller's security for one contract, until it is released or forfeited.
    Bond(ContractId),
    /// What is made good to buyers beside their own escrow goes through here: its columns say how much ever was.
    Refunds,
    /// The operator's own money, for what a contract's terms put on the marketplace. Not the fees: those are income.
    Float,
}

impl Account {
    /// True for the one account that may go below zero.
    #[must_use]
    pub const fn may_be_overdrawn(&self) -> bool {
        matches!(self, Self::Outside)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside => f.write_str("outside"),
            Self::Available(account) => write!(f, "available:{account}"),
            Self::Held => f.write_str("held"),
            Self::Escrow(contract) => write!(f, "escrow:{contract}"),
            Self::Fees => f.write_str("fees"),
            Self::Bond(contract) => write!(f, "bond:{contract}"),
            Self::Refunds => f.write_str("refunds"),
            Self::Float => f.write_str("float"),
        }
    }
}

impl FromStr for Account {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let account = match text.split_once(':') {
            None if text == "outside" => Self::Outside,
            None if text == "held" => Self::Held,
            None if text == "fees" => Self::Fees,
            None if text == "refunds" => Self::Refunds,
            None if text == "float" => Self::Float,
            Some(("available", name)) => {
                Self::Available(name.parse().map_err(|_| TextError::Account)?)
            }
            Some(("escrow", number)) => {
                Self::Escrow(number.parse().map_err(|_| TextError::Account)?)
            }
            Some(("bond", number)) => Self::Bond(number.parse().map_err(|_| TextError::Account)?),
            _ => return Err(TextError::Account),
        };
        Ok(account)
    }
}

impl TryFrom<String> for Account {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_back() {
        for text in [
            "outside",
            "available:demo-buyer",
            "held",
            "escrow:18446744073709551615",
            "fees",
            "bond:7",
            "refunds",
            "float",
        ] {
            assert_eq!(text.parse::<Account>().unwrap().to_string(), text);
        }
        for bad in [
            "",
            "Outside",
            "available",
            "available:",
            "escrow:x",
            "held:1",
            "fees ",
            "bond",
            "bond:-1",
            "float:1",
        ] {
            assert_eq!(bad.parse::<Account>(), Err(TextError::Account), "{bad}");
        }
    }
}
