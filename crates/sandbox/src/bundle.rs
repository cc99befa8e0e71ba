//! Bundles of any size, for tests and benches: real shares of easy targets, made-up times.

use crate::{Chain, Random};
use pow::{
    Header, Job, Share, VERSION_ROLLING_MASK,
    bundle::{
        Answer, Assignment, Code, JobRecord, PoolLogin, PoolWord, ShareRecord, Terms, Upstream,
        Worker, Writer,
    },
    coinbase::Network,
    settlement::RejectTerms,
};
use std::{
    collections::VecDeque,
    io::{self, Write},
    time::Duration,
};
use units::{ContractId, Difficulty, Hashrate, Millis, Price, Sats, Target, Timestamp};

/// What to make.
#[derive(Clone, Copy, Debug)]
pub struct BundleSettings {
    /// How many shares.
    pub shares: u64,
    /// Machines that deliver at the same pace.
    pub workers: u32,
    /// Shares between two jobs, on average.
    pub shares_per_job: u64,
    /// Jobs between two blocks.
    pub jobs_per_block: u64,
    /// Mean time between shares.
    pub share_interval: Duration,
    /// Length of an epoch.
    pub epoch_length: Millis,
    /// Of every share; 2^-28 takes sixteen hashes. The pool asks for eight times as much.
    pub difficulty: Difficulty,
    /// The same seed gives the same bytes.
    pub seed: u64,
}

impl Default for BundleSettings {
    /// Four machines, a share each half second in all, a job each minute, a block each ten.
    fn default() -> Self {
        Self {
            shares: 10_000,
            workers: 4,
            shares_per_job: 120,
            jobs_per_block: 10,
            share_interval: Duration::from_millis(500),
            epoch_length: Millis::new(600_000),
            difficulty: Difficulty::from_exponent(-28).unwrap_or(Difficulty::MIN),
            seed: 1,
        }
    }
}

/// Why a bundle was not made.
#[derive(Debug)]
pub enum BundleError {
    /// It could not be written.
    Output(io::Error),
    /// The bundle's own rules refuse what was made: the settings do not fit together.
    Refused(Code),
}

impl std::fmt::Display for BundleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Output(why) => write!(f, "the bundle cannot be written: {why}"),
            Self::Refused(code) => write!(f, "the bundle's rules refuse it: {code}"),
        }
    }
}

impl std::error::Error for BundleError {}

impl From<io::Error> for BundleError {
    fn from(why: io::Error) -> Self {
        Self::Output(why)
    }
}

impl From<Code> for BundleError {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

const OPENED_AT: Timestamp = Timestamp::from_unix_ms(1_800_000_000_000);
const EXTRANONCE1: [u8; 4] = [0xa5, 0x5a, 0, 1];
/// The pool's extranonce2: four bytes are the machine's.
const EXTRANONCE2_SIZE: u8 = 8;
/// From a share to the pool's answer.
const POOL_LATENCY: Millis = Millis::new(80);
/// The pool refuses each share whose number is a multiple of this.
const REFUSED_EACH: u64 = 32;

/// Where a machine is in its search.
struct Machine {
    number: u32,
    prefix: [u8; 4],
    extranonce2: u32,
    header: Header,
}

struct Maker<'a> {
    settings: BundleSettings,
    random: Random,
    chain: Chain,
    log: Writer,
    bytes: Vec<u8>,
    output: &'a mut dyn Write,
    machines: Vec<Machine>,
    job: Job,
    job_number: u32,
    now: Timestamp,
    /// Shares that the pool has not answered, and when it will.
    due: VecDeque<(Timestamp, u64)>,
}

/// Writes a valid bundle.
///
/// # Errors
/// `BundleError`.
pub fn write_bundle(settings: BundleSettings, output: &mut dyn Write) -> Result<(), BundleError> {
    let mut maker = Maker::begin(settings, output)?;
    let mut epoch_end = OPENED_AT.after(settings.epoch_length);
    for share in 0..settings.shares {
        if share > 0 && share.is_multiple_of(settings.shares_per_job) {
            let job = share / settings.shares_per_job;
            maker.next_job(job.is_multiple_of(settings.jobs_per_block))?;
        }
        maker.share()?;
        if maker.now >= epoch_end {
            maker.log.seal(maker.now, &mut maker.bytes);
            epoch_end = maker.now.after(settings.epoch_length);
        }
        maker.flush(1 << 16)?;
    }
    maker.log.seal(maker.now, &mut maker.bytes);
    let end = maker.log.end(maker.now);
    maker.bytes.extend_from_slice(&end);
    maker.flush(0)
}

