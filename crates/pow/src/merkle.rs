//! Bitcoin's merkle tree, seen from the coinbase.

use crate::hash::sha256d;

/// The merkle root: the coinbase's txid hashed upwards with its branch, always as the left node.
#[must_use]
pub fn fold_branch(txid: [u8; 32], branch: &[[u8; 32]]) -> [u8; 32] {
    branch.iter().fold(txid, |left, right| {
        let mut pair = [0; 64];
        let bytes = left.iter().chain(right);
        pair.iter_mut()
            .zip(bytes)
            .for_each(|(to, from)| *to = *from);
        sha256d(&pair)
    })
}
