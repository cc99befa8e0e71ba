//! What verification answers.

use super::{
    Code, CoinbasesLine, Fault, PoolAnswersLine, SampleLine, State, WorkedShare,
    state::{Blocks, BuiltOn},
};
use crate::{Header, Interval, coinbase::Network, settlement::RejectTerms, statistics};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;
use units::{Hashrate, Price, Sats, Work};

/// The verdict on a bundle; as JSON, the same from the server, the command line and the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Version of the verifier.
    pub verifier: String,
    /// True where the bundle was read to its end and nothing at all is wrong.
    pub valid: bool,
    /// Where only a sample of the shares was hashed: how many, and what that says. `valid` then covers the sample.
    pub sample: Option<SampleLine>,
    /// Bytes read.
    pub bytes: u64,
    /// The contract's terms, where they could be read.
    pub terms: Option<TermsLine>,
    /// Shares that count.
    pub shares_valid: u64,
    /// Shares that do not.
    pub shares_invalid: u64,
    /// Those, by reason.
    pub invalid_by_reason: Vec<InvalidCount>,
    /// Work of the shares that count.
    pub work_hashes: Work,
    /// Hashrate from the contract's opening to the end of the bundle.
    pub hashrate: HashrateLine,
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
    /// Upstream sessions, jobs and workers introduced.
    pub upstreams: u32,
    /// See `upstreams`.
    pub jobs: u32,
    /// Hash of the last sealed epoch's record, in hex.
    pub head: String,
    /// Whom the jobs' coinbases would have paid.
    pub coinbases: CoinbasesLine,
    /// The blocks that the jobs built on.
    pub chain: ChainLine,
    /// What the pools answered, as the bundle records it; not of a sample.
    pub pool_answers: Option<PoolAnswersLine>,
    /// What only all shares together say; not of a sample.
    pub statistics: Option<statistics::Findings>,
    /// The best share that counts, byte by byte.
    pub worked: Option<WorkedShare>,
    /// How many things are wrong.
    pub faults_total: u64,
    /// Those, by code.
    pub faults_by_code: Vec<InvalidCount>,
    /// The first of them.
    pub faults: Vec<Fault>,
}

/// The terms as the verdict shows them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TermsLine {
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
    pub backups: Vec<LoginLine>,
    /// The chain that the pool mines on.
    pub network: Network,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoginLine {
    /// `host:port`.
    pub pool: String,
    /// The login.
    pub user: String,
}

/// The blocks that jobs built on, and which of them the bundle proves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChainLine {
    /// Blocks that jobs built on.
    pub blocks: u32,
    /// Those whose header is in the bundle: it meets its own target and follows the header before.
    pub proven: u32,
    /// Headers in the bundle.
    pub headers: u32,
    /// Those that are on branches, and not on the chain with the most work.
    pub forks: u32,
    /// Work of the headers on that chain.
    pub work_hashes: Work,
    /// The first of them, to compare with a node.
    pub first: Option<BlockLine>,
    /// The last.
    pub last: Option<BlockLine>,
    /// The blocks on which shares count, in the order of their first share; the first 5,000.
    pub built_on: Vec<BuiltOnLine>,
    /// Such blocks beyond those.
    pub built_on_left_out: u32,
    /// What breaks no rule, and honest work hardly ever shows.
    pub doubts: Vec<DoubtLine>,
}

/// A reason to look closer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DoubtLine {
    /// Which.
    pub code: Doubt,
    /// How often.
    pub count: u64,
    /// One sentence for people.
    pub message: String,
}

/// What honest work hardly ever shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// More than one share in a hundred came over two hours before or after its job's ntime.
    ShareTimes,
    /// A job built on a lower block than the one before.
    HeightFalls,
}

/// Of so many shares one may have a time that is far from its job's: a pool that sends no job for two hours makes some.
const APART_ONE_IN: u64 = 100;

/// A block on which shares count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuiltOnLine {
    /// Its hash as block explorers print it.
    pub hash: String,
    /// Its height, where that is known.
    pub height: Option<u32>,
    /// Those shares.
    pub shares: u64,
}

/// Blocks of 31 days, and more than chance makes of them.
const BUILT_ON_LISTED: usize = 5_000;

/// A block of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockLine {
    /// Its hash as block explorers print it.
    pub hash: String,
    /// Its height, where a job's coinbase said it (BIP 34).
    pub height: Option<u32>,
    /// The time in its header, seconds since the Unix epoch.
    pub time: u32,
}

