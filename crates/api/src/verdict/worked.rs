//! One share, worked through byte by byte.

use serde::{Deserialize, Serialize};
use units::Work;

/// Every step from a share's bytes to its work. Bytes are in hex, hashes as SHA-256 gives them where not said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worked {
    /// Number of the share among all of the bundle, from 0.
    pub share: u64,
    /// When it came.
    pub at_ms: u64,
    /// The Stratum login.
    pub login: String,
    /// Number of the job.
    pub job: u32,
    /// The coinbase before the extranonce.
    pub coinbase1: String,
    /// The pool's extranonce1 and the part of extranonce2 that was fixed for the machine.
    pub extranonce1: String,
    /// The machine's own part.
    pub extranonce2: String,
    /// The coinbase after the extranonce.
    pub coinbase2: String,
    /// SHA-256d of those four in a row.
    pub coinbase_hash: String,
    /// The merkle branch, lowest level first, ...
    pub branch: Vec<String>,
    /// ... and SHA-256d of (what came before, level), after each; the last is the merkle root.
    pub folded: Vec<String>,
    /// The job's version.
    pub job_version: u32,
    /// The bits of it that the machine rolled; 0 where none.
    pub version_bits: u32,
    /// The bits that it was allowed to roll.
    pub version_mask: u32,
    /// The version in the header.
    pub version: u32,
    /// Hash of the block before.
    pub prev_hash: String,
    /// The merkle root.
    pub merkle_root: String,
    /// The header's time.
    pub ntime: u32,
    /// The network's target in compact form.
    pub nbits: u32,
    /// The nonce.
    pub nonce: u32,
    /// The 80 bytes of the header.
    pub header: String,
    /// SHA-256d of it.
    pub hash: String,
    /// That, read as a number: most significant digit first.
    pub hash_number: String,
    /// The target that was assigned before: the number must not be above it.
    pub target: String,
    /// What one share of this target counts for.
    pub work_hashes: Work,
}
