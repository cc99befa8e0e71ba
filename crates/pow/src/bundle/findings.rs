//! What accumulates for the verdict while records are judged.

use super::{
    Admitted, Assignment, Code, Ending, EndingLine, Epoch, EpochLine, Fault, GuaranteeLine,
    InvalidCount, Progress, ShareRecord, State, Terms, Verdict,
    answers::Answers,
    coinbases::Payments,
    sample::{Sampler, Tally},
    verdict::{chain_line, hex, terms_line},
    worked::Best,
    workers::{by_login, lines},
};
use crate::{
    WorkSum,
    coinbase::{Coinbase, Network},
    settlement,
    statistics::{self, ALPHA_PPM, Observation, Statistics},
};
use alloc::{collections::BTreeMap, format, vec::Vec};
use units::{Target, Timestamp, Work};

/// Up to so many machines, one that comes or gets another target moves the rate of shares so much that arrivals around it
/// are not compared.
const FEW_WORKERS: usize = 64;

/// Sealed epochs that a verdict lists, the last ones: a month of ten minutes each. Sums and hashes stand in the last.
const EPOCHS_LISTED: usize = 4_464;
/// Held so many, the first half is forgotten.
const EPOCHS_HELD: usize = 2 * EPOCHS_LISTED;

#[derive(Default)]
pub(super) struct Findings {
    pub faults: Vec<Fault>,
    pub faults_total: u64,
    by_code: BTreeMap<Code, u64>,
    pub answers: Answers,
    pub ended_at: Option<Timestamp>,
    pub ending: Option<(EndingLine, Option<GuaranteeLine>)>,
    pub epochs: Vec<EpochLine>,
    pub by_worker: BTreeMap<u32, WorkSum>,
    /// The latest upstream session of which a share counts, and the workers that had one since the first of it, each
    /// with the target of its last.
    session: Option<u32>,
    at_work: BTreeMap<u32, Target>,
    statistics: Option<Statistics>,
    /// Work of one share at the target that was assigned last.
    assigned: Work,
    payments: Payments,
    best: Option<Best>,
    pub tally: Tally,
    /// A server goes by each of its epochs, however many.
    pub all_epochs: bool,
    epochs_total: u32,
}

impl Findings {
    pub(super) fn begin(&mut self, terms: &Terms) {
        self.statistics = Some(Statistics::new(terms.opened_at));
    }

    /// True of a log to which more may be appended.
    pub(super) const fn may_go_on(&self) -> bool {
        self.faults_total == 0 && self.ending.is_none()
    }

    /// What the ending contradicts.
    pub(super) fn ending(&mut self, ending: &Ending, state: &State) -> Vec<Code> {
        let (faults, guarantee) = ending.judge(state);
        self.ending = Some((ending.line(), guarantee));
        faults
    }

    /// The rate of shares changes for a known reason.
    fn disturb(&mut self) {
        if let Some(statistics) = &mut self.statistics {
            statistics.disturb();
        }
    }

    pub(super) fn assign(&mut self, assignment: &Assignment) {
        self.assigned = assignment.target.work();
    }

    /// Before each share that counts: the first of a new upstream session shows that those at work before are gone. The
    /// session's record alone shows nothing, so that records without shares cannot keep arrivals from being judged.
    fn notice_session(&mut self, session: Option<u32>) {
        if session > self.session {
            self.session = session;
            self.at_work.clear();
            self.disturb();
        }
    }

    /// After it: was it a worker's first in this session, or the first by another target?
    fn notice_change(&mut self, worker: u32, target: Target) {
        let before = self.at_work.insert(worker, target);
        if before != Some(target) && self.at_work.len() <= FEW_WORKERS {
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
        if Best::is_beaten(self.best.as_ref(), &share.hash) {
            self.best = Best::new(state, record, share, number).or(self.best.take());
        }
        if sample {
            return;
        }
        self.notice_session(state.session_of(record.worker));
        if let Some(statistics) = &mut self.statistics {
            statistics.observe(&Observation {
                hash: &share.hash,
                target: share.target,
                work: share.work,
                network: share.network,
                at: record.at,
            });
        }
        self.notice_change(record.worker, share.target);
    }

    pub(super) fn fault(&mut self, code: Code) {
        self.faults_total = self.faults_total.saturating_add(1);
        let count = self.by_code.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn epoch(&mut self, epoch: &Epoch) {
        self.epochs_total = self.epochs_total.saturating_add(1);
        if !self.all_epochs && self.epochs.len() >= EPOCHS_HELD {
            self.epochs.drain(..EPOCHS_LISTED);
        }
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
        let promise = state.terms().promise();
        let statistics = self.statistics.as_ref()?;
        Some(statistics.findings(end, &promise, self.assigned, ALPHA_PPM))
    }

    pub(super) fn verdict(
        mut self,
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
        let by_login = state.map(|state| by_login(state, &self.by_worker));
        let (workers, workers_left_out) = lines(by_login.unwrap_or_default(), duration);
        let first_epoch = self.epochs.len().saturating_sub(EPOCHS_LISTED);
        let full = state.zip(ended).filter(|_| sampler.is_none());
        let answers = core::mem::take(&mut self.answers);
        let pool_answers = full.map(|(state, _)| answers.line(state.terms()));
        let statistics = full.and_then(|(state, end)| self.statistics(state, end));
        let count = |(code, count): (&Code, &u64)| InvalidCount {
            code: *code,
            count: *count,
        };
        Verdict {
            verifier: format!("assay-pow {}", env!("CARGO_PKG_VERSION")),
            valid: self.faults_total == 0,
            sample: sampler.map(|sampler| sampler.line(&self.tally, sum.work.get())),
            bytes: progress.bytes,
            terms: state.map(terms_line),
            shares_valid: progress.shares_valid,
            shares_invalid: progress.shares_invalid,
            invalid_by_reason,
            work_hashes: sum.work,
            hashrate: sum.interval(duration).into(),
            duration_ms: duration.get(),
            workers,
            workers_left_out,
            owed_sats: state.map(State::owed).unwrap_or_default(),
            owed_sealed_sats: sealed,
            fee_sealed_sats: settlement::fee(sealed, fee_bps).unwrap_or_default(),
            upstreams,
            jobs,
            head: state.map(|state| hex(&state.head())).unwrap_or_default(),
            coinbases: self.payments.lines(),
            chain: state.map(chain_line).unwrap_or_default(),
            ending: self.ending.map(|(ending, _)| ending),
            guarantee: self.ending.and_then(|(_, guarantee)| guarantee),
            pool_answers,
            statistics,
            worked: self.best.as_ref().map(Best::worked),
            faults_total: self.faults_total,
            faults_by_code: self.by_code.iter().map(count).collect(),
            epochs_total: self.epochs_total,
            epochs: self.epochs.split_off(first_epoch),
            faults: self.faults,
        }
    }
}
