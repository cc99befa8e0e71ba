//! Eight lanes: AVX2, of nearly every processor since 2013.
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

/// The proof that the processor has AVX2.
#[derive(Clone, Copy)]
pub struct Avx2(());

impl Avx2 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        std::arch::is_x86_feature_detected!("avx2").then_some(Self(()))
    }
}

/// The instruction named, whose only condition is AVX2.
macro_rules! avx2 {
    ($call:expr) => {
        // SAFETY: a value of `Avx2` is the proof of AVX2, and each caller of this has one.
        unsafe { $call }
    };
}

impl Machine<8> for Avx2 {
    type V = __m256i;

    #[inline(always)]
    fn splat(self, word: u32) -> __m256i {
        avx2!(_mm256_set1_epi32(word.cast_signed()))
    }

    #[inline(always)]
    fn load(self, words: &[u32; 8]) -> __m256i {
        // SAFETY: the proof is here, and the reference is to 32 readable bytes; the load needs no alignment.
        unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
    }

    #[inline(always)]
    fn store(self, v: __m256i, words: &mut [u32; 8]) {
        // SAFETY: the proof is here, and the reference is to 32 writable bytes; the store needs no alignment.
        unsafe { _mm256_storeu_si256(words.as_mut_ptr().cast(), v) }
    }

    #[inline(always)]
    fn add(self, a: __m256i, b: __m256i) -> __m256i {
        avx2!(_mm256_add_epi32(a, b))
    }

    #[inline(always)]
    fn xor(self, a: __m256i, b: __m256i) -> __m256i {
        avx2!(_mm256_xor_si256(a, b))
    }

    #[inline(always)]
    fn and(self, a: __m256i, b: __m256i) -> __m256i {
        avx2!(_mm256_and_si256(a, b))
    }

    #[inline(always)]
    fn shift<const RIGHT: u32>(self, a: __m256i) -> __m256i {
        avx2!(_mm256_srl_epi32(a, count(RIGHT)))
    }

    #[inline(always)]
    fn rotate<const RIGHT: u32, const LEFT: u32>(self, a: __m256i) -> __m256i {
        avx2!(_mm256_or_si256(
            _mm256_srl_epi32(a, count(RIGHT)),
            _mm256_sll_epi32(a, count(LEFT))
        ))
    }
}

/// A constant: the compiler turns the shift into the one that has it as an immediate.
#[inline(always)]
fn count(bits: u32) -> __m128i {
    avx2!(_mm_cvtsi32_si128(bits.cast_signed()))
}

stages!(Avx2, 8, #[target_feature(enable = "avx2")]);
