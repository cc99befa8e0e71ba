//! The one error of everything here that is parsed from text.

use core::fmt;

/// Why a text is not the quantity it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParseError {
    /// Empty, a sign, a separator or any other character that is not an ASCII digit.
    NotDecimal,
    /// More than the type holds.
    OutOfRange,
    /// An id or name with a wrong length or character.
    BadName,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotDecimal => "not a whole decimal number",
            Self::OutOfRange => "out of range",
            Self::BadName => "not a valid name",
        })
    }
}

#[cfg(feature = "std")]
impl std::error::Error for ParseError {}

/// Plain decimal digits only: no sign, no spaces, no separators.
pub(crate) fn decimal(text: &str) -> Result<u128, ParseError> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ParseError::NotDecimal);
    }
    text.parse().map_err(|_| ParseError::OutOfRange)
}

/// A serde visitor for anything that `FromStr` parses.
#[cfg(feature = "serde")]
pub(crate) struct Text<T>(pub core::marker::PhantomData<T>);

#[cfg(feature = "serde")]
impl<T> serde::de::Visitor<'_> for Text<T>
where
    T: core::str::FromStr<Err = ParseError>,
{
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }
}
