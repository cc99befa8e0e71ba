//! Verifies a bundle as its bytes come.

use super::{
    Admitted, Code, End, Epoch, EpochLine, Fault, InvalidCount, MAGIC, Record, ShareRecord, State,
    Verdict, Writer,
    frame::{PAYLOAD_MAX, Varint, varint_at_front},
    record::Context,
    verdict::{Findings, by_login},
};
use crate::WorkSum;
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::Vec,
};
use units::Timestamp;

/// Shares that are hashed together at most: enough to fill every lane for long, whatever the mix of machines.
const BATCH: usize = 1_024;
/// Faults that are listed; all are counted.
const FAULTS_LISTED: usize = 100;

/// Takes a bundle in pieces of any size, holds what is needed for the next record, and answers a verdict.
#[derive(Default)]
pub struct Verifier {
    /// Bytes of a record that is not whole yet, at most one frame.
    pending: Vec<u8>,
    /// Shares in a row, to be hashed together; empty between two calls.
    batch: Vec<Queued>,
    offset: u64,
    records: u64,
    state: Option<State>,
    phase: Phase,
    findings: Findings,
    invalid: BTreeMap<Code, u64>,
}

/// A share as it was read, and its bytes.
struct Queued {
    record: ShareRecord,
    frame: Vec<u8>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Magic,
    Records,
    Ended,
    /// A fatal fault was met: nothing more is read.
    Lost,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Bytes read.
    pub bytes: u64,
    /// Shares that count.
    pub shares_valid: u64,
    /// Shares that do not.
    pub shares_invalid: u64,
    /// Sealed epochs read.
    pub epochs: u32,
}

impl Verifier {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next bytes. Never fails: what is wrong stands in the verdict.
    pub fn push(&mut self, bytes: &[u8]) {
        self.push_each(bytes, &mut |_, _| {});
    }

