//! Holds the blocks that a bundle proves against a full node's chain.

use crate::node::{Node, NodeError, printed};
use api::{BlockLine, Chain};
use std::fmt::Write;

/// What the node says.
pub(super) struct Comparison {
    /// For people, a line for each block.
    pub text: String,
    /// False where the node's chain has another block at a block's height.
    pub same: bool,
}

/// Asks for the first and the last block: the bundle's own links prove those between.
pub(super) fn compare(node: &Node, chain: &Chain) -> Result<Comparison, NodeError> {
    let mut comparison = Comparison {
        text: String::new(),
        same: true,
    };
    let first = chain.first.as_ref();
    let last = chain.last.as_ref().filter(|last| Some(*last) != first);
    for (block, which) in first
        .map(|b| (b, "first"))
        .into_iter()
        .chain(last.map(|b| (b, "last")))
    {
        let said = ask(node, block)?;
        comparison.same &= !matches!(said, Said::Other(_));
        let address = node.address();
        let sentence = match said {
            Said::Equal => format!("equal: {address} has the {which} block"),
            Said::Unknown => format!("not known there: {address} does not have the {which} block"),
            Said::Other(hash) => format!(
                "DIFFERENT: at the {which} block's height {address} has {hash}; the bundle was not made on its chain"
            ),
        };
        let height = block
            .height
            .map(|height| format!("{height} "))
            .unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(
            comparison.text,
            "node           {sentence}\n               {height}{}",
            block.hash
        );
    }
    if first.is_none() {
        comparison.text =
            "node           the bundle proves no blocks: there is nothing to compare".into();
    }
    comparison.text.truncate(comparison.text.trim_end().len());
    Ok(comparison)
}

enum Said {
    Equal,
    /// Neither the block nor any other of its height.
    Unknown,
    /// Another block of its height.
    Other(String),
}

fn ask(node: &Node, block: &BlockLine) -> Result<Said, NodeError> {
    let Some(mut hash) = stratum::hex::decode_array::<32>(&block.hash) else {
        return Ok(Said::Unknown);
    };
    hash.reverse();
    if node.header(&hash)?.is_some() {
        return Ok(Said::Equal);
    }
    // The node may be behind, or be on another chain.
    let there = match block.height {
        Some(height) => node.block_hash(height)?,
        None => None,
    };
    Ok(match there {
        Some(other) if other == hash => Said::Equal,
        Some(other) => Said::Other(printed(&other)),
        None => Said::Unknown,
    })
}