/// A hashrate with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct HashrateLine {
    /// The estimate.
    pub estimate_hs: Hashrate,
    /// Lower bound.
    pub low_hs: Hashrate,
    /// Upper bound.
    pub high_hs: Hashrate,
}

/// Shares that do not count, for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct InvalidCount {
    /// The reason.
    pub code: Code,
    /// How many.
    pub count: u64,
}

/// What one login delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkerLine {
    /// The Stratum login.
    pub login: String,
    /// Its shares that count.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
    /// Hashrate over the whole time of the bundle.
    pub hashrate: HashrateLine,
}

/// What the logins delivered that are not listed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WorkersLeftOut {
    /// How many they are.
    pub logins: u32,
    /// Their shares that count.
    pub shares: u64,
    /// Their work.
    pub work_hashes: Work,
}

/// A sealed epoch, as its record states it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

pub(super) fn terms_line(state: &State) -> TermsLine {
    let terms = state.terms();
    let backups = terms.backups.iter().map(|backup| LoginLine {
        pool: backup.address.clone(),
        user: backup.user.clone(),
    });
    TermsLine {
        contract: terms.contract.get(),
        buyer: terms.buyer.to_string(),
        host: terms.host.to_string(),
        hashrate_hs: terms.hashrate,
        price_sats_per_phs_day: terms.price,
        budget_sats: terms.budget,
        fee_bps: terms.fee_bps,
        opened_at_ms: terms.opened_at.unix_ms(),
        epoch_length_ms: terms.epoch_length.get(),
        pool: terms.pool.clone(),
        pool_user: terms.pool_user.clone(),
        backups: backups.collect(),
        network: terms.network,
        tolerance_ppm: terms.tolerance_ppm,
        confidence_ppm: terms.confidence_ppm,
        term_days: terms.term_days,
        bond_sats: terms.bond,
        rejects: terms.rejects,
    }
}

pub(super) fn chain_line(state: &State) -> ChainLine {
    let blocks = state.blocks();
    let (named, proven) = blocks.counts();
    let headers = blocks.headers();
    let (on_best, work_hashes, first_height) = blocks.best_chain();
    let [first, last] = blocks.ends();
    let last_height = last.and_then(|(hash, _)| blocks.height(&hash));
    let built_on = blocks.built_on();
    let listed = built_on.iter().take(BUILT_ON_LISTED);
    let left_out = built_on.len().saturating_sub(BUILT_ON_LISTED);
    ChainLine {
        blocks: named,
        proven,
        headers,
        forks: headers.saturating_sub(on_best),
        work_hashes,
        first: first.map(|first| block_line(first, first_height)),
        last: last.map(|last| block_line(last, last_height)),
        built_on: listed.map(|block| built_on_line(blocks, block)).collect(),
        built_on_left_out: u32::try_from(left_out).unwrap_or(u32::MAX),
        doubts: doubts(state),
    }
}

fn doubts(state: &State) -> Vec<DoubtLine> {
    let blocks = state.blocks();
    let times = blocks.times();
    let apart = times.apart > state.sum().shares / APART_ONE_IN;
    let apart = apart.then(|| DoubtLine {
        code: Doubt::ShareTimes,
        count: times.apart,
        message: format!(
            "Shares came over two hours before or after their jobs' own time, up to {} s: \
             they were worked at another time than the bundle says.",
            times.most_s
        ),
    });
    let falls = u64::from(blocks.height_falls());
    let falls = (falls > 0).then(|| DoubtLine {
        code: Doubt::HeightFalls,
        count: falls,
        message:
            "Jobs went on with a lower block than the one before: a pool follows its chain upwards."
                .into(),
    });
    apart.into_iter().chain(falls).collect()
}

fn block_line((hash, header): ([u8; 32], Header), height: Option<u32>) -> BlockLine {
    BlockLine {
        hash: as_printed(hash),
        height,
        time: header.ntime,
    }
}

fn built_on_line(blocks: &Blocks, block: &BuiltOn) -> BuiltOnLine {
    BuiltOnLine {
        hash: as_printed(block.hash),
        height: blocks.height(&block.hash),
        shares: block.shares,
    }
}

/// A block's hash as nodes and block explorers print it.
fn as_printed(mut hash: [u8; 32]) -> String {
    hash.reverse();
    hex(&hash)
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl From<Interval> for HashrateLine {
    fn from(interval: Interval) -> Self {
        Self {
            estimate_hs: interval.hashrate,
            low_hs: interval.low,
            high_hs: interval.high,
        }
    }
}