impl<'a> Maker<'a> {
    fn begin(settings: BundleSettings, output: &'a mut dyn Write) -> Result<Self, BundleError> {
        let mut bytes = Vec::new();
        let mut log = Writer::new(terms(settings), &mut bytes)?;
        let session = Upstream {
            at: OPENED_AT,
            pool: 0,
            extranonce1: EXTRANONCE1.to_vec(),
            extranonce2_size: EXTRANONCE2_SIZE,
        };
        log.upstream(session, &mut bytes)?;
        let mut chain = Chain::new(settings.seed, seconds(OPENED_AT));
        let job = chain.template(seconds(OPENED_AT), 12).job;
        let mut maker = Self {
            settings,
            random: Random::new(settings.seed),
            chain,
            log,
            bytes,
            output,
            machines: Vec::new(),
            job_number: 0,
            job,
            now: OPENED_AT,
            due: VecDeque::new(),
        };
        maker.write_job()?;
        maker.write_header()?;
        for number in 0..settings.workers {
            let prefix = number.to_be_bytes();
            let login = format!("sandbox-host.machine{number}");
            let worker = Worker {
                login,
                extranonce_prefix: prefix.to_vec(),
            };
            let number = maker.log.worker(worker, &mut maker.bytes)?;
            let target = settings.difficulty.target();
            let assignment = Assignment {
                worker: number,
                job: 0,
                target,
            };
            maker.log.assign(assignment, &mut maker.bytes)?;
            let header = maker.job.header(
                &[],
                Share {
                    ntime: 0,
                    nonce: 0,
                    version_bits: 0,
                },
            );
            maker.machines.push(Machine {
                number,
                prefix,
                extranonce2: 0,
                header,
            });
        }
        maker.start_machines();
        Ok(maker)
    }

    fn write_job(&mut self) -> Result<(), BundleError> {
        let record = JobRecord {
            at: self.now,
            job: self.job.clone(),
            version_mask: VERSION_ROLLING_MASK,
            pool_target: pool_target(self.settings),
        };
        self.job_number = self.log.job(record, &mut self.bytes)?;
        Ok(())
    }

    /// The header of the block that the jobs build on.
    fn write_header(&mut self) -> Result<(), BundleError> {
        if let Some(tip) = self.chain.headers().last() {
            self.log.header(*tip, &mut self.bytes)?;
        }
        Ok(())
    }

    fn next_job(&mut self, block: bool) -> Result<(), BundleError> {
        if block {
            let template = self.chain.template(seconds(self.now), 12);
            // Half of all hashes make a block here; one that does not leaves the tip where it is.
            while !self.chain.extend(&template) {}
        }
        self.job = self.chain.template(seconds(self.now), 12).job;
        self.write_job()?;
        if block {
            self.write_header()?;
        }
        self.start_machines();
        Ok(())
    }

    /// Every machine begins the job with a part of the coinbase space that it has not searched.
    fn start_machines(&mut self) {
        for machine in &mut self.machines {
            machine.extranonce2 += 1;
            let own = machine.extranonce2.to_be_bytes();
            let parts = [&EXTRANONCE1[..], &machine.prefix, &own];
            let share = Share {
                ntime: self.job.ntime,
                nonce: 0,
                version_bits: 0,
            };
            machine.header = self.job.header(&parts, share);
        }
    }

