//! The Merkle tree over an epoch's shares: RFC 6962, so that any tool of that field can check an inclusion.

use crate::hash::sha256;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// Appends leaves and knows the root; holds one hash per set bit of the number of leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Roots of the full subtrees, largest first, each with its height.
    peaks: Vec<(u32, [u8; 32])>,
}

impl Tree {
    /// Appends a leaf: `SHA-256(0x00 ‖ data)`.
    pub fn append(&mut self, data: &[u8]) {
        let leaf = Sha256::new_with_prefix([0]).chain_update(data);
        let (mut height, mut hash) = (0u32, leaf.finalize().into());
        while let Some((peak_height, peak)) = self.peaks.pop_if(|(h, _)| *h == height) {
            hash = node(&peak, &hash);
            height = peak_height.saturating_add(1);
        }
        self.peaks.push((height, hash));
    }

    /// The root; of no leaves, SHA-256 of nothing (RFC 6962, 2.1).
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        match peaks.next() {
            None => sha256(&[]),
            Some(last) => peaks.fold(last, |right, left| node(&left, &right)),
        }
    }
}

/// An inner node: `SHA-256(0x01 ‖ left ‖ right)`.
fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    let mut tagged = [1; 65];
    let bytes = left.iter().chain(right);
    tagged
        .iter_mut()
        .skip(1)
        .zip(bytes)
        .for_each(|(to, from)| *to = *from);
    sha256(&tagged)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6962, 2.1, word for word: split at the largest power of two below n.
    fn naive_root(leaves: &[Vec<u8>]) -> [u8; 32] {
        match leaves.len() {
            0 => sha256(&[]),
            1 => sha256(&[&[0][..], &leaves[0]].concat()),
            n => {
                let split = n.next_power_of_two() / 2;
                node(&naive_root(&leaves[..split]), &naive_root(&leaves[split..]))
            }
        }
    }

    #[test]
    fn agrees_with_the_definition() {
        let mut tree = Tree::default();
        let mut leaves = Vec::new();
        for n in 0u64..70 {
            assert_eq!(tree.root(), naive_root(&leaves), "{n} leaves");
            let leaf = n.to_le_bytes().to_vec();
            tree.append(&leaf);
            leaves.push(leaf);
        }
    }
}
