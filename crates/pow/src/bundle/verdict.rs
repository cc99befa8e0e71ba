//! What verification answers.

use super::{Code, Epoch, Fault, Progress, ShareRecord, State};
use crate::{Interval, WorkSum, settlement};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;
use units::{Hashrate, Price, Sats, Timestamp, Work};

/// The verdict on a bundle; as JSON, the same from the server, the command line and the browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Version of the verifier.
    pub verifier: String,
    /// True where the bundle was read to its end and nothing at all is wrong.
    pub valid: bool,
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
    /// Per login.
    pub workers: Vec<WorkerLine>,
    /// Sealed epochs.
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
    /// How many things are wrong.
    pub faults_total: u64,
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

/// What accumulates for the verdict while records are read.
#[derive(Default)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    pub faults_total: u64,
    pub ended_at: Option<Timestamp>,
    pub epochs: Vec<EpochLine>,
    pub by_worker: BTreeMap<u32, WorkSum>,
}

impl Findings {
    pub(super) fn count(&mut self, record: &ShareRecord, work: Work) {
        let sum = self.by_worker.entry(record.worker).or_default();
        *sum = sum.checked_add(work).unwrap_or(*sum);
    }

    pub(super) fn epoch(&mut self, epoch: &Epoch) {
        self.epochs.push(EpochLine {
            index: epoch.index,
            start_ms: epoch.start.unix_ms(),
            end_ms: epoch.end.unix_ms(),
            shares: epoch.shares,
            shares_total: epoch.shares_total,
            work_total_hashes: epoch.work_total,
            owed_total_sats: epoch.owed_total,
            hash: hex(&epoch.hash()),
        });
    }

    pub(super) fn verdict(
        self,
        state: Option<&State>,
        progress: Progress,
        invalid_by_reason: Vec<InvalidCount>,
    ) -> Verdict {
        let sum = state.map(State::sum).unwrap_or_default();
        let ended = self.ended_at.or(state.map(State::last_time));
        let opened = state.map(|state| state.terms().opened_at);
        let duration = ended
            .zip(opened)
            .map(|(end, start)| end.since(start))
            .unwrap_or_default();
        let sealed = state.map(State::sealed).unwrap_or_default();
        let fee_bps = state.map_or(0, |state| state.terms().fee_bps);
        let (upstreams, jobs, _) = state.map(State::counts).unwrap_or_default();
        let workers = state
            .map(|state| by_login(state, &self.by_worker))
            .unwrap_or_default();
        Verdict {
            verifier: format!("assay-pow {}", env!("CARGO_PKG_VERSION")),
            valid: self.faults_total == 0,
            bytes: progress.bytes,
            terms: state.map(terms_line),
            shares_valid: progress.shares_valid,
            shares_invalid: progress.shares_invalid,
            invalid_by_reason,
            work_hashes: sum.work,
            hashrate: sum.interval(duration).into(),
            duration_ms: duration.get(),
            workers: workers
                .into_iter()
                .map(|(login, sum)| WorkerLine {
                    login,
                    shares: sum.shares,
                    work_hashes: sum.work,
                    hashrate: sum.interval(duration).into(),
                })
                .collect(),
            epochs: self.epochs,
            owed_sats: state.map(State::owed).unwrap_or_default(),
            owed_sealed_sats: sealed,
            fee_sealed_sats: settlement::fee(sealed, fee_bps).unwrap_or_default(),
            upstreams,
            jobs,
            head: state.map(|state| hex(&state.head())).unwrap_or_default(),
            faults_total: self.faults_total,
            faults: self.faults,
        }
    }
}

/// A machine that reconnects is a new worker of the bundle under the same login.
pub(super) fn by_login(state: &State, sums: &BTreeMap<u32, WorkSum>) -> BTreeMap<String, WorkSum> {
    let mut logins: BTreeMap<String, WorkSum> = BTreeMap::new();
    for (worker, sum) in sums {
        let login = state.login(*worker).unwrap_or_default().to_string();
        let total = logins.entry(login).or_default();
        *total = total.checked_merge(*sum).unwrap_or(*total);
    }
    logins
}

fn terms_line(state: &State) -> TermsLine {
    let terms = state.terms();
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
    }
}

fn hex(bytes: &[u8]) -> String {
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
