//! Machines in a contract's bundle: worker records and their targets.

use super::{Delivery, LiveJob};
use crate::{
    clock,
    sharelog::LogError,
    stratum::records::{self, Place, Step},
};
use pow::bundle::{Assignment, Code, Worker};
use tokio::time::Instant;

/// Why a machine cannot have a job of a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::stratum) enum Unplaced {
    #[error("the contract's proof holds no more workers")]
    Full,
    #[error("the contract takes few new machines at a time")]
    Later,
    #[error(
        "this job was worked on in all coinbase spaces of the machine: it waits for the next one"
    )]
    Done,
    #[error(transparent)]
    Log(#[from] LogError),
}

impl Delivery {
    /// A machine begins to work in a coinbase space with this job: the target is recorded, for the login that is likely to
    /// find the first share. Answers the login's number in the bundle.
    pub(in crate::stratum) fn enter(
        &self,
        place: &Place<'_>,
        job: &LiveJob,
    ) -> Result<u32, Unplaced> {
        let number = self.record(place, job, |records| Some(records.enter(place, job.number)))?;
        self.records.lock().take(place.prefix);
        Ok(number)
    }

    /// Another login of that machine has found a share there: it gets the target that the space has.
    pub(in crate::stratum) fn join(
        &self,
        place: &Place<'_>,
        job: &LiveJob,
    ) -> Result<u32, Unplaced> {
        self.record(place, job, |records| records.join(place))
    }

    fn record(
        &self,
        place: &Place<'_>,
        job: &LiveJob,
        step: impl FnOnce(&records::Inner) -> Option<Step>,
    ) -> Result<u32, Unplaced> {
        let stale = Unplaced::Log(LogError::Refused(Code::Stale));
        let mut records = self.records.lock();
        // The session may have been replaced since the job was read; its machines wait for the next job.
        if !records.follow(job.upstream) {
            return Err(stale);
        }
        let mut step = step(&records).ok_or(stale)?;
        let mut written = match step {
            Step::Introduce(_) => None,
            _ => Some(self.write(place, job, step)),
        };
        // A session of one machine may go back to a job after which the worker delivered: then it is another worker.
        if let (Step::Assign(_, from), Some(Err(LogError::Refused(Code::BadOrder)))) =
            (step, &written)
        {
            (step, written) = (Step::Introduce(from), None);
        }
        let number = match written {
            Some(written) => written?,
            None => {
                self.allow(&mut records, place)?;
                self.write(place, job, step).map_err(|error| match error {
                    LogError::Refused(Code::LimitExceeded) => self.fill(),
                    error => error.into(),
                })?
            }
        };
        records.entered(place, step, number);
        // Before the records are free for another connection: it must not be allowed by the same shares.
        if let Step::Introduce(_) = step {
            self.stats().introduced(place.login, place.address);
        }
        Ok(number)
    }

    /// Whether this login may have another worker record.
    fn allow(&self, records: &mut records::Inner, place: &Place<'_>) -> Result<(), Unplaced> {
        let limits = self.records.limits();
        if self.has_all_workers() {
            return Err(self.fill());
        }
        let allowed = self.stats().has_earned(place.login, place.address)
            || records.spend(limits, place.address, Instant::now());
        allowed.then_some(()).ok_or(Unplaced::Later)
    }

    /// After a start every machine needs a worker record: where the bundle takes none, the contract is over.
    pub(in crate::stratum) fn look_whether_full(&self) {
        if self.has_all_workers() {
            self.fill();
        }
    }

    fn has_all_workers(&self) -> bool {
        let (.., workers) = self.log.read(|state| state.counts());
        workers >= self.records.limits().all
    }

    /// Ends the contract: `epochs::run` waits for it.
    fn fill(&self) -> Unplaced {
        if self.records.fill(clock::now()) {
            tracing::error!(contract = %self.contract.id, "the contract's proof holds no more workers: it ends");
            self.about.crews.change(&self.contract.host);
        }
        Unplaced::Full
    }

    fn write(&self, place: &Place<'_>, job: &LiveJob, step: Step) -> Result<u32, LogError> {
        let (known, from) = match step {
            Step::Is(number) => return Ok(number),
            Step::Assign(number, from) => (Some(number), from),
            Step::Introduce(from) => (None, from),
        };
        let (number, _) = self.log.append(|log, out| {
            let (sessions, jobs, _) = log.state().counts();
            // So all that follows can be written: a new worker has neither targets nor shares.
            if sessions != job.upstream + 1 || from >= jobs {
                return Err(Code::Stale);
            }
            let number = match known {
                Some(number) => number,
                None => {
                    let (login, extranonce_prefix) =
                        (place.login.to_owned(), place.prefix.to_vec());
                    let worker = Worker {
                        login,
                        extranonce_prefix,
                    };
                    log.worker(worker, out)?
                }
            };
            let assignment = Assignment {
                worker: number,
                job: from,
                target: place.target,
            };
            log.assign(assignment, out)?;
            Ok(number)
        })?;
        Ok(number)
    }
}
