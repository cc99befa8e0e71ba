//! Exact intervals for the mean of a Poisson count.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "the operators of `Fixed` saturate"
)]

use super::{fixed::Fixed, gamma::gamma_quantile};

/// The exact (Garwood) interval for the mean of a Poisson count of which `n` were seen, in millionths of an event.
///
/// `confidence_ppm` is held within 1 to 999,999; half of the rest lies beyond each bound. Within 1e-4 of exact.
///
/// ```
/// let (low, high) = pow::statistics::poisson_interval(10, 950_000);
/// assert_eq!((low / 1_000, high / 1_000), (4_795, 18_390)); // 4.795 to 18.390 events
/// ```
#[must_use]
pub fn poisson_interval(n: u64, confidence_ppm: u32) -> (u128, u128) {
    gamma_interval(u128::from(n).saturating_mul(1_000_000), confidence_ppm)
}

/// [`poisson_interval`] for a count in millionths: the effective number of events that carry unequal weights.
#[must_use]
pub fn gamma_interval(n_millionths: u128, confidence_ppm: u32) -> (u128, u128) {
    let n = Fixed::from_millionths(n_millionths);
    let confidence = Fixed::from_ppm(confidence_ppm.clamp(1, 999_999));
    let tail = (Fixed::ONE - confidence).halved(1);
    let low = if n_millionths == 0 {
        0
    } else {
        gamma_quantile(n, tail).to_millionths().min(n_millionths)
    };
    let high = gamma_quantile(n + Fixed::ONE, Fixed::ONE - tail).to_millionths();
    (low, high.max(n_millionths))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From an independent computation with 30 digits: n, confidence, bounds in millionths.
    const KNOWN: [(u64, u32, u128, u128); 17] = [
        (0, 950_000, 0, 3_688_879),
        (1, 950_000, 25_318, 5_571_643),
        (3, 900_000, 817_691, 7_753_657),
        (4, 950_000, 1_089_865, 10_241_589),
        (10, 950_000, 4_795_389, 18_390_356),
        (10, 999_000, 2_699_033, 25_255_559),
        (25, 990_000, 13_995_374, 41_000_413),
        (30, 999_999, 10_345_378, 66_224_597),
        (60, 950_000, 45_786_321, 77_231_893),
        (64, 999_999, 32_183_422, 112_332_731),
        (100, 950_000, 81_363_991, 121_626_794),
        (1_000, 950_000, 938_973_018, 1_063_952_136),
        (10_000, 950_000, 9_804_952_467, 10_197_951_625),
        (10_000, 999_000, 9_674_219_633, 10_333_348_429),
        (1_000_000, 950_000, 998_040_983_340, 1_001_961_911_945),
        (
            1_000_000_000,
            950_000,
            999_938_021_443_928,
            1_000_061_981_450_409,
        ),
        (
            1_000_000_000,
            999_000,
            999_895_947_684_112,
            1_000_104_059_867_650,
        ),
    ];

    #[test]
    fn bounds_are_the_exact_ones() {
        for (n, confidence, low, high) in KNOWN {
            let found = poisson_interval(n, confidence);
            // Ten times closer than promised, but for the last digit shown.
            let near = |found: u128, exact: u128| found.abs_diff(exact) <= exact / 30_000 + 1;
            assert!(near(found.0, low) && near(found.1, high), "{n}: {found:?}");
        }
    }

    #[test]
    fn bounds_grow_with_the_count() {
        // Also across the border between the two ways of computing them.
        for confidence in [1, 500_000, 950_000, 999_999] {
            let all: Vec<_> = (0..200).map(|n| poisson_interval(n, confidence)).collect();
            assert!(
                all.is_sorted_by(|a, b| a.0 < b.0 && a.1 < b.1),
                "{confidence}"
            );
        }
    }

    #[test]
    fn no_input_breaks_it() {
        for n in [0, 1, u64::MAX] {
            for confidence in [0, 1, 1_000_000, u32::MAX] {
                let (low, high) = poisson_interval(n, confidence);
                assert!(low <= high);
            }
        }
        let (low, high) = gamma_interval(u128::MAX, 950_000);
        assert!(low <= high);
        assert!(gamma_interval(1, 950_000).0 <= 1);
    }
}
