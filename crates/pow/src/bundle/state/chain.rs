//! The blocks that jobs build on: how they follow one another, and what of it is proven by headers.

use crate::{Header, bundle::Code, coinbase::Network};
use alloc::collections::BTreeMap;
use units::{Nbits, Target, Work};

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
    work: Work,
    first: Option<([u8; 32], Header)>,
    last: Option<([u8; 32], Header)>,
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
            work: Work::ZERO,
            first: None,
            last: None,
        }
    }

    /// Blocks that jobs built on, and those of them whose header is known.
    #[must_use]
    pub const fn counts(&self) -> (u32, u32) {
        (self.named, self.proven)
    }

    /// Headers known, and their work.
    #[must_use]
    pub const fn headers(&self) -> (u32, Work) {
        (self.headers, self.work)
    }

    /// The first and the last header, each with its hash.
    #[must_use]
    pub const fn ends(&self) -> [Option<([u8; 32], Header)>; 2] {
        [self.first, self.last]
    }

    /// The height of a block, where a job's coinbase or a header's link says it.
    #[must_use]
    pub fn height(&self, hash: &[u8; 32]) -> Option<u32> {
        self.known.get(hash)?.height
    }

    /// True where the header of this block is in the bundle.
    #[must_use]
    pub fn has_header(&self, hash: &[u8; 32]) -> bool {
        self.known
            .get(hash)
            .is_some_and(|block| block.nbits.is_some())
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
        let block = self.known.get(prev_hash)?;
        let below = height.map(|height| height.checked_sub(1));
        if below.is_some_and(|below| block.height.is_some() && below != block.height) {
            return Some(Code::JobHeight);
        }
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
    }

    pub(super) fn replace(&mut self, hash: [u8; 32]) {
        self.known.entry(hash).or_default().replaced = true;
    }

    /// Adds a header.
    pub(super) fn header(&mut self, header: &Header) -> Result<(), Code> {
        let hash = header.hash();
        let target = target(header.nbits).filter(|target| target.is_met_by_le_hash(&hash));
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
        self.known.insert(hash, block);
        self.headers = self.headers.saturating_add(1);
        self.work = self.work.checked_add(target.work()).unwrap_or(self.work);
        self.first = self.first.or(Some((hash, *header)));
        self.last = Some((hash, *header));
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

/// The target that nbits state, where they state one.
pub(super) fn target(nbits: u32) -> Option<Target> {
    Some(Nbits::from_consensus(nbits).ok()?.target())
}
