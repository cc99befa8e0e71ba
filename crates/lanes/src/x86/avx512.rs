//! Sixteen lanes: AVX-512 rotates in one instruction and computes any function of three words in one.
#![expect(
    unsafe_code,
    reason = "vector instructions that not every processor has"
)]

use crate::constants::{K, Table};
use crate::known::{ENDING_32, ENDING_80, START, Sibling};
use crate::machine::Machine;
use crate::stages::{self, Constants, Stages, Words, stages};
use core::arch::x86_64::*;
use core::hint::black_box;

/// The proof that the processor has AVX-512F.
#[derive(Clone, Copy)]
pub struct Avx512(());

impl Avx512 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx512f").then_some(Self(()))
    }
}

/// The instruction named, whose only condition is AVX-512F.
macro_rules! avx512f {
    ($call:expr) => {
        // SAFETY: a value of `Avx512` is the proof of AVX-512F, and each caller of this has one.
        unsafe { $call }
    };
}

impl Machine<16> for Avx512 {
    type V = __m512i;

    #[inline(always)]
    fn splat(self, word: u32) -> __m512i {
        avx512f!(_mm512_set1_epi32(word.cast_signed()))
    }

    #[inline(always)]
    fn load(self, words: &[u32; 16]) -> __m512i {
        // SAFETY: the proof is here, and the reference is to 64 readable bytes; the load needs no alignment.
        unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, v: __m512i, words: &mut [u32; 16]) {
        // SAFETY: the proof is here, and the reference is to 64 writable bytes; the store needs no alignment.
        unsafe { _mm512_storeu_si512(words.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn add(self, a: __m512i, b: __m512i) -> __m512i {
        avx512f!(_mm512_add_epi32(a, b))
    }

    #[inline(always)]
    fn xor(self, a: __m512i, b: __m512i) -> __m512i {
        avx512f!(_mm512_xor_si512(a, b))
    }

    #[inline(always)]
    fn and(self, a: __m512i, b: __m512i) -> __m512i {
        avx512f!(_mm512_and_si512(a, b))
    }

    #[inline(always)]
    fn shift<const RIGHT: u32>(self, a: __m512i) -> __m512i {
        avx512f!(_mm512_srli_epi32::<RIGHT>(a))
    }

    #[inline(always)]
    fn rotate<const RIGHT: u32, const LEFT: u32>(self, a: __m512i) -> __m512i {
        // One instruction: the compiler knows it by these three.
        avx512f!(_mm512_or_si512(
            _mm512_srli_epi32::<RIGHT>(a),
            _mm512_slli_epi32::<LEFT>(a)
        ))
    }

    #[inline(always)]
    fn choose(self, which: __m512i, yes: __m512i, no: __m512i) -> __m512i {
        avx512f!(_mm512_ternarylogic_epi32::<0xca>(which, yes, no))
    }

    #[inline(always)]
    fn majority(self, a: __m512i, b: __m512i, c: __m512i) -> __m512i {
        avx512f!(_mm512_ternarylogic_epi32::<0xe8>(a, b, c))
    }
}

stages!(Avx512, 16, #[target_feature(enable = "avx512f")]);
