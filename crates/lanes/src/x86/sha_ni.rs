//! The processor's own SHA-256 instructions: several messages side by side, since each instruction waits for the one
//! before. A level of the merkle branch stays in registers, in the instructions' own order of words.
#![expect(unsafe_code, reason = "instructions that not every processor has")]

use crate::constants::{IV, K, PAD, PAD_64, Table};
use crate::each::Compress;
use core::arch::x86_64::*;

/// The proof that the processor has SHA-NI and SSE4.1.
#[derive(Clone, Copy)]
pub struct ShaNi(());

impl ShaNi {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        let sha = std::arch::is_x86_feature_detected!("sha");
        (sha && std::arch::is_x86_feature_detected!("sse4.1")).then_some(Self(()))
    }
}

impl<const N: usize> Compress<N> for ShaNi {
    fn block(self, states: &mut [[u32; 8]; N], blocks: &[[u32; 16]; N]) {
        // SAFETY: the value is the proof that the processor has the instructions.
        unsafe { block(states, blocks) }
    }

    fn table(self, states: &mut [[u32; 8]; N], tables: [&Table; N]) {
        // SAFETY: as above.
        unsafe { table(states, tables) }
    }

    fn second(self, states: &mut [[u32; 8]; N]) {
        // SAFETY: as above.
        unsafe { second(states) }
    }

    fn level(self, states: &mut [[u32; 8]; N], rights: [&[u32; 8]; N]) {
        // SAFETY: as above.
        unsafe { level(states, rights) }
    }
}

/// Writes its body out for each of the sixteen quads of rounds.
macro_rules! quads {
    ($i:ident => $body:expr) => {
        quads!($i => $body; 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15)
    };
    ($i:ident => $body:expr; $($n:literal)*) => {
        $({
            const $i: usize = $n;
            $body;
        })*
    };
}

#[target_feature(enable = "sha,sse4.1")]
fn block<const N: usize>(states: &mut [[u32; 8]; N], blocks: &[[u32; 16]; N]) {
    let before = states.map(|state| packed(&state));
    let mut s = before;
    let mut w = blocks.map(|block| {
        let [a, b, c, d] = quarters(&block);
        [load(a), load(b), load(c), load(d)]
    });
    message(&mut s, &mut w);
    sum(&mut s, &before);
    unpack(states, &s);
}

#[target_feature(enable = "sha,sse4.1")]
fn table<const N: usize>(states: &mut [[u32; 8]; N], tables: [&Table; N]) {
    let before = states.map(|state| packed(&state));
    let mut s = before;
    known(&mut s, tables);
    sum(&mut s, &before);
    unpack(states, &s);
}

#[target_feature(enable = "sha,sse4.1")]
fn second<const N: usize>(states: &mut [[u32; 8]; N]) {
    let w = states.map(|state| {
        let [abcd, efgh] = halves(&state);
        [load(abcd), load(efgh)]
    });
    let s = hash_of_hash(&w);
    unpack(states, &s);
}

#[target_feature(enable = "sha,sse4.1")]
fn level<const N: usize>(states: &mut [[u32; 8]; N], rights: [&[u32; 8]; N]) {
    let iv = [packed(&IV); N];
    let mut lefts = states.iter();
    let mut w = rights.map(|right| {
        let [a, b] = halves(lefts.next().unwrap_or(&[0; 8]));
        let [c, d] = halves(right);
        [load(a), load(b), load(c), load(d)]
    });
    let mut s = iv;
    message(&mut s, &mut w);
    sum(&mut s, &iv);
    let before = s;
    known(&mut s, [&PAD_64; N]);
    sum(&mut s, &before);
    let s = hash_of_hash(&s.map(|s| in_order(s)));
    unpack(states, &s);
}

/// The hashes of hashes.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn hash_of_hash<const N: usize>(hashes: &[[__m128i; 2]; N]) -> [Packed; N] {
    let iv = [packed(&IV); N];
    let mut s = iv;
    let mut w =
        hashes.map(|[abcd, efgh]| [abcd, efgh, load(&[PAD, 0, 0, 0]), load(&[0, 0, 0, 256])]);
    message(&mut s, &mut w);
    sum(&mut s, &iv);
    s
}

