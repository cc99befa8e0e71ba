//! What a pool knows: the chain, the jobs on its tip and the shares.

use super::{PoolSettings, PoolShares, headers::HeaderFile};
use crate::{Chain, REMEMBERED_HASHES, Random, Template};
use pow::{Share, ShareFault, VERSION_ROLLING_MASK};
use std::{collections::HashSet, io};
use stratum::Reject;
use units::Target;

/// Bytes of extranonce1.
pub(super) const EXTRANONCE1_SIZE: usize = 4;

/// Jobs on one block that shares may still come for.
const JOB_LIMIT: usize = 64;

pub(super) struct Book {
    pub(super) random: Random,
    pub(super) chain: Chain,
    file: Option<HeaderFile>,
    extranonce_size: usize,
    target: Target,
    /// The latest last; all on the tip.
    jobs: Vec<(String, Template)>,
    jobs_made: u64,
    connections_made: u32,
    /// Headers on the tip: the same header under another job's id is the same share.
    seen: HashSet<[u8; 32]>,
    shares: PoolShares,
    accepted_hashes: Vec<[u8; 32]>,
}

impl Book {
    pub(super) fn new(settings: &PoolSettings, now_unix_s: u32) -> io::Result<Self> {
        let file = settings.headers.as_ref();
        let file = file.map(|path| HeaderFile::open(path, settings.seed));
        let (file, known) = file.transpose()?.unzip();
        let known = known.flatten();
        let begun = known.is_none();
        let new = || Chain::new(settings.seed, now_unix_s);
        let chain = known.unwrap_or_else(new);
        let mut book = Self::on(settings, chain, file);
        book.new_job(now_unix_s);
        if begun {
            book.keep_tip();
        } else {
            // This pool's extranonce1s begin anew: under a block that the pool before gave work on, they would meet
            // spaces that are known with other targets.
            book.new_block(now_unix_s);
        }
        Ok(book)
    }

    /// On a chain whose blocks another pool finds.
    pub(super) fn following(settings: &PoolSettings, chain: Chain, now_unix_s: u32) -> Self {
        let mut book = Self::on(settings, chain, None);
        book.new_job(now_unix_s);
        book
    }

    fn on(settings: &PoolSettings, chain: Chain, file: Option<HeaderFile>) -> Self {
        Self {
            random: Random::new(settings.seed ^ 0xb10c),
            chain,
            file,
            extranonce_size: EXTRANONCE1_SIZE + settings.extranonce2_size,
            target: settings.difficulty.target(),
            jobs: Vec::new(),
            jobs_made: 0,
            connections_made: 0,
            seen: HashSet::new(),
            shares: PoolShares::default(),
            accepted_hashes: Vec::new(),
        }
    }

    /// Goes over to a longer chain; false where this is it.
    pub(super) fn adopt(&mut self, chain: Chain, now_unix_s: u32) -> bool {
        if chain.tip_hash() == self.chain.tip_hash() {
            return false;
        }
        self.chain = chain;
        self.jobs.clear();
        self.seen.clear();
        self.new_job(now_unix_s);
        true
    }

    pub(super) fn new_job(&mut self, now_unix_s: u32) {
        if self.jobs.len() >= JOB_LIMIT {
            self.jobs.remove(0);
        }
        self.jobs_made += 1;
        let template = self.chain.template(now_unix_s, self.extranonce_size);
        self.jobs.push((format!("{:x}", self.jobs_made), template));
    }

    pub(super) fn new_block(&mut self, now_unix_s: u32) {
        let template = self.jobs.last().map(|(_, template)| template);
        if template.is_some_and(|template| self.chain.extend(template)) {
            self.keep_tip();
        }
        self.jobs.clear();
        self.seen.clear();
        self.new_job(now_unix_s);
    }

    fn keep_tip(&mut self) {
        let appended = match (&mut self.file, self.chain.headers().last()) {
            (Some(file), Some(tip)) => file.append(tip),
            _ => Ok(()),
        };
        if let Err(error) = appended {
            // A later header would leave a gap: the next start goes on from here.
            tracing::error!(%error, "the sandbox's chain is kept no longer");
            self.file = None;
        }
    }

    pub(super) fn latest(&self) -> Option<&(String, Template)> {
        self.jobs.last()
    }

    /// Unique among 2^32 connections.
    pub(super) const fn new_extranonce1(&mut self) -> [u8; EXTRANONCE1_SIZE] {
        self.connections_made = self.connections_made.wrapping_add(1);
        self.connections_made.to_be_bytes()
    }

