//! The steps of a share over one group: `L` shares whose words lie side by side.

use crate::constants::Table;
use crate::machine::Machine;
use crate::rounds::{self, Ending};

/// Words of a group: for each word its `L` lanes.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Words<const L: usize, const N: usize>(pub [[u32; L]; N]);

/// The right half of a block of two hashes.
pub enum Right<'a, const L: usize> {
    /// The same in all lanes.
    Same(&'a [u32; 8]),
    /// One per lane.
    Each(&'a Words<L, 8>),
}

/// A path over groups of `L` shares. Each function is one compression, compiled with the path's instructions.
pub trait Stages<const L: usize>: Copy {
    /// One block of message.
    fn block(self, state: &mut Words<L, 8>, block: &Words<L, 16>);

    /// One block that is the same in all lanes, as `K + W`.
    fn table(self, state: &mut Words<L, 8>, table: &Table);

    /// The first block of hash and hash.
    fn pair(self, state: &mut Words<L, 8>, right: &Right<'_, L>);

    /// The hash of a hash.
    fn second(self, state: &mut Words<L, 8>);

    /// The words of headers, side by side.
    fn headers(self, headers: [&[u8; 80]; L]) -> Words<L, 20> {
        let mut out = Words([[0; L]; 20]);
        for (lane, header) in headers.into_iter().enumerate() {
            for (words, bytes) in out.0.iter_mut().zip(header.as_chunks::<4>().0) {
                words[lane] = u32::from_be_bytes(*bytes);
            }
        }
        out
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
pub fn pair<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    right: &Right<'_, L>,
    iv: &[u32; 8],
    k: &Table,
) {
    let [l0, l1, l2, l3, l4, l5, l6, l7] = load(m, state);
    let [r0, r1, r2, r3, r4, r5, r6, r7] = match right {
        Right::Same(words) => splat(m, words),
        Right::Each(words) => load(m, words),
    };
    let w = [
        l0, l1, l2, l3, l4, l5, l6, l7, r0, r1, r2, r3, r4, r5, r6, r7,
    ];
    let after = rounds::block(m, splat(m, iv), w, k);
    store(m, state, after);
}

#[inline(always)]
pub fn second<M: Machine<L>, const L: usize>(
    m: M,
    state: &mut Words<L, 8>,
    iv: &[u32; 8],
    k: &Table,
    end: &Ending,
) {
    let after = rounds::second(m, splat(m, iv), load(m, state), k, end);
    store(m, state, after);
}

#[inline(always)]
fn splat<M: Machine<L>, const L: usize>(m: M, words: &[u32; 8]) -> [M::V; 8] {
    words.map(|word| m.splat(word))
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

            fn pair(self, state: &mut Words<$lanes, 8>, right: &Right<'_, $lanes>) {
                type Constants<'a> = (&'a [u32; 8], &'a Table);
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, right: &Right<'_, $lanes>, c: Constants<'_>) {
                    stages::pair(m, s, right, c.0, c.1);
                }
                // SAFETY: as above.
                unsafe { run(self, state, right, (black_box(&IV), black_box(&K))) }
            }

            fn second(self, state: &mut Words<$lanes, 8>) {
                type Constants<'a> = (&'a [u32; 8], &'a Table, &'a Ending);
                #[$instructions]
                #[inline(never)]
                fn run(m: $path, s: &mut Words<$lanes, 8>, c: Constants<'_>) {
                    stages::second(m, s, c.0, c.1, c.2);
                }
                let constants = (black_box(&IV), black_box(&K), black_box(&ENDING_32));
                // SAFETY: as above.
                unsafe { run(self, state, constants) }
            }

            $($own)*
        }
    };
}

pub(crate) use stages;
