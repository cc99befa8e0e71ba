//! 32 bytes as 64 lower-case hex digits in JSON: for `#[serde(with = "hex")]`.

use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub(crate) fn serialize<S: Serializer>(bytes: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
    let digits = bytes.iter().map(|byte| format!("{byte:02x}"));
    to.serialize_str(&digits.collect::<String>())
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
    let text = String::deserialize(from)?;
    parse(&text).ok_or_else(|| D::Error::custom("not 64 lower-case hex digits"))
}

fn parse(text: &str) -> Option<[u8; 32]> {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    if text.len() != 64 || !text.bytes().all(is_digit) {
        return None;
    }
    let (high, low) = text.split_at(32);
    let half = |digits| u128::from_str_radix(digits, 16).ok();
    let halves = [half(high)?.to_be_bytes(), half(low)?.to_be_bytes()];
    halves.concat().try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_64_lower_case_digits() {
        let text = "00ff".to_owned() + &"0".repeat(58) + "a1";
        let bytes = parse(&text).unwrap();
        assert_eq!((bytes[0], bytes[1], bytes[31]), (0, 0xff, 0xa1));
        for bad in [
            &text[1..],
            &text.to_uppercase(),
            &("+".to_owned() + &text[1..]),
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