    fn share(&mut self) -> Result<(), BundleError> {
        let wait = self
            .random
            .interval(self.settings.share_interval)
            .as_millis();
        self.now = self
            .now
            .after(Millis::new(u64::try_from(wait).unwrap_or(u64::MAX)));
        self.answers()?;
        let index = self
            .random
            .between(0, self.machines.len().saturating_sub(1) as u64);
        let target = self.settings.difficulty.target();
        let Some(machine) = self.machines.get_mut(index as usize) else {
            return Err(Code::UnknownWorker.into());
        };
        while !target.is_met_by_le_hash(&machine.header.hash()) {
            machine.header.nonce += 1;
        }
        let record = ShareRecord {
            at: self.now,
            worker: machine.number,
            job: self.job_number,
            extranonce2: machine.extranonce2.to_be_bytes().into(),
            share: Share {
                ntime: machine.header.ntime,
                nonce: machine.header.nonce,
                version_bits: 0,
            },
        };
        machine.header.nonce += 1;
        let admitted = self.log.state().check(&record)?;
        let number = self.log.share(record, admitted, &mut self.bytes)?;
        if admitted.pool.is_some() {
            self.due.push_back((self.now.after(POOL_LATENCY), number));
        }
        Ok(())
    }

    /// What the pool has answered by now.
    fn answers(&mut self) -> Result<(), BundleError> {
        while let Some((at, share)) = self.due.pop_front_if(|(at, _)| *at <= self.now) {
            let word = match share % REFUSED_EACH {
                0 => PoolWord::refused(Some(21), "Job not found"),
                _ => PoolWord::Accepted,
            };
            self.log
                .answer(Answer { at, share, word }, &mut self.bytes)?;
        }
        Ok(())
    }

    /// Writes what has gathered, where it is more than this.
    fn flush(&mut self, most: usize) -> Result<(), BundleError> {
        if self.bytes.len() > most {
            self.output.write_all(&self.bytes)?;
            self.bytes.clear();
        }
        Ok(())
    }
}

fn pool_target(settings: BundleSettings) -> Target {
    let own = settings.difficulty;
    own.harder().harder().harder().target()
}

/// Terms under which the shares are what was promised, at a price of about a sat for ten shares.
fn terms(settings: BundleSettings) -> Terms {
    let work = settings.difficulty.target().work().get();
    let per_second = work * 1_000 / settings.share_interval.as_millis().max(1);
    let price = pow::settlement::HASHES_PER_PHS_DAY / work.max(1) / 10;
    Terms {
        contract: ContractId::new(1),
        buyer: account("sandbox-buyer"),
        host: account("sandbox-host"),
        hashrate: Hashrate::new(per_second),
        price: Price::new(u64::try_from(price).unwrap_or(u64::MAX)),
        budget: Sats::MAX,
        fee_bps: 100,
        opened_at: OPENED_AT,
        epoch_length: settings.epoch_length,
        pool: "sandbox:3333".into(),
        pool_user: "sandbox-buyer.assay".into(),
        backups: vec![PoolLogin {
            address: "sandbox-backup:3333".into(),
            user: "sandbox-buyer.assay".into(),
        }],
        network: Network::Regtest,
        tolerance_ppm: 50_000,
        confidence_ppm: 950_000,
        term_days: 0,
        bond: Sats::ZERO,
        rejects: RejectTerms::default(),
    }
}

fn account(name: &str) -> units::AccountId {
    #[expect(
        clippy::expect_used,
        reason = "the names above are valid; the test would fail otherwise"
    )]
    name.parse().expect("a valid account name")
}

fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.unix_ms() / 1_000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pow::bundle::Verifier;
    use units::Work;

    #[test]
    fn what_is_made_is_valid_and_the_same_every_time() {
        let settings = BundleSettings {
            shares: 3_000,
            ..BundleSettings::default()
        };
        let (mut bytes, mut again) = (Vec::new(), Vec::new());
        write_bundle(settings, &mut bytes).unwrap();
        write_bundle(settings, &mut again).unwrap();
        assert!(bytes == again);
        let mut verifier = Verifier::new();
        verifier.push(&bytes);
        let verdict = verifier.finish();
        assert!(verdict.valid, "{:?}", verdict.faults);
        assert_eq!(verdict.shares_valid, 3_000);
        assert_eq!(verdict.jobs, 25);
        assert!(verdict.epochs.len() >= 2);
        assert_eq!((verdict.chain.blocks, verdict.chain.proven), (3, 3));
        let answers = verdict.pool_answers.unwrap().all;
        // One in eight.
        assert!((250..500).contains(&answers.met.shares), "{answers:?}");
        assert!(answers.refused.shares > 3 && answers.unanswered.shares < 4);
        let work = settings.difficulty.target().work().get();
        assert_eq!(verdict.work_hashes, Work::new(3_000 * work));
    }
}
