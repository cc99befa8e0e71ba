//! Paths that hash message by message: `N` shares side by side, so that their latencies overlap.

use crate::constants::{IV, PAD, PAD_64, Table};
use crate::template::{Candidate, Template, bytes, words};

/// A compression function over `N` independent messages.
pub trait Compress<const N: usize>: Copy {
    /// One block of message each.
    fn block(self, states: &mut [[u32; 8]; N], blocks: &[[u32; 16]; N]);

    /// One block each, as `K + W`.
    fn table(self, states: &mut [[u32; 8]; N], tables: [&Table; N]);

    /// The hash of a hash.
    fn second(self, states: &mut [[u32; 8]; N]) {
        let blocks = states.map(|state| concat(state, [PAD, 0, 0, 0, 0, 0, 0, 256]));
        *states = [IV; N];
        self.block(states, &blocks);
    }

    /// A level of the merkle branch: the hash of the hash of both halves.
    fn level(self, states: &mut [[u32; 8]; N], rights: [&[u32; 8]; N]) {
        let mut blocks = [[0; 16]; N];
        for ((block, left), right) in blocks.iter_mut().zip(&*states).zip(rights) {
            *block = concat(*left, *right);
        }
        *states = [IV; N];
        self.block(states, &blocks);
        self.table(states, [&PAD_64; N]);
        self.second(states);
    }
}

/// Header hashes of candidates whose templates have one shape.
pub fn header_hashes<'a, const N: usize>(
    path: impl Compress<N>,
    candidates: [(&'a Template, &'a Candidate); N],
) -> [[u8; 32]; N] {
    let mut states = candidates.map(|(template, _)| template.midstate);
    let shape = candidates.first().map(|(template, _)| template.shape());
    let (blocks, levels) = shape.unwrap_or_default();
    for block in 0..blocks {
        let tables = candidates.map(|(template, _)| template.table(block));
        if tables.iter().all(Option::is_some) {
            path.table(&mut states, tables.map(|table| table.unwrap_or(&PAD_64)));
            continue;
        }
        let words = candidates.map(|(template, candidate)| {
            let mut words = template.tail.get(block).copied().unwrap_or_default();
            for (place, word) in template.extranonce2(block, candidate.extranonce2) {
                words[place] |= word;
            }
            words
        });
        path.block(&mut states, &words);
    }
    path.second(&mut states);
    for level in 0..levels {
        let right = |template: &'a Template| {
            template
                .branch
                .get(level)
                .map_or(&[0; 8], |right| &right.words)
        };
        path.level(&mut states, candidates.map(|(template, _)| right(template)));
    }
    let mut starts = [[0; 16]; N];
    let mut ends = [[0; 16]; N];
    let headers = starts.iter_mut().zip(&mut ends).zip(&states);
    for (((start, end), root), (template, candidate)) in headers.zip(candidates) {
        let [root @ .., last] = *root;
        start[0] = candidate.version.swap_bytes();
        start[1..9].copy_from_slice(&template.prev_hash);
        start[9..].copy_from_slice(&root);
        end[0] = last;
        end[1..4].copy_from_slice(&candidate.header_end(template.nbits));
        (end[4], end[15]) = (PAD, 640);
    }
    header(path, &starts, &ends)
}

/// SHA-256d of whole headers.
pub fn hash_headers<const N: usize>(
    path: impl Compress<N>,
    headers: [[u8; 80]; N],
) -> [[u8; 32]; N] {
    let mut starts = [[0; 16]; N];
    let mut ends = [[0; 16]; N];
    for ((start, end), header) in starts.iter_mut().zip(&mut ends).zip(headers) {
        let words: [u32; 20] = words(&header);
        let (first, last) = words.split_at(16);
        start.copy_from_slice(first);
        end[..4].copy_from_slice(last);
        (end[4], end[15]) = (PAD, 640);
    }
    header(path, &starts, &ends)
}

fn header<const N: usize>(
    path: impl Compress<N>,
    starts: &[[u32; 16]; N],
    ends: &[[u32; 16]; N],
) -> [[u8; 32]; N] {
    let mut states = [IV; N];
    path.block(&mut states, starts);
    path.block(&mut states, ends);
    path.second(&mut states);
    states.map(|state| bytes(&state))
}

fn concat(left: [u32; 8], right: [u32; 8]) -> [u32; 16] {
    let mut out = [0; 16];
    out[..8].copy_from_slice(&left);
    out[8..].copy_from_slice(&right);
    out
}
