//! Numbers as people type them, read exactly.

use units::Hashrate;

/// Digits after the point that are read.
const DECIMALS_MAX: usize = 18;

/// What a hashrate is typed in: its name in forms, for people, and how many H/s.
pub const HASHRATES: [(&str, &str, u128); 6] = [
    ("kh", "kH/s", 1_000),
    ("mh", "MH/s", 1_000_000),
    ("gh", "GH/s", 1_000_000_000),
    ("th", "TH/s", 1_000_000_000_000),
    ("ph", "PH/s", 1_000_000_000_000_000),
    ("eh", "EH/s", 1_000_000_000_000_000_000),
];

/// What a price is typed in: its name in forms, for people, and how many sat per PH/s·day.
pub const PRICES: [(&str, &str, u128); 3] = [
    ("ph", "sat per PH/s·day", 1),
    ("th", "sat per TH/s·day", 1_000),
    ("mh", "sat per MH/s·day", 1_000_000_000),
];

/// The usual unit of a hashrate in a market with this lot.
#[must_use]
pub const fn hashrate_unit(lot: Hashrate) -> &'static str {
    match lot.get() {
        0..1_000_000 => "kh",
        1_000_000..1_000_000_000 => "mh",
        _ => "th",
    }
}

/// The usual unit of a price in a market with this lot: as `display::PriceUnit` has it.
#[must_use]
pub const fn price_unit(lot: Hashrate) -> &'static str {
    match lot.get() {
        0..1_000_000_000 => "mh",
        _ => "ph",
    }
}

fn size(all: &[(&str, &str, u128)], unit: &str) -> Option<u128> {
    let mut all = all.iter();
    all.find(|(name, ..)| *name == unit).map(|(.., size)| *size)
}

pub(super) fn hashrate_size(unit: &str) -> Option<u128> {
    size(&HASHRATES, unit)
}

pub(super) fn price_size(unit: &str) -> Option<u128> {
    size(&PRICES, unit)
}

/// `text * scale`, where that is a whole number. Blanks may stand between digits; a comma may not, since it means a point to
/// some and thousands to others.
pub(super) fn scaled(text: &str, scale: u128) -> Option<u128> {
    let text = text.replace([' ', '\u{202f}', '\u{a0}'], "");
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(decimals) || decimals.len() > DECIMALS_MAX {
        return None;
    }
    let whole = whole.parse::<u128>().ok()?.checked_mul(scale)?;
    if decimals.is_empty() {
        return Some(whole);
    }
    let parts = decimals.parse::<u128>().ok()?.checked_mul(scale)?;
    let divisor = 10_u128.checked_pow(u32::try_from(decimals.len()).ok()?)?;
    if !parts.is_multiple_of(divisor) {
        return None;
    }
    whole.checked_add(parts / divisor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        for (text, scale, number) in [
            ("150", 1_000, Some(150_000)),
            ("1.5", 1_000, Some(1_500)),
            ("1.50", 1_000, Some(1_500)),
            ("0.0005", 1_000, None),
            ("1.0", 1, Some(1)),
            ("1 440 000", 1, Some(1_440_000)),
            ("1\u{202f}440", 1, Some(1_440)),
            ("1,5", 1_000, None),
            (".5", 1_000, None),
            ("5.", 1_000, Some(5_000)),
            ("-1", 1, None),
            ("+1", 1, None),
            ("1e3", 1, None),
            ("", 1, None),
            ("1.2.3", 1_000, None),
            ("0.1234567890123456789", u128::MAX, None),
        ] {
            assert_eq!(scaled(text, scale), number, "{text} x {scale}");
        }
        assert_eq!(scaled(&"9".repeat(39), 10), None);
    }
}
