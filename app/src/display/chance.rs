//! Probabilities and other fractions of the statistics.

use super::{NARROW_SPACE, fixed, grouped};

/// One percent, in parts per million.
const PERCENT: u128 = 10_000;
const MILLION: u128 = 1_000_000;

/// Parts per million, exact: `95 %`, `0.2996 %`.
pub fn ppm(ppm: u32) -> String {
    trimmed(ppm, 4)
}

/// A probability in parts per million: `45.1 %`, `0.045 %`, and `at most 0.0001 %` for the least that can be told.
pub fn p_value(ppm: u32) -> String {
    match ppm {
        0 | 1 => format!("at most {}", trimmed(1, 4)),
        2..10_000 => trimmed(ppm, 4),
        _ => trimmed(ppm, 1),
    }
}

fn trimmed(ppm: u32, decimals: u32) -> String {
    let text = fixed(ppm.into(), PERCENT, decimals);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{NARROW_SPACE}%")
}

/// A decimal number of millionths, with fewer decimals the larger it is: `312.5`, `0.004`.
pub fn millionths(decimal: &str) -> String {
    let Ok(number) = decimal.parse::<u128>() else {
        return decimal.into();
    };
    match number {
        0 => "0".into(),
        1..1_000 => fixed(number, MILLION, 6),
        1_000..10_000_000 => fixed(number, MILLION, 3),
        10_000_000..1_000_000_000 => fixed(number, MILLION, 1),
        _ => grouped(number.saturating_add(MILLION / 2) / MILLION),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: String) -> String {
        text.replace(NARROW_SPACE, " ")
    }

    #[test]
    fn parts_per_million_are_exact() {
        for (number, text) in [
            (0, "0 %"),
            (1, "0.0001 %"),
            (2_996, "0.2996 %"),
            (25_000, "2.5 %"),
            (950_000, "95 %"),
            (999_999, "99.9999 %"),
            (1_000_000, "100 %"),
        ] {
            assert_eq!(plain(ppm(number)), text, "{number}");
        }
    }

    #[test]
    fn p_values_have_as_many_digits_as_matter() {
        for (number, text) in [
            (0, "at most 0.0001 %"),
            (1, "at most 0.0001 %"),
            (450, "0.045 %"),
            (45_123, "4.5 %"),
            (451_234, "45.1 %"),
            (1_000_000, "100 %"),
        ] {
            assert_eq!(plain(p_value(number)), text, "{number}");
        }
    }

    #[test]
    fn millionths_are_rounded_by_their_size() {
        for (number, text) in [
            ("0", "0"),
            ("12", "0.000012"),
            ("4200", "0.004"),
            ("997000", "0.997"),
            ("31000000", "31.0"),
            ("312500000", "312.5"),
            ("10000400000", "10 000"),
            ("none", "none"),
        ] {
            assert_eq!(plain(millionths(number)), text, "{number}");
        }
        assert!(millionths(&u128::MAX.to_string()).starts_with("340"));
    }
}