    pub(super) fn judge(
        &mut self,
        job_id: &str,
        extranonce: &[&[u8]],
        share: Share,
    ) -> Result<(), Reject> {
        let judged = self.judged(job_id, extranonce, share);
        match judged {
            Ok(()) => self.shares.accepted += 1,
            Err(_) => self.shares.rejected += 1,
        }
        judged
    }

    fn judged(&mut self, job_id: &str, extranonce: &[&[u8]], share: Share) -> Result<(), Reject> {
        let job = self.jobs.iter().rev().find(|(id, _)| id == job_id);
        let (_, template) = job.ok_or(Reject::JobNotFound)?;
        let hash = template
            .job
            .check(extranonce, share, VERSION_ROLLING_MASK, &self.target)
            .map_err(|fault| match fault {
                ShareFault::NtimeOutOfRange => Reject::NtimeOutOfRange,
                ShareFault::VersionBitsOutsideMask => Reject::InvalidVersionMask,
                ShareFault::LowDifficulty => Reject::LowDifficulty,
            })?;
        if !self.seen.insert(hash) {
            return Err(Reject::Duplicate);
        }
        if self.accepted_hashes.len() < REMEMBERED_HASHES {
            self.accepted_hashes.push(hash);
        }
        Ok(())
    }

    /// Counts a share that was refused before it could be judged.
    pub(super) const fn count_rejected(&mut self) {
        self.shares.rejected += 1;
    }

    pub(super) const fn shares(&self) -> PoolShares {
        self.shares
    }

    pub(super) fn accepted_hashes(&self) -> &[[u8; 32]] {
        &self.accepted_hashes
    }

    pub(super) fn height(&self) -> u32 {
        self.chain.height()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use units::Difficulty;

    fn book() -> Book {
        let difficulty = Difficulty::from_exponent(-28).unwrap();
        Book::new(
            &PoolSettings {
                difficulty,
                ..PoolSettings::default()
            },
            1_700_000_000,
        )
        .unwrap()
    }

    /// Nonces of the latest job whose hash is good, or is not.
    fn nonces(book: &Book, good: bool) -> impl Iterator<Item = Share> + use<> {
        let (job, target) = (book.latest().unwrap().1.job.clone(), book.target);
        (0..).filter_map(move |nonce| {
            let share = Share {
                ntime: job.ntime,
                nonce,
                version_bits: 0,
            };
            let checked = job.check(&[&[0; 12]], share, VERSION_ROLLING_MASK, &target);
            (checked.is_ok() == good).then_some(share)
        })
    }

    #[test]
    fn every_verdict() {
        let mut book = book();
        let id = book.latest().unwrap().0.clone();
        let share = nonces(&book, true).next().unwrap();
        let low = nonces(&book, false).next().unwrap();
        let zeros: &[&[u8]] = &[&[0; 12]];
        for (id, share, verdict) in [
            (id.as_str(), share, Ok(())),
            (id.as_str(), share, Err(Reject::Duplicate)),
            (id.as_str(), low, Err(Reject::LowDifficulty)),
            ("ff", share, Err(Reject::JobNotFound)),
            (
                id.as_str(),
                Share { ntime: 1, ..share },
                Err(Reject::NtimeOutOfRange),
            ),
            (
                id.as_str(),
                Share {
                    version_bits: 1,
                    ..share
                },
                Err(Reject::InvalidVersionMask),
            ),
        ] {
            assert_eq!(book.judge(id, zeros, share), verdict);
        }
        assert_eq!(
            book.shares(),
            PoolShares {
                accepted: 1,
                rejected: 5
            }
        );
        assert_eq!(book.accepted_hashes().len(), 1);
    }

    #[test]
    fn a_block_makes_jobs_stale_and_a_job_does_not() {
        let mut book = book();
        let id = book.latest().unwrap().0.clone();
        let mut shares = nonces(&book, true);
        let zeros: &[&[u8]] = &[&[0; 12]];
        book.new_job(1_700_000_020);
        assert_eq!(book.judge(&id, zeros, shares.next().unwrap()), Ok(()));
        book.new_block(1_700_000_040);
        assert_eq!(
            book.judge(&id, zeros, shares.next().unwrap()),
            Err(Reject::JobNotFound)
        );
        assert_eq!(book.height(), 1);
    }
}
