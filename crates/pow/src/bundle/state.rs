//! The rules of a bundle, one record at a time. Writer and verifier both go through here.

use super::{
    Code, ShareRecord, Terms, Upstream,
    record::{Context, SharedJob},
};
use crate::{Header, Job, ShareFault, Tree, WorkSum, coinbase::Coinbase, settlement::Tally};
use alloc::{collections::BTreeMap, sync::Arc, vec::Vec};
use units::{Sats, Target, Timestamp, Work};

mod answers;
mod chain;
mod epoch;
mod live;
mod money;
mod promised;
mod seen;
mod sessions;
mod worker;

pub(super) use answers::Answered;
use answers::MetShares;
pub use chain::{Blocks, BuiltOn, Times};
pub(super) use live::LiveJobs;
use promised::Promised;
use seen::Seen;
use worker::{Judge, KnownWorker};

/// What a contract's records add up to so far, and what the next one may be.
#[derive(Clone)]
pub struct State {
    terms: Terms,
    last_time: Timestamp,
    upstreams: u32,
    upstream: Option<Upstream>,
    jobs: u32,
    latest_ntime: u32,
    pool_target: Option<Target>,
    /// Jobs whose previous block is the current one.
    live: LiveJobs<LiveJob>,
    prev_hash: Option<[u8; 32]>,
    workers: Vec<KnownWorker>,
    /// Header hashes counted under `prev_hash`. A hash commits to its previous block, and no job ever returns to a
    /// replaced one, so forgetting the others loses nothing.
    seen: Seen,
    blocks: Blocks,
    /// Under `prev_hash`: the target that judges a coinbase space, by its fixed extranonce bytes. Were there two, a
    /// machine could hash once and submit lucky headers under the hard one and the others under the easy one.
    spaces: BTreeMap<Arc<[u8]>, Target>,
    /// Under `prev_hash`, of the latest session: how many bytes follow the extranonces of its jobs, by how many stand
    /// around them. Where coinbases of one length had them at two places, one header could lie in two spaces.
    cuts: BTreeMap<usize, usize>,
    /// Bytes that each machine counts through; the same for all of an upstream session, so that two spaces of it are
    /// equal or disjoint.
    machine_size: Option<usize>,
    /// Share records, whether they count or not.
    share_records: u64,
    met: MetShares,
    tree: Tree,
    epoch_start: Timestamp,
    epoch_shares: u64,
    epochs: u32,
    previous: [u8; 32],
    sum: WorkSum,
    promised: Promised,
    /// Those shares by the pools' answers, and as of the last sealed epoch.
    tally: Tally,
    tally_sealed: Tally,
    /// Shares were left out of a sample: whether they met their pool's target is not known, and so not what is owed
    /// where the terms ask for answers.
    sampled: bool,
    sealed: Sats,
}

#[derive(Clone)]
struct LiveJob {
    upstream: u32,
    /// The session's pool, and what it asks of a share.
    pool: u8,
    pool_target: Target,
    /// Of one share that meets it.
    pool_work: Work,
    job: Arc<Job>,
    version_mask: u32,
    /// The network's, where nbits state one.
    network: Option<Target>,
}

/// A share that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// The header's hash.
    pub hash: [u8; 32],
    /// Its work, by the assigned target.
    pub work: Work,
    /// That target.
    pub target: Target,
    /// The network's, by the job's nbits; none where they state none.
    pub network: Option<Target>,
    /// The pool of the terms whose target the hash meets too, so that the share has to be sent on to it.
    pub pool: Option<u8>,
    /// Work of the target that this pool asks for; zero where it is not met.
    pub pool_work: Work,
}

/// Shares under one previous block: their hashes are held in memory. Reached, shares are refused, none is forgotten.
const SHARES_PER_BLOCK_MAX: usize = 1 << 22;

impl State {
    pub(super) fn new(terms: Terms) -> Self {
        let opened_at = terms.opened_at;
        Self {
            blocks: Blocks::new(terms.network),
            promised: Promised::new(terms.hashrate),
            terms,
            last_time: opened_at,
            upstreams: 0,
            upstream: None,
            jobs: 0,
            latest_ntime: 0,
            pool_target: None,
            live: LiveJobs::default(),
            prev_hash: None,
            workers: Vec::new(),
            seen: Seen::default(),
            spaces: BTreeMap::new(),
            cuts: BTreeMap::new(),
            machine_size: None,
            share_records: 0,
            met: MetShares::default(),
            tree: Tree::default(),
            epoch_start: opened_at,
            epoch_shares: 0,
            epochs: 0,
            previous: [0; 32],
            sum: WorkSum::default(),
            tally: Tally::default(),
            tally_sealed: Tally::default(),
            sampled: false,
            sealed: Sats::ZERO,
        }
    }

