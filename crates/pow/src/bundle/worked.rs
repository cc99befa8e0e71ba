//! One share, worked through byte by byte.

use super::{Admitted, ShareRecord, State, verdict::hex};
use crate::{Job, hash::sha256d};
use alloc::{string::String, vec::Vec};
use core::cmp::Ordering;
use serde::Serialize;
use units::Work;

/// Every step from a share's bytes to its work. Bytes are in hex, hashes as SHA-256 gives them where not said otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkedShare {
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

/// The share with the least hash so far, with what shows it.
pub(super) struct Best {
    number: u64,
    record: ShareRecord,
    share: Admitted,
    login: String,
    job: Job,
    version_mask: u32,
    extranonce1: Vec<u8>,
}

impl Best {
    pub(super) fn is_beaten(best: Option<&Self>, hash: &[u8; 32]) -> bool {
        let least = |best: &Self| hash.iter().rev().cmp(best.share.hash.iter().rev());
        best.is_none_or(|best| least(best) == Ordering::Less)
    }

    pub(super) fn new(
        state: &State,
        record: &ShareRecord,
        share: &Admitted,
        number: u64,
    ) -> Option<Self> {
        let (job, version_mask, extranonce1) = state.seen_by(record)?;
        Some(Self {
            number,
            record: record.clone(),
            share: *share,
            login: state.login(record.worker)?.into(),
            job: job.clone(),
            version_mask,
            extranonce1: extranonce1.to_vec(),
        })
    }

    pub(super) fn worked(&self) -> WorkedShare {
        let (job, found) = (&self.job, self.record.share);
        let extranonce = [&self.extranonce1[..], &self.record.extranonce2];
        let header = job.header(&extranonce, found);
        let coinbase = [
            &job.coinbase1[..],
            extranonce[0],
            extranonce[1],
            &job.coinbase2,
        ]
        .concat();
        let txid = sha256d(&coinbase);
        let fold = |left: &mut [u8; 32], right: &[u8; 32]| {
            *left = crate::fold_branch(*left, core::slice::from_ref(right));
            Some(hex(left))
        };
        let mut reversed = self.share.hash;
        reversed.reverse();
        WorkedShare {
            share: self.number,
            at_ms: self.record.at.unix_ms(),
            login: self.login.clone(),
            job: self.record.job,
            coinbase1: hex(&job.coinbase1),
            extranonce1: hex(&self.extranonce1),
            extranonce2: hex(&self.record.extranonce2),
            coinbase2: hex(&job.coinbase2),
            coinbase_hash: hex(&txid),
            branch: job.branch.iter().map(|level| hex(level)).collect(),
            folded: job.branch.iter().scan(txid, fold).collect(),
            job_version: job.version,
            version_bits: found.version_bits,
            version_mask: self.version_mask,
            version: header.version,
            prev_hash: hex(&job.prev_hash),
            merkle_root: hex(&header.merkle_root),
            ntime: found.ntime,
            nbits: job.nbits,
            nonce: found.nonce,
            header: hex(&header.to_bytes()),
            hash: hex(&self.share.hash),
            hash_number: hex(&reversed),
            target: hex(&self.share.target.to_be_bytes()),
            work_hashes: self.share.work,
        }
    }
}
