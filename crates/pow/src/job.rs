//! A job, a share of it, and the one check that decides whether the share counts.

use crate::{Header, fold_branch, hash::sha256d};
use alloc::vec::Vec;
use core::fmt;
use units::Target;

/// How far, in seconds, a share's ntime may lie after its job's: what ckpool and others accept.
pub const NTIME_WINDOW_S: u32 = 7_000;

/// The version bits a machine may roll at most: BIP 320.
pub const VERSION_ROLLING_MASK: u32 = 0x1fff_e000;

/// A work template, as `mining.notify` carries it, decoded: hashes in header byte order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Version of the header.
    pub version: u32,
    /// Hash of the block before.
    pub prev_hash: [u8; 32],
    /// The coinbase transaction (non-witness serialisation) before the extranonce.
    pub coinbase1: Vec<u8>,
    /// The coinbase transaction after the extranonce.
    pub coinbase2: Vec<u8>,
    /// The coinbase's merkle branch, lowest level first.
    pub branch: Vec<[u8; 32]>,
    /// The network's target in compact form, as it stands in the header.
    pub nbits: u32,
    /// Seconds since the Unix epoch; the earliest that a share may carry.
    pub ntime: u32,
}

/// What a machine found, beside the coinbase's extranonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Seconds since the Unix epoch.
    pub ntime: u32,
    /// The nonce.
    pub nonce: u32,
    /// The rolled version bits (BIP 310); 0 where none were rolled.
    pub version_bits: u32,
}

/// Why a share does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShareFault {
    /// ntime before its job's, or more than [`NTIME_WINDOW_S`] after it.
    NtimeOutOfRange,
    /// Version bits outside the mask in force, or outside [`VERSION_ROLLING_MASK`].
    VersionBitsOutsideMask,
    /// The header's hash is above the assigned target.
    LowDifficulty,
}

impl Job {
    /// The header's version for a share, by BIP 310: `(job & !mask) | (bits & mask)` where bits were rolled, else the
    /// job's own.
    #[must_use]
    pub const fn version_with(&self, share: Share) -> u32 {
        let mask = VERSION_ROLLING_MASK;
        match share.version_bits {
            0 => self.version,
            bits => (self.version & !mask) | (bits & mask),
        }
    }

    /// Bytes of the coinbase's halves and of the branch: all of a job that can be large.
    pub(crate) fn size(&self) -> usize {
        let branch = self.branch.as_flattened();
        let parts = [&self.coinbase1[..], &self.coinbase2, branch].map(<[u8]>::len);
        parts.into_iter().fold(0, usize::saturating_add)
    }

    /// The header that a share of this job hashes, with `extranonce` (in parts) between the coinbase's halves.
    #[must_use]
    pub fn header(&self, extranonce: &[&[u8]], share: Share) -> Header {
        let between: usize = extranonce.iter().map(|part| part.len()).sum();
        let length = self.coinbase1.len().saturating_add(between);
        let mut coinbase = Vec::with_capacity(length.saturating_add(self.coinbase2.len()));
        coinbase.extend_from_slice(&self.coinbase1);
        extranonce
            .iter()
            .for_each(|part| coinbase.extend_from_slice(part));
        coinbase.extend_from_slice(&self.coinbase2);
        Header {
            version: self.version_with(share),
            prev_hash: self.prev_hash,
            merkle_root: fold_branch(sha256d(&coinbase), &self.branch),
            ntime: share.ntime,
            nbits: self.nbits,
            nonce: share.nonce,
        }
    }

    /// Judges a share by the target that was assigned with its job, and by the version bits that the pool let machines
    /// roll; answers the header's hash.
    ///
    /// # Errors
    /// The first [`ShareFault`] in the order of that enum. Duplicates and stale jobs are the caller's to know.
    pub fn check(
        &self,
        extranonce: &[&[u8]],
        share: Share,
        mask: u32,
        target: &Target,
    ) -> Result<[u8; 32], ShareFault> {
        self.check_bounds(share, mask)?;
        let hash = self.header(extranonce, share).hash();
        meet(target, &hash).map(|()| hash)
    }

    /// As [`Job::check`], of a share whose header was hashed already.
    ///
    /// # Errors
    /// The same.
    pub(crate) fn check_hashed(
        &self,
        share: Share,
        mask: u32,
        target: &Target,
        hash: &[u8; 32],
    ) -> Result<(), ShareFault> {
        self.check_bounds(share, mask)?;
        meet(target, hash)
    }

    /// What needs no hash.
    pub(crate) fn check_bounds(&self, share: Share, mask: u32) -> Result<(), ShareFault> {
        let latest = self.ntime.saturating_add(NTIME_WINDOW_S);
        if !(self.ntime..=latest).contains(&share.ntime) {
            return Err(ShareFault::NtimeOutOfRange);
        }
        let rolled = self.version_with(share) ^ self.version;
        if share.version_bits & !VERSION_ROLLING_MASK != 0 || rolled & !mask != 0 {
            return Err(ShareFault::VersionBitsOutsideMask);
        }
        Ok(())
    }
}

fn meet(target: &Target, hash: &[u8; 32]) -> Result<(), ShareFault> {
    if target.is_met_by_le_hash(hash) {
        Ok(())
    } else {
        Err(ShareFault::LowDifficulty)
    }
}

impl fmt::Display for ShareFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NtimeOutOfRange => "ntime lies outside its job's window",
            Self::VersionBitsOutsideMask => "version bits lie outside the mask in force",
            Self::LowDifficulty => "the header's hash is above the assigned target",
        })
    }
}

#[cfg(feature = "std")]
impl std::error::Error for ShareFault {}
