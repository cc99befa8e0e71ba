//! Verifies a bundle as its bytes come.

use super::{
    Admitted, Batch, Code, End, Epoch, EpochLine, Fault, InvalidCount, MAGIC, Record, ShareRecord,
    State, Verdict, Writer,
    findings::Findings,
    hasher::RecordsHasher,
    reader::{Item, Reader},
    record::SharedJob,
    sample::{Choice, Sampler},
    workers::by_login,
};
use crate::WorkSum;
use alloc::{
    boxed::Box,
    collections::BTreeMap,
    string::{String, ToString},
    vec::{self, Vec},
};
use core::num::NonZeroU32;
use units::Timestamp;

/// Faults that are listed; all are counted.
const FAULTS_LISTED: usize = 100;

/// Takes a bundle in pieces of any size, holds what is needed for the next record, and answers a verdict.
///
/// [`Verifier::push`] does everything in this thread. To hash elsewhere: [`Verifier::read`], then hash what
/// [`Verifier::next_batch`] gives wherever there is a processor, and bring it back, in any order, by
/// [`Verifier::hashed`]. The verdict is the same to the last byte.
#[derive(Default)]
pub struct Verifier {
    reader: Reader,
    state: Option<State>,
    /// Hashes that came before those of an earlier batch.
    early: BTreeMap<u64, Vec<[u8; 32]>>,
    /// Of the batch whose shares are being judged, and its number.
    hashes: vec::IntoIter<[u8; 32]>,
    batch: u64,
    waiting: usize,
    offset: u64,
    records: u64,
    phase: Phase,
    findings: Findings,
    invalid: BTreeMap<Code, u64>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Reading,
    Ended,
    /// A fatal fault was met: nothing more is judged.
    Lost,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Progress {
    /// Bytes read and judged.
    pub bytes: u64,
    /// Shares that count.
    pub shares_valid: u64,
    /// Shares that do not.
    pub shares_invalid: u64,
    /// Sealed epochs read.
    pub epochs: u32,
}

/// Called with every share that counts.
type Each<'a> = &'a mut dyn FnMut(&ShareRecord, &Admitted);

impl Verifier {
    /// Nothing read yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// For a log that is to be gone on with: [`Verifier::epochs`] holds every one.
    #[must_use]
    pub fn of_log() -> Self {
        let mut verifier = Self::default();
        verifier.findings.all_epochs = true;
        verifier
    }

    /// Hashes one share in `one_in`, chosen by `seed`; all else is verified as ever. Duplicates, Merkle roots and
    /// statistics need every hash and are left out.
    #[must_use]
    pub fn sampling(one_in: NonZeroU32, seed: u64) -> Self {
        Self {
            reader: Reader::sampling(Sampler::new(one_in, seed)),
            ..Self::default()
        }
    }

    /// Reads and judges the next bytes. Never fails: what is wrong stands in the verdict.
    pub fn push(&mut self, bytes: &[u8]) {
        self.push_each(bytes, &mut |_, _| {});
    }

    /// As [`Verifier::push`], and shows every share that counts.
    pub fn push_each(&mut self, bytes: &[u8], each: Each<'_>) {
        // Read in pieces, so that little waits however large `bytes` is.
        for piece in bytes.chunks(1 << 16) {
            self.reader.read(piece);
            self.settle(each);
        }
    }

    /// Reads the next bytes; shares wait for their hashes.
    pub fn read(&mut self, bytes: &[u8]) {
        self.reader.read(bytes);
        self.judge(&mut |_, _| {});
    }

    /// Shares that wait to be hashed, up to 1,024; fewer only with `rest`.
    pub fn next_batch(&mut self, rest: bool) -> Option<Batch> {
        if rest && self.reader.full.is_empty() {
            self.reader.close_batch();
        }
        let batch = self.reader.full.pop_front()?;
        self.waiting = self.waiting.saturating_add(batch.len());
        Some(batch)
    }

    /// The hashes of a batch; batches may come in any order, each once.
    pub fn hashed(&mut self, batch: u64, hashes: Vec<[u8; 32]>) {
        self.waiting = self.waiting.saturating_sub(hashes.len());
        self.early.insert(batch, hashes);
        self.judge(&mut |_, _| {});
    }

    /// Shares that are being hashed elsewhere, or what was read and waits for them, if that is more: in records, and at
    /// least one for each 64 bytes. What a caller lets wait bounds the memory.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.reader.waiting().max(self.waiting)
    }

    /// Hashes here what waits, and judges it.
    fn settle(&mut self, each: Each<'_>) {
        self.judge(each);
        while let Some(batch) = self.next_batch(true) {
            self.waiting = self.waiting.saturating_sub(batch.len());
            self.early.insert(batch.number(), batch.hashes());
            self.judge(each);
        }
    }

    /// Judges what was read, in order, up to the first share whose hash is missing.
    fn judge(&mut self, each: Each<'_>) {
        while let Some(item) = self.reader.front() {
            let hashed = matches!(item, Item::Share { choice, .. } if *choice != Choice::LeftOut);
            if hashed && !self.has_hash() {
                return;
            }
            let Some(item) = self.reader.next() else {
                return;
            };
            self.item(item, each);
            if self.phase == Phase::Lost {
                self.reader.abandon();
            }
        }
    }

