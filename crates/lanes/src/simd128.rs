//! Four lanes: WebAssembly's 128-bit vectors.
#![expect(unsafe_code, reason = "vectors are loaded and stored through pointers")]

use crate::constants::{K, Table};
use crate::known::{ENDING_32, ENDING_80, START, Sibling};
use crate::machine::Machine;
use crate::stages::{self, Constants, Stages, Words, stages};
use core::arch::wasm32::*;
use core::hint::black_box;

/// A module with these instructions is refused as a whole where they are missing: that it runs is the proof.
#[derive(Clone, Copy)]
pub struct Simd128;

impl Machine<4> for Simd128 {
    type V = v128;

    #[inline(always)]
    fn splat(self, word: u32) -> v128 {
        u32x4_splat(word)
    }

    #[inline(always)]
    fn load(self, words: &[u32; 4]) -> v128 {
        // SAFETY: the reference is to 16 readable bytes; the load needs no alignment.
        unsafe { v128_load(words.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, v: v128, words: &mut [u32; 4]) {
        // SAFETY: the reference is to 16 writable bytes; the store needs no alignment.
        unsafe { v128_store(words.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn add(self, a: v128, b: v128) -> v128 {
        u32x4_add(a, b)
    }

    #[inline(always)]
    fn xor(self, a: v128, b: v128) -> v128 {
        v128_xor(a, b)
    }

    #[inline(always)]
    fn and(self, a: v128, b: v128) -> v128 {
        v128_and(a, b)
    }

    #[inline(always)]
    fn shift<const RIGHT: u32>(self, a: v128) -> v128 {
        u32x4_shr(a, RIGHT)
    }

    #[inline(always)]
    fn rotate<const RIGHT: u32, const LEFT: u32>(self, a: v128) -> v128 {
        v128_or(u32x4_shr(a, RIGHT), u32x4_shl(a, LEFT))
    }
}

stages!(
    Simd128, 4, #[target_feature(enable = "simd128")],
    fn headers(self, headers: [&[u8; 80]; 4], start: &mut Words<4, 16>, end: &mut Words<4, 4>) {
        #[target_feature(enable = "simd128")]
        fn run(headers: [&[u8; 80]; 4], start: &mut Words<4, 16>, end: &mut Words<4, 4>) {
            let rows = headers.map(|header| header.as_chunks::<16>().0);
            let quads = start.0.as_chunks_mut::<4>().0.iter_mut().chain([&mut end.0]);
            for (part, words) in quads.enumerate() {
                // SAFETY: the references are to 16 readable bytes each; the load needs no alignment.
                let rows = rows.map(|rows| unsafe { v128_load(rows[part].as_ptr().cast()) });
                for (words, v) in words.iter_mut().zip(turned(rows)) {
                    Simd128.store(swapped(v), words);
                }
            }
        }
        run(headers, start, end);
    },
    fn hashes(self, state: &Words<4, 8>) -> [[u8; 32]; 4] {
        #[target_feature(enable = "simd128")]
        fn run(state: &Words<4, 8>) -> [[u8; 32]; 4] {
            let mut out = [[0; 32]; 4];
            for (half, words) in state.0.as_chunks::<4>().0.iter().enumerate() {
                let columns = turned(words.map(|words| Simd128.load(&words)));
                for (hash, v) in out.iter_mut().zip(columns) {
                    let bytes = &mut hash.as_chunks_mut::<16>().0[half];
                    // SAFETY: the reference is to 16 writable bytes; the store needs no alignment.
                    unsafe { v128_store(bytes.as_mut_ptr().cast(), swapped(v)) };
                }
            }
            out
        }
        run(state)
    }
);

/// Rows as columns.
#[inline]
#[target_feature(enable = "simd128")]
fn turned([a, b, c, d]: [v128; 4]) -> [v128; 4] {
    let ab_low = u32x4_shuffle::<0, 4, 1, 5>(a, b);
    let ab_high = u32x4_shuffle::<2, 6, 3, 7>(a, b);
    let cd_low = u32x4_shuffle::<0, 4, 1, 5>(c, d);
    let cd_high = u32x4_shuffle::<2, 6, 3, 7>(c, d);
    [
        u64x2_shuffle::<0, 2>(ab_low, cd_low),
        u64x2_shuffle::<1, 3>(ab_low, cd_low),
        u64x2_shuffle::<0, 2>(ab_high, cd_high),
        u64x2_shuffle::<1, 3>(ab_high, cd_high),
    ]
}

/// Words in the other byte order.
#[inline]
#[target_feature(enable = "simd128")]
fn swapped(v: v128) -> v128 {
    u8x16_shuffle::<3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12>(v, v)
}
