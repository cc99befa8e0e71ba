//! A live contract's delivery: its share log, the pool's current job, and what came of it so far.

use super::stats::Stats;
use crate::{
    clock,
    sharelog::{LogError, Mark, ShareLog},
};
use market::Contract;
use pow::{
    bundle::{Admitted, Assignment, Code, Epoch, ShareRecord, Terms, Worker},
    coinbase::Network,
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use stratum::{ExtranonceSpace, Reject, UpstreamJob};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;
use units::Target;

/// Shares that may wait for the pool's socket.
pub(super) const FORWARD_QUEUE: usize = 1_024;

/// A job of the pool as the machines get it.
pub struct LiveJob {
    /// Number in the bundle.
    pub number: u32,
    /// Number of the connection to the pool: one may have several sessions.
    pub connection: u64,
    /// Number of the upstream session in the bundle.
    pub upstream: u32,
    /// The coinbase space that machines share.
    pub space: ExtranonceSpace,
    /// Version bits that the pool lets machines roll.
    pub version_mask: u32,
    /// As the pool sent it.
    pub from_pool: UpstreamJob,
}

/// An accepted share that also meets the pool's target.
pub(super) struct Forward {
    pub connection: u64,
    /// The version that was hashed.
    pub version: u32,
    pub job_id: String,
    pub extranonce2: Vec<u8>,
    pub record: ShareRecord,
}

/// A contract's delivery.
pub struct Delivery {
    /// The contract as it was opened.
    pub contract: Contract,
    /// Its proofs.
    pub log: Arc<ShareLog>,
    pub(super) job: watch::Sender<Option<Arc<LiveJob>>>,
    forward: mpsc::Sender<Forward>,
    stats: Mutex<Stats>,
    spent: Notify,
    closing: AtomicBool,
    closed: CancellationToken,
}

/// Until orders can say: delivery may stay this far below the promise, and this sure one must be that it did.
const TOLERANCE_PPM: u32 = 50_000;
const CONFIDENCE_PPM: u32 = 950_000;

/// The terms that stand in a contract's bundle.
#[must_use]
pub fn terms(contract: &Contract) -> Terms {
    let pool = &contract.pool;
    Terms {
        contract: contract.id,
        buyer: contract.buyer,
        host: contract.host,
        hashrate: contract.hashrate,
        price: contract.price,
        budget: contract.budget,
        fee_bps: contract.fee_bps,
        opened_at: contract.opened_at,
        epoch_length: contract.epoch_length,
        pool: format!("{}:{}", pool.host(), pool.port()),
        pool_user: pool.user().to_owned(),
        // Every pool is a sandbox's yet.
        network: Network::Regtest,
        tolerance_ppm: TOLERANCE_PPM,
        confidence_ppm: CONFIDENCE_PPM,
    }
}

impl Delivery {
    pub(super) fn new(
        contract: Contract,
        log: Arc<ShareLog>,
        stats: Stats,
        forward: mpsc::Sender<Forward>,
    ) -> Self {
        let (job, _) = watch::channel(None);
        Self {
            contract,
            log,
            job,
            forward,
            stats: Mutex::new(stats),
            spent: Notify::new(),
            closing: AtomicBool::new(false),
            closed: CancellationToken::new(),
        }
    }

    /// Ends the contract's tasks.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.job.send_replace(None);
    }

    /// Seals the open epoch; as the `last` one it is the end of the contract's shares.
    pub(super) fn seal(&self, last: bool) -> Result<(Epoch, Mark), LogError> {
        self.log.append(|log, out| {
            self.closing.fetch_or(last, Ordering::AcqRel);
            Ok(log.seal(clock::now(), out))
        })
    }

    /// Once the contract is closed.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Once a share's pay would have passed the budget.
    pub(super) async fn budget_spent(&self) {
        self.spent.notified().await;
    }

    /// The pool's current job; `None` while there is no session or no job yet.
    pub(super) fn jobs(&self) -> watch::Receiver<Option<Arc<LiveJob>>> {
        self.job.subscribe()
    }

    /// True while the pool's session is up and has given a job.
    #[must_use]
    pub fn pool_connected(&self) -> bool {
        self.job.borrow().is_some()
    }

    /// What came of the shares so far.
    pub fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Introduces a machine in the job's upstream session, with a target from this job on; answers its number.
    pub(super) fn join(
        &self,
        login: &str,
        extranonce_prefix: Vec<u8>,
        job: &LiveJob,
        target: Target,
    ) -> Result<u32, LogError> {
        let worker = Worker {
            login: login.to_owned(),
            extranonce_prefix,
        };
        let (number, _) = self.log.append(|log, out| {
            // The session may have been replaced since the job was read; its machines wait for the next job.
            let (sessions, ..) = log.state().counts();
            if sessions != job.upstream + 1 {
                return Err(Code::Stale);
            }
            let number = log.worker(worker, out)?;
            log.assign(
                Assignment {
                    worker: number,
                    job: job.number,
                    target,
                },
                out,
            )?;
            Ok(number)
        })?;
        Ok(number)
    }

    /// Judges a share, records it, and sends it on where it meets the pool's target. It may be answered once the mark
    /// is durable.
    pub(super) fn submit(
        &self,
        job: &LiveJob,
        share: Submitted,
    ) -> Result<(Admitted, Mark), Reject> {
        let Submitted {
            login,
            record,
            extranonce2,
        } = share;
        let judged = self.log.append(|log, out| {
            // Read under the log's lock: after the last epoch no share is counted.
            if self.closing.load(Ordering::Acquire) {
                return Err(Code::OverBudget);
            }
            let admitted = log.state().check(&record)?;
            log.share(record.clone(), admitted, out)?;
            Ok(admitted)
        });
        match judged {
            Ok((admitted, mark)) => {
                let meets_pool = job.from_pool.target.is_met_by_le_hash(&admitted.hash);
                self.stats().accepted(&login, record.at, admitted.work);
                if meets_pool {
                    self.forward(job, record, extranonce2);
                }
                Ok((admitted, mark))
            }
            Err(error) => {
                let reject = rejection(error);
                if reject == Reject::ContractBudgetSpent {
                    self.spent.notify_one();
                }
                self.stats().rejected(reject);
                Err(reject)
            }
        }
    }

    fn forward(&self, job: &LiveJob, record: ShareRecord, extranonce2: Vec<u8>) {
        let share = record.share;
        let header_version = job.from_pool.job.version_with(share);
        let forward = Forward {
            connection: job.connection,
            version: header_version,
            job_id: job.from_pool.id.clone(),
            extranonce2,
            record,
        };
        if self.forward.try_send(forward).is_err() {
            self.stats().not_sent += 1;
        }
    }
}

/// A share as a machine submitted it.
pub(super) struct Submitted {
    pub login: String,
    pub record: ShareRecord,
    /// All of the pool's extranonce2: padding, prefix and the machine's own.
    pub extranonce2: Vec<u8>,
}

fn rejection(error: LogError) -> Reject {
    match error {
        LogError::Unavailable => Reject::ShareLogUnavailable,
        LogError::Refused(code) => match code {
            Code::Duplicate => Reject::Duplicate,
            Code::LowDifficulty => Reject::LowDifficulty,
            Code::NtimeOutOfRange => Reject::NtimeOutOfRange,
            Code::VersionBitsOutsideMask => Reject::InvalidVersionMask,
            Code::OverBudget => Reject::ContractBudgetSpent,
            _ => Reject::JobNotFound,
        },
    }
}
