//! SHA-256's rounds over vectors: written once, compiled for each path with that path's instructions.
//!
//! Everything here is `inline(always)`: code takes the instructions of the function that it is inlined into, and only
//! the paths' own functions have any. Sixteen rounds are written out and looped over: measured in browsers, all 64
//! written out are slower. Constants come as references that the compiler cannot see through, so that they are broadcast
//! from memory: vector constants in wasm are slower.

use crate::constants::Table;
use crate::known::{Ending, Sibling, Start, hash_schedule, header_schedule, pair_schedule};
use crate::machine::Machine;

/// Writes its body out sixteen times.
macro_rules! sixteen {
    ($i:ident => $body:expr) => {
        sixteen!($i => $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($i:ident => $body:expr; $($n:literal)*) => {
        $({
            const $i: usize = $n;
            $body;
        })*
    };
}

/// Writes its body out for all of a sixteen but the first.
macro_rules! fifteen {
    ($i:ident => $body:expr) => {
        sixteen!($i => $body; 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
}

/// One block of message.
#[inline(always)]
pub fn block<M: Machine<L>, const L: usize>(
    m: M,
    state: [M::V; 8],
    w: [M::V; 16],
    k: &Table,
) -> [M::V; 8] {
    let mut s = state;
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[0][I]))));
    scheduled(m, &mut s, w, &k[1..]);
    sum(m, state, s)
}

/// The first block of a message.
#[inline(always)]
pub fn first<M: Machine<L>, const L: usize>(
    m: M,
    start: &Start,
    w: [M::V; 16],
    k: &Table,
) -> [M::V; 8] {
    let (iv, mut s) = begin(m, start, w[0]);
    fifteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[0][I]))));
    scheduled(m, &mut s, w, &k[1..]);
    sum(m, iv, s)
}

/// The first block of two hashes, of which the right one is the same in all lanes.
#[inline(always)]
pub fn pair<M: Machine<L>, const L: usize>(
    m: M,
    start: &Start,
    left: [M::V; 8],
    right: &Sibling,
    k: &Table,
) -> [M::V; 8] {
    let (iv, mut s) = begin(m, start, left[0]);
    let w = pair_schedule(m, left, right);
    fifteen!(I => {
        let kw = if I < 8 {
            m.add(left[I % 8], m.splat(k[0][I]))
        } else {
            m.splat(right.kw[I % 8])
        };
        round::<M, L, I>(m, &mut s, kw);
    });
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[1][I]))));
    scheduled(m, &mut s, w, &k[2..]);
    sum(m, iv, s)
}

/// The rounds of a block from its second or third sixteen on, from the words of the sixteen before.
#[inline(always)]
fn scheduled<M: Machine<L>, const L: usize>(
    m: M,
    s: &mut [M::V; 8],
    mut w: [M::V; 16],
    k: &[[u32; 16]],
) {
    for k in k {
        sixteen!(I => {
            schedule::<M, L, I>(m, &mut w);
            round::<M, L, I>(m, s, m.add(w[I], m.splat(k[I])));
        });
    }
}

/// The state before the first block, and after its first round.
#[inline(always)]
fn begin<M: Machine<L>, const L: usize>(
    m: M,
    start: &Start,
    first: M::V,
) -> ([M::V; 8], [M::V; 8]) {
    let iv = start.iv.map(|word| m.splat(word));
    let mut s = iv;
    s[3] = m.add(first, m.splat(start.e));
    s[7] = m.add(first, m.splat(start.a));
    (iv, s)
}

/// One block of which the schedule is known: `K + W`.
#[inline(always)]
pub fn table<M: Machine<L>, const L: usize>(m: M, state: [M::V; 8], table: &Table) -> [M::V; 8] {
    let mut s = state;
    for kw in table {
        sixteen!(I => round::<M, L, I>(m, &mut s, m.splat(kw[I])));
    }
    sum(m, state, s)
}

