//! Delivery over Stratum: machines on one side, the buyers' pools on the other.

mod blocks;
mod connection;
mod delivery;
mod desk;
mod epochs;
mod listener;
mod login;
mod machine;
mod stats;
mod upstream;

pub use delivery::{Delivery, terms};
pub use desk::{Desk, DeskError};
pub use listener::Listener;
pub use stats::{Stats, bucket};
