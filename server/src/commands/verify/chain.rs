//! Holds the blocks that a bundle's shares build on against a full node's chain.

use crate::node::{HEADERS_MAX, Node, NodeError};
use api::{BuiltOn, Verdict};
use pow::Header;
use std::{
    collections::BTreeSet,
    fmt::{self, Write},
};

/// Blocks that are not on the node's chain, after which no more are asked about: each is a question of its own.
const MISSES_MAX: usize = 200;
/// Of either kind of those: the text names so many.
const NAMED: usize = 10;
/// Blocks that may be missing without the whole being doubted: one, or one in so many. The network replaces fewer.
const ONE_IN: usize = 100;
/// And so much more than the mean share of a block they may carry: blocks come as chance has it, but not that late.
const TIMES_THE_MEAN: u128 = 10;
/// And of all shares no more than one in so many, however few the blocks are.
const SHARES_ONE_IN: u128 = 10;
/// The mean time between two blocks. A chain grows twice as fast at most ...
const BLOCK_MS: u64 = 600_000;
/// ... but for chance, and for a block that was found before the first share.
const BLOCKS_MORE: u64 = 6;

/// What the node's answers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The blocks are on its chain, but for as few as networks replace.
    Confirmed,
    /// It could not say, or not of all.
    Unconfirmed,
    /// Its chain has other blocks.
    Elsewhere,
}

/// What the node says.
pub(super) struct Comparison {
    /// For people.
    pub text: String,
    pub outcome: Outcome,
}

/// Asks for every block on which shares count. Nothing less would do: headers in a bundle may branch wherever its maker
/// found it worth the work, so that the blocks at both ends say nothing of those between.
pub(super) fn compare(node: &Node, verdict: &Verdict) -> Result<Comparison, NodeError> {
    let chain = &verdict.chain;
    let mut answers = Answers::default();
    // Of the last answer: as a rule it has all blocks that are asked for next.
    let mut on_chain = BTreeSet::new();
    for block in &chain.built_on {
        let Some(mut hash) = stratum::hex::decode_array::<32>(&block.hash) else {
            answers.off.push(block);
            continue;
        };
        hash.reverse();
        if on_chain.contains(&hash) {
            answers.found(block);
        } else if answers.missing() >= MISSES_MAX {
            answers.not_asked.push(block);
        } else {
            let headers = node.headers(&hash, HEADERS_MAX)?;
            if !headers.is_empty() {
                on_chain = headers.iter().map(Header::hash).collect();
                answers.found(block);
            } else if is_above(node, block)? {
                answers.above.push(block);
            } else {
                answers.off.push(block);
            }
        }
    }
    answers.doubt_heights(verdict.duration_ms);
    let text = answers.text(node.address(), verdict);
    Ok(Comparison {
        // Writing to a string cannot fail.
        text: text.unwrap_or_default().trim_end().to_owned(),
        outcome: answers.outcome(verdict),
    })
}

/// Whether the node's chain does not reach as high: then it may be behind.
fn is_above(node: &Node, block: &BuiltOn) -> Result<bool, NodeError> {
    match block.height {
        Some(height) => Ok(node.block_hash(height)?.is_none()),
        None => Ok(false),
    }
}

#[derive(Default)]
struct Answers<'a> {
    /// How many are on the node's chain, and how high they reach.
    on: usize,
    highest: Option<u32>,
    off: Vec<&'a BuiltOn>,
    /// Higher than the node's chain is.
    above: Vec<&'a BuiltOn>,
    not_asked: Vec<&'a BuiltOn>,
}

