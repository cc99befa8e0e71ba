//! What of a session stands in the contract's share log: the session itself, its jobs, the pool's answers.

use super::Session;
use crate::{
    clock,
    metrics::Counted,
    sharelog::LogError,
    stratum::{
        delivery::LiveJob,
        upstream::{Ended, PoolAccess},
    },
};
use pow::bundle::{Answer, JobRecord, PoolWord, Upstream as Record};
use std::{sync::Arc, time::Duration};
use stratum::{ExtranonceSpace, Fault, NotifyTemplate, UpstreamJob};
use tokio::time::Instant;
use units::Difficulty;

/// A job that the share log does not take is tried again after this.
const RETRY: Duration = Duration::from_secs(1);
/// What the contract's page says meanwhile.
const HELD: &str = "the pool's work waits, since the share log has no room for it";

/// The latest job waits for the share log.
pub(super) struct Held {
    /// When it is tried again.
    until: Instant,
    _counted: Counted,
}

impl Session<'_> {
    /// Gives out the latest job, if it was not yet. Where the share log takes nothing for the moment the job is held, and the
    /// answer is when to ask again: the pool did nothing wrong, and the machines keep what they have. Of several jobs the
    /// last one counts.
    pub(super) fn give_latest(&mut self, access: &PoolAccess) -> Result<Option<Instant>, Ended> {
        let now = Instant::now();
        if let Some(held) = self.held.as_ref().filter(|held| now < held.until) {
            return Ok(Some(held.until));
        }
        let delivery = self.at.delivery;
        if let Some(job) = self.waiting.take() {
            match self.give(job.clone()) {
                Ok(true) => self.job_due = now + access.patience.no_job,
                Ok(false) => {}
                Err(Ended::Log(LogError::Unavailable)) if !delivery.log.has_failed() => {
                    self.waiting = Some(job);
                    return Ok(Some(self.hold(now, access)));
                }
                Err(ended) => return Err(ended),
            }
        }
        if self.held.take().is_some() {
            delivery.reached(self.at.pool);
        }
        Ok(None)
    }

    fn hold(&mut self, now: Instant, access: &PoolAccess) -> Instant {
        let delivery = self.at.delivery;
        // The pool gives work.
        self.job_due = now + access.patience.no_job;
        let until = now + RETRY;
        let before = self.held.replace(Held {
            until,
            _counted: Counted::one(delivery.metrics().jobs_held.clone()),
        });
        if before.is_none() {
            tracing::warn!(contract = %delivery.contract.id, "a job of the pool waits for the share log");
            delivery.trouble(self.at.pool, HELD.to_owned());
        }
        until
    }

    /// The session's number in the bundle; introduced there with the first job of its space.
    fn record(&mut self) -> Result<(u32, ExtranonceSpace), Ended> {
        if let Some((record, space)) = self.announced.clone() {
            let at = clock::now();
            let record = Record { at, ..record };
            let number = match space.required_prefix() {
                None => self.introduce(record)?,
                Some(_) => self.introduce_once(record)?,
            };
            self.recorded = Some((number, space));
            self.announced = None;
        }
        let recorded = self.recorded.clone();
        recorded.ok_or_else(|| Fault::JobBeforeSubscribed.into())
    }

    fn introduce(&self, record: Record) -> Result<u32, LogError> {
        let log = &self.at.delivery.log;
        let (number, _) = log.append(|log, out| log.upstream(record, out))?;
        Ok(number)
    }

    /// The sessions that are for one machine each are one in the bundle: no other is introduced there as long as they last.
    fn introduce_once(&self, record: Record) -> Result<u32, Ended> {
        let (berths, size) = (self.at.delivery.berths(), record.extranonce2_size);
        match berths.session() {
            Some((number, known)) if known == size => Ok(number),
            Some(_) => Err(Ended::Resized),
            None => {
                let number = self.introduce(record)?;
                berths.introduced(number, size);
                Ok(number)
            }
        }
    }

    /// Gives a job to the machines; false where it cannot be used.
    fn give(&mut self, from_pool: UpstreamJob) -> Result<bool, Ended> {
        let berths = self.at.delivery.berths();
        let own = self.space().and_then(ExtranonceSpace::required_prefix);
        if own.is_some_and(|prefix| !berths.hold(self.number, prefix)) {
            return Err(Ended::SameEnd);
        }
        let (upstream, space) = self.record()?;
        let version_mask = self.version_mask;
        let record = JobRecord {
            at: clock::now(),
            job: from_pool.job.clone(),
            version_mask,
            pool_target: from_pool.target,
        };
        let Some(number) = self.record_job(record, own.is_some())? else {
            return Ok(false);
        };
        self.last_job = Some(number);
        let job = Arc::new(LiveJob {
            template: NotifyTemplate::in_space(&from_pool.job, &space),
            cap: Difficulty::at_most(&from_pool.target),
            number,
            pool: self.at.pool,
            connection: self.number,
            upstream,
            space,
            version_mask,
            from_pool,
        });
        if let Some(prefix) = own {
            berths.give(prefix, Arc::clone(&job));
        }
        self.at.delivery.publish(Some(job));
        Ok(true)
    }

    /// The job's number in the bundle; none where it cannot be used.
    fn record_job(&self, record: JobRecord, is_for_one: bool) -> Result<Option<u32>, Ended> {
        let delivery = self.at.delivery;
        if is_for_one && let Some(number) = delivery.berths().known(&record, self.last_job) {
            return Ok(Some(number));
        }
        let kept = is_for_one.then(|| record.clone());
        match delivery.log.append(|log, out| log.job(record, out)) {
            Ok((number, _)) => {
                if let Some(record) = kept {
                    delivery.berths().recorded(number, record);
                }
                Ok(Some(number))
            }
            // Work on a block that was already replaced cannot be counted: the machines keep what they have.
            Err(LogError::Refused(code)) => {
                tracing::warn!(%code, contract = %delivery.contract.id, "a job of the pool was not used");
                Ok(None)
            }
            Err(LogError::Ended) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// The pool's word goes beside the share, in the log. Nobody waits for it to be durable.
    pub(super) fn record_answer(&self) {
        let Some(answer) = self.protocol.share_answer() else {
            return;
        };
        let reason = answer.reason.as_deref().unwrap_or_default();
        let word = if answer.accepted {
            PoolWord::Accepted
        } else {
            PoolWord::refused(answer.code, reason)
        };
        let record = Answer {
            at: clock::now(),
            share: answer.tag,
            word,
        };
        let delivery = self.at.delivery;
        let recorded = delivery.log.append(|log, out| log.answer(record, out));
        if let Err(error) = recorded {
            tracing::warn!(%error, contract = %delivery.contract.id, "a pool's answer was not recorded");
        }
    }
}
