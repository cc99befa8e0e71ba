//! The words of the labels: closed sets, since every word is a time series of its own. Nothing that came from the network
//! is among them.

use stratum::Reject;

/// Why a machine's share, login or request was refused.
#[must_use]
pub const fn refusal(why: Reject) -> &'static str {
    match why {
        Reject::Malformed(_) => "malformed",
        Reject::UnknownMethod => "unknown_method",
        Reject::InvalidExtranonce2 => "invalid_extranonce2",
        Reject::InvalidVersionMask => "invalid_version_mask",
        Reject::NtimeOutOfRange => "ntime_out_of_range",
        Reject::TooManyLogins => "too_many_logins",
        Reject::ContractBudgetSpent => "budget_spent",
        Reject::TooManyShares => "too_many_shares",
        Reject::ShareLogUnavailable => "share_log_unavailable",
        Reject::JobNotFound => "job_not_found",
        Reject::Duplicate => "duplicate",
        Reject::LowDifficulty => "low_difficulty",
        Reject::Unauthorized => "unauthorized",
        Reject::WrongPassword => "wrong_password",
        Reject::NotSubscribed => "not_subscribed",
    }
}

/// Why a pool refused a share: by the code, where it is one that Stratum knows.
#[must_use]
pub const fn pool_refusal(code: Option<i32>) -> &'static str {
    match code {
        Some(21) => "job_not_found",
        Some(22) => "duplicate",
        Some(23) => "low_difficulty",
        Some(24) => "unauthorized",
        Some(25) => "not_subscribed",
        _ => "other",
    }
}
