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

mod absorb;
mod attributes;
mod book;
mod check;
mod command;
mod commands;
mod constraints;
mod event;
mod facts;
mod heads;
mod ids;
mod index;
mod matching;
mod order;
mod queue;
mod quote;
mod refusal;
mod settings;
mod shares;
mod slab;
mod snapshot;
mod tournament;
mod walk;

#[cfg(test)]
mod tests;

pub use attributes::{
    Attributes, Burden, BurdenSet, Cooling, CoolingSet, Country, CountrySet, Energy, EnergyMix,
    EnergySet, Grid, GridSet, Region,
};
pub use book::{Book, Level, Pool, Resting};
pub use command::Command;
pub use constraints::{Constraint, Constraints, Countries, EnergyShare};
pub use event::{CancelReason, Event, Fill};
pub use order::{ClientOrderId, Order, PoolId, Product, SelfTrade, Side, TimeInForce};
pub use quote::{Excluded, Quote};
pub use refusal::Refusal;
pub use settings::Settings;
pub use snapshot::{BadSnapshot, SavedOrder, SavedPool, Snapshot};
