//! Reads a bundle ahead of its judgement: bytes in, records out, and of shares what hashing them needs.

use super::{
    Code, End, Epoch, MAGIC, Record, ShareRecord,
    batch::{Filling, Seat},
    frame::{Head, frame_head},
    hasher::RecordsHasher,
    record::{Context, SharedJob},
    sample::{Choice, Sampler, Weights},
    state::LiveJobs,
};
use crate::Job;
use alloc::{boxed::Box, collections::VecDeque, sync::Arc, vec::Vec};
use units::Timestamp;

/// What was read, in order.
pub(super) enum Item {
    /// The first eight bytes, as they must be.
    Magic,
    /// A share; its hash comes with the batches, in order, where it is hashed at all.
    Share {
        record: ShareRecord,
        length: u32,
        choice: Choice,
    },
    /// An epoch, and the hash over the bytes before it.
    Epoch {
        epoch: Box<Epoch>,
        records_hash: [u8; 32],
        length: u32,
    },
    /// The end record, and the hasher as it was before it.
    End {
        end: Box<End>,
        hasher: Box<RecordsHasher>,
        length: u32,
    },
    /// A job.
    Job { job: Box<SharedJob>, length: u32 },
    /// Any other record.
    Record { record: Box<Record>, length: u32 },
    /// Nothing can be read from here on.
    Lost(Code),
}

/// Bytes after which a batch is closed however few shares it has.
const BATCH_BYTES_MAX: usize = 1 << 20;
/// The kind of nearly all records.
const SHARE: u8 = 6;

impl Item {
    /// True of what may follow the record on how the contract ended.
    pub(super) const fn ends(&self) -> bool {
        matches!(self, Self::End { .. } | Self::Lost(_))
    }

    /// Bytes that it took in the bundle.
    fn length(&self) -> usize {
        let length = match self {
            Self::Magic => MAGIC.len() as u32,
            Self::Lost(_) => 0,
            Self::Share { length, .. }
            | Self::Epoch { length, .. }
            | Self::End { length, .. }
            | Self::Job { length, .. }
            | Self::Record { length, .. } => *length,
        };
        length as usize
    }
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Phase {
    #[default]
    Magic,
    Records,
    Ended,
    Lost,
}

/// The reading half of a verifier.
#[derive(Default)]
pub(super) struct Reader {
    /// Bytes of a record that is not whole yet, at most one frame.
    pending: Vec<u8>,
    phase: Phase,
    cast: Cast,
    hasher: RecordsHasher,
    sampler: Option<(Sampler, Weights)>,
    /// Read, not judged, and how many bytes that was.
    items: VecDeque<Item>,
    item_bytes: usize,
    /// Bytes read since the last batch was made.
    since_batch: usize,
    /// Shares to be hashed that no batch was made of yet.
    pub filling: Filling,
    /// Batches that are full, and were not handed out; their numbers are given there.
    pub full: VecDeque<super::Batch>,
    pub batches: u64,
}

/// What decoding and hashing need of the records before. It does not judge: where a record breaks a rule, that comes out
/// in its turn, and what was read after it is forgotten.
#[derive(Default)]
struct Cast {
    context: Context,
    /// Jobs under the latest previous block, as many as `State` allows.
    jobs: LiveJobs<Arc<Job>>,
    prev_hash: Option<[u8; 32]>,
    /// Extranonce1 and extranonce2's size, of the latest upstream session.
    upstream: (Vec<u8>, u8),
    workers: Vec<Seat>,
}

impl Reader {
    pub(super) fn sampling(sampler: Sampler) -> Self {
        Self {
            sampler: Some((sampler, Weights::default())),
            ..Self::default()
        }
    }

    pub(super) fn sampler(&self) -> Option<Sampler> {
        self.sampler.as_ref().map(|(sampler, _)| *sampler)
    }

    /// A job that is kept for hashing.
    #[cfg(test)]
    pub(super) fn live_job(&self, number: u32) -> Option<&Arc<Job>> {
        self.cast.jobs.get(number)
    }

    /// Bytes of a record that is not whole yet.
    pub(super) const fn pending(&self) -> usize {
        self.pending.len()
    }

    /// True where a log may go on.
    pub(super) fn is_open(&self) -> bool {
        self.phase == Phase::Records
    }

    pub(super) fn into_hasher(self) -> RecordsHasher {
        self.hasher
    }

