//! Writes a bundle, record by record, and refuses what a verifier would refuse.

use super::{
    Admitted, Answer, Assignment, Code, Ending, Epoch, JobRecord, MAGIC, Record, ShareRecord,
    State, Terms, Upstream, Worker, hasher::RecordsHasher, record::SharedJob,
};
use crate::{Header, VERSION_ROLLING_MASK};
use alloc::vec::Vec;
use units::Timestamp;

/// Appends records. The bytes of each go to the caller's buffer; a refused record writes nothing.
///
/// Times that lie before the last record's are written as the last record's.
#[derive(Clone)]
pub struct Writer {
    state: State,
    hasher: RecordsHasher,
}

impl Writer {
    /// Starts a bundle.
    ///
    /// # Errors
    /// `BadFrame` or `LimitExceeded` where no verifier could read the terms: a fee above 100 %, a pool or login that is
    /// too long or not printable ASCII.
    pub fn new(terms: Terms, out: &mut Vec<u8>) -> Result<Self, Code> {
        let state = State::new(terms.clone());
        let mut bytes = MAGIC.to_vec();
        Record::Terms(terms).encode_readable(state.context(), &mut bytes)?;
        let mut hasher = RecordsHasher::default();
        hasher.update(&bytes);
        out.extend_from_slice(&bytes);
        Ok(Self { state, hasher })
    }

    /// Goes on where a verified log ended.
    pub(super) const fn resume(state: State, hasher: RecordsHasher) -> Self {
        Self { state, hasher }
    }

    /// The sums so far.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Introduces an upstream session; answers its number.
    ///
    /// # Errors
    /// `UnknownPool`, `LimitExceeded`, `BadFrame` where the extranonce2 size is not 1 to 32.
    pub fn upstream(&mut self, upstream: Upstream, out: &mut Vec<u8>) -> Result<u32, Code> {
        let upstream = Upstream {
            at: self.not_before_last(upstream.at),
            ..upstream
        };
        self.write(
            |state| state.upstream(&upstream),
            || Record::Upstream(upstream.clone()),
            out,
        )
    }

    /// Introduces a job of the latest upstream session; answers its number.
    ///
    /// # Errors
    /// `BadOrder` before the first upstream session, `ReplacedBlock`, `LimitExceeded`, `BadFrame` for a version mask outside
    /// BIP 320's; `JobNbits` and `JobHeight` where it contradicts the chain.
    pub fn job(&mut self, record: JobRecord, out: &mut Vec<u8>) -> Result<u32, Code> {
        let record = JobRecord {
            at: self.not_before_last(record.at),
            ..record
        };
        if record.version_mask & !VERSION_ROLLING_MASK != 0 {
            return Err(Code::BadFrame);
        }
        self.write(
            |state| match state.job_fault(&record.job) {
                Some(code) => Err(code),
                None => state.job(&SharedJob::from(record.clone())),
            },
            || Record::Job(record.clone()),
            out,
        )
    }

    /// Adds the header of a block of the chain.
    ///
    /// # Errors
    /// `HeaderWork`, `HeaderLink` where it is there already or does not follow one that is, `HeaderNbits`, `HeaderHeight`,
    /// `LimitExceeded`.
    pub fn header(&mut self, header: Header, out: &mut Vec<u8>) -> Result<(), Code> {
        self.write(
            |state| state.header(&header),
            || Record::Header(header),
            out,
        )
    }

    /// Introduces a worker in the latest upstream session; answers its number.
    ///
    /// # Errors
    /// `BadOrder`, `LimitExceeded`, or `BadFrame` where the prefix leaves the machine less than 1 or more than 8 bytes.
    pub fn worker(&mut self, worker: Worker, out: &mut Vec<u8>) -> Result<u32, Code> {
        self.write(
            |state| state.worker(&worker),
            || Record::Worker(worker.clone()),
            out,
        )
    }

