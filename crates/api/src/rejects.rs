//! Who pays for refused work.

use serde::{Deserialize, Serialize};

/// Who bears a class of refused work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// The host is paid for it out of the contract's escrow.
    Buyer,
    /// The host is not paid for it.
    Host,
    /// The host is paid for it out of the operator's float.
    Operator,
}

/// A contract's terms on refused work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectTerms {
    /// Of shares that came too late for their job.
    pub seller_stale: Payer,
    /// Of shares that we counted and the pool refused.
    pub pool_reject: Payer,
    /// Of shares that we counted and the pool never answered.
    pub pool_down: Payer,
}
