//! A synthetic SHA-256d chain: real formats, made-up contents, blocks as easy as on regtest.

use crate::{Random, coinbase};
use pow::{Header, Job, Share, sha256d};
use std::collections::{BTreeMap, VecDeque};
use units::Nbits;

/// Every second hash makes a block.
const REGTEST_NBITS: u32 = 0x207f_ffff;

/// Levels of a merkle branch: 2,048 to 4,095 transactions at most.
const MOST_LEVELS: u64 = 12;

/// A transaction nobody made: an id and a fee.
#[derive(Clone, Copy, Debug)]
struct Transaction {
    txid: [u8; 32],
    fee_sats: u64,
}

/// What a pool gives to miners, and what it needs to make the block of it.
#[derive(Clone, Debug)]
pub struct Template {
    /// For `mining.notify`; the extranonce goes between its coinbase's halves.
    pub job: Job,
    /// Height of the block that it would make.
    pub height: u32,
    extranonce_size: usize,
    transactions: usize,
}

/// The chain's headers and its mempool.
#[derive(Clone, Debug)]
pub struct Chain {
    random: Random,
    tip: Header,
    /// All headers, the genesis block's first.
    headers: Vec<Header>,
    heights: BTreeMap<[u8; 32], u32>,
    mempool: VecDeque<Transaction>,
}

impl Chain {
    /// A chain with nothing but a genesis block of this time.
    #[must_use]
    pub fn new(seed: u64, now_unix_s: u32) -> Self {
        let mut random = Random::new(seed);
        let (before, after) = coinbase::halves(0, 0, 0);
        let genesis = Job {
            version: 0x2000_0000,
            prev_hash: [0; 32],
            coinbase1: before,
            coinbase2: after,
            // Of another seed, another chain.
            branch: vec![sha256d(&random.bytes(32))],
            nbits: REGTEST_NBITS,
            ntime: now_unix_s,
        };
        Self::on(random, grind(&genesis, 0))
    }

    /// A chain that goes on after these headers, which begin with a genesis block's. `None` where they are not such a
    /// chain: one that does not meet its nbits, or does not name the one before.
    #[must_use]
    pub fn resume(seed: u64, headers: &[Header]) -> Option<Self> {
        let (genesis, others) = headers.split_first()?;
        let whole = genesis.prev_hash == [0; 32] && meets_its_nbits(genesis);
        let mut chain = whole.then(|| Self::on(Random::new(seed), *genesis))?;
        for header in others {
            if header.prev_hash != chain.tip_hash() || !meets_its_nbits(header) {
                return None;
            }
            chain.push(*header);
        }
        Some(chain)
    }

    fn on(random: Random, genesis: Header) -> Self {
        Self {
            random,
            tip: genesis,
            headers: vec![genesis],
            heights: BTreeMap::from([(genesis.hash(), 0)]),
            mempool: VecDeque::new(),
        }
    }

    fn push(&mut self, header: Header) {
        self.heights.insert(header.hash(), self.height() + 1);
        self.headers.push(header);
        self.tip = header;
    }

    /// All headers, the genesis block's first.
    #[must_use]
    pub fn headers(&self) -> &[Header] {
        &self.headers
    }

    /// The header with this hash and those after it; none where there is no such block.
    #[must_use]
    pub fn headers_from(&self, hash: &[u8; 32]) -> &[Header] {
        let height = self.heights.get(hash).map(|height| *height as usize);
        let found = height.and_then(|height| self.headers.get(height..));
        found.unwrap_or_default()
    }

    /// Hash of the latest block, in header byte order.
    #[must_use]
    pub fn tip_hash(&self) -> [u8; 32] {
        self.tip.hash()
    }

    /// Blocks after the genesis block.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::try_from(self.headers.len() - 1).unwrap_or(u32::MAX)
    }

    /// A template on the tip. How many transactions it takes is drawn anew each time, so that branches of 1 to 12
    /// levels are all common.
    pub fn template(&mut self, now_unix_s: u32, extranonce_size: usize) -> Template {
        let levels = self.random.between(1, MOST_LEVELS);
        // With the coinbase: above 2^(levels - 1) and up to 2^levels leaves.
        let count = self.random.between(1 << (levels - 1), (1 << levels) - 1);
        let count = usize::try_from(count).unwrap_or(1);
        while self.mempool.len() < count {
            let size = self.random.between(110, 400);
            let fee_sats = size * self.random.between(1, 20);
            let bytes = self.random.bytes(size as usize);
            self.mempool.push_back(Transaction {
                txid: sha256d(&bytes),
                fee_sats,
            });
        }
        let chosen = || self.mempool.iter().take(count);
        let fees_sats = chosen().map(|transaction| transaction.fee_sats).sum();
        let branch = branch_of(chosen().map(|transaction| transaction.txid).collect());
        let height = self.height() + 1;
        let (coinbase1, coinbase2) = coinbase::halves(height, fees_sats, extranonce_size);
        let job = Job {
            version: 0x2000_0000,
            prev_hash: self.tip_hash(),
            coinbase1,
            coinbase2,
            branch,
            nbits: REGTEST_NBITS,
            ntime: now_unix_s.max(self.tip.ntime.saturating_add(1)),
        };
        Template {
            job,
            height,
            extranonce_size,
            transactions: count,
        }
    }

    /// Makes a block of a template on the tip, and moves the tip. Answers false for a template on an older block.
    pub fn extend(&mut self, template: &Template) -> bool {
        if template.job.prev_hash != self.tip_hash() {
            return false;
        }
        self.push(grind(&template.job, template.extranonce_size));
        self.mempool
            .drain(..template.transactions.min(self.mempool.len()));
        true
    }
}