    /// Assigns a target to a worker from a job on.
    ///
    /// # Errors
    /// `UnknownWorker`, `UnknownJob`, or `BadOrder` where the worker already has a target from this job or a later one on,
    /// or a share of such a job.
    pub fn assign(&mut self, assignment: Assignment, out: &mut Vec<u8>) -> Result<(), Code> {
        self.write(
            |state| state.assign(&assignment),
            || Record::Assignment(assignment),
            out,
        )
    }

    /// Records a share that [`State::check`] has hashed; answers its number among all shares, by which a pool's answer
    /// names it.
    ///
    /// # Errors
    /// `Stale`, `Duplicate`, `OverBudget` and the other codes of a share.
    pub fn share(
        &mut self,
        record: ShareRecord,
        admitted: Admitted,
        out: &mut Vec<u8>,
    ) -> Result<u64, Code> {
        let record = ShareRecord {
            at: self.not_before_last(record.at),
            ..record
        };
        self.write(
            |state| state.admit(&record, admitted),
            || Record::Share(record.clone()),
            out,
        )
    }

    /// Records what a pool said of a share that was sent on to it: now or later, in this epoch or another.
    ///
    /// # Errors
    /// `UnknownShare`, `AnswerNotDue` where [`Admitted::pool`] was none, `AnswerTwice`, `AnswerTooLate`; `BadFrame` or
    /// `LimitExceeded` for a reason that is not what [`super::PoolWord::refused`] makes of it.
    pub fn answer(&mut self, answer: Answer, out: &mut Vec<u8>) -> Result<(), Code> {
        let answer = Answer {
            at: self.not_before_last(answer.at),
            ..answer
        };
        self.write(
            |state| state.answer(&answer, false).map(|_| ()),
            || Record::Answer(answer.clone()),
            out,
        )
    }

    /// Seals the open epoch.
    pub fn seal(&mut self, end: Timestamp, out: &mut Vec<u8>) -> Epoch {
        let epoch = self.state.epoch(end, self.hasher.hash());
        let mut bytes = Vec::new();
        Record::Epoch(epoch.clone()).encode(self.state.context(), &mut bytes);
        self.state.seal(&epoch);
        self.hasher.restart(&bytes);
        out.extend_from_slice(&bytes);
        epoch
    }

    /// The end record that makes everything so far a whole bundle; it is not part of the log.
    #[must_use]
    pub fn end(&self, at: Timestamp) -> Vec<u8> {
        let mut bytes = Vec::new();
        let at = self.not_before_last(at);
        let end = self.hasher.end(at, self.state.sum().shares);
        Record::End(end).encode(self.state.context(), &mut bytes);
        bytes
    }

    /// What makes a bundle of the log of a contract that is over: how it ended, and the end record as of the last record's
    /// time, so that the bundle is the same whenever it is made. Whether the ending is right is for verifiers to say.
    #[must_use]
    pub fn ended(&self, ending: Ending) -> Vec<u8> {
        let mut bytes = Vec::new();
        let (context, shares) = (self.state.context(), self.state.sum().shares);
        Record::Ending(ending).encode(context, &mut bytes);
        let mut hasher = self.hasher.clone();
        hasher.update(&bytes);
        let end = hasher.end(self.state.last_time(), shares);
        Record::End(end).encode(context, &mut bytes);
        bytes
    }

    fn not_before_last(&self, at: Timestamp) -> Timestamp {
        at.max(self.state.last_time())
    }

    /// Encodes as the reader will see it, with what was known before the record, then applies.
    fn write<T>(
        &mut self,
        apply: impl FnOnce(&mut State) -> Result<T, Code>,
        record: impl FnOnce() -> Record,
        out: &mut Vec<u8>,
    ) -> Result<T, Code> {
        let mut bytes = Vec::new();
        record().encode_readable(self.state.context(), &mut bytes)?;
        let applied = apply(&mut self.state)?;
        self.hasher.update(&bytes);
        out.extend_from_slice(&bytes);
        Ok(applied)
    }
}
