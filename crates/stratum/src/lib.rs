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

mod codec;
mod error;
mod extranonce;
mod jobs;
mod ladder;
mod scale;
mod vardiff;

pub mod downstream;
pub mod hex;
pub mod upstream;

pub use codec::{
    Id, Malformed, Message, ParseError, Request, Response, accept, accept_into, answer,
    notification, parse, reject, reject_into,
};
pub use downstream::{Downstream, Incoming, NotifyTemplate, ShareLine, Submission, SubmittedShare};
pub use error::Reject;
pub use extranonce::{
    ExtranonceSpace, MACHINE_EXTRANONCE2_SIZE, PREFIX_SIZE, PrefixPool, SpaceError,
};
pub use jobs::JobTable;
pub use ladder::{RejectLadder, Rung};
pub use scale::target_of_difficulty;
pub use upstream::{Event, Fault, Reconnect, ShareAnswer, Upstream, UpstreamJob};
pub use vardiff::{Vardiff, VardiffSettings};

/// The longest line, in bytes, that a downstream connection may send.
pub const DOWNSTREAM_LINE_LIMIT: usize = 8 * 1024;

/// The longest line, in bytes, that a pool may send: two coinbase halves of 16 KiB in hex, and the rest of a notify.
pub const UPSTREAM_LINE_LIMIT: usize = 72 * 1024;
