//! Stratum's difficulty, restricted to powers of two.

use crate::Target;
use core::fmt;

/// `2^exponent`: the only difficulties that Assay assigns. A power of two has an exact target, an exact JSON number
/// and a steady distribution of hash / target between changes. Display and Stratum only; accounting sums `Work`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difficulty(i8);

impl Difficulty {
    /// The easiest: one expected share per 1.00002 hashes.
    pub const MIN: Self = Self(-32);
    /// The hardest: 2^64, far above any pool's.
    pub const MAX: Self = Self(64);

    /// `2^exponent`, from -32 to 64.
    #[must_use]
    pub const fn from_exponent(exponent: i8) -> Option<Self> {
        if exponent < Self::MIN.0 || exponent > Self::MAX.0 {
            return None;
        }
        Some(Self(exponent))
    }

    /// The exponent of two.
    #[must_use]
    pub const fn exponent(self) -> i8 {
        self.0
    }

    /// `0xFFFF * 2^208 / 2^exponent`, rounded down: difficulty 1 is 0x00000000FFFF0000… as every miner reads it.
    #[must_use]
    pub fn target(self) -> Target {
        let shift = 208i32.saturating_sub(i32::from(self.0));
        // 16 bits shifted by 144 to 240 always fit 256 bits and are never zero.
        Target::from_shifted(0xffff, shift).unwrap_or(Target::MAX)
    }

    /// The hardest difficulty whose target is not below `target`.
    #[must_use]
    pub fn at_most(target: &Target) -> Self {
        let mut found = Self::MIN;
        while found < Self::MAX {
            let next = Self(found.0.saturating_add(1));
            if next.target() < *target {
                break;
            }
            found = next;
        }
        found
    }

    /// The difficulty as Stratum's JSON number: exact for powers of two.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        // The exponent field of an IEEE 754 double: exact, and no floating-point arithmetic.
        let biased = 1023i64.saturating_add(i64::from(self.0));
        f64::from_bits(biased.unsigned_abs() << 52)
    }

    /// One step harder, at most `MAX`.
    #[must_use]
    pub fn harder(self) -> Self {
        Self(self.0.saturating_add(1)).min(Self::MAX)
    }

    /// One step easier, at least `MIN`.
    #[must_use]
    pub fn easier(self) -> Self {
        Self(self.0.saturating_sub(1)).max(Self::MIN)
    }
}

impl fmt::Display for Difficulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Work;

    #[test]
    fn difficulty_one_is_the_miners() {
        let one = Difficulty::from_exponent(0).unwrap();
        let text = "00000000ffff0000000000000000000000000000000000000000000000000000";
        assert_eq!(std::string::ToString::to_string(&one.target()), text);
        assert_eq!(one.target().work(), Work::new(4_295_032_833));
    }

    #[test]
    fn every_difficulty_has_its_own_target_and_is_found_again() {
        for exponent in -32..=64 {
            let d = Difficulty::from_exponent(exponent).unwrap();
            assert_eq!(Difficulty::at_most(&d.target()), d);
            assert_eq!(d.to_f64(), 2f64.powi(i32::from(exponent)));
        }
        assert_eq!(Difficulty::from_exponent(65), None);
        assert_eq!(Difficulty::from_exponent(-33), None);
    }
}
