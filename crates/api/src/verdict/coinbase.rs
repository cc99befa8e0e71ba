//! Whom the jobs would have paid, and the blocks that they built on.

use serde::{Deserialize, Serialize};
use units::{Sats, Work};

/// What the jobs' coinbases say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coinbases {
    /// Jobs whose coinbase is a transaction that could be read.
    pub decoded: u32,
    /// Jobs whose coinbase is none.
    pub undecoded: u32,
    /// Outputs that carry money, by script; the first 64 that came.
    pub payouts: Vec<Payout>,
    /// Outputs that carry money to other scripts than those.
    pub payouts_more: u32,
    /// Readable text in the coinbases; the first 16 that came.
    pub tags: Vec<Tag>,
}

/// One script that jobs would have paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    /// The address on the contract's network; none for a script that has none.
    pub address: Option<String>,
    /// `p2pkh`, `p2sh`, `p2wpkh`, `p2wsh`, `p2tr`, `p2pk`, `op_return` or `other`.
    pub kind: String,
    /// The script, in hex.
    pub script: String,
    /// Jobs that would have paid it.
    pub jobs: u32,
    /// The least that one of them would have paid.
    pub least_sats: Sats,
    /// The most.
    pub most_sats: Sats,
}

/// Readable text of a coinbase, by which pools sign their blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tag {
    /// Printable ASCII.
    pub text: String,
    /// Jobs with it.
    pub jobs: u32,
}

/// The blocks that jobs built on, and which of them the bundle proves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// Blocks that jobs built on.
    pub blocks: u32,
    /// Those whose header is in the bundle: it meets its own target and follows one that is there.
    pub proven: u32,
    /// Headers in the bundle.
    pub headers: u32,
    /// Those that are on branches, and not on the chain with the most work.
    pub forks: u32,
    /// Work of the headers on that chain.
    pub work_hashes: Work,
    /// The first of them, to compare with a node.
    pub first: Option<BlockLine>,
    /// The last.
    pub last: Option<BlockLine>,
    /// The blocks on which shares count, in the order of their first share; the first 5,000. What a node is asked about.
    pub built_on: Vec<BuiltOn>,
    /// Such blocks beyond those.
    pub built_on_left_out: u32,
    /// What breaks no rule, and honest work hardly ever shows.
    pub doubts: Vec<Doubt>,
}

/// A reason to look closer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// `share_times` or `height_falls`.
    pub code: String,
    /// How often.
    pub count: u64,
    /// One sentence for people.
    pub message: String,
}

/// A block on which shares count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuiltOn {
    /// Its hash as block explorers print it.
    pub hash: String,
    /// Its height, where a job's coinbase or the headers say it.
    pub height: Option<u32>,
    /// Those shares.
    pub shares: u64,
}

/// A block of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockLine {
    /// Its hash as block explorers print it.
    pub hash: String,
    /// Its height, where a job's coinbase said it (BIP 34).
    pub height: Option<u32>,
    /// The time in its header, seconds since the Unix epoch.
    pub time: u32,
}
