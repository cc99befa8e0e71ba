//! The bytes of records.

use super::{
    Answer, Assignment, End, Epoch, JobRecord, PoolLogin, PoolWord, Record, ShareRecord, Terms,
    Upstream, Worker,
};
use crate::{
    Header, Job, Share,
    bundle::{
        Code, Ending,
        frame::{Payload, put_bytes, put_frame, put_varint},
    },
    coinbase::Network,
    settlement::{CloseReason, Payer, RejectTerms},
};
use alloc::{string::ToString, vec::Vec};
use units::{ContractId, Hashrate, Millis, Price, Sats, Target, Timestamp, Work};

/// What decoding and encoding need to know of the records before: times are differences to the last one, jobs are counted
/// backwards from the latest, ntimes are differences to the latest job's, and a pool's target is written where it changes.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::bundle) struct Context {
    pub last_time: Timestamp,
    pub jobs: u32,
    pub ntime: u32,
    pub pool_target: Option<Target>,
    /// Share records, whether they count or not.
    pub shares: u64,
}

const NAME_MAX: usize = 32;
const LOGIN_MAX: usize = 128;
const POOL_MAX: usize = 260;
const BACKUPS_MAX: u8 = 3;
const TERM_DAYS_MAX: u16 = 3_650;
const EXTRANONCE_MAX: usize = 32;
const COINBASE_PART_MAX: usize = 16_384;
const BRANCH_MAX: u32 = 32;
/// A pool's text may be a stranger's essay.
pub(in crate::bundle) const REASON_MAX: usize = 64;
/// Version bits lie within 0x1fffe000, so their lowest 13 bits are always zero and are not written.
const VERSION_SHIFT: u32 = 13;

impl Record {
    pub(in crate::bundle) fn encode(&self, context: Context, out: &mut Vec<u8>) {
        let (kind, payload) = self.payload(context);
        put_frame(out, kind, &payload);
    }

    /// Encodes what a verifier will be able to read; else its code, and nothing is written. The limits stand in `decode`
    /// alone, so that the two cannot differ.
    pub(in crate::bundle) fn encode_readable(
        &self,
        context: Context,
        out: &mut Vec<u8>,
    ) -> Result<(), Code> {
        let (kind, payload) = self.payload(context);
        Self::decode(kind, &payload, context)?;
        put_frame(out, kind, &payload);
        Ok(())
    }

    fn payload(&self, context: Context) -> (u8, Vec<u8>) {
        let mut payload = Vec::with_capacity(32);
        let p = &mut payload;
        let kind = match self {
            Self::Terms(terms) => {
                encode_terms(terms, p);
                1
            }
            Self::Upstream(upstream) => {
                put_time(p, context, upstream.at);
                p.push(upstream.pool);
                put_bytes(p, &upstream.extranonce1);
                p.push(upstream.extranonce2_size);
                2
            }
            Self::Job(job) => {
                encode_job(job, context, p);
                3
            }
            Self::Worker(worker) => {
                put_bytes(p, worker.login.as_bytes());
                put_bytes(p, &worker.extranonce_prefix);
                4
            }
            Self::Assignment(assignment) => {
                put_varint(p, assignment.worker.into());
                put_varint(p, context.back(assignment.job));
                p.extend_from_slice(&assignment.target.to_be_bytes());
                5
            }
            Self::Share(share) => {
                encode_share(share, context, p);
                6
            }
            Self::Epoch(epoch) => {
                epoch.encode_payload(p);
                7
            }
            Self::End(end) => {
                put_varint(p, end.at.unix_ms().into());
                put_varint(p, end.shares_total.into());
                p.extend_from_slice(&end.hash);
                8
            }
            Self::Header(header) => {
                p.extend_from_slice(&header.to_bytes());
                9
            }
            Self::Answer(answer) => {
                encode_answer(answer, context, p);
                10
            }
            Self::Ending(ending) => {
                p.push(ending.reason.to_u8());
                put_varint(p, ending.excused.get().into());
                put_varint(p, ending.to_buyer.get().into());
                11
            }
        };
        (kind, payload)
    }

