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
mod bond;
mod command;
mod contract;
mod encode;
mod event;
mod hex;
mod invoice;
mod orders;
mod pool;
mod refusal;
mod settlement;
mod spot;
mod state;
mod transfers;

#[cfg(test)]
mod tests;

pub use bond::{BOND_BPS, Bond, BondRefusal, BondState, Term, bond_for, notional};
pub use command::{CloseReason, Command};
pub use contract::{Contract, ContractState};
pub use event::{Event, Settlement, Trade};
pub use invoice::{Invoice, InvoiceFault, InvoiceLine};
pub use orders::Bid;
pub use pool::{BackupPools, PoolError, PoolTarget};
pub use refusal::Refusal;
pub use settlement::EpochPay;
pub use spot::{Notice, NoticeAnswer, Party, Spot};
pub use state::{Market, Settings};
