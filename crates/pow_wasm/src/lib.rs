#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod coordinator;
mod pool;

pub use coordinator::{Broken, Coordinator, Post};
use pow::bundle::Batch;

/// What a hash worker answers to a batch: 32 bytes a share.
///
/// # Errors
/// `Broken`, where it is no batch.
pub fn hash(batch: &[u8]) -> Result<Vec<u8>, Broken> {
    let batch = Batch::from_bytes(batch).ok_or(Broken("What came to be hashed is no batch."))?;
    Ok(batch.hashes().into_flattened())
}