    pub(in crate::bundle) fn decode(
        kind: u8,
        payload: &[u8],
        context: Context,
    ) -> Result<Self, Code> {
        let mut p = Payload(payload);
        let record = match kind {
            1 => Self::Terms(decode_terms(&mut p)?),
            2 => Self::Upstream(Upstream {
                at: time(&mut p, context)?,
                pool: p.byte()?,
                extranonce1: p.bytes(EXTRANONCE_MAX)?.to_vec(),
                extranonce2_size: p
                    .byte()
                    .and_then(|size| in_range(size, 1, EXTRANONCE_MAX as u8))?,
            }),
            3 => Self::Job(decode_job(&mut p, context)?),
            4 => Self::Worker(Worker {
                login: p.text(LOGIN_MAX)?.to_string(),
                extranonce_prefix: p.bytes(EXTRANONCE_MAX)?.to_vec(),
            }),
            5 => Self::Assignment(Assignment {
                worker: p.number()?,
                job: context.forward(p.number()?),
                target: Target::from_be_bytes(p.array()?).ok_or(Code::BadFrame)?,
            }),
            6 => Self::Share(decode_share(&mut p, context)?),
            7 => Self::Epoch(Epoch::decode_payload(&mut p)?),
            8 => Self::End(End {
                at: Timestamp::from_unix_ms(p.number()?),
                shares_total: p.number()?,
                hash: p.array()?,
            }),
            9 => Self::Header(Header::from_bytes(&p.array()?)),
            10 => Self::Answer(decode_answer(&mut p, context)?),
            11 => Self::Ending(Ending {
                reason: CloseReason::from_u8(p.byte()?).ok_or(Code::BadFrame)?,
                excused: Millis::new(p.number()?),
                to_buyer: Sats::new(p.number()?),
            }),
            _ => return Err(Code::BadFrame),
        };
        p.done()?;
        Ok(record)
    }
}

impl Context {
    /// How many jobs before the latest one.
    fn back(self, job: u32) -> u128 {
        self.jobs.saturating_sub(1).saturating_sub(job).into()
    }

    /// A number that no job has where there are not so many.
    fn forward(self, back: u32) -> u32 {
        let latest = self.jobs.checked_sub(1);
        latest
            .and_then(|latest| latest.checked_sub(back))
            .unwrap_or(u32::MAX)
    }
}

impl Epoch {
    /// What the next epoch names as `previous`: SHA-256 of `assay epoch 1`, a zero byte and the record's payload.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut bytes = b"assay epoch 1\0".to_vec();
        self.encode_payload(&mut bytes);
        crate::sha256(&bytes)
    }

    fn encode_payload(&self, p: &mut Vec<u8>) {
        put_varint(p, self.index.into());
        put_varint(p, self.start.unix_ms().into());
        put_varint(p, self.end.unix_ms().into());
        put_varint(p, self.shares.into());
        put_varint(p, self.shares_total.into());
        put_varint(p, self.work_total.get());
        put_varint(p, self.owed_total.get().into());
        p.extend_from_slice(&self.merkle_root);
        p.extend_from_slice(&self.records_hash);
        p.extend_from_slice(&self.previous);
    }

    fn decode_payload(p: &mut Payload<'_>) -> Result<Self, Code> {
        Ok(Self {
            index: p.number()?,
            start: Timestamp::from_unix_ms(p.number()?),
            end: Timestamp::from_unix_ms(p.number()?),
            shares: p.number()?,
            shares_total: p.number()?,
            work_total: Work::new(p.varint()?),
            owed_total: Sats::new(p.number()?),
            merkle_root: p.array()?,
            records_hash: p.array()?,
            previous: p.array()?,
        })
    }
}

fn in_range<T: PartialOrd>(value: T, least: T, most: T) -> Result<T, Code> {
    if value < least || value > most {
        Err(Code::BadFrame)
    } else {
        Ok(value)
    }
}

fn put_time(p: &mut Vec<u8>, context: Context, at: Timestamp) {
    put_varint(p, at.since(context.last_time).get().into());
}

fn time(p: &mut Payload<'_>, context: Context) -> Result<Timestamp, Code> {
    let delta: u64 = p.number()?;
    let at = context
        .last_time
        .unix_ms()
        .checked_add(delta)
        .ok_or(Code::BadFrame)?;
    Ok(Timestamp::from_unix_ms(at))
}

fn encode_terms(terms: &Terms, p: &mut Vec<u8>) {
    put_varint(p, terms.contract.get().into());
    put_bytes(p, terms.buyer.as_str().as_bytes());
    put_bytes(p, terms.host.as_str().as_bytes());
    put_varint(p, terms.hashrate.get());
    put_varint(p, terms.price.get().into());
    put_varint(p, terms.budget.get().into());
    put_varint(p, terms.fee_bps.into());
    put_varint(p, terms.opened_at.unix_ms().into());
    put_varint(p, terms.epoch_length.get().into());
    put_bytes(p, terms.pool.as_bytes());
    put_bytes(p, terms.pool_user.as_bytes());
    // Too many are refused as what stands there is read again.
    p.push(u8::try_from(terms.backups.len()).unwrap_or(u8::MAX));
    for backup in &terms.backups {
        put_bytes(p, backup.address.as_bytes());
        put_bytes(p, backup.user.as_bytes());
    }
    p.push(terms.network.to_u8());
    put_varint(p, terms.tolerance_ppm.into());
    put_varint(p, terms.confidence_ppm.into());
    put_varint(p, terms.term_days.into());
    put_varint(p, terms.bond.get().into());
    let RejectTerms {
        seller_stale,
        pool_reject,
        pool_down,
    } = terms.rejects;
    p.extend([seller_stale, pool_reject, pool_down].map(Payer::to_u8));
}

