#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod backend;
mod contract;
mod error;
mod market;
mod verdict;

pub use backend::{Answer, Backend, LiveEvent};
pub use contract::{
    Bill, Contract, ContractState, ContractSummary, Counts, HashrateEstimate, Settlement,
    WorkerView,
};
pub use error::{Error, ErrorCode};
pub use market::{Level, Market, Trade};
pub use verdict::{EpochLine, Fault, InvalidCount, Terms, Verdict, VerifyProgress, WorkerLine};
