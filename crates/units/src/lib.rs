#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![warn(missing_docs)]
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::float_arithmetic,
        clippy::indexing_slicing
    )
)]

mod difficulty;
mod id;
mod nbits;
mod parse;
mod quantity;
mod target;
mod time;

pub use difficulty::Difficulty;
pub use id::{AccountId, ContractId, FleetId, ListingId, OrderId, SiteId, WorkerName};
pub use nbits::{Nbits, NbitsError};
pub use parse::ParseError;
pub use quantity::{Hashrate, Price, Sats, Work};
pub use target::Target;
pub use time::{Millis, Timestamp};
