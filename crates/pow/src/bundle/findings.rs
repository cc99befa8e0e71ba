//! What accumulates for the verdict while records are judged.

use super::{
    Admitted, Assignment, Code, Epoch, EpochLine, Fault, InvalidCount, Progress, ShareRecord,
    State, Terms, Verdict, WorkerLine,
    coinbases::Payments,
    sample::Sampler,
    verdict::{chain_line, hex, terms_line},
    worked::Best,
};
use crate::{
    WorkSum,
    coinbase::{Coinbase, Network},
    settlement,
    statistics::{self, ALPHA_PPM, Observation, Promise, Statistics},
};
use alloc::{
    collections::BTreeMap,
    format,
    string::{String, ToString},
    vec::Vec,
};
use units::{Timestamp, Work};

/// Up to so many machines, another target for one of them moves the rate of shares so much that arrivals around it are not
/// compared.
const FEW_WORKERS: u32 = 64;

#[derive(Default)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    pub faults_total: u64,
    by_code: BTreeMap<Code, u64>,
    pub ended_at: Option<Timestamp>,
    pub epochs: Vec<EpochLine>,
    pub by_worker: BTreeMap<u32, WorkSum>,
    statistics: Option<Statistics>,
    /// Work of one share at the target that was assigned last.
    assigned: Work,
    payments: Payments,
    best: Option<Best>,
    hashed: u64,
    hashed_bad: u64,
}

impl Findings {
    pub(super) fn begin(&mut self, terms: &Terms) {
        self.statistics = Some(Statistics::new(terms.opened_at));
    }

    /// The rate of shares changes for a known reason.
    pub(super) fn disturb(&mut self) {
        if let Some(statistics) = &mut self.statistics {
            statistics.disturb();
        }
    }

    pub(super) fn assign(&mut self, assignment: &Assignment, state: &State) {
        self.assigned = assignment.target.work();
        let (_, _, workers) = state.counts();
        if workers <= FEW_WORKERS {
            self.disturb();
        }
    }

    pub(super) fn coinbase(&mut self, coinbase: Option<Coinbase>, network: Network) {
        self.payments.add(coinbase, network);
    }

    pub(super) fn count(&mut self, record: &ShareRecord, work: Work) {
        let sum = self.by_worker.entry(record.worker).or_default();
        *sum = sum.checked_add(work).unwrap_or(*sum);
    }

    /// A share that counts, and was hashed.
    pub(super) fn observe(
        &mut self,
        state: &State,
        record: &ShareRecord,
        share: &Admitted,
        number: u64,
        sample: bool,
    ) {
        self.hashed = self.hashed.saturating_add(1);
        if Best::is_beaten(self.best.as_ref(), &share.hash) {
            self.best = Best::new(state, record, share, number).or(self.best.take());
        }
        if let Some(statistics) = self.statistics.as_mut().filter(|_| !sample) {
            statistics.observe(&Observation {
                hash: &share.hash,
                target: share.target,
                work: share.work,
                network: share.network,
                at: record.at,
            });
        }
    }

    /// A share that does not count.
    pub(super) fn bad(&mut self, hashed: bool) {
        if hashed {
            self.hashed = self.hashed.saturating_add(1);
            self.hashed_bad = self.hashed_bad.saturating_add(1);
        }
    }

    pub(super) fn fault(&mut self, code: Code) {
        self.faults_total = self.faults_total.saturating_add(1);
        let count = self.by_code.entry(code).or_default();
        *count = count.saturating_add(1);
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

    fn statistics(&self, state: &State, end: Timestamp) -> Option<statistics::Findings> {
        let terms = state.terms();
        let promise = Promise {
            hashrate: terms.hashrate,
            tolerance_ppm: terms.tolerance_ppm,
            confidence_ppm: terms.confidence_ppm,
        };
        let statistics = self.statistics.as_ref()?;
        Some(statistics.findings(end, &promise, self.assigned, ALPHA_PPM))
    }

    pub(super) fn verdict(
        self,
        state: Option<&State>,
        progress: Progress,
        sampler: Option<Sampler>,
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
        let full = state.zip(ended).filter(|_| sampler.is_none());
        let statistics = full.and_then(|(state, end)| self.statistics(state, end));
        let count = |(code, count): (&Code, &u64)| InvalidCount {
            code: *code,
            count: *count,
        };
        Verdict {
            verifier: format!("assay-pow {}", env!("CARGO_PKG_VERSION")),
            valid: self.faults_total == 0,
            sample: sampler.map(|sampler| sampler.line(self.hashed, self.hashed_bad)),
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
            owed_sats: state.map(State::owed).unwrap_or_default(),
            owed_sealed_sats: sealed,
            fee_sealed_sats: settlement::fee(sealed, fee_bps).unwrap_or_default(),
            upstreams,
            jobs,
            head: state.map(|state| hex(&state.head())).unwrap_or_default(),
            coinbases: self.payments.lines(),
            chain: state.map(chain_line).unwrap_or_default(),
            statistics,
            worked: self.best.as_ref().map(Best::worked),
            faults_total: self.faults_total,
            faults_by_code: self.by_code.iter().map(count).collect(),
            epochs: self.epochs,
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