    fn has_hash(&mut self) -> bool {
        while self.hashes.len() == 0 {
            let Some(hashes) = self.early.remove(&self.batch) else {
                return false;
            };
            self.batch = self.batch.saturating_add(1);
            self.hashes = hashes.into_iter();
        }
        true
    }

    fn item(&mut self, item: Item, each: Each<'_>) {
        if self.findings.ending.is_some() && !item.ends() {
            return self.lose(Code::BadOrder);
        }
        let length = match item {
            Item::Magic => {
                self.offset = MAGIC.len() as u64;
                return;
            }
            Item::Lost(code) => return self.fault(code, None),
            Item::Share {
                record,
                length,
                choice,
            } => {
                self.share(&record, choice, each);
                length
            }
            Item::Epoch {
                epoch,
                records_hash,
                length,
            } => {
                self.epoch(&epoch, records_hash);
                length
            }
            Item::End {
                end,
                hasher,
                length,
            } => {
                self.end(&end, &hasher);
                length
            }
            Item::Job { job, length } => {
                self.job(&job);
                length
            }
            Item::Record { record, length } => {
                self.record(*record);
                length
            }
        };
        if self.phase != Phase::Lost {
            self.offset = self.offset.saturating_add(length.into());
            self.records = self.records.saturating_add(1);
        }
    }

    /// Every record but jobs, shares, epochs and the end.
    fn record(&mut self, record: Record) {
        let Some(state) = self.state.as_mut() else {
            let Record::Terms(terms) = record else {
                return self.fault(Code::BadOrder, None);
            };
            self.findings.begin(&terms);
            self.state = Some(State::new(terms));
            return;
        };
        let applied = match &record {
            Record::Terms(_)
            | Record::Job(_)
            | Record::Share(_)
            | Record::Epoch(_)
            | Record::End(_) => Err(Code::BadOrder),
            Record::Upstream(upstream) => {
                let number = state.upstream(upstream);
                if number.is_ok() {
                    self.findings.answers.session(upstream.pool);
                }
                number.map(|_| ())
            }
            Record::Answer(answer) => {
                let sample = self.reader.sampler().is_some();
                match state.answer(answer, sample) {
                    Ok(of) => return self.findings.answers.answered(of, &answer.word),
                    // The next record's time is counted from it all the same.
                    Err(code) => {
                        state.advance(answer.at);
                        return self.fault(code, None);
                    }
                }
            }
            Record::Ending(ending) => {
                let faults = self.findings.ending(ending, state);
                return faults.into_iter().for_each(|code| self.fault(code, None));
            }
            Record::Worker(worker) => state.worker(worker).map(|_| ()),
            Record::Assignment(assignment) => {
                self.findings.assign(assignment);
                state.assign(assignment)
            }
            Record::Header(header) => match state.header(header) {
                Ok(()) => Ok(()),
                // Nothing else is read by it.
                Err(code) => return self.fault(code, None),
            },
        };
        if let Err(code) = applied {
            self.lose(code);
        }
    }

    /// Without the record nothing after it means anything.
    fn lose(&mut self, code: Code) {
        self.fault(code, None);
        self.phase = Phase::Lost;
    }

    fn job(&mut self, shared: &SharedJob) {
        let Some(state) = self.state.as_mut() else {
            return self.lose(Code::BadOrder);
        };
        let job = &shared.job;
        let fault = state.job_fault(job);
        let applied = state.job(shared);
        if applied.is_ok() {
            let network = state.terms().network;
            self.findings.coinbase(state.coinbase(job), network);
        }
        if let Some(code) = fault {
            self.fault(code, None);
        }
        if let Err(code) = applied {
            self.lose(code);
        }
    }

    fn share(&mut self, record: &ShareRecord, choice: Choice, each: Each<'_>) {
        let hash = match choice {
            Choice::LeftOut => None,
            Choice::ByChance | Choice::Heavy => Some(self.hashes.next().unwrap_or_default()),
        };
        let Some(state) = self.state.as_mut() else {
            self.fault(Code::BadOrder, None);
            self.phase = Phase::Lost;
            return;
        };
        let counted = match hash {
            None => state.assume(record).map(|work| (work, None)),
            Some(hash) => state.check_hashed(record, hash).and_then(|share| {
                state.admit(record, share)?;
                self.findings.answers.met(&share);
                Ok((share.work, Some(share)))
            }),
        };
        let work = counted.as_ref().ok().map(|(work, _)| work.get());
        self.findings.tally.add(choice, work);
        match counted {
            Ok((work, share)) => {
                self.findings.count(record, work);
                if let Some(share) = share {
                    self.observe(record, &share);
                    each(record, &share);
                }
            }
            Err(code) => self.invalid_share(code, record.at),
        }
    }

