//! The blocks that jobs build on: how they follow one another, and what of it is proven by headers.

use crate::{Header, bundle::Code, coinbase::Network};
use alloc::{collections::BTreeMap, vec::Vec};
use units::{Nbits, Target, Timestamp, Work};

/// Blocks that jobs or headers may name.
const BLOCKS_MAX: usize = 1 << 20;
/// Blocks between two changes of the main network's target.
const RETARGET_INTERVAL: u32 = 2_016;

/// What is known of the chain.
#[derive(Clone, Debug)]
pub struct Blocks {
    network: Network,
    known: BTreeMap<[u8; 32], Block>,
    /// Blocks that jobs built on, and those of them whose header is known.
    named: u32,
    proven: u32,
    headers: u32,
    first: Option<([u8; 32], Header)>,
    /// Of the chain with the most work; of several, the one that was there first.
    best: Option<([u8; 32], Header)>,
    /// The block that the latest job built on.
    tip: Option<[u8; 32]>,
    built_on: Vec<BuiltOn>,
    /// The last height that a tip was known to have, and how often the next one's was lower.
    tip_height: Option<u32>,
    height_falls: u32,
    times: Times,
}

/// How the times of shares agree with those of their jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// Shares that count and came more than two hours before or after their job's ntime.
    pub apart: u64,
    /// The most seconds that one was.
    pub most_s: u64,
}

/// What Bitcoin lets a block's time run ahead of the clock.
const APART_MS: u64 = 7_200_000;

/// A block on which shares count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltOn {
    /// Its hash.
    pub hash: [u8; 32],
    /// Those shares.
    pub shares: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Block {
    /// A job built on it.
    named: bool,
    /// And a later job on another block.
    replaced: bool,
    height: Option<u32>,
    /// Of its own header.
    nbits: Option<u32>,
    /// The block before, and the work of all headers up to this one; both only where its header is known.
    parent: [u8; 32],
    chain_work: Work,
    /// Of the jobs on it.
    next_nbits: Option<u32>,
}

impl Blocks {
    pub(super) const fn new(network: Network) -> Self {
        Self {
            network,
            known: BTreeMap::new(),
            named: 0,
            proven: 0,
            headers: 0,
            first: None,
            best: None,
            tip: None,
            built_on: Vec::new(),
            tip_height: None,
            height_falls: 0,
            times: Times {
                apart: 0,
                most_s: 0,
            },
        }
    }

    /// How often a block followed whose height is below that of the one before.
    #[must_use]
    pub const fn height_falls(&self) -> u32 {
        self.height_falls
    }

    /// What the shares' times say.
    #[must_use]
    pub const fn times(&self) -> Times {
        self.times
    }

    /// Blocks that jobs built on, and those of them whose header is known.
    #[must_use]
    pub const fn counts(&self) -> (u32, u32) {
        (self.named, self.proven)
    }

    /// Headers known.
    #[must_use]
    pub const fn headers(&self) -> u32 {
        self.headers
    }

    /// The first header and the last one of the best chain, each with its hash.
    #[must_use]
    pub const fn ends(&self) -> [Option<([u8; 32], Header)>; 2] {
        [self.first, self.best]
    }

    /// Of the chain with the most work: its headers, their work, and the height of the first of them where one of
    /// the others is known. All headers that are not on it are on branches of it.
    #[must_use]
    pub fn best_chain(&self) -> (u32, Work, Option<u32>) {
        let (mut headers, mut height) = (0u32, None::<u32>);
        let mut at = self.best.map(|(hash, _)| hash);
        while let Some(block) = at.and_then(|hash| self.with_header(&hash)) {
            headers = headers.saturating_add(1);
            let below = height.and_then(|above| above.checked_sub(1));
            height = block.height.or(below);
            at = Some(block.parent);
        }
        (headers, self.best_work(), height)
    }

    /// The block before this one, where this one's header is known.
    #[must_use]
    pub fn parent(&self, hash: &[u8; 32]) -> Option<[u8; 32]> {
        Some(self.with_header(hash)?.parent)
    }

    /// The blocks on which shares count, in the order of their first one.
    #[must_use]
    pub fn built_on(&self) -> &[BuiltOn] {
        &self.built_on
    }

    fn with_header(&self, hash: &[u8; 32]) -> Option<&Block> {
        self.known.get(hash).filter(|block| block.nbits.is_some())
    }

    fn best_work(&self) -> Work {
        let best = self.best.and_then(|(hash, _)| self.known.get(&hash));
        best.map_or(Work::ZERO, |block| block.chain_work)
    }

    /// The height of a block, where a job's coinbase or a header's link says it.
    #[must_use]
    pub fn height(&self, hash: &[u8; 32]) -> Option<u32> {
        self.known.get(hash)?.height
    }

    /// True where the header of this block is in the bundle.
    #[must_use]
    pub fn has_header(&self, hash: &[u8; 32]) -> bool {
        self.with_header(hash).is_some()
    }

    pub(super) fn is_replaced(&self, hash: &[u8; 32]) -> bool {
        self.known.get(hash).is_some_and(|block| block.replaced)
    }

    pub(super) fn is_full(&self) -> bool {
        self.known.len() >= BLOCKS_MAX
    }

    /// What a job on `prev_hash` that states these contradicts.
    pub(super) fn job_fault(
        &self,
        prev_hash: &[u8; 32],
        nbits: u32,
        height: Option<u32>,
    ) -> Option<Code> {
        if target_on(self.network, nbits).is_none() {
            return Some(Code::JobNbits);
        }
        let block = self.known.get(prev_hash)?;
        let below = height.map(|height| height.checked_sub(1));
        if below.is_some_and(|below| block.height.is_some() && below != block.height) {
            return Some(Code::JobHeight);
        }
        // A coinbase that hides its height may not change the target where none may change.
        let height = height.or_else(|| block.height?.checked_add(1));
        let wrong = !self.may_follow(block, height, nbits);
        wrong.then_some(Code::JobNbits)
    }

