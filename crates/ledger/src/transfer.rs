//! What moves money.

use crate::{Account, TextError};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use units::{Sats, Timestamp};

/// A transfer's id, given by the caller: a retry of the same intent has the same id. As text (also in JSON) 32
/// lower-case hex digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TransferId(u128);

/// One movement of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Unique in the books; not zero, nor all ones.
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

/// How a transfer counts. As text `posted`, `pending`, `pending_until:MS`, `post_pending:ID`, `void_pending:ID`,
/// `expire_pending:ID@MS`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Moves now.
    Posted,
    /// Reserved: the debit account cannot spend it otherwise, the credit account cannot spend it yet.
    Pending,
    /// Reserved, and due to be given back from that time on. The books have no clock: nothing happens until a transfer
    /// of [`Kind::ExpirePending`] is applied, and up to then it can still be posted.
    PendingUntil(Timestamp),
    /// Moves what that pending transfer reserved, or a part of it; the rest is given back. Accounts must be the pending
    /// transfer's, the amount at most its amount.
    PostPending(TransferId),
    /// Gives back what that pending transfer reserved. Accounts and amount must be the pending transfer's.
    VoidPending(TransferId),
    /// Gives back what that pending transfer reserved, because its time is over. Accounts and amount must be the pending
    /// transfer's.
    ExpirePending {
        /// The pending transfer.
        pending: TransferId,
        /// The time of the command that found it due.
        at: Timestamp,
    },
}

impl Kind {
    /// True for a reservation.
    #[must_use]
    pub const fn is_pending(&self) -> bool {
        matches!(self, Self::Pending | Self::PendingUntil(_))
    }

    /// The time from which a reservation is due to be given back.
    #[must_use]
    pub const fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::PendingUntil(at) => Some(*at),
            _ => None,
        }
    }

    /// The pending transfer that this one ends.
    #[must_use]
    pub const fn ends(&self) -> Option<TransferId> {
        match self {
            Self::PostPending(id) | Self::VoidPending(id) => Some(*id),
            Self::ExpirePending { pending, .. } => Some(*pending),
            Self::Posted | Self::Pending | Self::PendingUntil(_) => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Posted => f.write_str("posted"),
            Self::Pending => f.write_str("pending"),
            Self::PendingUntil(at) => write!(f, "pending_until:{}", at.unix_ms()),
            Self::PostPending(id) => write!(f, "post_pending:{id}"),
            Self::VoidPending(id) => write!(f, "void_pending:{id}"),
            Self::ExpirePending { pending, at } => {
                write!(f, "expire_pending:{pending}@{}", at.unix_ms())
            }
        }
    }
}

impl Transfer {
    /// The transfer that gives back what this pending one reserved, its time being over.
    #[must_use]
    pub const fn expired(&self, id: TransferId, at: Timestamp) -> Self {
        let pending = self.id;
        Self {
            id,
            kind: Kind::ExpirePending { pending, at },
            ..*self
        }
    }
}

impl TransferId {
    /// The id with this number.
    #[must_use]
    pub const fn new(number: u128) -> Self {
        Self(number)
    }

    /// True for the two numbers that no transfer may have: they are what a forgotten id looks like.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        matches!(self.0, 0 | u128::MAX)
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

    #[test]
    fn a_kind_says_what_it_is() {
        let id = TransferId::new(0xabc);
        let at = Timestamp::from_unix_ms(5);
        let expire = Kind::ExpirePending { pending: id, at };
        for (kind, text, pending, ends) in [
            (Kind::Posted, "posted", false, None),
            (Kind::Pending, "pending", true, None),
            (Kind::PendingUntil(at), "pending_until:5", true, None),
            (
                Kind::PostPending(id),
                "post_pending:00000000000000000000000000000abc",
                false,
                Some(id),
            ),
            (
                Kind::VoidPending(id),
                "void_pending:00000000000000000000000000000abc",
                false,
                Some(id),
            ),
            (
                expire,
                "expire_pending:00000000000000000000000000000abc@5",
                false,
                Some(id),
            ),
        ] {
            assert_eq!(kind.to_string(), text);
            assert_eq!((kind.is_pending(), kind.ends()), (pending, ends), "{text}");
            let deadline = (kind == Kind::PendingUntil(at)).then_some(at);
            assert_eq!(kind.deadline(), deadline, "{text}");
        }
    }
}