    /// The contract's terms.
    #[must_use]
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Valid shares and their work so far.
    #[must_use]
    pub const fn sum(&self) -> WorkSum {
        self.sum
    }

    /// How many epochs are sealed.
    #[must_use]
    pub const fn epochs(&self) -> u32 {
        self.epochs
    }

    /// Hash of the last sealed epoch; zeros before the first.
    #[must_use]
    pub const fn head(&self) -> [u8; 32] {
        self.previous
    }

    /// The time of the last record.
    #[must_use]
    pub const fn last_time(&self) -> Timestamp {
        self.last_time
    }

    /// Where the open epoch started.
    #[must_use]
    pub const fn epoch_start(&self) -> Timestamp {
        self.epoch_start
    }

    /// How many upstream sessions, jobs and workers were introduced.
    #[must_use]
    pub fn counts(&self) -> (u32, u32, u32) {
        (self.upstreams, self.jobs, self.worker_count())
    }

    /// The login of a worker.
    #[must_use]
    pub fn login(&self, worker: u32) -> Option<&str> {
        self.workers.get(worker as usize).map(|known| &*known.login)
    }

    /// The upstream session of a worker.
    pub(super) fn session_of(&self, worker: u32) -> Option<u32> {
        Some(self.workers.get(worker as usize)?.upstream)
    }

    /// A job whose previous block is the current one.
    #[cfg(test)]
    pub(super) fn live_job(&self, number: u32) -> Option<&Arc<Job>> {
        Some(&self.live.get(number)?.job)
    }

    pub(super) fn context(&self) -> Context {
        Context {
            last_time: self.last_time,
            jobs: self.jobs,
            ntime: self.latest_ntime,
            pool_target: self.pool_target,
            shares: self.share_records,
        }
    }

    /// The blocks that jobs built on.
    #[must_use]
    pub const fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Under the current block: the target by which shares of this coinbase space are judged, where one has counted. The
    /// space is the session's extranonce1 followed by the worker's prefix.
    #[must_use]
    pub fn space_target(&self, space: &[u8]) -> Option<Target> {
        self.spaces.get(space).copied()
    }

