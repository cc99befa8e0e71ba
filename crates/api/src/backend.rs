//! The service behind every face.

use crate::{
    Account, ApiToken, Caller, Contract, DemoLogin, Deposit, Deposited, Error, FallbackPoolSet,
    MadeToken, Market, NewToken, PoolCheck, PoolReport, RequestKey, SetFallbackPool,
};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin};
use units::ContractId;

/// An answer that is still being made.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// What the pages and the JSON API ask of the server. Authorisation happens behind it: what concerns an account takes a
/// [`Caller`] and never a name out of the request. A stranger gets `Unauthenticated`, a caller whose scope is too small
/// `Forbidden`.
///
/// What acts takes a [`RequestKey`] too: for a day the same key with the same request has the same answer, and nothing is
/// done twice; the same key with another request is a `Conflict`.
pub trait Backend: Send + Sync {
    /// The book, the last trade and the contracts.
    fn market(&self) -> Answer<'_, Market>;

    /// One contract with its delivery so far.
    fn contract(&self, id: ContractId) -> Answer<'_, Contract>;

    /// Connects to a buyer's pool and tells what it does: 20 s at most.
    fn check_pool(&self, check: PoolCheck) -> Answer<'_, PoolReport>;

    /// The caller's own account. Scope: read.
    fn account(&self, caller: Caller) -> Answer<'_, Account>;

    /// Sandbox money for the caller. Scope: trade.
    fn deposit(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        deposit: Deposit,
    ) -> Answer<'_, Deposited>;

    /// Names the pool for the caller's idle machines, after a look at it: 20 s at most. Scope: trade.
    fn set_fallback_pool(
        &self,
        caller: Caller,
        key: Option<RequestKey>,
        set: SetFallbackPool,
    ) -> Answer<'_, FallbackPoolSet>;

    /// The caller's API tokens, by name. Scope: owner.
    fn api_tokens(&self, caller: Caller) -> Answer<'_, Vec<ApiToken>>;

    /// Makes an API token; its secret is in this answer alone. Scope: owner.
    fn make_api_token(&self, caller: Caller, new: NewToken) -> Answer<'_, MadeToken>;

    /// Ends an API token. Scope: owner.
    fn revoke_api_token(&self, caller: Caller, id: u64) -> Answer<'_, ()>;

    /// Accounts that anyone may try, in the demo alone.
    fn demo_logins(&self) -> Answer<'_, Vec<DemoLogin>>;
}

/// What the event stream carries, each as one JSON object in an event of this name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveEvent {
    /// Event `market`: the market anew.
    Market(Box<Market>),
    /// Event `contract`: the contract anew.
    Contract(Box<Contract>),
}

impl LiveEvent {
    /// The event's name on the stream.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Market(_) => "market",
            Self::Contract(_) => "contract",
        }
    }
}