    fn observe(&mut self, record: &ShareRecord, share: &Admitted) {
        let number = self.progress().shares().saturating_sub(1);
        let sample = self.reader.sampler().is_some();
        if let Some(state) = &self.state {
            self.findings.observe(state, record, share, number, sample);
        }
    }

    fn invalid_share(&mut self, code: Code, at: Timestamp) {
        if let Some(state) = self.state.as_mut() {
            state.skip(at);
        }
        let share = self.progress().shares();
        self.fault(code, Some(share));
        let count = self.invalid.entry(code).or_default();
        *count = count.saturating_add(1);
    }

    fn epoch(&mut self, epoch: &Epoch, records_hash: [u8; 32]) {
        let Some(state) = self.state.as_mut() else {
            return self.fault(Code::BadOrder, None);
        };
        let sample = self.reader.sampler().is_some();
        let faults = state.epoch_faults(epoch, records_hash, sample);
        state.seal(epoch);
        self.findings.epoch(epoch);
        let number = state.epochs().saturating_sub(1);
        faults
            .into_iter()
            .for_each(|code| self.fault_in(code, None, number));
    }

    fn end(&mut self, end: &End, hasher: &RecordsHasher) {
        let Some(state) = self.state.as_ref() else {
            return self.fault(Code::BadOrder, None);
        };
        let must = hasher.end(end.at, state.sum().shares);
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

    fn fault(&mut self, code: Code, share: Option<u64>) {
        let epoch = self.state.as_ref().map_or(0, State::epochs);
        self.fault_in(code, share, epoch);
    }

    fn fault_in(&mut self, code: Code, share: Option<u64>, epoch: u32) {
        if code.is_fatal() {
            self.phase = Phase::Lost;
        }
        self.findings.fault(code);
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

    fn shares_invalid(&self) -> u64 {
        let counts = self.invalid.values();
        counts.fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> Progress {
        // Of what waits, nothing is judged.
        let pending = match self.reader.front() {
            None => self.reader.pending() as u64,
            Some(_) => 0,
        };
        Progress {
            bytes: self.offset.saturating_add(pending),
            shares_valid: self.state.as_ref().map_or(0, |state| state.sum().shares),
            shares_invalid: self.shares_invalid(),
            epochs: self.state.as_ref().map_or(0, State::epochs),
        }
    }

    /// True after a fatal fault: what comes later changes nothing, and need not be read.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.phase == Phase::Lost
    }

    /// Offset of the first byte after the last whole record: what a log is cut to after a crash in mid-write.
    #[must_use]
    pub const fn whole_bytes(&self) -> u64 {
        self.offset
    }

    /// The last sealed epochs read so far, as many as a verdict lists and up to twice that; of a log all.
    #[must_use]
    pub fn epochs(&self) -> &[EpochLine] {
        &self.findings.epochs
    }

    /// What each login delivered so far.
    #[must_use]
    pub fn by_login(&self) -> BTreeMap<String, WorkSum> {
        let state = self.state.iter();
        let logins = state.flat_map(|state| by_login(state, &self.findings.by_worker));
        logins
            .map(|(login, sum)| (login.to_string(), sum))
            .collect()
    }

    /// The verdict on what was read. A bundle that was not read to its end record is invalid. What still waits is hashed
    /// here, except what was given out and did not come back: then the bundle counts as ended there.
    #[must_use]
    pub fn finish(mut self) -> Verdict {
        self.settle(&mut |_, _| {});
        if self.phase == Phase::Reading {
            self.fault(Code::Truncated, None);
        }
        let progress = self.progress();
        let invalid = self.invalid.iter();
        let by_reason = invalid.map(|(code, count)| InvalidCount {
            code: *code,
            count: *count,
        });
        let sampler = self.reader.sampler();
        self.findings
            .verdict(self.state.as_ref(), progress, sampler, by_reason.collect())
    }

    /// Goes on writing a log that has no end record yet.
    ///
    /// # Errors
    /// The verdict, where the log is not valid as far as it goes or was never begun.
    pub fn into_writer(mut self) -> Result<Writer, Box<Verdict>> {
        self.settle(&mut |_, _| {});
        let open = self.phase == Phase::Reading && self.reader.is_open();
        // A sample knows neither all hashes nor the epoch's tree.
        let whole = self.reader.sampler().is_none();
        let clean = open && whole && self.findings.may_go_on();
        match self.state.take_if(|_| clean) {
            Some(state) => Ok(Writer::resume(state, self.reader.into_hasher())),
            None => Err(Box::new(self.finish())),
        }
    }
}

impl Progress {
    fn shares(&self) -> u64 {
        self.shares_valid.saturating_add(self.shares_invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::sync::Arc;

    const BUNDLE: &[u8] = include_bytes!("../../tests/vectors/bundle.bin");

    #[test]
    fn a_job_is_held_once() {
        let mut verifier = Verifier::new();
        // Up to the first share.
        verifier.push(&BUNDLE[..413]);
        let live = verifier.state.as_ref().unwrap().live_job(0).unwrap();
        assert!(Arc::ptr_eq(live, verifier.reader.live_job(0).unwrap()));
    }
}
