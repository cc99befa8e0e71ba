//! Paths that hash `L` shares side by side: candidates into groups, groups through the stages.

use crate::constants::{PAD_64, Table};
use crate::stages::{Stages, Words};
use crate::template::{Candidate, Template};
use alloc::vec::Vec;

/// A stage runs over so many groups before the next one starts: its code and constants stay in the processor's nearest
/// cache, which measured faster than to finish one group first.
const GROUPS: usize = 16;

/// Shares in the lanes of one group.
struct Group<'a, const L: usize> {
    lanes: [(&'a Template, &'a Candidate); L],
    /// The template of all lanes, where they have one.
    only: Option<&'a Template>,
    state: Words<L, 8>,
}

/// Header hashes of `items`, whose templates have one shape, in their order to `found`.
pub fn header_hashes<'a, S: Stages<L>, const L: usize>(
    path: S,
    items: &[(&'a Template, &'a Candidate)],
    mut found: impl FnMut(usize, [u8; 32]),
) {
    let mut first = 0;
    let mut groups: Vec<Group<'a, L>> = Vec::with_capacity(GROUPS);
    for batch in items.chunks(GROUPS * L) {
        groups.clear();
        groups.extend(batch.chunks(L).filter_map(Group::new));
        through_stages(path, &mut groups);
        let hashes = groups.iter().flat_map(|group| path.hashes(&group.state));
        for (hash, place) in hashes.zip(first..first + batch.len()) {
            found(place, hash);
        }
        first += batch.len();
    }
}

fn through_stages<S: Stages<L>, const L: usize>(path: S, groups: &mut [Group<'_, L>]) {
    let shape = groups.first().map(|group| group.lanes[0].0.shape());
    let (blocks, levels) = shape.unwrap_or_default();
    for block in 0..blocks {
        for group in &mut *groups {
            match group.table(block) {
                Some(table) => path.table(&mut group.state, table),
                None => {
                    let words = group.coinbase(block);
                    path.block(&mut group.state, &words);
                }
            }
        }
    }
    each(groups, |state| path.second(state));
    for level in 0..levels {
        for group in &mut *groups {
            match group.only.and_then(|template| template.branch.get(level)) {
                Some(right) => path.pair(&mut group.state, right),
                None => {
                    let pair = group.pair(level);
                    path.first(&mut group.state, &pair);
                }
            }
        }
        each(groups, |state| path.table(state, &PAD_64));
        each(groups, |state| path.second(state));
    }
    for group in &mut *groups {
        let (start, end) = group.header();
        path.first(&mut group.state, &start);
        path.header_end(&mut group.state, &end);
    }
    each(groups, |state| path.second(state));
}

fn each<const L: usize>(groups: &mut [Group<'_, L>], mut stage: impl FnMut(&mut Words<L, 8>)) {
    for group in groups {
        stage(&mut group.state);
    }
}

impl<'a, const L: usize> Group<'a, L> {
    /// At most `L` shares; the last one fills the lanes that are left.
    fn new(items: &[(&'a Template, &'a Candidate)]) -> Option<Self> {
        let last = *items.last()?;
        let mut lanes = [last; L];
        for (lane, item) in lanes.iter_mut().zip(items) {
            *lane = *item;
        }
        let same = lanes.iter().all(|lane| core::ptr::eq(lane.0, last.0));
        let only = same.then_some(last.0);
        let mut state = all_lanes(&last.0.midstate);
        if !same {
            scatter(&mut state, lanes.map(|(template, _)| template.midstate));
        }
        Some(Self { lanes, only, state })
    }

    fn table(&self, block: usize) -> Option<&'a Table> {
        self.only?.table(block)
    }

    fn coinbase(&self, block: usize) -> Words<L, 16> {
        let tail = |template: &Template| template.tail.get(block).copied().unwrap_or_default();
        let mut words = Words([[0; L]; 16]);
        match self.only {
            Some(template) => words = all_lanes(&tail(template)),
            None => scatter(&mut words, self.lanes.map(|(template, _)| tail(template))),
        }
        for (lane, (template, candidate)) in self.lanes.iter().enumerate() {
            for (place, word) in template.extranonce2(block, candidate.extranonce2) {
                words.0[place][lane] |= word;
            }
        }
        words
    }

    /// The state and what stands beside it at `level`.
    fn pair(&self, level: usize) -> Words<L, 16> {
        let mut words = Words([[0; L]; 16]);
        words.0[..8].copy_from_slice(&self.state.0);
        for (lane, (template, _)) in self.lanes.iter().enumerate() {
            let Some(right) = template.branch.get(level) else {
                continue;
            };
            for (words, word) in words.0[8..].iter_mut().zip(right.words) {
                words[lane] = word;
            }
        }
        words
    }

    /// The header's words, with the state as merkle root: its first block, and what the second one has.
    fn header(&self) -> (Words<L, 16>, Words<L, 4>) {
        let mut start = Words([[0; L]; 16]);
        let mut end = Words([[0; L]; 4]);
        let [root @ .., root_end] = self.state.0;
        start.0[9..].copy_from_slice(&root);
        end.0[0] = root_end;
        for (lane, (template, candidate)) in self.lanes.iter().enumerate() {
            start.0[0][lane] = candidate.version.swap_bytes();
            for (words, word) in start.0[1..9].iter_mut().zip(template.prev_hash) {
                words[lane] = word;
            }
            for (words, word) in end.0[1..]
                .iter_mut()
                .zip(candidate.header_end(template.nbits))
            {
                words[lane] = word;
            }
        }
        (start, end)
    }
}

/// SHA-256d of whole headers, in their order to `found`.
pub fn hash_headers<S: Stages<L>, const L: usize>(
    path: S,
    headers: &[[u8; 80]],
    mut found: impl FnMut([u8; 32]),
) {
    let mut states: Vec<Words<L, 8>> = Vec::with_capacity(GROUPS);
    let mut start = Words([[0; L]; 16]);
    let mut end = Words([[0; L]; 4]);
    for batch in headers.chunks(GROUPS * L) {
        states.clear();
        for headers in batch.chunks(L) {
            let Some(last) = headers.last() else { continue };
            let mut lanes = [last; L];
            for (lane, header) in lanes.iter_mut().zip(headers) {
                *lane = header;
            }
            path.headers(lanes, &mut start, &mut end);
            let mut state = Words([[0; L]; 8]);
            path.first(&mut state, &start);
            path.header_end(&mut state, &end);
            states.push(state);
        }
        for state in &mut states {
            path.second(state);
        }
        let hashes = states.iter().flat_map(|state| path.hashes(state));
        hashes.take(batch.len()).for_each(&mut found);
    }
}

fn all_lanes<const L: usize, const N: usize>(words: &[u32; N]) -> Words<L, N> {
    Words(words.map(|word| [word; L]))
}

fn scatter<const L: usize, const N: usize>(to: &mut Words<L, N>, lanes: [[u32; N]; L]) {
    for (lane, from) in lanes.into_iter().enumerate() {
        for (words, word) in to.0.iter_mut().zip(from) {
            words[lane] = word;
        }
    }
}
