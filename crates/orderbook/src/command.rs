//! What the book is asked to do.

use crate::{Order, PoolId};
use serde::{Deserialize, Serialize};
use units::{AccountId, Hashrate, OrderId, Timestamp};

/// What the book is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly all commands place an order, or are small and short-lived"
)]
pub enum Command {
    /// Trade what can be traded at once, rest with what is left.
    Place(Order),
    /// Take a resting order out.
    Cancel {
        /// The order.
        id: OrderId,
        /// Who asks: must be the order's account.
        account: AccountId,
    },
    /// Take all resting orders of an account out.
    CancelAll {
        /// Who asks.
        account: AccountId,
    },
    /// Make a resting order smaller; it keeps its place.
    Reduce {
        /// The order.
        id: OrderId,
        /// Who asks: must be the order's account.
        account: AccountId,
        /// By how much: a positive multiple of the lot, below what it still wants.
        by: Hashrate,
    },
    /// Say what a capacity pool has now. Orders of it that want more shrink, or are cancelled where nothing is left; a pool that is
    /// set to nothing is forgotten.
    SetPool {
        /// The pool; made where it is new.
        pool: PoolId,
        /// Who asks: must be the pool's owner.
        account: AccountId,
        /// What can be sold from now on: a multiple of the lot.
        available: Hashrate,
    },
    /// Time has passed: take out what was good till then.
    Expire {
        /// The time; never before an earlier one.
        now: Timestamp,
    },
}
