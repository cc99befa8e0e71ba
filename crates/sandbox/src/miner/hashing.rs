//! The thread that hashes, at a steady pace.

use crate::{Random, lock};
use pow::{Job, Share, sha256d};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::Sender;
use units::{Hashrate, Target};

/// Hashes between two looks at the desk and the clock: a millisecond or two.
const SLICE_HASHES: u64 = 2_000;

/// How long the thread sleeps when it is ahead of its pace, or has nothing to do.
const NAP: Duration = Duration::from_millis(4);

/// A pause of the whole machine longer than this is not caught up with.
const CATCH_UP: Duration = Duration::from_secs(2);

/// Hashes before the next extranonce2: rarely enough to cost nothing, often enough to be tried.
const NONCES_PER_EXTRANONCE2: u32 = 1 << 20;

/// What to hash.
#[derive(Clone, Debug)]
pub(super) struct Assignment {
    /// Which connection it is for.
    pub(super) connection: u64,
    pub(super) job_id: String,
    pub(super) job: Job,
    pub(super) extranonce1: Vec<u8>,
    pub(super) extranonce2_size: usize,
    pub(super) target: Target,
}

/// A share, with what it takes to submit it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) connection: u64,
    pub(super) job_id: String,
    pub(super) extranonce2: Vec<u8>,
    pub(super) share: Share,
    pub(super) hash: [u8; 32],
}

/// Where the session leaves the latest assignment for the thread.
#[derive(Debug, Default)]
pub(super) struct Desk {
    assignment: Mutex<Option<Assignment>>,
    /// Counts the assignments; `CLOSED` ends the thread.
    version: AtomicU64,
}

const CLOSED: u64 = u64::MAX;

impl Desk {
    /// `None`: nothing to hash for now.
    pub(super) fn put(&self, assignment: Option<Assignment>) {
        *lock(&self.assignment) = assignment;
        let next = |version: u64| (version != CLOSED).then(|| version.wrapping_add(1));
        // It fails only where the desk is closed, and then it shall stay so.
        let _ = self
            .version
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, next);
    }

    pub(super) fn close(&self) {
        self.version.store(CLOSED, Ordering::Release);
    }

    fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }
}

/// Hashes until the desk or the channel is closed.
pub(super) fn run(desk: &Desk, hashrate: Hashrate, seed: u64, found: &Sender<Found>) {
    let mut random = Random::new(seed);
    // Never starts again: the same job may come twice, and must not be searched twice in the same place.
    let mut extranonce2 = 0u64;
    let mut pace = Pace::new(hashrate);
    loop {
        let version = desk.version();
        if version == CLOSED || found.is_closed() {
            return;
        }
        let Some(assignment) = lock(&desk.assignment).clone() else {
            std::thread::sleep(NAP);
            pace = Pace::new(hashrate);
            continue;
        };
        while desk.version() == version {
            let search = Search::new(&assignment, extranonce2, &mut random);
            extranonce2 = extranonce2.wrapping_add(1);
            if !search.run(desk, version, &mut pace, found) {
                return;
            }
        }
    }
}

/// One extranonce2's worth of nonces.
struct Search<'a> {
    assignment: &'a Assignment,
    extranonce2: Vec<u8>,
    header: [u8; 80],
    first_nonce: u32,
    /// The target's first four bytes: nearly every hash is above them.
    top: u32,
}

impl<'a> Search<'a> {
    fn new(assignment: &'a Assignment, counter: u64, random: &mut Random) -> Self {
        let bytes = counter.to_be_bytes();
        let extranonce2: Vec<u8> =
            std::iter::repeat_n(&0, assignment.extranonce2_size.saturating_sub(8))
                .chain(&bytes[8usize.saturating_sub(assignment.extranonce2_size)..])
                .copied()
                .collect();
        let share = Share {
            ntime: assignment.job.ntime,
            nonce: 0,
            version_bits: 0,
        };
        let header = assignment
            .job
            .header(&[&assignment.extranonce1, &extranonce2], share);
        let [a, b, c, d, ..] = assignment.target.to_be_bytes();
        Self {
            assignment,
            extranonce2,
            header: header.to_bytes(),
            first_nonce: random.next_u64() as u32,
            top: u32::from_be_bytes([a, b, c, d]),
        }
    }

