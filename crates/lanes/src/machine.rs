//! What a SIMD path must be able to do.

/// `L` words side by side, one per share. A value of the implementing type is the proof that the processor has the
/// instructions: it can be had from a check of the processor only. That is what makes its methods safe.
pub trait Machine<const L: usize>: Copy {
    /// A vector register.
    type V: Copy;

    /// One word in all lanes.
    fn splat(self, word: u32) -> Self::V;

    /// A word per lane.
    fn load(self, words: &[u32; L]) -> Self::V;

    /// The lanes' words.
    fn store(self, v: Self::V, words: &mut [u32; L]);

    /// Sum modulo 2^32.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;

    /// Exclusive or.
    fn xor(self, a: Self::V, b: Self::V) -> Self::V;

    /// And.
    fn and(self, a: Self::V, b: Self::V) -> Self::V;

    /// Shifted towards the low bits, zeros following.
    fn shift<const RIGHT: u32>(self, a: Self::V) -> Self::V;

    /// Rotated towards the low bits; `LEFT` is `32 - RIGHT`, which a const generic cannot compute.
    fn rotate<const RIGHT: u32, const LEFT: u32>(self, a: Self::V) -> Self::V;

    /// Bits of `yes` where `which` has a one, bits of `no` elsewhere.
    #[inline(always)]
    fn choose(self, which: Self::V, yes: Self::V, no: Self::V) -> Self::V {
        self.xor(no, self.and(which, self.xor(yes, no)))
    }

    /// The bits that two of three have. `a ^ b` of one round is `b ^ c` of the next: the compiler computes it once.
    #[inline(always)]
    fn majority(self, a: Self::V, b: Self::V, c: Self::V) -> Self::V {
        self.xor(b, self.and(self.xor(a, b), self.xor(b, c)))
    }
}
