//! Delivery over Stratum: machines on one side, the buyers' pools on the other.

mod berths;
mod blocks;
mod connection;
mod crews;
mod delivery;
mod desk;
mod epochs;
mod excused;
mod fallback;
mod listener;
mod login;
mod machine;
mod meter;
mod outbox;
mod prefixes;
mod promise;
mod records;
mod retention;
mod stats;
mod tls;
mod upstream;
mod wire;

pub use crews::Activity;
pub use delivery::{Delivery, PoolTrouble, terms};
pub use desk::{Desk, DeskError};
pub use listener::Listener;
pub use promise::ending;
pub use records::RecordLimits;
pub use stats::{Stats, bucket};
pub use tls::{TlsError, TlsFiles};
pub use upstream::{PoolAccess, PoolPatience};
