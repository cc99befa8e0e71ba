//! Hexadecimal: either case in, lower case out, never a prefix.

static DIGITS: [u8; 16] = *b"0123456789abcdef";

/// What each byte is worth as a hex digit; 0xff where it is none.
static VALUES: [u8; 256] = {
    let mut values = [0xff; 256];
    let mut value = 0;
    #[expect(clippy::indexing_slicing, reason = "computed when this is compiled")]
    while value < 16 {
        let digit = b"0123456789abcdef"[value as usize];
        values[digit as usize] = value;
        values[digit.to_ascii_uppercase() as usize] = value;
        value += 1;
    }
    values
};

/// The bytes in lower-case hex.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().saturating_mul(2));
    for byte in bytes {
        text.extend(pair(*byte).map(char::from));
    }
    text
}

/// Appends the bytes in lower-case hex.
pub fn encode_into(bytes: &[u8], out: &mut Vec<u8>) {
    out.reserve(bytes.len().saturating_mul(2));
    for byte in bytes {
        out.extend_from_slice(&pair(*byte));
    }
}

/// The bytes of an even number of hex digits; `None` for anything else.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    pairs.iter().map(byte).collect()
}

/// Exactly `N` bytes.
#[must_use]
pub fn decode_array<const N: usize>(text: &str) -> Option<[u8; N]> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != N {
        return None;
    }
    let mut bytes = [0; N];
    for (to, pair) in bytes.iter_mut().zip(pairs) {
        *to = byte(pair)?;
    }
    Some(bytes)
}

/// Eight hex digits. Without a branch for each: shares are made of these.
pub(crate) fn decode_eight(digits: &[u8; 8]) -> Option<[u8; 4]> {
    let values = digits.map(value);
    let worst = values.iter().fold(0, |all, value| all | value);
    let [a, b, c, d, e, f, g, h] = values;
    (worst < 16).then_some([a << 4 | b, c << 4 | d, e << 4 | f, g << 4 | h])
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

fn byte(&[high, low]: &[u8; 2]) -> Option<u8> {
    let (high, low) = (value(high), value(low));
    // 0xff has bits above a digit's four.
    ((high | low) < 16).then_some(high << 4 | low)
}

fn value(ascii: u8) -> u8 {
    VALUES.get(usize::from(ascii)).copied().unwrap_or(0xff)
}

fn pair(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|value| DIGITS.get(usize::from(value)).copied().unwrap_or(b'0'))
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
        assert_eq!(decode_eight(b"1FFFe000"), Some([0x1f, 0xff, 0xe0, 0]));
        assert_eq!(decode_eight(b"1fffe00g"), None);
        let mut line = b"0x".to_vec();
        encode_into(&[0, 0x9a, 0xff], &mut line);
        assert_eq!(line, b"0x009aff");
    }

    #[test]
    fn a_byte_is_a_digit_where_rust_says_so() {
        for byte in 0..=u8::MAX {
            let expected = char::from(byte).to_digit(16);
            assert_eq!(
                (value(byte) != 0xff).then(|| u32::from(value(byte))),
                expected
            );
        }
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