/// The rounds of a block of message.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn message<const N: usize>(s: &mut [Packed; N], w: &mut [[__m128i; 4]; N]) {
    quads!(Q => {
        let k = load(quarter(&K, Q));
        for (s, w) in s.iter_mut().zip(&mut *w) {
            rounds(s, _mm_add_epi32(w[Q % 4], k));
            if matches!(Q, 3..15) {
                let near = _mm_alignr_epi8::<4>(w[Q % 4], w[(Q + 3) % 4]);
                let far = _mm_sha256msg1_epu32(w[(Q + 1) % 4], w[(Q + 2) % 4]);
                w[(Q + 1) % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(far, near), w[Q % 4]);
            }
        }
    });
}

/// The rounds of a block of which the schedule is known.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn known<const N: usize>(s: &mut [Packed; N], tables: [&Table; N]) {
    quads!(Q => {
        for (s, table) in s.iter_mut().zip(tables) {
            rounds(s, load(quarter(table, Q)));
        }
    });
}

/// Words `a b e f` and `c d g h` of a state, as the instructions want them.
type Packed = (__m128i, __m128i);

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn rounds((abef, cdgh): &mut Packed, kw: __m128i) {
    *cdgh = _mm_sha256rnds2_epu32(*cdgh, *abef, kw);
    let high = _mm_shuffle_epi32::<0x0e>(kw);
    *abef = _mm_sha256rnds2_epu32(*abef, *cdgh, high);
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn packed(state: &[u32; 8]) -> Packed {
    let [abcd, efgh] = halves(state);
    let badc = _mm_shuffle_epi32::<0xb1>(load(abcd));
    let hgfe = _mm_shuffle_epi32::<0x1b>(load(efgh));
    (
        _mm_alignr_epi8::<8>(badc, hgfe),
        _mm_blend_epi16::<0xf0>(hgfe, badc),
    )
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn sum<const N: usize>(s: &mut [Packed; N], before: &[Packed; N]) {
    for (s, before) in s.iter_mut().zip(before) {
        *s = (_mm_add_epi32(before.0, s.0), _mm_add_epi32(before.1, s.1));
    }
}

/// A state's two halves as a message has them.
#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn in_order(s: Packed) -> [__m128i; 2] {
    let abef = _mm_shuffle_epi32::<0x1b>(s.0);
    let cdgh = _mm_shuffle_epi32::<0xb1>(s.1);
    [
        _mm_blend_epi16::<0xf0>(abef, cdgh),
        _mm_alignr_epi8::<8>(cdgh, abef),
    ]
}

#[inline]
#[target_feature(enable = "sha,sse4.1")]
fn unpack<const N: usize>(states: &mut [[u32; 8]; N], s: &[Packed; N]) {
    for (state, s) in states.iter_mut().zip(s) {
        let [abcd, efgh] = in_order(*s);
        *state = concat(store(abcd), store(efgh));
    }
}

fn halves(state: &[u32; 8]) -> [&[u32; 4]; 2] {
    let (halves, _) = state.as_chunks::<4>();
    [&halves[0], &halves[1]]
}

fn concat([a, b, c, d]: [u32; 4], [e, f, g, h]: [u32; 4]) -> [u32; 8] {
    [a, b, c, d, e, f, g, h]
}

fn quarters(block: &[u32; 16]) -> [&[u32; 4]; 4] {
    let (quarters, _) = block.as_chunks::<4>();
    [&quarters[0], &quarters[1], &quarters[2], &quarters[3]]
}

/// The words of quad `quad` of rounds.
fn quarter(table: &Table, quad: usize) -> &[u32; 4] {
    &table.as_flattened().as_chunks::<4>().0[quad]
}

#[inline]
#[target_feature(enable = "sse2")]
fn load(words: &[u32; 4]) -> __m128i {
    // SAFETY: the reference is to 16 readable bytes, and the load needs no alignment.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "sse2")]
fn store(v: __m128i) -> [u32; 4] {
    let mut words = [0; 4];
    // SAFETY: the reference is to 16 writable bytes, and the store needs no alignment.
    unsafe { _mm_storeu_si128(words.as_mut_ptr().cast(), v) };
    words
}
