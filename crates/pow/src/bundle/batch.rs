//! Shares to be hashed together, anywhere: in this thread, another one, or another worker of the browser.

use super::{
    ShareRecord,
    frame::{Payload, put_bytes, put_varint},
};
use crate::Job;
use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use lanes::{Candidate, EXTRANONCE2_MAX, Template};

/// Shares in a batch at most: enough to fill every lane for long, whatever the mix of machines.
pub(super) const BATCH: usize = 1_024;
/// A batch whose jobs, as often as they are seen from another space, are larger is closed before it is full.
const JOB_BYTES_MAX: usize = 1 << 20;
/// The number of a template that there is not.
const UNKNOWN: u32 = u32::MAX;

/// Shares to be hashed, with all that their headers need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batch {
    number: u64,
    jobs: Vec<Arc<Job>>,
    spaces: Vec<Space>,
    candidates: Vec<Candidate>,
}

/// One job seen from one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Space {
    /// Index into the batch's jobs.
    job: u32,
    extranonce1: Arc<[u8]>,
    extranonce2_size: u8,
}

/// A machine, as a header needs it: the extranonce before its own bytes, and how many those are.
pub(super) type Seat = (Arc<[u8]>, u8);

/// A batch that is being filled.
#[derive(Default)]
pub(super) struct Filling {
    batch: Batch,
    job_bytes: usize,
    /// Indices by number in the bundle.
    jobs: BTreeMap<u32, u32>,
    spaces: BTreeMap<(u32, u32), u32>,
}

impl Batch {
    /// Its place among all of a bundle.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// How many shares.
    #[must_use]
    pub fn len(&self) -> usize {
        self.candidates.len()
    }

    /// True where there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.candidates.is_empty()
    }

    /// The header hashes of its shares, in order; of a share whose worker or job is not known, zeros or whatever.
    #[must_use]
    pub fn hashes(&self) -> Vec<[u8; 32]> {
        // As many as spaces, so that indices stay.
        let none = || Template::new(&[], 0, &[], &[], [0; 32], 0);
        let templates = self.spaces.iter().map(|space| self.template(space));
        let templates: Vec<Template> = templates.filter_map(|found| found.or_else(none)).collect();
        let mut hashes = Vec::new();
        lanes::header_hashes(&templates, &self.candidates, &mut hashes);
        hashes
    }

    fn template(&self, space: &Space) -> Option<Template> {
        let job = self.jobs.get(space.job as usize)?;
        let prefix = [&job.coinbase1[..], &space.extranonce1].concat();
        let (suffix, branch) = (&job.coinbase2, &job.branch);
        let size = space.extranonce2_size.into();
        Template::new(&prefix, size, suffix, branch, job.prev_hash, job.nbits)
    }

    /// As bytes for another worker, which is of the same build.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64_usize.saturating_add(self.len().saturating_mul(24)));
        let to = &mut out;
        put_varint(to, self.number.into());
        put_varint(to, self.jobs.len() as u128);
        for job in &self.jobs {
            to.extend_from_slice(&job.prev_hash);
            to.extend_from_slice(&job.nbits.to_le_bytes());
            put_bytes(to, &job.coinbase1);
            put_bytes(to, &job.coinbase2);
            put_bytes(to, job.branch.as_flattened());
        }
        put_varint(to, self.spaces.len() as u128);
        for space in &self.spaces {
            put_varint(to, space.job.into());
            put_bytes(to, &space.extranonce1);
            to.push(space.extranonce2_size);
        }
        for candidate in &self.candidates {
            to.extend_from_slice(&candidate.template.to_le_bytes());
            to.extend_from_slice(&candidate.extranonce2);
            to.extend_from_slice(&candidate.version.to_le_bytes());
            to.extend_from_slice(&candidate.ntime.to_le_bytes());
            to.extend_from_slice(&candidate.nonce.to_le_bytes());
        }
        out
    }

    /// The batch that [`Batch::to_bytes`] wrote; `None` for other bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut p = Payload(bytes);
        let number = p.number().ok()?;
        let jobs: u32 = p.number().ok()?;
        let jobs = (0..jobs).map(|_| job(&mut p)).collect::<Option<_>>()?;
        let spaces: u32 = p.number().ok()?;
        let spaces = (0..spaces).map(|_| space(&mut p)).collect::<Option<_>>()?;
        let (candidates, rest) = p.0.as_chunks::<24>();
        rest.is_empty().then(|| Self {
            number,
            jobs,
            spaces,
            candidates: candidates.iter().map(candidate).collect(),
        })
    }
}