    /// Until the nonces are through or the desk changes; false where nobody wants shares any more.
    fn run(mut self, desk: &Desk, version: u64, pace: &mut Pace, found: &Sender<Found>) -> bool {
        let mut tried = 0;
        while tried < NONCES_PER_EXTRANONCE2 && desk.version() == version {
            let slice = pace
                .allowed()
                .min(u64::from(NONCES_PER_EXTRANONCE2 - tried)) as u32;
            if slice == 0 {
                std::thread::sleep(NAP);
                continue;
            }
            for _ in 0..slice {
                let nonce = self.first_nonce.wrapping_add(tried);
                tried += 1;
                if let Some(hash) = self.meets(nonce)
                    && found.blocking_send(self.found(nonce, hash)).is_err()
                {
                    return false;
                }
            }
            pace.done(slice);
        }
        true
    }

    fn meets(&mut self, nonce: u32) -> Option<[u8; 32]> {
        self.header[76..].copy_from_slice(&nonce.to_le_bytes());
        let hash = sha256d(&self.header);
        let [.., d, c, b, a] = hash;
        let near = u32::from_be_bytes([a, b, c, d]) <= self.top;
        (near && self.assignment.target.is_met_by_le_hash(&hash)).then_some(hash)
    }

    fn found(&self, nonce: u32, hash: [u8; 32]) -> Found {
        Found {
            connection: self.assignment.connection,
            job_id: self.assignment.job_id.clone(),
            extranonce2: self.extranonce2.clone(),
            share: Share {
                ntime: self.assignment.job.ntime,
                nonce,
                version_bits: 0,
            },
            hash,
        }
    }
}

/// Keeps to a hashrate by the clock, whatever the hashes and the naps really take.
struct Pace {
    hashrate: u128,
    since: Instant,
    hashes: u128,
}

impl Pace {
    fn new(hashrate: Hashrate) -> Self {
        Self {
            hashrate: hashrate.get(),
            since: Instant::now(),
            hashes: 0,
        }
    }

    /// Hashes that are due now; at most a slice.
    fn allowed(&mut self) -> u64 {
        let due_in =
            |elapsed: Duration| self.hashrate.saturating_mul(elapsed.as_micros()) / 1_000_000;
        let behind = due_in(self.since.elapsed()).saturating_sub(self.hashes);
        if behind > due_in(CATCH_UP) {
            *self = Self {
                since: Instant::now(),
                hashes: 0,
                ..*self
            };
            return 0;
        }
        u64::try_from(behind).unwrap_or(u64::MAX).min(SLICE_HASHES)
    }

    fn done(&mut self, hashes: u32) {
        self.hashes += u128::from(hashes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pow::VERSION_ROLLING_MASK;

    fn assignment(extranonce2_size: usize) -> Assignment {
        let mut target = [0xff; 32];
        target[0] = 0;
        Assignment {
            connection: 1,
            job_id: "1".to_owned(),
            job: crate::Chain::new(1, 5).template(5, 12).job,
            extranonce1: vec![7; 4],
            extranonce2_size,
            target: Target::from_be_bytes(target).unwrap(),
        }
    }

    #[test]
    fn a_found_share_is_one() {
        for size in [0, 4, 8, 11] {
            let assignment = assignment(size);
            let mut search = Search::new(&assignment, 0x0102_0304_0506, &mut Random::new(1));
            assert_eq!(search.extranonce2.len(), size);
            let (nonce, hash) = (0..)
                .find_map(|nonce| Some((nonce, search.meets(nonce)?)))
                .unwrap();
            let found = search.found(nonce, hash);
            let extranonce: &[&[u8]] = &[&[7; 4], &found.extranonce2];
            assert_eq!(
                assignment.job.check(
                    extranonce,
                    found.share,
                    VERSION_ROLLING_MASK,
                    &assignment.target
                ),
                Ok(hash)
            );
        }
    }

    #[test]
    fn the_pace_is_kept() {
        let desk = Desk::default();
        desk.put(Some(assignment(8)));
        let (to, mut found) = tokio::sync::mpsc::channel(1_000);
        let hashrate = 20_000u32;
        let begun = Instant::now();
        let mut shares = 0;
        std::thread::scope(|scope| {
            scope.spawn(|| run(&desk, Hashrate::new(hashrate.into()), 1, &to));
            while begun.elapsed() < Duration::from_millis(1_500) {
                std::thread::sleep(NAP);
                shares += std::iter::from_fn(|| found.try_recv().ok()).count();
            }
            desk.close();
        });
        // One hash in 256 is a share: about 117 in 1.5 s, give or take 11.
        let expected = f64::from(hashrate) * begun.elapsed().as_secs_f64() / 256.0;
        let ratio = shares as f64 / expected;
        assert!(
            (0.55..1.45).contains(&ratio),
            "{shares} shares where {expected} were due"
        );
    }

    #[test]
    fn a_closed_desk_stays_closed() {
        let desk = Desk::default();
        desk.close();
        desk.put(None);
        assert_eq!(desk.version(), CLOSED);
    }
}