fn decode_terms(p: &mut Payload<'_>) -> Result<Terms, Code> {
    let name = |p: &mut Payload<'_>| p.text(NAME_MAX)?.parse().map_err(|_| Code::BadFrame);
    let terms = Terms {
        contract: ContractId::new(p.number()?),
        buyer: name(p)?,
        host: name(p)?,
        hashrate: Hashrate::new(p.varint()?),
        price: Price::new(p.number()?),
        budget: Sats::new(p.number()?),
        fee_bps: p.number().and_then(|bps| in_range(bps, 0, 10_000))?,
        opened_at: Timestamp::from_unix_ms(p.number()?),
        epoch_length: Millis::new(p.number()?),
        pool: p.text(POOL_MAX)?.to_string(),
        pool_user: p.text(LOGIN_MAX)?.to_string(),
        backups: decode_backups(p)?,
        network: Network::from_u8(p.byte()?).ok_or(Code::BadFrame)?,
        tolerance_ppm: p.number().and_then(|ppm| in_range(ppm, 0, 1_000_000))?,
        confidence_ppm: p.number().and_then(|ppm| in_range(ppm, 1, 999_999))?,
        term_days: p
            .number()
            .and_then(|days| in_range(days, 0, TERM_DAYS_MAX))?,
        bond: Sats::new(p.number()?),
        rejects: decode_rejects(p)?,
    };
    // What promises nothing has nothing to stand for it.
    if terms.term_days == 0 && terms.bond != Sats::ZERO {
        return Err(Code::BadFrame);
    }
    Ok(terms)
}

fn decode_rejects(p: &mut Payload<'_>) -> Result<RejectTerms, Code> {
    let mut payer = || Payer::from_u8(p.byte()?).ok_or(Code::BadFrame);
    Ok(RejectTerms {
        seller_stale: payer()?,
        pool_reject: payer()?,
        pool_down: payer()?,
    })
}

fn decode_backups(p: &mut Payload<'_>) -> Result<Vec<PoolLogin>, Code> {
    let count = p.byte()?;
    if count > BACKUPS_MAX {
        return Err(Code::LimitExceeded);
    }
    let backup = |_| {
        Ok(PoolLogin {
            address: p.text(POOL_MAX)?.to_string(),
            user: p.text(LOGIN_MAX)?.to_string(),
        })
    };
    (0..count).map(backup).collect()
}

fn encode_job(record: &JobRecord, context: Context, p: &mut Vec<u8>) {
    let job = &record.job;
    put_time(p, context, record.at);
    p.extend_from_slice(&job.version.to_le_bytes());
    p.extend_from_slice(&job.prev_hash);
    p.extend_from_slice(&job.nbits.to_le_bytes());
    p.extend_from_slice(&job.ntime.to_le_bytes());
    put_varint(p, (record.version_mask >> VERSION_SHIFT).into());
    put_pool_target(p, context, record.pool_target);
    put_bytes(p, &job.coinbase1);
    put_bytes(p, &job.coinbase2);
    put_varint(p, job.branch.len() as u128);
    job.branch.iter().for_each(|node| p.extend_from_slice(node));
}

fn decode_job(p: &mut Payload<'_>, context: Context) -> Result<JobRecord, Code> {
    let at = time(p, context)?;
    let (version, prev_hash) = (p.u32_le()?, p.array()?);
    let (nbits, ntime) = (p.u32_le()?, p.u32_le()?);
    let version_mask = rolled_bits(p)?;
    let pool_target = pool_target(p, context)?;
    let coinbase1 = p.bytes(COINBASE_PART_MAX)?.to_vec();
    let coinbase2 = p.bytes(COINBASE_PART_MAX)?.to_vec();
    let levels: u32 = p.number()?;
    if levels > BRANCH_MAX {
        return Err(Code::LimitExceeded);
    }
    let branch = (0..levels).map(|_| p.array()).collect::<Result<_, _>>()?;
    let job = Job {
        version,
        prev_hash,
        coinbase1,
        coinbase2,
        branch,
        nbits,
        ntime,
    };
    Ok(JobRecord {
        at,
        job,
        version_mask,
        pool_target,
    })
}

