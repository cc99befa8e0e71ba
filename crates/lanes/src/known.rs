//! What is known of a block beforehand, and words 16 to 31 of its schedule without what is zero or was computed then.

use crate::constants::{IV, K, PAD, sigma0, sigma1};
use crate::machine::Machine;
use crate::rounds::{small0, small1};

/// A block that ends a message of few words: the constants of its padding, and what the schedule makes of it.
pub struct Ending {
    /// `K` plus the words from the padding on, in their places.
    pub kw: [u32; 16],
    pub pad: u32,
    pub sigma0_pad: u32,
    /// The message's length in bits, which is the last word.
    pub bits: u32,
    pub sigma0_bits: u32,
    pub sigma1_bits: u32,
}

impl Ending {
    /// Of a block with so many words of message.
    const fn new(words: usize, bits: u32) -> Self {
        let mut kw = K[0];
        kw[words] = kw[words].wrapping_add(PAD);
        kw[15] = kw[15].wrapping_add(bits);
        Self {
            kw,
            pad: PAD,
            sigma0_pad: sigma0(PAD),
            bits,
            sigma0_bits: sigma0(bits),
            sigma1_bits: sigma1(bits),
        }
    }
}

/// [`Ending`] of a hash.
pub const ENDING_32: Ending = Ending::new(8, 256);

/// [`Ending`] of a header: its second block.
pub const ENDING_80: Ending = Ending::new(4, 640);

/// The state before the first block, and the two words that its first round makes, but for the message's first word.
pub struct Start {
    pub iv: [u32; 8],
    pub a: u32,
    pub e: u32,
}

/// [`Start`] of every message.
pub const START: Start = start();

const fn start() -> Start {
    let [a, b, c, d, e, f, g, h] = IV;
    let sum1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
    let t1 = h.wrapping_add(sum1).wrapping_add((e & f) ^ (!e & g));
    let t1 = t1.wrapping_add(K[0][0]);
    let sum0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
    let t2 = sum0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
    Start {
        iv: IV,
        a: t1.wrapping_add(t2),
        e: d.wrapping_add(t1),
    }
}

/// The right half of a block of two hashes, and what the schedule makes of it alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sibling {
    /// The hash: words 8 to 15 of the block.
    pub words: [u32; 8],
    /// `K` plus those.
    pub kw: [u32; 8],
    /// What it adds to words 16 to 22: its words 9 to 15, and their sigmas where those are of its words too.
    pub near: [u32; 7],
    /// What it adds to words 23 to 31: the word 16 before and the sigma of the word 15 before.
    pub far: [u32; 9],
}

impl Sibling {
    /// Of a hash.
    pub const fn new(words: [u32; 8]) -> Self {
        let [w8, w9, w10, w11, w12, w13, w14, w15] = words;
        let mut kw = words;
        let mut far = [sigma0(w8), 0, 0, 0, 0, 0, 0, 0, w15];
        let mut i = 0;
        while i < 8 {
            kw[i] = kw[i].wrapping_add(K[0][8 + i]);
            if i < 7 {
                far[1 + i] = words[i].wrapping_add(sigma0(words[i + 1]));
            }
            i += 1;
        }
        let near = [
            w9.wrapping_add(sigma1(w14)),
            w10.wrapping_add(sigma1(w15)),
            w11,
            w12,
            w13,
            w14,
            w15,
        ];
        Self {
            words,
            kw,
            near,
            far,
        }
    }
}

/// Of a hash that is hashed.
#[inline(always)]
pub fn hash_schedule<M: Machine<L>, const L: usize>(
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

/// Of a header's second block.
#[inline(always)]
pub fn header_schedule<M: Machine<L>, const L: usize>(
    m: M,
    words: [M::V; 4],
    end: &Ending,
) -> [M::V; 16] {
    let add = |a, b| m.add(a, b);
    let low = |a| small0(m, a);
    let high = |a| small1(m, a);
    let [h0, h1, h2, h3] = words;
    let w0 = add(h0, low(h1));
    let w1 = add(add(h1, low(h2)), m.splat(end.sigma1_bits));
    let w2 = add(add(h2, low(h3)), high(w0));
    let w3 = add(add(h3, m.splat(end.sigma0_pad)), high(w1));
    let w4 = add(m.splat(end.pad), high(w2));
    let w5 = high(w3);
    let w6 = add(m.splat(end.bits), high(w4));
    let w7 = add(w0, high(w5));
    let w8 = add(w1, high(w6));
    let w9 = add(w2, high(w7));
    let w10 = add(w3, high(w8));
    let w11 = add(w4, high(w9));
    let w12 = add(w5, high(w10));
    let w13 = add(w6, high(w11));
    let w14 = add(add(m.splat(end.sigma0_bits), high(w12)), w7);
    let w15 = add(add(add(m.splat(end.bits), low(w0)), high(w13)), w8);
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
}

/// Of two hashes, of which the right one is the same in all lanes.
#[inline(always)]
pub fn pair_schedule<M: Machine<L>, const L: usize>(
    m: M,
    left: [M::V; 8],
    right: &Sibling,
) -> [M::V; 16] {
    let add = |a, b| m.add(a, b);
    let low = |a| small0(m, a);
    let high = |a| small1(m, a);
    let near = |i: usize| m.splat(right.near[i]);
    let far = |i: usize| m.splat(right.far[i]);
    let [h0, h1, h2, h3, h4, h5, h6, h7] = left;
    let w0 = add(add(h0, low(h1)), near(0));
    let w1 = add(add(h1, low(h2)), near(1));
    let w2 = add(add(add(h2, low(h3)), near(2)), high(w0));
    let w3 = add(add(add(h3, low(h4)), near(3)), high(w1));
    let w4 = add(add(add(h4, low(h5)), near(4)), high(w2));
    let w5 = add(add(add(h5, low(h6)), near(5)), high(w3));
    let w6 = add(add(add(h6, low(h7)), near(6)), high(w4));
    let w7 = add(add(add(h7, far(0)), w0), high(w5));
    let w8 = add(add(far(1), w1), high(w6));
    let w9 = add(add(far(2), w2), high(w7));
    let w10 = add(add(far(3), w3), high(w8));
    let w11 = add(add(far(4), w4), high(w9));
    let w12 = add(add(far(5), w5), high(w10));
    let w13 = add(add(far(6), w6), high(w11));
    let w14 = add(add(far(7), w7), high(w12));
    let w15 = add(add(add(far(8), low(w0)), w8), high(w13));
    [
        w0, w1, w2, w3, w4, w5, w6, w7, w8, w9, w10, w11, w12, w13, w14, w15,
    ]
}