fn job(p: &mut Payload<'_>) -> Option<Arc<Job>> {
    let (prev_hash, nbits) = (p.array().ok()?, p.u32_le().ok()?);
    let part = |p: &mut Payload<'_>| p.bytes(usize::MAX).map(<[u8]>::to_vec).ok();
    let (coinbase1, coinbase2) = (part(p)?, part(p)?);
    let branch = part(p)?.as_chunks().0.to_vec();
    Some(Arc::new(Job {
        version: 0,
        prev_hash,
        coinbase1,
        coinbase2,
        branch,
        nbits,
        ntime: 0,
    }))
}

fn space(p: &mut Payload<'_>) -> Option<Space> {
    let (job, extranonce1) = (p.number().ok()?, p.bytes(usize::MAX).ok()?.into());
    let [extranonce2_size] = p.array().ok()?;
    Some(Space {
        job,
        extranonce1,
        extranonce2_size,
    })
}

fn candidate(bytes: &[u8; 24]) -> Candidate {
    let mut p = Payload(bytes);
    let mut number = || p.u32_le().unwrap_or_default();
    let template = number();
    let (first, second) = (number().to_le_bytes(), number().to_le_bytes());
    let mut extranonce2 = [0; EXTRANONCE2_MAX];
    let both = first.into_iter().chain(second);
    extranonce2
        .iter_mut()
        .zip(both)
        .for_each(|(to, from)| *to = from);
    Candidate {
        template,
        extranonce2,
        version: number(),
        ntime: number(),
        nonce: number(),
    }
}

impl Filling {
    pub(super) fn is_full(&self) -> bool {
        self.batch.len() >= BATCH || self.job_bytes >= JOB_BYTES_MAX
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batch.is_empty()
    }

    /// Takes a share; where its job or its machine is not known, nothing of it can be hashed.
    pub(super) fn push(
        &mut self,
        record: &ShareRecord,
        job: Option<&Arc<Job>>,
        seat: Option<&Seat>,
    ) {
        let template = match job.zip(seat) {
            Some((job, seat)) => self.space(record, job, seat),
            None => UNKNOWN,
        };
        let mut extranonce2 = [0; EXTRANONCE2_MAX];
        extranonce2
            .iter_mut()
            .zip(record.extranonce2.iter())
            .for_each(|(to, from)| *to = *from);
        self.batch.candidates.push(Candidate {
            template,
            extranonce2,
            version: job.map_or(0, |job| job.version_with(record.share)),
            ntime: record.share.ntime,
            nonce: record.share.nonce,
        });
    }

    fn space(&mut self, record: &ShareRecord, job: &Arc<Job>, seat: &Seat) -> u32 {
        let key = (record.job, record.worker);
        if let Some(space) = self.spaces.get(&key) {
            return *space;
        }
        let next_job = index(&self.batch.jobs);
        let number = *self.jobs.entry(record.job).or_insert(next_job);
        if number == next_job {
            self.batch.jobs.push(Arc::clone(job));
        }
        // Each space becomes a template of its own, which holds the job's bytes.
        self.job_bytes = self.job_bytes.saturating_add(job.size());
        let space = index(&self.batch.spaces);
        self.batch.spaces.push(Space {
            job: number,
            extranonce1: Arc::clone(&seat.0),
            extranonce2_size: seat.1,
        });
        self.spaces.insert(key, space);
        space
    }

    /// The batch as it is, under this number; an empty one is begun.
    pub(super) fn take(&mut self, number: u64) -> Batch {
        let filled = core::mem::take(self);
        Batch {
            number,
            ..filled.batch
        }
    }
}

fn index<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(UNKNOWN)
}
