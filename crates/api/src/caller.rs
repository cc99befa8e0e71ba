//! Who asks, and what he may do.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use units::AccountId;

/// What a caller may do; each includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Log machines in over Stratum, with the token as their password; nothing over HTTP.
    Machine,
    /// See the account.
    Read,
    /// Act in the market.
    Trade,
    /// Everything, API tokens included: a person who signed in.
    Owner,
}

impl Scope {
    /// As it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Machine => "machine",
            Self::Read => "read",
            Self::Trade => "trade",
            Self::Owner => "owner",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks. The server makes it of a session's cookie or an API token; nothing that a client says becomes one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Nobody known.
    Stranger,
    /// The owner of this account, or a program of his.
    Known {
        /// The account.
        account: AccountId,
        /// What he may do with it.
        scope: Scope,
    },
}

impl Caller {
    /// The account, where it is known.
    #[must_use]
    pub const fn account(&self) -> Option<AccountId> {
        match self {
            Self::Stranger => None,
            Self::Known { account, .. } => Some(*account),
        }
    }
}

/// A client's own name for a request, so that a retry is the same request: 1 to 64 printable ASCII characters, no blanks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestKey(String);

/// The text is no request key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestKeyError;

impl RequestKey {
    /// The longest one, in characters.
    pub const MAX: usize = 64;

    /// The key itself.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RequestKey {
    type Err = RequestKeyError;

    fn from_str(text: &str) -> Result<Self, RequestKeyError> {
        let fits = (1..=Self::MAX).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.into()))
        } else {
            Err(RequestKeyError)
        }
    }
}

impl fmt::Display for RequestKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = RequestKey::MAX;
        write!(
            f,
            "an idempotency key is 1 to {most} printable ASCII characters without blanks"
        )
    }
}

impl std::error::Error for RequestKeyError {}

/// An account of the demo that anyone may sign in to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoLogin {
    /// The account.
    pub account: AccountId,
    /// Its password: no secret.
    pub password: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_short_and_printable() {
        for good in ["a", "0f3c-1", &"k".repeat(64)] {
            assert_eq!(good.parse::<RequestKey>().unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a\n", "é", &"k".repeat(65)] {
            assert_eq!(bad.parse::<RequestKey>(), Err(RequestKeyError), "{bad:?}");
        }
    }

    #[test]
    fn a_scope_includes_the_smaller_ones() {
        let all = [Scope::Machine, Scope::Read, Scope::Trade, Scope::Owner];
        assert!(all.is_sorted_by(|less, more| less < more));
        for scope in all {
            let json = serde_json::to_string(&scope).unwrap();
            assert_eq!(json, format!("\"{scope}\""));
        }
    }
}
