//! Tokens by which programs act for an account.

use crate::Scope;
use serde::{Deserialize, Serialize};

/// A token as its owner sees it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Its number.
    pub id: u64,
    /// What its owner calls it.
    pub name: String,
    /// `machine`, `read` or `trade`.
    pub scope: Scope,
    /// When it was made.
    pub made_at_ms: u64,
    /// When it was used last, to the minute. Machines' logins are not noted: a machine token never has it.
    pub last_used_at_ms: Option<u64>,
}

/// A token that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewToken {
    /// 1 to 40 characters; no other token of the account has it.
    pub name: String,
    /// `machine`, `read` or `trade`.
    pub scope: Scope,
}

/// A token that was just made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeToken {
    /// What is kept of it.
    pub token: ApiToken,
    /// What a program sends: `Authorization: Bearer assay_…`, and a machine as its Stratum password. Nobody can show it again.
    pub secret: String,
}

impl std::fmt::Debug for MadeToken {
    /// Leaves the secret out: this may reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeToken")
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}
