//! What moves money.

use crate::{Account, TextError};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use units::Sats;

/// A transfer's id, given by the caller: a retry of the same intent has the same id. As text (also in JSON) 32
/// lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TransferId(u128);

/// One movement of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Unique in the books.
    pub id: TransferId,
    /// The account that the money leaves.
    pub debit: Account,
    /// The account that the money reaches.
    pub credit: Account,
    /// Not zero.
    pub amount: Sats,
    /// Whether the money moves now, is reserved, or comes out of a reservation.
    pub kind: Kind,
}

/// How a transfer counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Moves now.
    Posted,
    /// Reserved: the debit account cannot spend it otherwise, the credit account cannot spend it yet.
    Pending,
    /// Moves what that pending transfer reserved. Accounts and amount must be the pending transfer's.
    PostPending(TransferId),
    /// Gives back what that pending transfer reserved. Accounts and amount must be the pending transfer's.
    VoidPending(TransferId),
}

impl TransferId {
    /// The id with this number.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u128 {
        self.0
    }
}

impl fmt::Display for TransferId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for TransferId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(TextError::TransferId);
        }
        u128::from_str_radix(text, 16)
            .map(Self)
            .map_err(|_| TextError::TransferId)
    }
}

impl TryFrom<String> for TransferId {
    type Error = TextError;

    fn try_from(text: String) -> Result<Self, TextError> {
        text.parse()
    }
}

impl From<TransferId> for String {
    fn from(id: TransferId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_text_reads_back() {
        let text = "00000000000000000000000000000abc";
        assert_eq!(text.parse(), Ok(TransferId::new(0xabc)));
        assert_eq!(TransferId::new(0xabc).to_string(), text);
        for bad in [
            "",
            "abc",
            "00000000000000000000000000000ABC",
            "+0000000000000000000000000000abc",
        ] {
            assert_eq!(
                bad.parse::<TransferId>(),
                Err(TextError::TransferId),
                "{bad}"
            );
        }
    }
}
