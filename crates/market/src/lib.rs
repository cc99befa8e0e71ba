#![doc = include_str!("../README.md")]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::indexing_slicing
    )
)]

mod accounts;
pub mod assignment;
mod command;
mod contract;
mod encode;
mod event;
mod hex;
mod orders;
mod pool;
mod refusal;
mod settlement;
mod share_pace;
mod state;
mod transfers;

#[cfg(test)]
mod tests;

pub use command::{CloseReason, Command};
pub use contract::{Contract, ContractState};
pub use event::{Event, Settlement, Trade};
pub use orders::Bid;
pub use pool::{BackupPools, PoolError, PoolTarget};
pub use refusal::Refusal;
pub use share_pace::SharePace;
pub use state::{Market, Settings};
