//! A live contract's delivery: its share log, the pool's current job, and what came of it so far.

use super::{crews::Crews, stats::Stats};
use crate::{
    clock,
    metrics::Metrics,
    sharelog::{LogError, Mark, ShareLog},
};
use market::Contract;
use pow::{
    bundle::{Admitted, Assignment, Code, Epoch, ShareRecord, Terms, Worker, Writer},
    coinbase::Network,
};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};
use stratum::{ExtranonceSpace, NotifyTemplate, Reject, UpstreamJob};
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
    /// What all machines' lines of it share.
    pub template: NotifyTemplate,
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
    job: watch::Sender<Option<Arc<LiveJob>>>,
    forward: mpsc::Sender<Forward>,
    stats: Mutex<Stats>,
    spent: Notify,
    closing: AtomicBool,
    closed: CancellationToken,
    about: Surroundings,
}

/// What deliveries share.
pub(super) struct Surroundings {
    pub crews: Arc<Crews>,
    pub metrics: Arc<Metrics>,
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
        about: Surroundings,
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
            about,
        }
    }

    /// Ends the contract's tasks.
    pub(super) fn close(&self) {
        self.closed.cancel();
        self.publish(None);
    }

    /// The pool's job from now on; none while its session is away, when machines get other work.
    pub(super) fn publish(&self, job: Option<Arc<LiveJob>>) {
        let is = job.is_some();
        if self.job.send_replace(job).is_some() != is {
            self.about.crews.change(&self.contract.host);
        }
    }

    /// Seals the open epoch; as the `last` one it is the end of the contract's shares.
    pub(super) fn seal(&self, last: bool) -> Result<(Epoch, Mark), LogError> {
        self.log.seal(|log, out| {
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

    /// The server's counts.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.about.metrics
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

    /// Judges shares in order, records those that count, and sends on those that meet the pool's target. They may be
    /// answered once the mark is durable.
    pub(super) fn submit(&self, shares: Vec<Submitted>) -> (Vec<Result<Admitted, Reject>>, Mark) {
        // Hashed before the log is locked: that is most of the work.
        let hashed: Vec<_> = shares.iter().map(|share| (share, share.hash())).collect();
        let judged = self.log.append(|log, out| {
            // Read under the log's lock: after the last epoch no share is counted.
            if self.closing.load(Ordering::Acquire) {
                return Err(Code::OverBudget);
            }
            Ok(judge_all(log, out, &hashed))
        });
        drop(hashed);
        let (outcomes, mark) = match judged {
            Ok((outcomes, mark)) => (outcomes, mark),
            Err(error) => (vec![Err(error); shares.len()], Mark::default()),
        };
        let outcomes = outcomes
            .into_iter()
            .map(|outcome| outcome.map_err(rejection));
        let outcomes: Vec<_> = outcomes.collect();
        self.count(&shares, &outcomes);
        for (share, outcome) in shares.into_iter().zip(&outcomes) {
            match outcome {
                Ok(admitted) if share.job.from_pool.target.is_met_by_le_hash(&admitted.hash) => {
                    self.forward(share);
                }
                Err(Reject::ContractBudgetSpent) => self.spent.notify_one(),
                _ => {}
            }
        }
        (outcomes, mark)
    }

    /// A share that was refused before it was judged.
    pub(super) fn refused(&self, why: Reject) {
        self.about.metrics.downstream_share(why.text());
        self.stats().rejected(why);
    }

    /// What the pages show of them.
    fn count(&self, shares: &[Submitted], outcomes: &[Result<Admitted, Reject>]) {
        let mut stats = self.stats();
        for (share, outcome) in shares.iter().zip(outcomes) {
            let reason = outcome.map_or_else(Reject::text, |_| "");
            self.about.metrics.downstream_share(reason);
            match outcome {
                Ok(admitted) => stats.accepted(&share.login, share.record.at, admitted.work),
                Err(reject) => stats.rejected(*reject),
            }
        }
    }

    fn forward(&self, share: Submitted) {
        let from_pool = &share.job.from_pool;
        let forward = Forward {
            connection: share.job.connection,
            version: from_pool.job.version_with(share.record.share),
            job_id: from_pool.id.clone(),
            extranonce2: share.extranonce2,
            record: share.record,
        };
        if self.forward.try_send(forward).is_ok() {
            self.about.metrics.forward_queue.inc();
        } else {
            self.stats().not_sent += 1;
        }
    }
}

/// A share as a machine submitted it.
pub(super) struct Submitted {
    pub job: Arc<LiveJob>,
    pub login: String,
    pub record: ShareRecord,
    /// All of the pool's extranonce2: padding, prefix and the machine's own.
    pub extranonce2: Vec<u8>,
}

impl Submitted {
    fn hash(&self) -> [u8; 32] {
        let extranonce = [self.job.space.extranonce1(), &self.extranonce2];
        let job = &self.job.from_pool.job;
        job.header(&extranonce, self.record.share).hash()
    }
}

type Hashed<'a> = (&'a Submitted, [u8; 32]);

/// Each by the bundle's rules; one that is refused changes nothing for the next.
fn judge_all(
    log: &mut Writer,
    out: &mut Vec<u8>,
    shares: &[Hashed<'_>],
) -> Vec<Result<Admitted, LogError>> {
    let judged = shares.iter().map(|(share, hash)| {
        let admitted = log.state().check_hashed(&share.record, *hash)?;
        log.share(share.record.clone(), admitted, out)?;
        Ok(admitted)
    });
    judged.collect()
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
            Code::TooManyShares => Reject::TooManyShares,
            _ => Reject::JobNotFound,
        },
    }
}
