//! The verdict as the verifier's JSON gives it; `pow` defines it, the server's tests hold the two together.

mod answers;
mod coinbase;
mod statistics;
mod worked;

pub use answers::{AnswerCounts, PoolAnswers, PoolLine, Refusal, ShareCount};
pub use coinbase::{BlockLine, BuiltOn, Chain, Coinbases, Doubt, Payout, Tag};
pub use statistics::{
    Delivery, Dispersion, Hour, Kept, Outcome, Statistics, Tail, TailLevel, Uniformity,
};
pub use worked::Worked;

use crate::{HashrateEstimate, RejectTerms};
use serde::{Deserialize, Serialize};
use units::{Hashrate, Price, Sats, Work};

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyProgress {
    /// Bytes read.
    pub bytes: u64,
    /// Shares that count.
    pub shares_valid: u64,
    /// Shares that do not.
    pub shares_invalid: u64,
    /// Sealed epochs read.
    pub epochs: u32,
}

/// The verdict on a bundle.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Version of the verifier.
    pub verifier: String,
    /// True where the bundle was read to its end and nothing at all is wrong.
    pub valid: bool,
    /// Where only a sample of the shares was hashed: how many, and what that says. `valid` then covers the sample.
    pub sample: Option<Sample>,
    /// Bytes read.
    pub bytes: u64,
    /// The contract's terms, where they could be read.
    pub terms: Option<Terms>,
    /// Shares that count.
    pub shares_valid: u64,
    /// Shares that do not.
    pub shares_invalid: u64,
    /// Those, by reason.
    pub invalid_by_reason: Vec<InvalidCount>,
    /// Work of the shares that count.
    pub work_hashes: Work,
    /// Hashrate from the contract's opening to the end of the bundle.
    pub hashrate: HashrateEstimate,
    /// The time that the hashrate is over.
    pub duration_ms: u64,
    /// Per login: the 200 with the most work, by name.
    pub workers: Vec<WorkerLine>,
    /// All other logins together.
    pub workers_left_out: WorkersLeftOut,
    /// How many epochs are sealed.
    pub epochs_total: u32,
    /// The last 4,464 of them: a month of ten minutes each.
    pub epochs: Vec<EpochLine>,
    /// Owed for all shares that count.
    pub owed_sats: Sats,
    /// Owed as of the last sealed epoch: what the ledger must have paid by then.
    pub owed_sealed_sats: Sats,
    /// The operator's part of `owed_sealed_sats`.
    pub fee_sealed_sats: Sats,
    /// Upstream sessions introduced.
    pub upstreams: u32,
    /// Jobs introduced.
    pub jobs: u32,
    /// Hash of the last sealed epoch's record, in hex.
    pub head: String,
    /// Whom the jobs' coinbases would have paid.
    pub coinbases: Coinbases,
    /// The blocks that the jobs built on.
    pub chain: Chain,
    /// What the pools answered, as the bundle records it; not of a sample.
    pub pool_answers: Option<PoolAnswers>,
    /// What only all shares together say; not of a sample.
    pub statistics: Option<Statistics>,
    /// The best share that counts, byte by byte.
    pub worked: Option<Worked>,
    /// How many things are wrong.
    pub faults_total: u64,
    /// Those, by code.
    pub faults_by_code: Vec<InvalidCount>,
    /// The first of them.
    pub faults: Vec<Fault>,
}

/// What a sample of the shares says of all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// Each share was taken with a chance of one in so many.
    pub one_in: u32,
    /// What the choice was made with.
    pub seed: u64,
    /// Shares that were hashed.
    pub hashed: u64,
    /// Those of them that every sample has, since they weigh much. They stand for no others.
    pub heavy: u64,
    /// With this confidence, in parts per million ...
    pub confidence_ppm: u32,
    /// ... at most this part of all shares is not what the bundle says, in parts per million ...
    pub bad_at_most_ppm: u32,
    /// ... and of the work that is counted, and so of the bill, at most this part.
    pub bad_work_at_most_ppm: u32,
}

/// The contract's terms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Number of the contract.
    pub contract: u64,
    /// Who pays.
    pub buyer: String,
    /// Who delivers.
    pub host: String,
    /// Agreed hashrate.
    pub hashrate_hs: Hashrate,
    /// Agreed price.
    pub price_sats_per_phs_day: Price,
    /// The most that will be paid.
    pub budget_sats: Sats,
    /// The operator's part, in hundredths of a percent.
    pub fee_bps: u16,
    /// Opening.
    pub opened_at_ms: u64,
    /// Intended length of an epoch.
    pub epoch_length_ms: u64,
    /// The pool, `host:port`.
    pub pool: String,
    /// The login at the pool.
    pub pool_user: String,
    /// Where the work goes while that pool is away, in this order.
    pub backups: Vec<PoolLogin>,
    /// `main`, `test` or `regtest`.
    pub network: String,
    /// How far delivery may stay below the agreed hashrate, in parts per million.
    pub tolerance_ppm: u32,
    /// How sure one must be that it did, in parts per million.
    pub confidence_ppm: u32,
    /// For how many days it is promised, from the opening on; 0 for spot.
    pub term_days: u16,
    /// What the host has put up for the promise.
    pub bond_sats: Sats,
    /// Who bears refused work.
    pub rejects: RejectTerms,
}

/// A pool and the login there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolLogin {
    /// `host:port`.
    pub pool: String,
    /// The login.
    pub user: String,
}

/// Shares that do not count, for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvalidCount {
    /// Stable code of the reason.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// What one login delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerLine {
    /// The Stratum login.
    pub login: String,
    /// Its shares that count.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
    /// Hashrate over the whole time of the bundle.
    pub hashrate: HashrateEstimate,
}

/// What the logins delivered that are not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkersLeftOut {
    /// How many they are.
    pub logins: u32,
    /// Their shares that count.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
}

/// A sealed epoch, as its record states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochLine {
    /// Number.
    pub index: u32,
    /// Start.
    pub start_ms: u64,
    /// End.
    pub end_ms: u64,
    /// Its shares.
    pub shares: u64,
    /// Shares of the contract so far.
    pub shares_total: u64,
    /// Work of the contract so far.
    pub work_total_hashes: Work,
    /// Owed for the contract so far.
    pub owed_total_sats: Sats,
    /// Hash of the record, in hex.
    pub hash: String,
}

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Stable code.
    pub code: String,
    /// Offset in bytes of the record's first byte.
    pub offset: u64,
    /// Number of the record, from 0.
    pub record: u64,
    /// Number of the share, from 0, where the record is one.
    pub share: Option<u64>,
    /// Number of the epoch that the record belongs to, from 0.
    pub epoch: u32,
    /// One sentence for people.
    pub message: String,
}