/// The hash of a hash: half of its only block is known, and mostly zero.
#[inline(always)]
pub fn second<M: Machine<L>, const L: usize>(
    m: M,
    start: &Start,
    hash: [M::V; 8],
    k: &Table,
    end: &Ending,
) -> [M::V; 8] {
    let (iv, mut s) = begin(m, start, hash[0]);
    let w = hash_schedule(m, hash, end);
    fifteen!(I => {
        let kw = if I < 8 {
            m.add(hash[I % 8], m.splat(k[0][I]))
        } else {
            m.splat(end.kw[I])
        };
        round::<M, L, I>(m, &mut s, kw);
    });
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[1][I]))));
    scheduled(m, &mut s, w, &k[2..]);
    sum(m, iv, s)
}

/// The second block of a header: four words, the rest is known and mostly zero.
#[inline(always)]
pub fn header_end<M: Machine<L>, const L: usize>(
    m: M,
    state: [M::V; 8],
    words: [M::V; 4],
    k: &Table,
    end: &Ending,
) -> [M::V; 8] {
    let mut s = state;
    let w = header_schedule(m, words, end);
    sixteen!(I => {
        let kw = if I < 4 {
            m.add(words[I % 4], m.splat(k[0][I]))
        } else {
            m.splat(end.kw[I])
        };
        round::<M, L, I>(m, &mut s, kw);
    });
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[1][I]))));
    scheduled(m, &mut s, w, &k[2..]);
    sum(m, state, s)
}

/// The schedule's word sixteen places on, in place of word `I`.
#[inline(always)]
fn schedule<M: Machine<L>, const L: usize, const I: usize>(m: M, w: &mut [M::V; 16]) {
    let far = m.add(w[I], small0(m, w[(I + 1) % 16]));
    let near = m.add(w[(I + 9) % 16], small1(m, w[(I + 14) % 16]));
    w[I] = m.add(far, near);
}

/// Round `I`; the eight variables stay where they are, their names move by one.
#[inline(always)]
fn round<M: Machine<L>, const L: usize, const I: usize>(m: M, s: &mut [M::V; 8], kw: M::V) {
    let [a, b, c, d] = [
        s[(16 - I) % 8],
        s[(17 - I) % 8],
        s[(18 - I) % 8],
        s[(19 - I) % 8],
    ];
    let [e, f, g, h] = [
        s[(20 - I) % 8],
        s[(21 - I) % 8],
        s[(22 - I) % 8],
        s[(23 - I) % 8],
    ];
    let sum1 = xor3(
        m,
        m.rotate::<6, 26>(e),
        m.rotate::<11, 21>(e),
        m.rotate::<25, 7>(e),
    );
    let t1 = m.add(m.add(m.add(h, kw), m.choose(e, f, g)), sum1);
    let sum0 = xor3(
        m,
        m.rotate::<2, 30>(a),
        m.rotate::<13, 19>(a),
        m.rotate::<22, 10>(a),
    );
    s[(19 - I) % 8] = m.add(d, t1);
    s[(23 - I) % 8] = m.add(t1, m.add(sum0, m.majority(a, b, c)));
}

#[inline(always)]
pub(crate) fn small0<M: Machine<L>, const L: usize>(m: M, x: M::V) -> M::V {
    xor3(
        m,
        m.rotate::<7, 25>(x),
        m.rotate::<18, 14>(x),
        m.shift::<3>(x),
    )
}

#[inline(always)]
pub(crate) fn small1<M: Machine<L>, const L: usize>(m: M, x: M::V) -> M::V {
    xor3(
        m,
        m.rotate::<17, 15>(x),
        m.rotate::<19, 13>(x),
        m.shift::<10>(x),
    )
}

#[inline(always)]
fn xor3<M: Machine<L>, const L: usize>(m: M, a: M::V, b: M::V, c: M::V) -> M::V {
    m.xor(m.xor(a, b), c)
}

#[inline(always)]
fn sum<M: Machine<L>, const L: usize>(m: M, a: [M::V; 8], b: [M::V; 8]) -> [M::V; 8] {
    let mut out = a;
    for (to, from) in out.iter_mut().zip(b) {
        *to = m.add(*to, from);
    }
    out
}
