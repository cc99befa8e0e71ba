//! The service behind every face.

use crate::{Contract, Error, Market, PoolCheck, PoolReport};
use serde::{Deserialize, Serialize};
use std::{future::Future, pin::Pin};
use units::ContractId;

/// An answer that is still being made.
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'a>>;

/// What the pages and the JSON API ask of the server. Authorisation happens behind it.
pub trait Backend: Send + Sync {
    /// The book, the last trade and the contracts.
    fn market(&self) -> Answer<'_, Market>;

    /// One contract with its delivery so far.
    fn contract(&self, id: ContractId) -> Answer<'_, Contract>;

    /// Connects to a buyer's pool and tells what it does: 20 s at most.
    fn check_pool(&self, check: PoolCheck) -> Answer<'_, PoolReport>;
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
