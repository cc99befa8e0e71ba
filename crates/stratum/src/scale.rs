//! A pool's difficulty, a JSON number of any kind, as an exact target.

use units::Target;

/// `floor(0xFFFF * 2^208 / difficulty)`, at most [`Target::MAX`], from the exact value of the double nearest to the
/// number's text: what the pool itself computes with, and never harder than it by a rounding.
///
/// `None` where the number is not positive, or so large that the target would be zero.
#[must_use]
pub fn target_of_difficulty(json_number: &str) -> Option<Target> {
    // Rust also reads "inf", "nan" and "+1", which are no JSON numbers.
    if !json_number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let difficulty: f64 = json_number.parse().ok()?;
    if !difficulty.is_finite() || difficulty <= 0.0 {
        return None;
    }
    let bits = difficulty.to_bits();
    let (field, fraction) = (bits >> 52, bits & ((1 << 52) - 1));
    // difficulty = mantissa * 2^exponent
    let (mantissa, exponent) = match i64::try_from(field).ok()? {
        0 => (fraction, -1074),
        biased => (fraction | 1 << 52, biased.saturating_sub(1075)),
    };
    // An exponent above 208 means a difficulty above 2^260: no target is left.
    let shift = u32::try_from(208i64.checked_sub(exponent)?).ok()?;
    quotient(0xffff, shift, mantissa)
}

/// `floor(numerator * 2^shift / divisor)`, at most 2^256 - 1: long division, one binary digit at a time.
fn quotient(numerator: u32, shift: u32, divisor: u64) -> Option<Target> {
    let divisor = u128::from(divisor);
    let mut rest = 0u128;
    let (mut high, mut low) = (0u128, 0u128);
    let digits = (0..32).rev().map(|place| numerator >> place & 1);
    for digit in digits.chain((0..shift).map(|_| 0)) {
        if high >> 127 == 1 {
            return Some(Target::MAX);
        }
        // rest < divisor < 2^53, so its double fits.
        rest = rest << 1 | u128::from(digit);
        let one = rest.checked_sub(divisor).is_some_and(|less| {
            rest = less;
            true
        });
        high = high << 1 | low >> 127;
        low = low << 1 | u128::from(one);
    }
    let mut bytes = [0; 32];
    let source = high.to_be_bytes().into_iter().chain(low.to_be_bytes());
    bytes
        .iter_mut()
        .zip(source)
        .for_each(|(to, from)| *to = from);
    Target::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use units::{Difficulty, Work};

    #[test]
    fn known_numbers() {
        for (text, target) in [
            (
                "1",
                "00000000ffff0000000000000000000000000000000000000000000000000000",
            ),
            (
                "1.0",
                "00000000ffff0000000000000000000000000000000000000000000000000000",
            ),
            (
                "0.5",
                "00000001fffe0000000000000000000000000000000000000000000000000000",
            ),
            // floor(0xFFFF * 2^208 / 3)
            (
                "3",
                "0000000055550000000000000000000000000000000000000000000000000000",
            ),
            (
                "7",
                "000000002492249249249249249249249249249249249249249249249249249",
            ),
            (
                "1e-300",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            ),
            (
                "5e-324",
                "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            ),
        ] {
            let found = target_of_difficulty(text).unwrap().to_string();
            assert!(found.starts_with(target), "{text}: {found}");
        }
    }

    #[test]
    fn numbers_that_are_no_difficulty() {
        for bad in [
            "0", "-1", "0.0", "1e300", "1e999", "inf", "nan", "\"1\"", "", "null", "+1", "1_0",
        ] {
            assert_eq!(target_of_difficulty(bad), None, "{bad}");
        }
    }

    #[test]
    fn powers_of_two_agree_with_units() {
        for exponent in -32..=64 {
            let difficulty = Difficulty::from_exponent(exponent).unwrap();
            let found = target_of_difficulty(&difficulty.to_string());
            assert_eq!(found, Some(difficulty.target()), "{exponent}");
        }
    }

    proptest! {
        #[test]
        fn work_is_the_difficulty_times_2_to_32(difficulty in 1u64..1 << 53) {
            // floor(2^256 / (floor(65535 * 2^208 / d) + 1)) lies within d of d * 2^48 / 65535.
            let work = target_of_difficulty(&difficulty.to_string()).unwrap().work();
            let expected = u128::from(difficulty) * (1 << 48) / 65_535;
            prop_assert!(work <= Work::new(expected + 1));
            prop_assert!(work >= Work::new(expected - 1));
        }

        #[test]
        fn never_panics(text: String, number: f64) {
            let _ = target_of_difficulty(&text);
            let _ = target_of_difficulty(&format!("{number:e}"));
        }
    }
}