    /// A job builds on `prev_hash`, and on no other block before.
    pub(super) fn job(&mut self, prev_hash: [u8; 32], nbits: u32, height: Option<u32>) {
        let block = self.known.entry(prev_hash).or_default();
        if !block.named {
            self.named = self.named.saturating_add(1);
            if block.nbits.is_some() {
                self.proven = self.proven.saturating_add(1);
            }
        }
        block.named = true;
        block.next_nbits = block.next_nbits.or(Some(nbits));
        let below = height.and_then(|height| height.checked_sub(1));
        block.height = block.height.or(below);
        if block.height.is_some() {
            // No job returns to a block, so that the same height is the same block or its rival.
            let falls = block.height < self.tip_height;
            self.height_falls = self.height_falls.saturating_add(falls.into());
            self.tip_height = block.height;
        }
        self.tip = Some(prev_hash);
    }

    /// A share of a job on the tip counts. No job returns to a replaced block, so that each stands in the list once.
    pub(super) fn share(&mut self, at: Timestamp, job_ntime: u32) {
        let apart_ms = at
            .unix_ms()
            .abs_diff(u64::from(job_ntime).saturating_mul(1_000));
        let apart = apart_ms > APART_MS;
        self.times.apart = self.times.apart.saturating_add(apart.into());
        self.times.most_s = self.times.most_s.max(apart_ms / 1_000);
        let Some(tip) = self.tip else { return };
        match self.built_on.last_mut().filter(|last| last.hash == tip) {
            Some(last) => last.shares = last.shares.saturating_add(1),
            None => self.built_on.push(BuiltOn {
                hash: tip,
                shares: 1,
            }),
        }
    }

    pub(super) fn replace(&mut self, hash: [u8; 32]) {
        self.known.entry(hash).or_default().replaced = true;
    }

    /// Adds a header.
    pub(super) fn header(&mut self, header: &Header) -> Result<(), Code> {
        let hash = header.hash();
        let target =
            target_on(self.network, header.nbits).filter(|target| target.is_met_by_le_hash(&hash));
        let target = target.ok_or(Code::HeaderWork)?;
        let mut block = self.known.get(&hash).copied().unwrap_or_default();
        let parent = self.known.get(&header.prev_hash).copied();
        let linked = parent.is_some_and(|parent| parent.nbits.is_some());
        if block.nbits.is_some() || (self.headers > 0 && !linked) {
            return Err(Code::HeaderLink);
        }
        if let Some(parent) = parent {
            let height = parent.height.and_then(|height| height.checked_add(1));
            if block.height.is_some() && height.is_some() && block.height != height {
                return Err(Code::HeaderHeight);
            }
            block.height = block.height.or(height);
            if !self.may_follow(&parent, block.height, header.nbits) {
                return Err(Code::HeaderNbits);
            }
        }
        block.nbits = Some(header.nbits);
        let next = block.height.and_then(|height| height.checked_add(1));
        if let Some(nbits) = block.next_nbits
            && !self.may_follow(&block, next, nbits)
        {
            return Err(Code::HeaderNbits);
        }
        if self.is_full() && !self.known.contains_key(&hash) {
            return Err(Code::LimitExceeded);
        }
        if block.named {
            self.proven = self.proven.saturating_add(1);
        }
        // What is not a header's has no work.
        let before = parent.unwrap_or_default().chain_work;
        block.parent = header.prev_hash;
        block.chain_work = before.checked_add(target.work()).unwrap_or(before);
        let better = self.best.is_none() || block.chain_work > self.best_work();
        self.known.insert(hash, block);
        self.headers = self.headers.saturating_add(1);
        self.first = self.first.or(Some((hash, *header)));
        if better {
            self.best = Some((hash, *header));
        }
        Ok(())
    }

    /// Whether a block of this height and with these nbits may follow `block`. The test networks allow easy blocks at
    /// any time, so that nothing can be said there.
    fn may_follow(&self, block: &Block, height: Option<u32>, nbits: u32) -> bool {
        if self.network == Network::Test {
            return true;
        }
        if block.next_nbits.is_some_and(|known| known != nbits) {
            return false;
        }
        let Some(own) = block.nbits.filter(|own| *own != nbits) else {
            return true;
        };
        let retarget = height.is_none_or(|height| height.is_multiple_of(RETARGET_INTERVAL));
        self.network == Network::Main && retarget && within_four_times(own, nbits)
    }
}

/// A change of target is at most fourfold; the compact form may round it by one part in 2^15 more, and work is rounded down.
fn within_four_times(one: u32, other: u32) -> bool {
    let work = |nbits| target(nbits).map(|target| target.work().get());
    let Some((one, other)) = work(one).zip(work(other)) else {
        return false;
    };
    let most = |work: u128| {
        let four_times = work.saturating_add(1).saturating_mul(4);
        four_times.saturating_add(work >> 12)
    };
    one <= most(other) && other <= most(one)
}

/// The target that nbits state, where they state one that this network allows.
fn target_on(network: Network, nbits: u32) -> Option<Target> {
    target(nbits).filter(|stated| Some(*stated) <= target(network.easiest_nbits()))
}

/// The target that nbits state, where they state one.
pub(super) fn target(nbits: u32) -> Option<Target> {
    Some(Nbits::from_consensus(nbits).ok()?.target())
}
