//! Writes a bundle, record by record, and refuses what a verifier would refuse.

use super::{
    Admitted, Assignment, Code, Epoch, JobRecord, MAGIC, Record, ShareRecord, State, Terms,
    Upstream, Worker,
};
use alloc::vec::Vec;
use units::Timestamp;

/// Appends records. The bytes of each go to the caller's buffer; a refused record writes nothing.
///
/// Times that lie before the last record's are written as the last record's.
#[derive(Clone)]
pub struct Writer {
    state: State,
}

impl Writer {
    /// Starts a bundle.
    ///
    /// # Errors
    /// `BadFrame` or `LimitExceeded` where no verifier could read the terms: a fee above 100 %, a pool or login that is
    /// too long or not printable ASCII.
    pub fn new(terms: Terms, out: &mut Vec<u8>) -> Result<Self, Code> {
        let mut state = State::new(terms.clone());
        let mut bytes = MAGIC.to_vec();
        Record::Terms(terms).encode_readable(state.context(), &mut bytes)?;
        state.hash_bytes(&bytes);
        out.extend_from_slice(&bytes);
        Ok(Self { state })
    }

    /// Goes on where a verified log ended.
    pub(super) const fn resume(state: State) -> Self {
        Self { state }
    }

    /// The sums so far.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    /// Introduces an upstream session; answers its number.
    ///
    /// # Errors
    /// `LimitExceeded`, `BadFrame` where the extranonce2 size is not 1 to 32.
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
    /// `BadOrder` before the first upstream session, `ReplacedBlock`, `LimitExceeded`.
    pub fn job(&mut self, record: JobRecord, out: &mut Vec<u8>) -> Result<u32, Code> {
        let record = JobRecord {
            at: self.not_before_last(record.at),
            ..record
        };
        self.write(
            |state| state.job(&record),
            || Record::Job(record.clone()),
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

    /// Records a share that [`State::check`] has hashed.
    ///
    /// # Errors
    /// `Stale`, `Duplicate`, `OverBudget` and the other codes of a share.
    pub fn share(
        &mut self,
        record: ShareRecord,
        admitted: Admitted,
        out: &mut Vec<u8>,
    ) -> Result<(), Code> {
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

    /// Seals the open epoch.
    pub fn seal(&mut self, end: Timestamp, out: &mut Vec<u8>) -> Epoch {
        let epoch = self.state.epoch(end);
        let mut bytes = Vec::new();
        Record::Epoch(epoch.clone()).encode(self.state.context(), &mut bytes);
        self.state.seal(&epoch);
        self.state.hash_bytes(&bytes);
        out.extend_from_slice(&bytes);
        epoch
    }

    /// The end record that makes everything so far a whole bundle; it is not part of the log.
    #[must_use]
    pub fn end(&self, at: Timestamp) -> Vec<u8> {
        let mut bytes = Vec::new();
        let at = self.not_before_last(at);
        Record::End(self.state.end(at)).encode(self.state.context(), &mut bytes);
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
        self.state.hash_bytes(&bytes);
        out.extend_from_slice(&bytes);
        Ok(applied)
    }
}
