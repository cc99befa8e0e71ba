//! Hexadecimal: either case in, lower case out, never a prefix.

use std::fmt::Write;

/// The bytes in lower-case hex.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(
        String::with_capacity(bytes.len().saturating_mul(2)),
        |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        },
    )
}

/// The bytes of an even number of hex digits; `None` for anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs
        .iter()
        .map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?))
        .collect()
}

/// Exactly `N` bytes.
#[must_use]
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() != N.saturating_mul(2) {
        return None;
    }
    decode(text)?.try_into().ok()
}

/// A number of exactly eight hex digits, most significant first.
#[must_use]
pub fn decode_u32(text: &str) -> Option<u32> {
    decode_array(text).map(u32::from_be_bytes)
}

/// A number of one to eight hex digits: some machines and pools leave out leading zeros of masks and the like.
#[must_use]
pub fn decode_short_u32(text: &str) -> Option<u32> {
    let digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    (digits && text.len() <= 8)
        .then(|| u32::from_str_radix(text, 16).ok())
        .flatten()
}

fn digit(ascii: u8) -> Option<u8> {
    char::from(ascii)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&bytes)), Some(bytes));
        assert_eq!(decode("aAfF"), Some(vec![0xaa, 0xff]));
        assert_eq!(decode_u32("1FFFe000"), Some(0x1fff_e000));
    }

    #[test]
    fn odd_hex_is_refused() {
        for bad in ["a", "0x", "+1", "g0", "é", "a\u{0}", " 1"] {
            assert_eq!(decode(bad), None, "{bad:?}");
        }
        for bad in ["", "1fffe00", "01fffe000", "1fffe00g", "éééé"] {
            assert_eq!(decode_u32(bad), None, "{bad:?}");
        }
        for bad in ["", "+1", "123456789", "-1", "g"] {
            assert_eq!(decode_short_u32(bad), None, "{bad:?}");
        }
        assert_eq!(decode_short_u32("e000"), Some(0xe000));
    }
}
