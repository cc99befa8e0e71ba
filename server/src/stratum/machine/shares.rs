//! What a machine submits: of which job, of whom, and what comes of it.

use super::{Known, Machine, SentJob, place::recorded_prefix};
use crate::{
    sharelog::Mark,
    stratum::{
        delivery::{Delivery, Submitted},
        records,
    },
};
use pow::{Share, VERSION_ROLLING_MASK, bundle::ShareRecord};
use std::sync::Arc;
use stratum::{Id, Reject, downstream::ShareLine, downstream::rolled_version};
use units::{Target, Timestamp, Work};

/// A share with the id to answer to: what it is a share of, or why it is none.
pub(in crate::stratum) struct Prepared {
    id: Id,
    share: Result<Submitted, Reject>,
}

/// Shares and what became of them: refused, or to be answered once their delivery's log is durable there.
pub(in crate::stratum) type Judged = (Vec<Id>, Result<(Arc<Delivery>, Mark), Reject>);

impl Machine {
    /// What a submitted share is a share of. `mask` is what the machine may roll.
    pub(in crate::stratum) fn prepare(
        &mut self,
        line: ShareLine<'_>,
        mask: u32,
        now: Timestamp,
    ) -> Prepared {
        let share = self.share_of(&line, mask, now);
        Prepared { id: line.id, share }
    }

    fn share_of(
        &mut self,
        line: &ShareLine<'_>,
        mask: u32,
        now: Timestamp,
    ) -> Result<Submitted, Reject> {
        let known = self.logins.get(line.login).ok_or(Reject::Unauthorized)?;
        let Some((sent, target)) = self.jobs.find_at(line.job_id, now) else {
            if let Some(delivery) = &self.delivery {
                delivery.refused(Reject::JobNotFound);
            }
            return Err(Reject::JobNotFound);
        };
        let place = (sent.place, known.number);
        let worker = match self.workers.get(&place) {
            Some(worker) => *worker,
            None => self.join(known, sent, *target)?,
        };
        let share = line.share;
        let bits = rolled_bits(sent, share.version_bits, mask)?;
        let record = ShareRecord {
            at: now,
            worker,
            job: sent.job.number,
            extranonce2: share.extranonce2[..].into(),
            share: Share {
                ntime: share.ntime,
                nonce: share.nonce,
                version_bits: bits,
            },
        };
        let submitted = Submitted {
            sent: Arc::clone(sent),
            login: Arc::clone(&known.name),
            address: self.address,
            record,
        };
        self.workers.insert(place, worker);
        Ok(submitted)
    }

    /// The first share of this login in a space of the machine.
    fn join(&self, known: &Known, sent: &SentJob, target: Target) -> Result<u32, Reject> {
        let job = &sent.job;
        let fixed = sent.extranonce1.get(job.space.extranonce1().len()..);
        let recorded = records::Place {
            login: &known.name,
            address: self.address,
            prefix: &recorded_prefix(job, fixed.unwrap_or_default()),
            target,
        };
        let joined = sent.delivery.join(&recorded, job);
        joined.map_err(|_| {
            sent.delivery.refused(Reject::JobNotFound);
            Reject::JobNotFound
        })
    }

    /// Judges shares, in order; those that follow one another and count are answered together once the mark is durable.
    pub(in crate::stratum) fn submit(
        &mut self,
        prepared: Vec<Prepared>,
        now: Timestamp,
    ) -> Vec<Judged> {
        let mut judged = Vec::new();
        let (mut ids, mut shares) = (Vec::new(), Vec::<Submitted>::new());
        for Prepared { id, share } in prepared {
            let of = shares.last().map(|last| &last.sent.delivery);
            let goes_on = share.as_ref().is_ok_and(|share| {
                of.is_none_or(|delivery| Arc::ptr_eq(delivery, &share.sent.delivery))
            });
            if !goes_on {
                self.judge(&mut ids, &mut shares, &mut judged, now);
            }
            match share {
                Ok(share) => {
                    ids.push(id);
                    shares.push(share);
                }
                Err(why) => judged.push((vec![id], Err(why))),
            }
        }
        self.judge(&mut ids, &mut shares, &mut judged, now);
        judged
    }

    /// Of one delivery; both lists are empty afterwards.
    fn judge(
        &mut self,
        ids: &mut Vec<Id>,
        shares: &mut Vec<Submitted>,
        judged: &mut Vec<Judged>,
        now: Timestamp,
    ) {
        let Some(delivery) = shares.first().map(|first| Arc::clone(&first.sent.delivery)) else {
            return;
        };
        let (outcomes, mark) = delivery.submit(shares);
        let mut all = shares.iter().zip(&outcomes);
        if let Some((share, _)) = all.rfind(|(_, outcome)| outcome.is_ok()) {
            self.speaker = Some(Arc::clone(&share.login));
        }
        shares.clear();
        let (mut counted, mut count, mut work) = (Vec::with_capacity(ids.len()), 0, Work::ZERO);
        for (id, outcome) in ids.drain(..).zip(outcomes) {
            match outcome {
                Ok(admitted) => {
                    count += 1;
                    work = work.checked_add(admitted.work).unwrap_or(Work::MAX);
                    counted.push(id);
                }
                Err(why) => {
                    if !counted.is_empty() {
                        let ids = std::mem::take(&mut counted);
                        judged.push((ids, Ok((Arc::clone(&delivery), mark))));
                    }
                    judged.push((vec![id], Err(why)));
                }
            }
        }
        if !counted.is_empty() {
            judged.push((counted, Ok((delivery, mark))));
        }
        self.vardiff.on_share(work);
        if let Some(meter) = &self.meter {
            meter.shares(count, work, now);
        }
    }
}

/// The version bits as the record holds them, of the whole BIP 320 range. By the masks of now and of the job's time: a
/// narrower one holds at once, a wider one only for jobs sent since.
fn rolled_bits(sent: &SentJob, bits: Option<u32>, mask: u32) -> Result<u32, Reject> {
    let version = sent.job.from_pool.job.version;
    bits.map_or(Ok(0), |bits| {
        rolled_version(version, bits, mask & sent.mask)
            .map(|version| version & VERSION_ROLLING_MASK)
            .ok_or(Reject::InvalidVersionMask)
    })
}
