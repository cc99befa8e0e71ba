//! The steps of a share over one group: `L` shares whose words lie side by side.

use crate::constants::Table;
use crate::known::{Ending, Sibling, Start};
use crate::machine::Machine;
use crate::rounds;

/// Words of a group: for each word its `L` lanes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Words<const L: usize, const N: usize>(pub [[u32; L]; N]);

/// A path over groups of `L` shares. Each function is one compression, compiled with the path's instructions.
pub trait Stages<const L: usize>: Copy {
    /// One block of message.
    fn block(self, state: &mut Words<L, 8>, block: &Words<L, 16>);

    /// One block that is the same in all lanes, as `K + W`.
    fn table(self, state: &mut Words<L, 8>, table: &Table);

    /// The first block of a message, whatever the state was.
    fn first(self, state: &mut Words<L, 8>, block: &Words<L, 16>);

    /// The first block of hash and hash, where the right one is the same in all lanes.
    fn pair(self, state: &mut Words<L, 8>, right: &Sibling);

    /// The second block of a header.
    fn header_end(self, state: &mut Words<L, 8>, words: &Words<L, 4>);

    /// The hash of a hash.
    fn second(self, state: &mut Words<L, 8>);

    /// The words of headers, side by side: of their first blocks, and what is left for the second ones.
    fn headers(self, headers: [&[u8; 80]; L], start: &mut Words<L, 16>, end: &mut Words<L, 4>) {
        for (lane, header) in headers.into_iter().enumerate() {
            let words = start.0.iter_mut().chain(&mut end.0);
            for (words, bytes) in words.zip(header.as_chunks::<4>().0) {
                words[lane] = u32::from_be_bytes(*bytes);
            }
        }
    }

    /// Each lane's hash.
    fn hashes(self, state: &Words<L, 8>) -> [[u8; 32]; L] {
        let mut out = [[0; 32]; L];
        for (lane, hash) in out.iter_mut().enumerate() {
            for (bytes, words) in hash.as_chunks_mut::<4>().0.iter_mut().zip(&state.0) {
                *bytes = words[lane].to_be_bytes();
            }
        }
        out
    }
}

/// What the compiler must not see through, see [`rounds`].
pub type Constants<'a> = (&'a Start, &'a Table, &'a Ending);

#[inline(always)]
pub fn block<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    block: &Words<L, 16>,
    k: &Table,
) {
    let after = rounds::block(m, load(m, state), load(m, block), k);
    store(m, state, after);
}

#[inline(always)]
pub fn table<M: Machine<L>, const L: usize>(m: M, state: &mut Words<L, 8>, table: &Table) {
    let after = rounds::table(m, load(m, state), table);
    store(m, state, after);
}

#[inline(always)]
pub fn first<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    block: &Words<L, 16>,
    (start, k, _): Constants<'_>,
) {
    store(m, state, rounds::first(m, start, load(m, block), k));
}

#[inline(always)]
pub fn pair<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    right: &Sibling,
    (start, k, _): Constants<'_>,
) {
    let after = rounds::pair(m, start, load(m, state), right, k);
    store(m, state, after);
}

#[inline(always)]
pub fn second<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    (start, k, end): Constants<'_>,
) {
    let after = rounds::second(m, start, load(m, state), k, end);
    store(m, state, after);
}

#[inline(always)]
pub fn header_end<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    words: &Words<L, 4>,
    (_, k, end): Constants<'_>,
) {
    let after = rounds::header_end(m, load(m, state), load(m, words), k, end);
    store(m, state, after);
}

#[inline(always)]
fn load<M: Machine<L>, const L: usize, const N: usize>(m: M, words: &Words<L, N>) -> [M::V; N] {
    let mut out = [m.splat(0); N];
    for (v, words) in out.iter_mut().zip(&words.0) {
        *v = m.load(words);
    }
    out
}

#[inline(always)]
fn store<M: Machine<L>, const L: usize>(m: M, state: &mut Words<L, 8>, after: [M::V; 8]) {
    for (words, v) in state.0.iter_mut().zip(after) {
        m.store(v, words);
    }
}

/// Implements [`Stages`] for a [`Machine`]: each stage is a function with the path's instructions, not inlined into its
/// caller, which has none. `black_box` hides the constants from the compiler, see [`rounds`].
macro_rules! stages {
    ($path:ident, $lanes:literal, #[$instructions:meta] $(, $own:item)*) => {
        #[allow(unused_unsafe, reason = "in wasm it is safe to call functions with more instructions")]
        impl Stages<$lanes> for $path {
            fn block(self, state: &mut Words<$lanes, 8>, block: &Words<$lanes, 16>) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, block: &Words<$lanes, 16>, k: &Table) {
                    stages::block(m, s, block, k);
                }
                // SAFETY: a value of the path is the proof that the processor has the instructions.
                unsafe { run(self, state, block, black_box(&K)) }
            }

            fn table(self, state: &mut Words<$lanes, 8>, table: &Table) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, table: &Table) {
                    stages::table(m, s, table);
                }
                // SAFETY: as above.
                unsafe { run(self, state, black_box(table)) }
            }

            fn first(self, state: &mut Words<$lanes, 8>, block: &Words<$lanes, 16>) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, block: &Words<$lanes, 16>, c: Constants<'_>) {
                    stages::first(m, s, block, c);
                }
                let constants = (black_box(&START), black_box(&K), black_box(&ENDING_32));
                // SAFETY: as above.
                unsafe { run(self, state, block, constants) }
            }

            fn pair(self, state: &mut Words<$lanes, 8>, right: &Sibling) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, right: &Sibling, c: Constants<'_>) {
                    stages::pair(m, s, right, c);
                }
                let constants = (black_box(&START), black_box(&K), black_box(&ENDING_32));
                // SAFETY: as above.
                unsafe { run(self, state, right, constants) }
            }

            fn second(self, state: &mut Words<$lanes, 8>) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, c: Constants<'_>) {
                    stages::second(m, s, c);
                }
                let constants = (black_box(&START), black_box(&K), black_box(&ENDING_32));
                // SAFETY: as above.
                unsafe { run(self, state, constants) }
            }

            fn header_end(self, state: &mut Words<$lanes, 8>, words: &Words<$lanes, 4>) {
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, words: &Words<$lanes, 4>, c: Constants<'_>) {
                    stages::header_end(m, s, words, c);
                }
                let constants = (black_box(&START), black_box(&K), black_box(&ENDING_80));
                // SAFETY: as above.
                unsafe { run(self, state, words, constants) }
            }

            $($own)*
        }
    };
}

pub(crate) use stages;
