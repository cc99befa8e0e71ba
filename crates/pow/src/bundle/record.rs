//! The records of a bundle.

use crate::{Header, Job, Share, coinbase::Network, settlement::RejectTerms};
use alloc::{string::String, sync::Arc, vec::Vec};
use core::ops::Deref;
use units::{AccountId, ContractId, Hashrate, Millis, Price, Sats, Target, Timestamp, Work};

mod codec;

pub(super) use codec::Context;
use codec::REASON_MAX;

/// What buyer and host agreed; the first record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The contract.
    pub contract: ContractId,
    /// Who pays.
    pub buyer: AccountId,
    /// Whose machines deliver.
    pub host: AccountId,
    /// Agreed hashrate.
    pub hashrate: Hashrate,
    /// Agreed price.
    pub price: Price,
    /// The most that will be paid.
    pub budget: Sats,
    /// The operator's part of each payment, in hundredths of a percent.
    pub fee_bps: u16,
    /// Start of the first epoch.
    pub opened_at: Timestamp,
    /// Intended length of an epoch.
    pub epoch_length: Millis,
    /// The buyer's pool as `host:port`.
    pub pool: String,
    /// The login at the pool.
    pub pool_user: String,
    /// Where the work goes while that pool is away, in this order; at most 3.
    pub backups: Vec<PoolLogin>,
    /// The chain that the pool mines on.
    pub network: Network,
    /// How far delivery may stay below the agreed hashrate, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that it did, in parts per million of a two-sided interval.
    pub confidence_ppm: u32,
    /// For how many days the host promises it, from the opening on; 0 for spot, which promises nothing.
    pub term_days: u16,
    /// What the host has put up for that promise; zero for spot.
    pub bond: Sats,
    /// Who bears refused work.
    pub rejects: RejectTerms,
}

/// A pool and the login there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolLogin {
    /// As `host:port`.
    pub address: String,
    /// The login.
    pub user: String,
}

/// A session with one of the buyer's pools. Numbered from 0 in the order of their records, as jobs and workers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upstream {
    /// When the pool answered `mining.subscribe`.
    pub at: Timestamp,
    /// Which pool of the terms: 0 the first, 1 the first of the backups.
    pub pool: u8,
    /// The pool's extranonce1, 0 to 32 bytes.
    pub extranonce1: Vec<u8>,
    /// The pool's extranonce2 size in bytes, 1 to 32.
    pub extranonce2_size: u8,
}

/// A job from the latest upstream session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRecord {
    /// When it came.
    pub at: Timestamp,
    /// The job.
    pub job: Job,
    /// The version bits that the pool let machines roll when it gave the job; within BIP 320's.
    pub version_mask: u32,
    /// The pool's own target for the job: a share that meets it has to be sent on to the pool.
    pub pool_target: Target,
}

/// A [`JobRecord`] whose job is held once for all who need it.
pub(super) struct SharedJob {
    pub at: Timestamp,
    pub job: Arc<Job>,
    pub version_mask: u32,
    pub pool_target: Target,
}

/// A machine's connection within the latest upstream session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The Stratum login, `account.worker`.
    pub login: String,
    /// The part of the pool's extranonce2 that the server fixed for this machine; the rest, 1 to 8 bytes, is the machine's.
    pub extranonce_prefix: Vec<u8>,
}

/// From `job` on, shares of `worker` are judged by `target`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Number of the worker.
    pub worker: u32,
    /// Number of the first job it holds for.
    pub job: u32,
    /// The target.
    pub target: Target,
}

/// A share as it was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShareRecord {
    /// When it came.
    pub at: Timestamp,
    /// Number of the worker.
    pub worker: u32,
    /// Number of the job.
    pub job: u32,
    /// The machine's part of the extranonce.
    pub extranonce2: Extranonce2,
    /// ntime, nonce and version bits.
    pub share: Share,
}

/// What the pool said of a share that was sent on to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// When it came.
    pub at: Timestamp,
    /// Number of the share among all share records.
    pub share: u64,
    /// The pool's word.
    pub word: PoolWord,
}

/// A pool's word on a share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PoolWord {
    /// It took the share.
    Accepted,
    /// It did not.
    Refused {
        /// The error's number, where the pool gave one.
        code: Option<i32>,
        /// The error's text, at most 64 bytes of printable ASCII; empty where the pool gave none.
        reason: String,
    },
}

/// A machine's part of the extranonce: 1 to 8 bytes. A longer one is kept as 9, which no machine has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extranonce2 {
    bytes: [u8; 9],
    length: u8,
}

/// A sealed epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Epoch {
    /// Number, from 0.
    pub index: u32,
    /// Where the one before ended (the first: the contract's opening).
    pub start: Timestamp,
    /// End.
    pub end: Timestamp,
    /// Shares in this epoch.
    pub shares: u64,
    /// Shares of the contract so far.
    pub shares_total: u64,
    /// Work of the contract so far.
    pub work_total: Work,
    /// Owed for the contract so far.
    pub owed_total: Sats,
    /// RFC 6962 root over this epoch's shares.
    pub merkle_root: [u8; 32],
    /// SHA-256 over every byte from the start of the epoch record before (the first: of the file) to the start of this one.
    pub records_hash: [u8; 32],
    /// Hash of the epoch record before; zeros in the first.
    pub previous: [u8; 32],
}

/// The last record: what the bytes after the last epoch must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When the bundle was made.
    pub at: Timestamp,
    /// Shares of the contract so far.
    pub shares_total: u64,
    /// SHA-256 over every byte from the start of the last epoch record (none: of the file) to the start of this record,
    /// then the two fields above as they are written.
    pub hash: [u8; 32],
}

/// Any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// Kind 1.
    Terms(Terms),
    /// Kind 2.
    Upstream(Upstream),
    /// Kind 3.
    Job(JobRecord),
    /// Kind 4.
    Worker(Worker),
    /// Kind 5.
    Assignment(Assignment),
    /// Kind 6.
    Share(ShareRecord),
    /// Kind 7.
    Epoch(Epoch),
    /// Kind 8.
    End(End),
    /// Kind 9.
    Header(Header),
    /// Kind 10.
    Answer(Answer),
}

impl PoolWord {
    /// A refusal, with what can be written of the pool's text: others than printable ASCII become `?`, the rest is cut off.
    #[must_use]
    pub fn refused(code: Option<i32>, text: &str) -> Self {
        let printable = |letter: char| match letter {
            ' '..='~' => letter,
            _ => '?',
        };
        Self::Refused {
            code,
            reason: text.chars().map(printable).take(REASON_MAX).collect(),
        }
    }
}

impl From<JobRecord> for SharedJob {
    fn from(record: JobRecord) -> Self {
        Self {
            at: record.at,
            job: Arc::new(record.job),
            version_mask: record.version_mask,
            pool_target: record.pool_target,
        }
    }
}

impl From<&[u8]> for Extranonce2 {
    fn from(from: &[u8]) -> Self {
        let mut bytes = [0; 9];
        bytes
            .iter_mut()
            .zip(from)
            .for_each(|(to, from)| *to = *from);
        let length = u8::try_from(from.len().min(bytes.len())).unwrap_or(0);
        Self { bytes, length }
    }
}

impl<const N: usize> From<[u8; N]> for Extranonce2 {
    fn from(from: [u8; N]) -> Self {
        Self::from(&from[..])
    }
}

impl Deref for Extranonce2 {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.bytes.get(..self.length.into()).unwrap_or_default()
    }
}
