//! The 256-bit target of a proof of work.

use crate::Work;
use core::fmt;

/// A hash meets a target when, both read as 256-bit integers, it is not above it. Never zero.
///
/// Ordered as integers: a smaller target is harder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Target([u8; 32]);

impl Target {
    /// The easiest target: every hash meets it.
    pub const MAX: Self = Self([0xff; 32]);

    /// Reads 32 big-endian bytes; `None` for zero, which no hash would meet.
    #[must_use]
    pub fn from_be_bytes(bytes: [u8; 32]) -> Option<Self> {
        (bytes != [0; 32]).then_some(Self(bytes))
    }

    /// The 32 bytes, most significant first.
    #[must_use]
    pub const fn to_be_bytes(self) -> [u8; 32] {
        self.0
    }

    /// True where this header hash meets the target. `hash` is as SHA-256d gives it, that is: little-endian.
    #[must_use]
    pub fn is_met_by_le_hash(&self, hash: &[u8; 32]) -> bool {
        hash.iter().rev().cmp(self.0.iter()).is_le()
    }

    /// Expected hashes for one hash that meets the target: `floor(2^256 / (target + 1))`; the most `u128` holds
    /// where that is less (no hash below 2^128 will ever be found by trying).
    #[must_use]
    pub fn work(&self) -> Work {
        // 2^256 / (t + 1) = (2^256 - (t + 1)) / (t + 1) + 1 = (!t) / (t + 1) + 1, all within 256 bits.
        let Some(divisor) = Wide::from_be(self.0).checked_add_one() else {
            return Work::new(1);
        };
        let quotient = Wide::from_be(self.0).not().div(divisor);
        let expected = quotient.low_u128().and_then(|q| q.checked_add(1));
        Work::new(expected.unwrap_or(u128::MAX))
    }

    /// The target with `shift` binary zeros appended (easier) or, where negative, cut off (harder).
    #[must_use]
    pub(crate) fn from_shifted(mantissa: u32, shift: i32) -> Option<Self> {
        let value = Wide([0, u128::from(mantissa)]);
        let shifted = if shift >= 0 {
            value.checked_shl(shift.unsigned_abs())?
        } else {
            Wide([0, u128::from(mantissa).checked_shr(shift.unsigned_abs())?])
        };
        Self::from_be_bytes(shifted.to_be())
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Target({self})")
    }
}

/// An unsigned 256-bit integer, high half first: just what `Target` needs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wide([u128; 2]);

impl Wide {
    fn from_be(bytes: [u8; 32]) -> Self {
        let (high, low) = bytes.split_at(16);
        let half = |part: &[u8]| {
            part.iter()
                .fold(0u128, |acc, b| (acc << 8) | u128::from(*b))
        };
        Self([half(high), half(low)])
    }

    fn to_be(self) -> [u8; 32] {
        let [high, low] = self.0;
        let mut out = [0; 32];
        let bytes = high.to_be_bytes().into_iter().chain(low.to_be_bytes());
        out.iter_mut().zip(bytes).for_each(|(to, from)| *to = from);
        out
    }

    fn not(self) -> Self {
        let [high, low] = self.0;
        Self([!high, !low])
    }

    fn checked_add_one(self) -> Option<Self> {
        let [high, low] = self.0;
        match low.checked_add(1) {
            Some(low) => Some(Self([high, low])),
            None => Some(Self([high.checked_add(1)?, 0])),
        }
    }

    fn low_u128(self) -> Option<u128> {
        let [high, low] = self.0;
        (high == 0).then_some(low)
    }

    /// The top bit, and the rest moved up by one.
    fn shl_one(self) -> (bool, Self) {
        let [high, low] = self.0;
        (
            high >> 127 == 1,
            Self([(high << 1) | (low >> 127), low << 1]),
        )
    }

    fn wrapping_sub(self, other: Self) -> Self {
        let ([a_high, a_low], [b_high, b_low]) = (self.0, other.0);
        let (low, borrow) = a_low.overflowing_sub(b_low);
        Self([
            a_high.wrapping_sub(b_high).wrapping_sub(u128::from(borrow)),
            low,
        ])
    }

    /// `None` where a one would be shifted out.
    fn checked_shl(self, bits: u32) -> Option<Self> {
        let mut value = self;
        for _ in 0..bits {
            let (carry, next) = value.shl_one();
            if carry {
                return None;
            }
            value = next;
        }
        Some(value)
    }

    /// Schoolbook long division, bit by bit: targets are divided once each, so clarity wins. Divisor not zero.
    fn div(self, divisor: Self) -> Self {
        let (mut rest, mut dividend, mut quotient) = (Self([0, 0]), self, Self([0, 0]));
        for _ in 0..256 {
            let (bit, next) = dividend.shl_one();
            dividend = next;
            let (overflow, Self([high, low])) = rest.shl_one();
            rest = Self([high, low | u128::from(bit)]);
            let fits = overflow || rest >= divisor;
            if fits {
                rest = rest.wrapping_sub(divisor);
            }
            let (_, Self([high, low])) = quotient.shl_one();
            quotient = Self([high, low | u128::from(fits)]);
        }
        quotient
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn work_at_the_edges() {
        assert_eq!(Target::MAX.work(), Work::new(1));
        let mut one = [0; 32];
        one[31] = 1;
        assert_eq!(Target::from_be_bytes(one).unwrap().work(), Work::MAX);
        let mut half = [0xff; 32];
        half[0] = 0x7f;
        assert_eq!(Target::from_be_bytes(half).unwrap().work(), Work::new(2));
        assert_eq!(Target::from_be_bytes([0; 32]), None);
    }

    #[test]
    fn comparison_reads_the_hash_as_little_endian() {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        let target = Target::from_be_bytes(bytes).unwrap();
        let mut hash = [0; 32];
        hash[31] = 1;
        assert!(target.is_met_by_le_hash(&hash));
        hash[0] = 1;
        assert!(!target.is_met_by_le_hash(&hash));
    }

    proptest! {
        #[test]
        fn work_is_the_floor(high in 1u128.., low: u128) {
            // w = floor(2^256 / (t+1)) means w*(t+1) <= 2^256 < (w+1)*(t+1); checked on the high halves, where
            // 2^128 / (high + 1) <= w <= 2^128 / high holds for every t with this high half.
            let mut bytes = [0; 32];
            bytes[..16].copy_from_slice(&high.to_be_bytes());
            bytes[16..].copy_from_slice(&low.to_be_bytes());
            let w = Target::from_be_bytes(bytes).unwrap().work().get();
            prop_assert!(w <= (u128::MAX / high).saturating_add(1));
            prop_assert!(w >= u128::MAX / high.saturating_add(1));
        }

        #[test]
        fn division_undoes_multiplication(q in 1u128..=u64::MAX as u128, d in 1u128..=u64::MAX as u128, r: u128) {
            let r = r % d;
            let product = q * d + r;
            prop_assert_eq!(Wide([0, product]).div(Wide([0, d])).0, [0, q]);
        }
    }
}
