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

/// A contract's terms on refused work. The default is stale shares the host, the other two the buyer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RejectTerms {
    /// Of shares that came too late for their job. The host alone: no proof holds them.
    pub seller_stale: Payer,
    /// Of shares that we counted and the pool refused. An order says `buyer` or `host`.
    pub pool_reject: Payer,
    /// Of shares that we counted and the pool never answered, and of the time in which no pool gives a job. As before.
    pub pool_down: Payer,
}

impl Default for RejectTerms {
    fn default() -> Self {
        Self {
            seller_stale: Payer::Host,
            pool_reject: Payer::Buyer,
            pool_down: Payer::Buyer,
        }
    }
}