    /// As [`Verifier::push`], and shows every share that counts.
    pub fn push_each(&mut self, mut bytes: &[u8], each: &mut dyn FnMut(&ShareRecord, &Admitted)) {
        while !bytes.is_empty() {
            match self.phase {
                Phase::Lost => return,
                Phase::Ended => return self.fault(Code::DataAfterEnd, None),
                Phase::Magic | Phase::Records => {}
            }
            // Fill up to one whole record, so that `pending` never holds more than one.
            let wanted = match self.wanted() {
                Ok(wanted) => wanted,
                Err(code) => return self.lost(code, each),
            };
            let missing = wanted.saturating_sub(self.pending.len());
            let (now, later) = bytes.split_at(missing.min(bytes.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() >= wanted {
                self.advance(each);
            }
        }
        self.flush(each);
    }

    /// How many bytes `pending` must have before there is something to do: the magic, one more byte of a frame's
    /// head, or the whole frame.
    fn wanted(&self) -> Result<usize, Code> {
        if self.phase == Phase::Magic {
            return Ok(MAGIC.len());
        }
        Ok(match frame_head(&self.pending)? {
            Some((_, head, length)) => head.saturating_add(length),
            None => self.pending.len().saturating_add(1),
        })
    }

    fn advance(&mut self, each: &mut dyn FnMut(&ShareRecord, &Admitted)) {
        if self.phase == Phase::Magic {
            return self.magic();
        }
        let (kind, head, length) = match frame_head(&self.pending) {
            Ok(Some(frame)) => frame,
            Ok(None) => return,
            Err(code) => return self.lost(code, each),
        };
        if self.pending.len() < head.saturating_add(length) {
            return;
        }
        let frame = core::mem::take(&mut self.pending);
        let payload = frame.get(head..).unwrap_or_default();
        match Record::decode(kind, payload, self.context()) {
            Ok(Record::Share(record)) if self.state.is_some() => {
                self.batch.push(Queued { record, frame });
                if self.batch.len() >= BATCH {
                    self.flush(each);
                }
            }
            Ok(record) => {
                self.flush(each);
                if self.phase != Phase::Lost {
                    self.record(record, &frame);
                    self.pass(&frame);
                }
            }
            Err(code) => self.lost(code, each),
        }
    }

    /// What the next record is decoded with: shares that wait for their hashes have moved the time, and nothing else.
    fn context(&self) -> Context {
        let state = self.state.as_ref();
        let mut context = state.map_or_else(Context::default, State::context);
        if let Some(last) = self.batch.last() {
            context.last_time = context.last_time.max(last.record.at);
        }
        context
    }

    /// A record was read and is behind us.
    fn pass(&mut self, frame: &[u8]) {
        if self.phase != Phase::Lost {
            self.offset = self.offset.saturating_add(frame.len() as u64);
            self.records = self.records.saturating_add(1);
        }
    }

    /// Hashes the shares that wait, then judges them one after the other.
    fn flush(&mut self, each: &mut dyn FnMut(&ShareRecord, &Admitted)) {
        let batch = core::mem::take(&mut self.batch);
        let Some(state) = self.state.as_ref().filter(|_| !batch.is_empty()) else {
            return;
        };
        let hashes = state.header_hashes(batch.iter().map(|queued| &queued.record));
        for (Queued { record, frame }, hash) in batch.iter().zip(hashes) {
            if self.phase == Phase::Lost {
                return;
            }
            self.share(record, hash, frame, each);
            self.pass(frame);
        }
    }

    fn magic(&mut self) {
        let read = core::mem::take(&mut self.pending);
        let (name, version) = (read.get(..6), read.get(6..));
        if name != MAGIC.get(..6) {
            return self.fault(Code::BadMagic, None);
        }
        if version != MAGIC.get(6..) {
            return self.fault(Code::UnsupportedVersion, None);
        }
        self.offset = MAGIC.len() as u64;
        self.phase = Phase::Records;
    }

    /// Every record but a share of a begun bundle.
    fn record(&mut self, record: Record, frame: &[u8]) {
        let Some(state) = self.state.as_mut() else {
            let Record::Terms(terms) = record else {
                return self.fault(Code::BadOrder, None);
            };
            let mut state = State::new(terms);
            state.hash_bytes(&MAGIC);
            state.hash_bytes(frame);
            self.state = Some(state);
            return;
        };
        let applied = match &record {
            Record::Terms(_) | Record::Share(_) => Err(Code::BadOrder),
            Record::Upstream(upstream) => state.upstream(upstream).map(|_| ()),
            Record::Job(job) => state.job(job).map(|_| ()),
            Record::Worker(worker) => state.worker(worker).map(|_| ()),
            Record::Assignment(assignment) => state.assign(assignment),
            Record::Epoch(epoch) => return self.epoch(epoch, frame),
            Record::End(end) => return self.end(end),
        };
        match applied {
            Ok(()) => state.hash_bytes(frame),
            // Without it nothing after it means anything.
            Err(code) => {
                self.fault(code, None);
                self.phase = Phase::Lost;
            }
        }
    }

    fn share(
        &mut self,
        record: &ShareRecord,
        hash: [u8; 32],
        frame: &[u8],
        each: &mut dyn FnMut(&ShareRecord, &Admitted),
    ) {
        let Some(state) = self.state.as_mut() else {
            return;
        };
        let checked = state.check_hashed(record, hash);
        let counted = checked.and_then(|share| state.admit(record, share).map(|()| share));
        match counted {
            Ok(share) => {
                state.hash_bytes(frame);
                self.findings.count(record, share.work);
                each(record, &share);
            }
            Err(code) => self.invalid_share(code, record.at, frame),
        }
    }

    fn invalid_share(&mut self, code: Code, at: Timestamp, frame: &[u8]) {
        let Some(state) = self.state.as_mut() else {
            return self.fault(Code::BadOrder, None);
        };
        state.skip(at);
        state.hash_bytes(frame);
        let share = self.progress().shares();
        self.fault(code, Some(share));
        let count = self.invalid.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    fn epoch(&mut self, epoch: &Epoch, frame: &[u8]) {
        let Some(state) = self.state.as_mut() else {
            return;
        };
        let faults = state.epoch_faults(epoch);
        state.seal(epoch);
        state.hash_bytes(frame);
        self.findings.epoch(epoch);
        let number = state.epochs().saturating_sub(1);
        faults
            .into_iter()
            .for_each(|code| self.fault_in(code, None, number));
    }

    fn end(&mut self, end: &End) {
        let Some(state) = self.state.as_ref() else {
            return;
        };
        let must = state.end(end.at);
        let early = end.at < state.last_time();
        self.findings.ended_at = Some(end.at);
        if end.shares_total != must.shares_total {
            self.fault(Code::EndShares, None);
        }
        if end.hash != must.hash || early {
            self.fault(Code::EndHash, None);
        }
        self.phase = Phase::Ended;
    }

    /// Nothing can be read from here on; what was read before counts.
    fn lost(&mut self, code: Code, each: &mut dyn FnMut(&ShareRecord, &Admitted)) {
        self.flush(each);
        if self.phase != Phase::Lost {
            self.fault(code, None);
            self.phase = Phase::Lost;
        }
    }

    fn fault(&mut self, code: Code, share: Option<u64>) {
        let epoch = self.state.as_ref().map_or(0, State::epochs);
        self.fault_in(code, share, epoch);
    }

    fn fault_in(&mut self, code: Code, share: Option<u64>, epoch: u32) {
        if code.is_fatal() {
            self.phase = Phase::Lost;
            self.pending = Vec::new();
        }
        self.findings.faults_total = self.findings.faults_total.saturating_add(1);
        if self.findings.faults.len() < FAULTS_LISTED {
            self.findings.faults.push(Fault {
                code,
                offset: self.offset,
                record: self.records,
                share,
                epoch,
                message: code.sentence().to_string(),
            });
        }
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        Progress {
            bytes: self.offset.saturating_add(self.pending.len() as u64),
            shares_valid: self.state.as_ref().map_or(0, |state| state.sum().shares),
            shares_invalid: self
                .invalid
                .values()
                .fold(0, |sum, n| sum.saturating_add(*n)),
            epochs: self.state.as_ref().map_or(0, State::epochs),
        }
    }

    /// Offset of the first byte after the last whole record: what a log is cut to after a crash in mid-write.
    #[must_use]
    pub const fn whole_bytes(&self) -> u64 {
        self.offset
    }

    /// The sealed epochs read so far.
    #[must_use]
    pub fn epochs(&self) -> &[EpochLine] {
        &self.findings.epochs
    }

    /// What each login delivered so far.
    #[must_use]
    pub fn by_login(&self) -> BTreeMap<String, WorkSum> {
        let by_worker = &self.findings.by_worker;
        self.state
            .as_ref()
            .map(|state| by_login(state, by_worker))
            .unwrap_or_default()
    }

    /// The verdict on what was read. A bundle that was not read to its end record is invalid.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        if matches!(self.phase, Phase::Magic | Phase::Records) {
            self.fault(Code::Truncated, None);
        }
        let progress = self.progress();
        let invalid = self.invalid.iter();
        let by_reason = invalid.map(|(code, count)| InvalidCount {
            code: *code,
            count: *count,
        });
        self.findings
            .verdict(self.state.as_ref(), progress, by_reason.collect())
    }

    /// Goes on writing a log that has no end record yet.
    ///
    /// # Errors
    /// The verdict, where the log is not valid as far as it goes or was never begun.
    pub fn into_writer(mut self) -> Result<Writer, Box<Verdict>> {
        let clean = self.phase == Phase::Records && self.findings.faults_total == 0;
        match self.state.take_if(|_| clean) {
            Some(state) => Ok(Writer::resume(state)),
            None => Err(Box::new(self.finish())),
        }
    }
}

impl Progress {
    fn shares(&self) -> u64 {
        self.shares_valid.saturating_add(self.shares_invalid)
    }
}

/// Kind, length of the head and length of the payload; `None` where more bytes are needed.
fn frame_head(bytes: &[u8]) -> Result<Option<(u8, usize, usize)>, Code> {
    let Some((kind, rest)) = bytes.split_first() else {
        return Ok(None);
    };
    match varint_at_front(rest) {
        Varint::Unfinished if rest.len() < 4 => Ok(None),
        Varint::Unfinished | Varint::Malformed => Err(Code::BadFrame),
        Varint::Whole(length, size) => match usize::try_from(length) {
            Ok(length) if length <= PAYLOAD_MAX => {
                Ok(Some((*kind, size.saturating_add(1), length)))
            }
            _ => Err(Code::LimitExceeded),
        },
    }
}
