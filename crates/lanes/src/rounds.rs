//! SHA-256's rounds over vectors: written once, compiled for each path with that path's instructions.
//!
//! Everything here is `inline(always)`: code takes the instructions of the function that it is inlined into, and only
//! the paths' own functions have any. Sixteen rounds are written out and looped over: measured in browsers, all 64
//! written out are slower. Constants come as references that the compiler cannot see through, so that they are broadcast
//! from memory: vector constants in wasm are slower.

use crate::constants::{PAD, Table, sigma0, sigma1};
use crate::machine::Machine;

/// The constants of a second hash, whose message is a hash: its padding and what the schedule makes of it.
pub struct Ending {
    /// `K` plus the second half of the block.
    kw: [u32; 8],
    /// The message's length in bits, which is the last word.
    bits: u32,
    sigma1_bits: u32,
    sigma0_bits: u32,
    pad: u32,
    sigma0_pad: u32,
}

/// [`Ending`] of a 32-byte message.
pub const ENDING_32: Ending = ending();

const fn ending() -> Ending {
    let mut kw = [0; 8];
    let mut i = 0;
    while i < 8 {
        kw[i] = crate::constants::K[0][8 + i];
        i += 1;
    }
    let bits = 256;
    kw[0] = kw[0].wrapping_add(PAD);
    kw[7] = kw[7].wrapping_add(bits);
    Ending {
        kw,
        bits,
        sigma1_bits: sigma1(bits),
        sigma0_bits: sigma0(bits),
        pad: PAD,
        sigma0_pad: sigma0(PAD),
    }
}

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

/// One block of message.
#[inline(always)]
pub fn block<M: Machine<L>, const L: usize>(
    m: M,
    state: [M::V; 8],
    mut w: [M::V; 16],
    k: &Table,
) -> [M::V; 8] {
    let mut s = state;
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[0][I]))));
    for k in &k[1..] {
        sixteen!(I => {
            schedule::<M, L, I>(m, &mut w);
            round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[I])));
        });
    }
    sum(m, state, s)
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
    iv: [M::V; 8],
    hash: [M::V; 8],
    k: &Table,
    end: &Ending,
) -> [M::V; 8] {
    let mut s = iv;
    let mut w = first_schedule(m, hash, end);
    sixteen!(I => {
        let kw = if I < 8 {
            m.add(hash[I % 8], m.splat(k[0][I]))
        } else {
            m.splat(end.kw[I % 8])
        };
        round::<M, L, I>(m, &mut s, kw);
    });
    sixteen!(I => round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[1][I]))));
    for k in &k[2..] {
        sixteen!(I => {
            schedule::<M, L, I>(m, &mut w);
            round::<M, L, I>(m, &mut s, m.add(w[I], m.splat(k[I])));
        });
    }
    sum(m, iv, s)
}

/// Words 16 to 31 of the schedule of a hash, without the terms that are zero.
#[inline(always)]
fn first_schedule<M: Machine<L>, const L: usize>(
    m: M,
    hash: [M::V; 8],
    end: &Ending,
) -> [M::V; 16] {
    let add = |a, b| m.add(a, b);
    let low = |a| small0(m, a);
    let high = |a| small1(m, a);
    let [h0, h1, h2, h3, h4, h5, h6, h7] = hash;
    let w0 = add(h0, low(h1));
    let w1 = add(add(h1, low(h2)), m.splat(end.sigma1_bits));
    let w2 = add(add(h2, low(h3)), high(w0));
    let w3 = add(add(h3, low(h4)), high(w1));
    let w4 = add(add(h4, low(h5)), high(w2));
    let w5 = add(add(h5, low(h6)), high(w3));
    let w6 = add(add(add(h6, low(h7)), high(w4)), m.splat(end.bits));
    let w7 = add(add(add(h7, m.splat(end.sigma0_pad)), high(w5)), w0);
    let w8 = add(add(m.splat(end.pad), high(w6)), w1);
    let w9 = add(high(w7), w2);
    let w10 = add(high(w8), w3);
    let w11 = add(high(w9), w4);
    let w12 = add(high(w10), w5);
    let w13 = add(high(w11), w6);
    let w14 = add(add(m.splat(end.sigma0_bits), high(w12)), w7);
    let w15 = add(add(add(m.splat(end.bits), low(w0)), high(w13)), w8);
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
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
fn small0<M: Machine<L>, const L: usize>(m: M, x: M::V) -> M::V {
    xor3(
        m,
        m.rotate::<7, 25>(x),
        m.rotate::<18, 14>(x),
        m.shift::<3>(x),
    )
}

#[inline(always)]
fn small1<M: Machine<L>, const L: usize>(m: M, x: M::V) -> M::V {
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
