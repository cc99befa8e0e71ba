//! Header hashes of several shares together: side by side in SIMD lanes, where the processor has them.

use crate::{Job, Share};
use alloc::vec::Vec;
use lanes::{Candidate, EXTRANONCE2_MAX, Template};

/// A share as a machine submitted it, before anything is known of it.
#[derive(Clone, Copy, Debug)]
pub struct Unhashed<'a> {
    /// Its job.
    pub job: &'a Job,
    /// All of the extranonce before the machine's own bytes.
    pub extranonce1: &'a [u8],
    /// The machine's own bytes.
    pub extranonce2: &'a [u8],
    /// What it found.
    pub share: Share,
}

/// So many shares of one job and machine are worth the preparation of what they have in common.
const MANY: usize = 4;

/// The header hashes of `shares`, in their order: each as `job.header(..).hash()` gives it. Neighbours of one job and one
/// machine are hashed together.
#[must_use]
pub fn header_hashes(shares: &[Unhashed<'_>]) -> Vec<[u8; 32]> {
    let mut hashes = Vec::with_capacity(shares.len());
    let mut together = Vec::new();
    for group in shares.chunk_by(Unhashed::has_neighbour) {
        let template = group.first().filter(|_| group.len() >= MANY);
        match template.and_then(Unhashed::template) {
            Some(template) => {
                let candidates: Vec<Candidate> = group.iter().map(Unhashed::candidate).collect();
                lanes::header_hashes(&[template], &candidates, &mut together);
                hashes.append(&mut together);
            }
            None => hashes.extend(group.iter().map(Unhashed::hash)),
        }
    }
    hashes
}

impl Unhashed<'_> {
    fn has_neighbour(&self, next: &Self) -> bool {
        core::ptr::eq(self.job, next.job)
            && self.extranonce1 == next.extranonce1
            && self.extranonce2.len() == next.extranonce2.len()
    }

    /// `None` where extranonce2 is longer than lanes take it.
    fn template(&self) -> Option<Template> {
        let job = self.job;
        let prefix = [&job.coinbase1, self.extranonce1].concat();
        Template::new(
            &prefix,
            self.extranonce2.len(),
            &job.coinbase2,
            &job.branch,
            job.prev_hash,
            job.nbits,
        )
    }

    fn candidate(&self) -> Candidate {
        let mut extranonce2 = [0; EXTRANONCE2_MAX];
        let bytes = extranonce2.iter_mut().zip(self.extranonce2);
        bytes.for_each(|(to, from)| *to = *from);
        Candidate {
            template: 0,
            extranonce2,
            version: self.job.version_with(self.share),
            ntime: self.share.ntime,
            nonce: self.share.nonce,
        }
    }

    fn hash(&self) -> [u8; 32] {
        let extranonce = [self.extranonce1, self.extranonce2];
        self.job.header(&extranonce, self.share).hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(seed: u8, levels: u8) -> Job {
        Job {
            version: 0x2000_0000,
            prev_hash: [seed; 32],
            coinbase1: [seed; 91].to_vec(),
            coinbase2: [seed ^ 7; 130].to_vec(),
            branch: (0..levels).map(|level| [level ^ seed; 32]).collect(),
            nbits: 0x1d00_ffff,
            ntime: 1_000,
        }
    }

    #[test]
    fn together_they_hash_as_they_do_alone() {
        let jobs = [job(1, 12), job(2, 0), job(3, 5)];
        let spaces: [&[u8]; 3] = [&[], &[9; 12], &[8; 20]];
        let own = [0x5a_u8; 12];
        let mut shares = Vec::new();
        // Groups of every length up to more than the lanes are wide, with extranonces of every length and longer ones.
        for (index, length) in (0..200).zip((1..=37).cycle()) {
            for nonce in 0..length {
                shares.push(Unhashed {
                    job: &jobs[index % jobs.len()],
                    extranonce1: spaces[index % 7 % spaces.len()],
                    extranonce2: &own[..index % (own.len() + 1)],
                    share: Share {
                        ntime: 1_000 + nonce,
                        nonce: nonce.wrapping_mul(0x9e37_79b9),
                        version_bits: (nonce % 3) << 13,
                    },
                });
            }
        }
        let alone: Vec<[u8; 32]> = shares.iter().map(Unhashed::hash).collect();
        assert_eq!(header_hashes(&shares), alone);
    }

    #[test]
    fn none_gives_none() {
        assert!(header_hashes(&[]).is_empty());
    }
}
