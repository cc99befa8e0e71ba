//! A request's id: echoed as it came.

use std::fmt;

/// Ids up to so many bytes (a 64-bit number, or a short string) live in the value itself: a share then costs no
/// allocation for its id.
const INLINE: usize = 22;

/// A request's id, as the JSON it came as. It is echoed and otherwise means nothing: many miners send the same id with
/// every submit.
#[derive(Clone, PartialEq, Eq)]
pub struct Id(Json);

#[derive(Clone, PartialEq, Eq)]
enum Json {
    Short { length: u8, bytes: [u8; INLINE] },
    Long(Box<str>),
}

impl Id {
    /// The id of a request that had none.
    #[must_use]
    pub fn null() -> Self {
        Self::verbatim("null")
    }

    /// The id's JSON, byte for byte as it came.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Json::Short { length, bytes } => bytes.get(..usize::from(*length)).unwrap_or_default(),
            Json::Long(json) => json.as_bytes(),
        }
    }

    /// Strings, numbers and null are ids; `None` for other JSON.
    pub(super) fn from_json(json: &str) -> Option<Self> {
        let first = json.bytes().next()?;
        (first == b'"' || first == b'-' || first == b'n' || first.is_ascii_digit())
            .then(|| Self::verbatim(json))
    }

    /// `json` must be a JSON string, number or null.
    pub(crate) fn verbatim(json: &str) -> Self {
        let mut bytes = [0; INLINE];
        let short = u8::try_from(json.len())
            .ok()
            .zip(bytes.get_mut(..json.len()));
        let Some((length, place)) = short else {
            return Self(Json::Long(json.into()));
        };
        place.copy_from_slice(json.as_bytes());
        Self(Json::Short { length, bytes })
    }
}

impl fmt::Display for Id {
    /// Valid JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // It was cut from a str at its ends.
        f.write_str(str::from_utf8(self.as_bytes()).unwrap_or("null"))
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Id({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_ids_are_kept_verbatim() {
        for length in [1, 4, INLINE - 1, INLINE, INLINE + 1, 300, 9_000] {
            let json = format!("\"{}\"", "é".repeat(length));
            assert_eq!(Id::verbatim(&json).to_string(), json);
            let json = "7".repeat(length);
            let id = Id::verbatim(&json);
            assert_eq!(id.to_string(), json);
            assert_eq!(id, id.clone());
            assert_ne!(id, Id::null());
        }
        assert_eq!(size_of::<Id>(), 24, "as small as a String");
    }
}
