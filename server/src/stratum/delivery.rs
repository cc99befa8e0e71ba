//! A live contract's delivery: its share log, the pool's current job, and what came of it so far.

mod machines;
mod placing;
mod trouble;

pub(super) use placing::Unplaced;
pub use trouble::PoolTrouble;

use super::{
    berths::Berths,
    crews::Crews,
    excused::Excused,
    machine::SentJob,
    prefixes::Prefixes,
    records::{RecordLimits, Records},
    stats::Stats,
    upstream::PoolAccess,
};
use crate::{
    clock,
    metrics::{Counted, Metrics, UPSTREAM},
    sharelog::{LogError, Mark, ShareLog},
};
use market::{CloseReason, Contract, PoolTarget};
use pow::{
    Unhashed, WorkSum,
    bundle::{Admitted, Code, Epoch, PoolLogin, ShareRecord, Terms, Writer},
    coinbase::Network,
    header_hashes,
};
use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};
use stratum::{ExtranonceSpace, NotifyTemplate, PREFIX_SIZE, Reject, UpstreamJob};
use tokio::{
    sync::{Notify, mpsc, watch},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use units::{Difficulty, Sats, Timestamp};

/// Shares that may wait for the pool's socket.
pub(super) const FORWARD_QUEUE: usize = 1_024;

/// A job of the pool as the machines get it.
pub struct LiveJob {
    /// Number in the bundle.
    pub number: u32,
    /// Which of the contract's pools gave it: the first is 0.
    pub pool: usize,
    /// Number of the connection to the pool: one may have several sessions.
    pub connection: u64,
    /// Number of the upstream session in the bundle.
    pub upstream: u32,
    /// The coinbase space that machines share, or that is one machine's.
    pub space: ExtranonceSpace,
    /// Version bits that the pool lets machines roll.
    pub version_mask: u32,
    /// As the pool sent it.
    pub from_pool: UpstreamJob,
    /// What all machines' lines of it share.
    pub template: NotifyTemplate,
    /// The hardest difficulty that loses the pool no share.
    pub cap: Difficulty,
}

/// An accepted share that also meets the pool's target.
pub(super) struct Forward {
    pub connection: u64,
    /// The version that was hashed.
    pub version: u32,
    pub job_id: String,
    pub extranonce2: Vec<u8>,
    pub record: ShareRecord,
    /// Among all shares of the log, by which the pool's answer names it there.
    pub number: u64,
    /// When it was judged.
    pub judged: Instant,
    /// In the queue's count for as long as it waits.
    pub queued: Counted,
    /// Kept until the pool has answered it, or cannot any more.
    pub owed: Owed,
}

/// An answer that a pool owes, for as long as this is kept.
pub(super) struct Owed {
    _kept: watch::Receiver<()>,
}

/// A contract's delivery.
pub struct Delivery {
    /// The contract as it was opened.
    pub contract: Contract,
    /// Its proofs.
    pub log: Arc<ShareLog>,
    job: watch::Sender<Option<Arc<LiveJob>>>,
    /// Since when there is no job any more.
    jobless: Mutex<Option<Timestamp>>,
    excused: Excused,
    forward: mpsc::Sender<Forward>,
    berths: Berths,
    records: Records,
    stats: Mutex<Stats>,
    trouble: Mutex<Option<PoolTrouble>>,
    spent: Notify,
    /// Watched by every share that a pool has still to answer.
    owed: watch::Sender<()>,
    closing: AtomicBool,
    closed: CancellationToken,
    about: Surroundings,
}

/// What deliveries share.
#[derive(Clone)]
pub(super) struct Surroundings {
    pub crews: Arc<Crews>,
    pub metrics: Arc<Metrics>,
    pub access: Arc<PoolAccess>,
    pub prefixes: Arc<Prefixes>,
    /// Shares a minute that machines are steered to where their contract does not say.
    pub shares_per_minute: u32,
    pub records: RecordLimits,
}

/// Of spot contracts, which promise nothing: delivery may stay this far below, and this sure one must be that it did.
const TOLERANCE_PPM: u32 = 50_000;
const CONFIDENCE_PPM: u32 = 950_000;

/// The terms that stand in a contract's bundle.
#[must_use]
pub fn terms(contract: &Contract) -> Terms {
    let pool = &contract.pool;
    let term = contract.agreement.term();
    let login = |pool: &PoolTarget| PoolLogin {
        address: format!("{}:{}", pool.host(), pool.port()),
        user: pool.user().to_owned(),
    };
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
        backups: contract.pools().skip(1).map(login).collect(),
        // Every pool is a sandbox's yet.
        network: Network::Regtest,
        tolerance_ppm: term.map_or(TOLERANCE_PPM, |term| term.tolerance_ppm),
        confidence_ppm: term.map_or(CONFIDENCE_PPM, |term| term.confidence_ppm),
        term_days: term.map_or(0, |term| term.length.days()),
        bond: term.map_or(Sats::ZERO, |term| term.bond.amount),
        rejects: contract.agreement.rejects,
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
            // Before a pool's session writes into the log.
            excused: Excused::new(&contract, &log),
            contract,
            log,
            job,
            jobless: Mutex::default(),
            forward,
            berths: Berths::new(Arc::clone(&about.prefixes)),
            records: Records::new(about.records, Instant::now()),
            stats: Mutex::new(stats),
            trouble: Mutex::default(),
            spent: Notify::new(),
            owed: watch::channel(()).0,
            closing: AtomicBool::new(false),
            closed: CancellationToken::new(),
            about,
        }
    }

    /// From now on no share counts, there is no job, and the host's machines get other work. The contract's tasks go on.
    pub(super) fn retire(&self) {
        // Under the log's lock: a share is either in it by now, or is refused.
        self.log
            .read(|_| self.closing.store(true, Ordering::Release));
        self.excused.end();
        self.publish(None);
        self.about.crews.close(self);
    }

    /// The same, and ends the contract's tasks.
    pub(super) fn close(&self) {
        self.retire();
        self.closed.cancel();
    }

    /// The pool's job from now on; none while its session is away. Machines get other work if it stays away.
    pub(super) fn publish(&self, job: Option<Arc<LiveJob>>) {
        let is = job.is_some();
        if !is && self.pool_connected() {
            // Before the job goes: nobody may see neither.
            *self.lock_jobless() = Some(clock::now());
        }
        let (mut taken, mut changed) = (false, false);
        self.job.send_if_modified(|now| {
            // A session may still come with one when the contract is over.
            taken = !is || !self.closing.load(Ordering::Acquire);
            if taken {
                self.excused.follow_job(job.as_deref());
                changed = now.is_some() != is;
                *now = job;
            }
            taken
        });
        if is && taken {
            self.about.metrics.job(UPSTREAM);
            *self.lock_jobless() = None;
        }
        if changed {
            self.about.crews.change(&self.contract.host);
        }
    }

    /// Seals the open epoch; as the `last` one it is the end of the contract's log.
    pub(super) fn seal(&self, at: Timestamp, last: bool) -> Result<(Epoch, Mark), LogError> {
        self.log.seal(last, |log, out| Ok(log.seal(at, out)))
    }

    /// Once pools owe no answer to a share any more.
    pub(super) async fn answered(&self) {
        self.owed.closed().await;
    }

    /// Once the contract is closed.
    pub(super) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// Once nothing more can be delivered, and why: a share's pay would have passed the budget, or the bundle takes no worker
    /// that came.
    pub(super) async fn used_up(&self) -> CloseReason {
        tokio::select! {
            () = self.spent.notified() => CloseReason::BudgetSpent,
            () = self.records.filled() => CloseReason::ProofFull,
        }
    }

    /// The pool's current job; `None` while there is no session or no job yet.
    pub(super) fn jobs(&self) -> watch::Receiver<Option<Arc<LiveJob>>> {
        self.job.subscribe()
    }

    /// The job of the machine with this prefix: everybody's, or that of a session of its own.
    pub(super) fn job_for(&self, prefix: [u8; PREFIX_SIZE]) -> Option<Arc<LiveJob>> {
        let latest = self.job.borrow().clone()?;
        if latest.space.required_prefix().is_none() {
            return Some(latest);
        }
        self.berths.job_for(prefix)
    }

    /// Where each machine has a session of its own.
    pub(super) const fn berths(&self) -> &Berths {
        &self.berths
    }

    /// All machines look again whether there is a job for them.
    pub(super) fn look_again(&self) {
        self.job.send_modify(|_| {});
    }

    /// Bytes of extranonce2 that the pool leaves, where they are too few to be shared: each machine has a session of its own.
    #[must_use]
    pub fn small_extranonce2(&self) -> Option<usize> {
        let latest = self.job.borrow();
        let space = latest.as_ref().map(|job| &job.space)?;
        space.required_prefix()?;
        Some(space.extranonce2_size())
    }

    /// True while the pool's session is up and has given a job.
    #[must_use]
    pub fn pool_connected(&self) -> bool {
        self.job.borrow().is_some()
    }

    /// Which of the contract's pools gives the work; none while there is none.
    #[must_use]
    pub fn pool_serving(&self) -> Option<usize> {
        self.job.borrow().as_ref().map(|job| job.pool)
    }

    /// True once its bundle could not take another worker.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.records.full_since().is_some()
    }

    /// How much of its time is not the host's.
    pub(super) const fn excused(&self) -> &Excused {
        &self.excused
    }

    /// The worker records of its bundle.
    pub(super) const fn records(&self) -> &Records {
        &self.records
    }

    /// How its pools are connected to.
    pub(super) fn access(&self) -> &PoolAccess {
        &self.about.access
    }

    /// The server's counts.
    pub(super) fn metrics(&self) -> &Metrics {
        &self.about.metrics
    }

    /// What came of the shares so far.
    pub fn stats(&self) -> MutexGuard<'_, Stats> {
        self.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Judges shares in order, records those that count, and sends on those that meet the pool's target. They may be
    /// answered once the mark is durable.
    pub(super) fn submit(&self, shares: &[Submitted]) -> (Vec<Result<Admitted, Reject>>, Mark) {
        let judged_at = Instant::now();
        // Hashed before the log is locked: that is most of the work.
        let unhashed: Vec<Unhashed<'_>> = shares.iter().map(Submitted::unhashed).collect();
        let hashes = header_hashes(&unhashed);
        let judged = self.log.append(|log, out| {
            // Read under the log's lock: no share is counted any more.
            if self.closing.load(Ordering::Acquire) {
                return Err(Code::Stale);
            }
            let judge = |(share, hash)| judge(log, out, share, hash).map_err(rejection);
            Ok(shares.iter().zip(hashes).map(judge).collect())
        });
        let (outcomes, mark): (Vec<_>, Mark) = match judged {
            Ok(judged) => judged,
            Err(error) => {
                if error == LogError::Unavailable {
                    self.excused.follow_log(false);
                }
                (vec![Err(rejection(error)); shares.len()], Mark::default())
            }
        };
        self.count(shares, &outcomes);
        self.note_berth(shares, &outcomes);
        for (share, outcome) in shares.iter().zip(&outcomes) {
            match outcome {
                Ok((admitted, number)) if admitted.pool.is_some() => {
                    self.forward(share, *number, judged_at);
                }
                Err(Reject::ContractBudgetSpent) => self.spent.notify_one(),
                _ => {}
            }
        }
        let admitted = outcomes
            .into_iter()
            .map(|outcome| outcome.map(|(admitted, _)| admitted));
        (admitted.collect(), mark)
    }

    /// A share that was refused before it was judged.
    pub(super) fn refused(&self, why: Reject) {
        self.stats().rejected(why);
    }

    /// What the pages show of them.
    fn count(&self, shares: &[Submitted], outcomes: &[Result<Numbered, Reject>]) {
        let mut stats = self.stats();
        let all: Vec<_> = shares.iter().zip(outcomes).collect();
        for same in all.chunk_by(|(one, first), (other, next)| {
            Arc::ptr_eq(&one.login, &other.login) && first.is_ok() && next.is_ok()
        }) {
            let Some((share, outcome)) = same.first() else {
                continue;
            };
            match outcome {
                Ok(_) => {
                    let works = same.iter().filter_map(|(_, outcome)| outcome.ok());
                    let sum = works.fold(WorkSum::default(), |sum, (admitted, _)| {
                        sum.checked_add(admitted.work).unwrap_or(sum)
                    });
                    stats.accepted(&share.login, share.address, share.record.at, sum);
                }
                Err(reject) => stats.rejected(*reject),
            }
        }
    }

    /// Who has a session of his own keeps it by work that counts. Shares that are judged together are one machine's.
    fn note_berth(&self, shares: &[Submitted], outcomes: &[Result<Numbered, Reject>]) {
        let mut all = shares.iter().zip(outcomes);
        let counted = all.rfind(|(_, outcome)| outcome.is_ok());
        let berth = counted.and_then(|(share, _)| share.sent.job.space.required_prefix());
        if let Some(prefix) = berth {
            self.berths.counted(prefix);
        }
    }

    fn forward(&self, share: &Submitted, number: u64, judged: Instant) {
        let job = &share.sent.job;
        let (extranonce1, own) = (&share.sent.extranonce1, &share.record.extranonce2);
        let fixed = extranonce1.get(job.space.extranonce1().len()..);
        let forward = Forward {
            connection: job.connection,
            version: job.from_pool.job.version_with(share.record.share),
            job_id: job.from_pool.id.clone(),
            extranonce2: [fixed.unwrap_or_default(), own].concat(),
            record: share.record.clone(),
            number,
            judged,
            queued: Counted::one(self.about.metrics.forward_queue.clone()),
            owed: Owed {
                _kept: self.owed.subscribe(),
            },
        };
        if self.forward.try_send(forward).is_err() {
            self.stats().not_sent += 1;
        }
    }
}

/// A share as a machine submitted it.
pub(super) struct Submitted {
    pub sent: Arc<SentJob>,
    pub login: Arc<str>,
    /// Where its machine connects from, as it is counted.
    pub address: IpAddr,
    pub record: ShareRecord,
}

impl Submitted {
    fn unhashed(&self) -> Unhashed<'_> {
        Unhashed {
            job: &self.sent.job.from_pool.job,
            extranonce1: &self.sent.extranonce1,
            extranonce2: &self.record.extranonce2,
            share: self.record.share,
        }
    }
}

/// A share that counts, and its number in the log.
type Numbered = (Admitted, u64);

/// By the bundle's rules; a share that is refused changes nothing for the next.
fn judge(
    log: &mut Writer,
    out: &mut Vec<u8>,
    share: &Submitted,
    hash: [u8; 32],
) -> Result<Numbered, LogError> {
    let admitted = log.state().check_hashed(&share.record, hash)?;
    let number = log.share(share.record.clone(), admitted, out)?;
    Ok((admitted, number))
}

fn rejection(error: LogError) -> Reject {
    match error {
        LogError::Unavailable => Reject::ShareLogUnavailable,
        LogError::Ended => Reject::JobNotFound,
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

#[cfg(test)]
mod tests;