/// The first header of a job that meets its own nbits.
fn grind(job: &Job, extranonce_size: usize) -> Header {
    let extranonce = vec![0; extranonce_size];
    let share = Share {
        ntime: job.ntime,
        nonce: 0,
        version_bits: 0,
    };
    let mut header = job.header(&[&extranonce], share);
    while !meets_its_nbits(&header) {
        header.nonce = header.nonce.wrapping_add(1);
    }
    header
}

fn meets_its_nbits(header: &Header) -> bool {
    Nbits::from_consensus(header.nbits)
        .is_ok_and(|nbits| nbits.target().is_met_by_le_hash(&header.hash()))
}

/// The branch of leaf 0 (the coinbase) beside these other leaves.
fn branch_of(mut others: Vec<[u8; 32]>) -> Vec<[u8; 32]> {
    let mut branch = Vec::new();
    while let Some((beside, rest)) = others.split_first() {
        branch.push(*beside);
        // A lone node is paired with itself.
        let next = rest.chunks(2).map(|pair| match pair {
            [left, right] => sha256d(&[*left, *right].concat()),
            [lone] => sha256d(&[*lone, *lone].concat()),
            _ => [0; 32],
        });
        others = next.collect();
    }
    branch
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The root as Bitcoin's merkle tree is defined, all leaves known.
    fn naive_root(mut level: Vec<[u8; 32]>) -> [u8; 32] {
        while level.len() > 1 {
            if level.len() % 2 == 1 {
                level.push(*level.last().unwrap());
            }
            level = level
                .chunks(2)
                .map(|pair| sha256d(&pair.concat()))
                .collect();
        }
        level[0]
    }

    #[test]
    fn a_branch_folds_to_the_root() {
        for count in 1..40u8 {
            let leaves: Vec<_> = (0..=count).map(|leaf| sha256d(&[leaf])).collect();
            let branch = branch_of(leaves[1..].to_vec());
            assert_eq!(
                pow::fold_branch(leaves[0], &branch),
                naive_root(leaves),
                "{count}"
            );
        }
    }

    #[test]
    fn branches_have_1_to_12_levels() {
        let mut chain = Chain::new(7, 1_700_000_000);
        let levels: BTreeSet<_> = (0..120)
            .map(|_| chain.template(1_700_000_000, 12).job.branch.len())
            .collect();
        assert_eq!(levels, (1..=12).collect());
    }

    #[test]
    fn blocks_build_on_blocks() {
        let mut chain = Chain::new(7, 1_700_000_000);
        let mut old = chain.template(1_700_000_000, 12);
        for height in 1..=20 {
            let before = chain.tip;
            let template = chain.template(1_700_000_000, 12);
            assert!(chain.extend(&template));
            assert_eq!(
                (chain.height(), chain.tip.prev_hash),
                (height, before.hash())
            );
            let target = Nbits::from_consensus(chain.tip.nbits).unwrap().target();
            assert!(target.is_met_by_le_hash(&chain.tip_hash()));
            assert!(chain.tip.ntime > before.ntime);
            assert!(!chain.extend(&old), "a template of an older block");
            old = template;
        }
    }

    #[test]
    fn a_chain_goes_on_after_its_headers_and_after_no_others() {
        let mut chain = Chain::new(7, 1_700_000_000);
        for _ in 0..5 {
            let template = chain.template(1_700_000_000, 12);
            chain.extend(&template);
        }
        let headers = chain.headers().to_vec();
        let mut again = Chain::resume(8, &headers).unwrap();
        assert_eq!((again.height(), again.tip_hash()), (5, chain.tip_hash()));
        let template = again.template(1_700_000_000, 12);
        assert!(again.extend(&template));
        assert_eq!(again.headers_from(&chain.tip_hash()).len(), 2);
        assert_eq!(again.headers_from(&headers[0].hash())[..6], headers);
        assert_eq!(again.headers_from(&[7; 32]), []);

        let without = |at: usize| [&headers[..at], &headers[at + 1..]].concat();
        let mut weak = headers.clone();
        while meets_its_nbits(&weak[5]) {
            weak[5].nonce += 1;
        }
        for wrong in [Vec::new(), without(0), without(2), weak] {
            assert!(Chain::resume(8, &wrong).is_none(), "{wrong:?}");
        }
    }

    #[test]
    fn a_seed_gives_its_chain() {
        let job = |seed| Chain::new(seed, 5).template(6, 12).job;
        assert_eq!(job(1), job(1));
        assert_ne!(job(1).prev_hash, job(2).prev_hash);
        assert_ne!(job(1).branch, job(2).branch);
    }
}