    fn worker_count(&self) -> u32 {
        u32::try_from(self.workers.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn advance(&mut self, at: Timestamp) {
        self.last_time = self.last_time.max(at);
    }

    pub(super) fn upstream(&mut self, upstream: &Upstream) -> Result<u32, Code> {
        if usize::from(upstream.pool) > self.terms.backups.len() {
            return Err(Code::UnknownPool);
        }
        let number = self.upstreams;
        self.upstreams = number.checked_add(1).ok_or(Code::LimitExceeded)?;
        self.machine_size = None;
        self.cuts.clear();
        self.advance(upstream.at);
        (self.promised.sessions).begin(upstream.at, &upstream.extranonce1);
        self.upstream = Some(upstream.clone());
        Ok(number)
    }

    fn latest_upstream(&self) -> Result<(u32, &Upstream), Code> {
        let upstream = self.upstream.as_ref().ok_or(Code::BadOrder)?;
        Ok((self.upstreams.saturating_sub(1), upstream))
    }

    /// The coinbase of a job of the latest upstream session, with zeros for the machines' bytes.
    pub(super) fn coinbase(&self, job: &Job) -> Option<Coinbase> {
        let upstream = self.upstream.as_ref()?;
        let zeros = [0; 32];
        let extranonce2 = zeros.get(..upstream.extranonce2_size.into())?;
        let (before, after) = (&job.coinbase1[..], &job.coinbase2[..]);
        let whole = [before, &upstream.extranonce1, extranonce2, after].concat();
        let end = whole.len().saturating_sub(after.len());
        Coinbase::parse(&whole, before.len()..end).ok()
    }

    /// What a job of the latest upstream session contradicts of the chain.
    pub(super) fn job_fault(&self, job: &Job) -> Option<Code> {
        if self.blocks.is_replaced(&job.prev_hash) {
            // That is a fault of its own.
            return None;
        }
        let height = self.coinbase(job).and_then(|coinbase| coinbase.height);
        let fault = self.blocks.job_fault(&job.prev_hash, job.nbits, height);
        let (around, after) = cut(job);
        let known = self.cuts.get(&around);
        let known = known.filter(|_| self.prev_hash == Some(job.prev_hash));
        let moved = known.is_some_and(|known| *known != after);
        fault.or(moved.then_some(Code::JobCut))
    }

    pub(super) fn job(&mut self, shared: &SharedJob) -> Result<u32, Code> {
        let job = &shared.job;
        let (upstream, session) = self.latest_upstream()?;
        let pool = session.pool;
        let number = self.jobs;
        let jobs = number.checked_add(1).ok_or(Code::LimitExceeded)?;
        if self.blocks.is_replaced(&job.prev_hash) {
            return Err(Code::ReplacedBlock);
        }
        let new_block = self.prev_hash != Some(job.prev_hash);
        let full = if new_block {
            self.blocks.is_full()
        } else {
            !self.live.has_room(job)
        };
        if full {
            return Err(Code::LimitExceeded);
        }
        if new_block {
            if let Some(before) = self.prev_hash.replace(job.prev_hash) {
                self.blocks.replace(before);
            }
            self.live.clear();
            self.seen = Seen::default();
            self.spaces.clear();
            self.cuts.clear();
        }
        let (around, after) = cut(job);
        self.cuts.entry(around).or_insert(after);
        let height = self.coinbase(job).and_then(|coinbase| coinbase.height);
        self.blocks.job(job.prev_hash, job.nbits, height);
        self.jobs = jobs;
        self.latest_ntime = job.ntime;
        self.pool_target = Some(shared.pool_target);
        self.advance(shared.at);
        self.promised.sessions.job(shared.at, new_block);
        let live = LiveJob {
            upstream,
            pool,
            pool_target: shared.pool_target,
            pool_work: shared.pool_target.work(),
            network: chain::target(job.nbits),
            job: Arc::clone(job),
            version_mask: shared.version_mask,
        };
        self.live.insert(number, job, live);
        Ok(number)
    }

    pub(super) fn header(&mut self, header: &Header) -> Result<(), Code> {
        self.blocks.header(header)
    }

    fn refer(&self, record: &ShareRecord) -> Result<(&KnownWorker, &LiveJob, Judge), Code> {
        let worker = self
            .workers
            .get(record.worker as usize)
            .ok_or(Code::UnknownWorker)?;
        if record.job >= self.jobs {
            return Err(Code::UnknownJob);
        }
        let live = self.live.get(record.job).ok_or(Code::Stale)?;
        if live.upstream != worker.upstream {
            return Err(Code::UnknownWorker);
        }
        if record.extranonce2.len() != worker.extranonce2_size {
            return Err(Code::BadFrame);
        }
        let judge = worker.judge_for(record.job).ok_or(Code::NoTarget)?;
        let other = |known: &Target| *known != judge.target;
        if self.spaces.get(&worker.extranonce1).is_some_and(other) {
            return Err(Code::SpaceHasOtherTarget);
        }
        Ok((worker, live, judge))
    }

    /// The job of a share with the version mask in force, and the extranonce before its machine's bytes.
    pub(super) fn seen_by(&self, record: &ShareRecord) -> Option<(&Job, u32, &[u8])> {
        let (worker, live, _) = self.refer(record).ok()?;
        Some((&live.job, live.version_mask, &worker.extranonce1))
    }

    /// Hashes a share of a live job; changes nothing.
    ///
    /// # Errors
    /// The `Code` that the share would get.
    pub fn check(&self, record: &ShareRecord) -> Result<Admitted, Code> {
        let (worker, live, judge) = self.refer(record)?;
        let extranonce = [&worker.extranonce1[..], &record.extranonce2];
        let (share, mask) = (record.share, live.version_mask);
        let hash = live.job.check(&extranonce, share, mask, &judge.target)?;
        Ok(judge.admitted(live, hash))
    }

    /// As [`State::check`], of a share whose header was hashed already: by the caller, of the same job and extranonce.
    ///
    /// # Errors
    /// The same.
    pub fn check_hashed(&self, record: &ShareRecord, hash: [u8; 32]) -> Result<Admitted, Code> {
        let (_, live, judge) = self.refer(record)?;
        let (share, mask) = (record.share, live.version_mask);
        live.job.check_hashed(share, mask, &judge.target, &hash)?;
        Ok(judge.admitted(live, hash))
    }

    /// Counts a share that [`State::check`] has hashed; answers its number.
    pub(super) fn admit(&mut self, record: &ShareRecord, share: Admitted) -> Result<u64, Code> {
        // As they are now: others may have been admitted since it was hashed.
        self.refer(record)?;
        let full = self.seen.len() >= SHARES_PER_BLOCK_MAX;
        // Looked for once, not twice: it is taken out again where the share does not count for another reason.
        if !self.seen.insert(share.hash) {
            return Err(Code::Duplicate);
        }
        let counted = if full {
            Err(Code::TooManyShares)
        } else {
            self.count(record, share)
        };
        let number = match counted {
            Ok(number) => number,
            Err(code) => {
                self.seen.remove(share.hash);
                return Err(code);
            }
        };
        if let Some(pool) = share.pool {
            self.met.push(number, pool, share.work, share.pool_work);
        }
        let mut leaf = [0; 44];
        let at = record.at.unix_ms().to_le_bytes();
        let worker = record.worker.to_le_bytes();
        let bytes = share.hash.iter().chain(&at).chain(&worker);
        leaf.iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        self.tree.append(&leaf);
        Ok(number)
    }

    /// Counts a share that is not in the sample: everything but its hash is judged.
    pub(super) fn assume(&mut self, record: &ShareRecord) -> Result<Work, Code> {
        let (_, live, judge) = self.refer(record)?;
        live.job.check_bounds(record.share, live.version_mask)?;
        // Whether it met its pool's target nobody knows.
        let share = Admitted {
            pool: None,
            ..judge.admitted(live, [0xff; 32])
        };
        self.sampled = true;
        self.count(record, share)?;
        Ok(judge.work)
    }

    fn count(&mut self, record: &ShareRecord, share: Admitted) -> Result<u64, Code> {
        let (work, target) = (share.work, share.target);
        let sum = self.sum.checked_add(work).ok_or(Code::OverBudget)?;
        let tally = self.tally_with(&share).ok_or(Code::OverBudget)?;
        let payable = self.within_budget(&tally).ok_or(Code::OverBudget)?;
        if let Some(worker) = self.workers.get_mut(record.worker as usize) {
            worker.judged = worker.judged.max(Some(record.job));
            if !self.spaces.contains_key(&worker.extranonce1) {
                self.spaces.insert(Arc::clone(&worker.extranonce1), target);
            }
        }
        let ntime = self.live.get(record.job).map(|live| live.job.ntime);
        self.blocks.share(record.at, ntime.unwrap_or_default());
        self.sum = sum;
        self.promised.count(work, payable);
        self.tally = tally;
        self.epoch_shares = self.epoch_shares.saturating_add(1);
        let number = self.share_records;
        self.skip(record.at);
        Ok(number)
    }

    /// A share that does not count has a number too, and its time is the one that the next record's is counted from.
    pub(super) fn skip(&mut self, at: Timestamp) {
        self.share_records = self.share_records.saturating_add(1);
        self.advance(at);
    }
}

/// How many bytes of a job's coinbase stand around its extranonces, and how many of those follow them.
fn cut(job: &Job) -> (usize, usize) {
    let after = job.coinbase2.len();
    (job.coinbase1.len().saturating_add(after), after)
}

impl Judge {
    fn admitted(self, live: &LiveJob, hash: [u8; 32]) -> Admitted {
        let meets = live.pool_target.is_met_by_le_hash(&hash);
        Admitted {
            hash,
            work: self.work,
            target: self.target,
            network: live.network,
            pool: meets.then_some(live.pool),
            pool_work: if meets { live.pool_work } else { Work::ZERO },
        }
    }
}

impl From<ShareFault> for Code {
    fn from(fault: ShareFault) -> Self {
        match fault {
            ShareFault::NtimeOutOfRange => Self::NtimeOutOfRange,
            ShareFault::VersionBitsOutsideMask => Self::VersionBitsOutsideMask,
            ShareFault::LowDifficulty => Self::LowDifficulty,
        }
    }
}
