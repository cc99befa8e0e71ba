//! Why a request of a machine is refused, with Stratum's codes.

use std::fmt;

/// A refusal, as a machine gets it: `[code, "text", null]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reject {
    /// 20: the line is no request that the protocol knows; the text says what is wrong.
    Malformed(&'static str),
    /// 20: no such method.
    UnknownMethod,
    /// 20: extranonce2 does not have the length that was assigned.
    InvalidExtranonce2,
    /// 20: version bits outside the negotiated mask.
    InvalidVersionMask,
    /// 20: ntime before its job's or too far after it.
    NtimeOutOfRange,
    /// 20: more logins on one connection than are allowed.
    TooManyLogins,
    /// 20: the contract's money is spent; the share would not be paid.
    ContractBudgetSpent,
    /// 20: as many shares were counted under this block as can be remembered: one more could not be told from a duplicate.
    TooManyShares,
    /// 20: the share could not be made durable, so it is not acknowledged.
    ShareLogUnavailable,
    /// 21: the job is unknown or was replaced by a clean job: a stale share.
    JobNotFound,
    /// 22: this header was already submitted.
    Duplicate,
    /// 23: the hash is above the target assigned with the job.
    LowDifficulty,
    /// 24: the login is unknown, or was not authorized on this connection.
    Unauthorized,
    /// 24: the login's account has machine tokens, and the password is none of them.
    WrongPassword,
    /// 25: submit before subscribe.
    NotSubscribed,
}

impl Reject {
    /// Stratum's error code.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::JobNotFound => 21,
            Self::Duplicate => 22,
            Self::LowDifficulty => 23,
            Self::Unauthorized | Self::WrongPassword => 24,
            Self::NotSubscribed => 25,
            _ => 20,
        }
    }

    /// The text beside the code.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Malformed(what) => what,
            Self::UnknownMethod => "Unknown method",
            Self::InvalidExtranonce2 => "Invalid extranonce2",
            Self::InvalidVersionMask => "Invalid version mask",
            Self::NtimeOutOfRange => "Ntime out of range",
            Self::TooManyLogins => "Too many logins",
            Self::ContractBudgetSpent => "Contract budget spent",
            Self::TooManyShares => "Too many shares under this block",
            Self::ShareLogUnavailable => "Share log unavailable",
            Self::JobNotFound => "Job not found",
            Self::Duplicate => "Duplicate share",
            Self::LowDifficulty => "Low difficulty share",
            Self::Unauthorized => "Unauthorized worker",
            Self::WrongPassword => "Wrong machine password",
            Self::NotSubscribed => "Not subscribed",
        }
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code(), self.text())
    }
}

impl std::error::Error for Reject {}