/// Without the zeros at its end, and empty where it is that of the job before: pools seldom change it.
fn put_pool_target(p: &mut Vec<u8>, context: Context, target: Target) {
    let bytes = target.to_be_bytes();
    let zeros = bytes.iter().rev().take_while(|byte| **byte == 0).count();
    let length = match context.pool_target == Some(target) {
        true => 0,
        false => bytes.len().saturating_sub(zeros),
    };
    put_bytes(p, bytes.get(..length).unwrap_or_default());
}

/// Every target has one form.
fn pool_target(p: &mut Payload<'_>, context: Context) -> Result<Target, Code> {
    let written = p.bytes(32)?;
    match written.last() {
        None => return context.pool_target.ok_or(Code::BadFrame),
        Some(0) => return Err(Code::BadFrame),
        Some(_) => {}
    }
    let mut bytes = [0; 32];
    let places = bytes.iter_mut().zip(written);
    places.for_each(|(to, from)| *to = *from);
    Target::from_be_bytes(bytes)
        .filter(|target| context.pool_target != Some(*target))
        .ok_or(Code::BadFrame)
}

/// Nothing after the share's number where the pool accepted: as nearly always.
fn encode_answer(answer: &Answer, context: Context, p: &mut Vec<u8>) {
    put_time(p, context, answer.at);
    let latest = context.shares.saturating_sub(1);
    put_varint(p, latest.saturating_sub(answer.share).into());
    let PoolWord::Refused { code, reason } = &answer.word else {
        return;
    };
    p.push(code.is_some().into());
    if let Some(code) = code {
        put_varint(p, zigzag(code.cast_unsigned()).into());
    }
    put_bytes(p, reason.as_bytes());
}

fn decode_answer(p: &mut Payload<'_>, context: Context) -> Result<Answer, Code> {
    let at = time(p, context)?;
    let back = p.number()?;
    let latest = context.shares.checked_sub(1);
    let share = latest.and_then(|latest| latest.checked_sub(back));
    let word = if p.0.is_empty() {
        PoolWord::Accepted
    } else {
        let code = match p.byte()? {
            0 => None,
            1 => Some(unzigzag(p.number()?).cast_signed()),
            _ => return Err(Code::BadFrame),
        };
        let reason = p.text(REASON_MAX)?.to_string();
        PoolWord::Refused { code, reason }
    };
    Ok(Answer {
        at,
        // A number that no share has where there are not so many.
        share: share.unwrap_or(u64::MAX),
        word,
    })
}

fn rolled_bits(p: &mut Payload<'_>) -> Result<u32, Code> {
    let bits: u32 = p.number().and_then(|bits| in_range(bits, 0, 0xffff))?;
    Ok(bits << VERSION_SHIFT)
}

/// A wrapping difference as 0, -1, 1, -2, 2 … so that small ones of either sign are short.
fn zigzag(difference: u32) -> u32 {
    let signed = difference.cast_signed();
    ((signed << 1) ^ (signed >> 31)).cast_unsigned()
}

fn unzigzag(code: u32) -> u32 {
    (code >> 1) ^ 0u32.wrapping_sub(code & 1)
}

fn encode_share(record: &ShareRecord, context: Context, p: &mut Vec<u8>) {
    put_varint(p, record.worker.into());
    put_varint(p, context.back(record.job));
    put_time(p, context, record.at);
    put_varint(
        p,
        zigzag(record.share.ntime.wrapping_sub(context.ntime)).into(),
    );
    p.extend_from_slice(&record.share.nonce.to_le_bytes());
    put_varint(p, (record.share.version_bits >> VERSION_SHIFT).into());
    p.extend_from_slice(&record.extranonce2);
}

fn decode_share(p: &mut Payload<'_>, context: Context) -> Result<ShareRecord, Code> {
    let (worker, job) = (p.number()?, context.forward(p.number()?));
    let at = time(p, context)?;
    let ntime = context.ntime.wrapping_add(unzigzag(p.number()?));
    let nonce = p.u32_le()?;
    let version_bits = rolled_bits(p)?;
    let share = Share {
        ntime,
        nonce,
        version_bits,
    };
    let extranonce2 = p.take(p.0.len().min(9))?.into();
    Ok(ShareRecord {
        at,
        worker,
        job,
        extranonce2,
        share,
    })
}
