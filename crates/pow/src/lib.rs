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

extern crate alloc;

mod hash;
mod header;
mod headers;
mod interval;
mod job;
mod merkle;
mod tree;

pub mod bundle;
pub mod coinbase;
pub mod settlement;
pub mod statistics;

pub use hash::{sha256, sha256d};
pub use header::Header;
pub use headers::{Unhashed, header_hashes};
pub use interval::{Interval, WorkSum};
pub use job::{Job, NTIME_WINDOW_S, Share, ShareFault, VERSION_ROLLING_MASK};
pub use merkle::fold_branch;
pub use tree::Tree;
