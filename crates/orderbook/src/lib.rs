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

mod book;
mod encode;
mod matching;
mod order;
mod refusal;

#[cfg(test)]
mod tests;

pub use book::{Book, Level, Resting, Settings};
pub use order::{Command, Event, Fill, Order, Side};
pub use refusal::Refusal;