    /// What is read is of no use any more.
    pub(super) fn abandon(&mut self) {
        self.phase = Phase::Lost;
        self.pending = Vec::new();
        self.items = VecDeque::new();
        self.item_bytes = 0;
        self.filling = Filling::default();
        self.full.clear();
    }

    fn queue(&mut self, item: Item) {
        self.item_bytes = self.item_bytes.saturating_add(item.length());
        self.items.push_back(item);
    }

    /// The oldest that waits.
    pub(super) fn front(&self) -> Option<&Item> {
        self.items.front()
    }

    /// Takes it.
    pub(super) fn next(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.item_bytes = self.item_bytes.saturating_sub(item.length());
        Some(item)
    }

    /// How much waits: records, or their bytes in units of a large share's, whichever is more.
    pub(super) fn waiting(&self) -> usize {
        self.items.len().max(self.item_bytes >> 6)
    }

    pub(super) fn read(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            match self.phase {
                Phase::Lost => return,
                Phase::Ended => return self.lost(Code::DataAfterEnd),
                Phase::Magic | Phase::Records => {}
            }
            if self.pending.is_empty() && self.phase == Phase::Records {
                match self.whole_frames(bytes) {
                    Some(rest) if rest.len() < bytes.len() => {
                        bytes = rest;
                        continue;
                    }
                    _ if self.phase == Phase::Lost => return,
                    _ => {}
                }
            }
            // Fill up to one whole record, so that `pending` never holds more than one.
            let wanted = match self.wanted() {
                Ok(wanted) => wanted,
                Err(code) => return self.lost(code),
            };
            let missing = wanted.saturating_sub(self.pending.len());
            let (now, later) = bytes.split_at(missing.min(bytes.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
            if self.pending.len() >= wanted {
                self.pending_record();
            }
        }
    }

    /// Takes the records that are whole in `bytes`, without copying them; answers the rest.
    fn whole_frames<'a>(&mut self, mut bytes: &'a [u8]) -> Option<&'a [u8]> {
        // Shares in a row are hashed as one piece.
        let mut row = bytes;
        while self.phase == Phase::Records {
            let head = match frame_head(bytes) {
                Ok(Some(head)) => head,
                Ok(None) => break,
                Err(code) => {
                    self.lost(code);
                    return None;
                }
            };
            let Some((frame, rest)) = bytes.split_at_checked(head.end()) else {
                break;
            };
            if head.kind != SHARE {
                self.hash_row(row, bytes);
            }
            self.frame(head, frame);
            bytes = rest;
            if head.kind != SHARE {
                row = rest;
            }
        }
        self.hash_row(row, bytes);
        Some(bytes)
    }

    /// Hashes the shares' bytes from the start of `row` to that of `rest`.
    fn hash_row(&mut self, row: &[u8], rest: &[u8]) {
        let length = row.len().saturating_sub(rest.len());
        if let Some(shares) = row.get(..length).filter(|shares| !shares.is_empty()) {
            self.hasher.update(shares);
        }
    }

    /// How many bytes `pending` must have before there is something to do: the magic, one more byte of a frame's
    /// head, or the whole frame.
    fn wanted(&self) -> Result<usize, Code> {
        if self.phase == Phase::Magic {
            return Ok(MAGIC.len());
        }
        Ok(match frame_head(&self.pending)? {
            Some(head) => head.end(),
            None => self.pending.len().saturating_add(1),
        })
    }

    fn pending_record(&mut self) {
        if self.phase == Phase::Magic {
            return self.magic();
        }
        match frame_head(&self.pending) {
            Ok(Some(head)) if self.pending.len() >= head.end() => {
                let frame = core::mem::take(&mut self.pending);
                if head.kind == SHARE {
                    self.hasher.update(&frame);
                }
                self.frame(head, &frame);
            }
            Ok(_) => {}
            Err(code) => self.lost(code),
        }
    }

    fn magic(&mut self) {
        let read = core::mem::take(&mut self.pending);
        if read.get(..6) != MAGIC.get(..6) {
            return self.lost(Code::BadMagic);
        }
        if read.get(6..) != MAGIC.get(6..) {
            return self.lost(Code::UnsupportedVersion);
        }
        self.hasher.update(&read);
        self.queue(Item::Magic);
        self.phase = Phase::Records;
    }

    /// Few shares among much else are not let wait for more.
    fn close_large_batch(&mut self, frame: &[u8]) {
        self.since_batch = self.since_batch.saturating_add(frame.len());
        if self.since_batch >= BATCH_BYTES_MAX {
            self.close_batch();
        }
    }