impl Answers<'_> {
    const fn missing(&self) -> usize {
        self.off.len() + self.above.len()
    }

    fn found(&mut self, block: &BuiltOn) {
        self.on += 1;
        self.highest = self.highest.max(block.height);
    }

    /// A node that is behind lacks as many blocks as the contract's time can have brought; what claims to be higher is off
    /// its chain, whatever height it states.
    fn doubt_heights(&mut self, duration_ms: u64) {
        let Some(highest) = self.highest else { return };
        let grown = (duration_ms / BLOCK_MS).saturating_mul(2);
        let most = u64::from(highest)
            .saturating_add(grown)
            .saturating_add(BLOCKS_MORE);
        let is_near =
            |block: &&BuiltOn| block.height.is_some_and(|height| u64::from(height) <= most);
        let (near, far) = self.above.drain(..).partition::<Vec<_>, _>(is_near);
        self.above = near;
        self.off.extend(far);
    }

    fn outcome(&self, verdict: &Verdict) -> Outcome {
        let chain = &verdict.chain;
        let unconfirmed = self.off.iter().chain(&self.above).chain(&self.not_asked);
        let unconfirmed: Vec<&BuiltOn> = unconfirmed.copied().collect();
        let plausible = |missing: &[&BuiltOn]| is_plausible(missing, &chain.built_on);
        let little = |missing: &[&BuiltOn]| is_little(missing, &chain.built_on);
        if !self.off.is_empty() && (self.on == 0 || !plausible(&self.off)) {
            Outcome::Elsewhere
        } else if self.on == 0
            || chain.built_on_left_out > 0
            || !plausible(&unconfirmed)
            || !little(&unconfirmed)
            || !chain.doubts.is_empty()
        {
            Outcome::Unconfirmed
        } else {
            Outcome::Confirmed
        }
    }

    fn text(&self, address: &str, verdict: &Verdict) -> Result<String, fmt::Error> {
        let mut out = String::new();
        let chain = &verdict.chain;
        let all = chain.built_on.len();
        if all == 0 {
            out += "node           no share counts: there is no block to compare";
            return Ok(out);
        }
        let on = self.on;
        writeln!(
            out,
            "node           {on} of {all} blocks are on the chain of {address}"
        )?;
        name(&mut out, &self.off, &chain.built_on, "not on it")?;
        if !self.off.is_empty() {
            out += "               a block that the network replaced looks like this; many of them do not\n";
        }
        name(
            &mut out,
            &self.above,
            &chain.built_on,
            "higher than it: the node may be behind",
        )?;
        if !self.not_asked.is_empty() {
            let (more, missing) = (self.not_asked.len(), self.missing());
            writeln!(
                out,
                "               {more} not asked about, after {missing} that are not there"
            )?;
        }
        if chain.built_on_left_out > 0 {
            let more = chain.built_on_left_out;
            writeln!(
                out,
                "               {more} more that the verdict does not list were not compared"
            )?;
        }
        if !chain.doubts.is_empty() {
            out += "               what is doubtful above no node can confirm\n";
        }
        Ok(out)
    }
}

fn name(out: &mut String, blocks: &[&BuiltOn], of: &[BuiltOn], what: &str) -> fmt::Result {
    if blocks.is_empty() {
        return Ok(());
    }
    let shares = shares(blocks.iter().copied());
    let (number, all) = (blocks.len(), self::shares(of));
    writeln!(
        out,
        "               {number} {what}, with {shares} of {all} shares:"
    )?;
    for block in blocks.iter().take(NAMED) {
        let height = block.height.map(|height| format!("{height} "));
        writeln!(
            out,
            "               {}{}",
            height.unwrap_or_default(),
            block.hash
        )?;
    }
    if number > NAMED {
        writeln!(out, "               and {} more", number - NAMED)?;
    }
    Ok(())
}

/// Whether what is missing is so little that the rest can stand for the whole.
fn is_little(missing: &[&BuiltOn], all: &[BuiltOn]) -> bool {
    let carried = shares(missing.iter().copied());
    carried.saturating_mul(SHARES_ONE_IN) <= shares(all)
}

/// Whether so few blocks with so few shares, and not most of them, are missing as ordinary replacements come to.
fn is_plausible(missing: &[&BuiltOn], all: &[BuiltOn]) -> bool {
    let few = missing.len() <= (all.len() / ONE_IN).max(1);
    // Against the mean: numbers of blocks are small, and shares are below 2^64 in all.
    let carried = shares(missing.iter().copied()).saturating_mul(all.len() as u128);
    let mean = shares(all).saturating_mul(missing.len() as u128);
    let most = shares(missing.iter().copied()).saturating_mul(2) > shares(all);
    few && !most && carried <= mean.saturating_mul(TIMES_THE_MEAN)
}

fn shares<'a>(blocks: impl IntoIterator<Item = &'a BuiltOn>) -> u128 {
    blocks
        .into_iter()
        .map(|block| u128::from(block.shares))
        .sum()
}

#[cfg(test)]
mod tests;