    /// A whole frame; the bytes of shares are hashed by the caller.
    fn frame(&mut self, head: Head, frame: &[u8]) {
        let payload = frame.get(head.payload..).unwrap_or_default();
        let record = match Record::decode(head.kind, payload, self.cast.context) {
            Ok(record) => record,
            Err(code) => return self.lost(code),
        };
        // At most `PAYLOAD_MAX` and a few.
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        match record {
            Record::Share(record) => self.share(record, length),
            Record::Epoch(epoch) => {
                let records_hash = self.hasher.hash();
                self.hasher.restart(frame);
                self.cast.advance(epoch.end);
                self.queue(Item::Epoch {
                    epoch: Box::new(epoch),
                    records_hash,
                    length,
                });
            }
            Record::End(end) => {
                self.phase = Phase::Ended;
                self.queue(Item::End {
                    end: Box::new(end),
                    hasher: Box::new(self.hasher.clone()),
                    length,
                });
            }
            Record::Job(job) => {
                self.hasher.update(frame);
                let job = Box::new(SharedJob::from(job));
                self.cast.job(&job);
                self.queue(Item::Job { job, length });
            }
            record => {
                self.hasher.update(frame);
                self.cast.take(&record);
                if let (Record::Assignment(assignment), Some((_, weights))) =
                    (&record, &mut self.sampler)
                {
                    weights.assign(assignment, self.cast.jobs.oldest());
                }
                let record = Box::new(record);
                self.queue(Item::Record { record, length });
            }
        }
        self.close_large_batch(frame);
    }

    fn share(&mut self, record: ShareRecord, length: u32) {
        self.cast.advance(record.at);
        let number = self.cast.context.shares;
        self.cast.context.shares = number.saturating_add(1);
        let choice = self
            .sampler
            .as_mut()
            .map_or(Choice::ByChance, |(sampler, weights)| {
                if weights.is_heavy(record.worker, record.job) {
                    Choice::Heavy
                } else if sampler.takes(number) {
                    Choice::ByChance
                } else {
                    Choice::LeftOut
                }
            });
        if choice != Choice::LeftOut {
            let job = self.cast.jobs.get(record.job);
            let seat = self.cast.workers.get(record.worker as usize);
            self.filling.push(&record, job, seat);
            if self.filling.is_full() {
                self.close_batch();
            }
        }
        self.queue(Item::Share {
            record,
            length,
            choice,
        });
    }

    /// Makes a batch of the shares that wait, however few.
    pub(super) fn close_batch(&mut self) {
        self.since_batch = 0;
        if !self.filling.is_empty() {
            let batch = self.filling.take(self.batches);
            self.batches = self.batches.saturating_add(1);
            self.full.push_back(batch);
        }
    }

    fn lost(&mut self, code: Code) {
        self.phase = Phase::Lost;
        self.pending = Vec::new();
        self.queue(Item::Lost(code));
    }
}

impl Cast {
    fn advance(&mut self, at: Timestamp) {
        self.context.last_time = self.context.last_time.max(at);
    }

    fn take(&mut self, record: &Record) {
        match record {
            Record::Terms(terms) => self.advance(terms.opened_at),
            Record::Answer(answer) => self.advance(answer.at),
            Record::Upstream(upstream) => {
                self.advance(upstream.at);
                self.upstream = (upstream.extranonce1.clone(), upstream.extranonce2_size);
            }
            Record::Worker(worker) => {
                let (extranonce1, size) = &self.upstream;
                let prefix = &worker.extranonce_prefix;
                let rest = usize::from(*size).saturating_sub(prefix.len());
                let extranonce1 = [extranonce1, &prefix[..]].concat();
                let rest = u8::try_from(rest).unwrap_or(u8::MAX);
                self.workers.push((extranonce1.into(), rest));
            }
            _ => {}
        }
    }

    fn job(&mut self, shared: &SharedJob) {
        let job = &shared.job;
        if self.prev_hash.replace(job.prev_hash) != Some(job.prev_hash) {
            self.jobs.clear();
        }
        self.advance(shared.at);
        if self.jobs.has_room(job) {
            let number = self.context.jobs;
            self.jobs.insert(number, job, Arc::clone(job));
        }
        self.context.jobs = self.context.jobs.saturating_add(1);
        self.context.ntime = job.ntime;
        self.context.pool_target = Some(shared.pool_target);
    }
}
