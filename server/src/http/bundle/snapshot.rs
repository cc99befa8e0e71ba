//! A log as it was when a download began.

use std::{fmt::Write, ops::Range};

/// The kinds of an end record, and of the ending that stands before it once the contract is over; see `docs/bundle.md`.
const ENDS: [u8; 2] = [8, 11];
/// Both together are shorter.
const END_MAX: usize = 96;

/// The log's bytes up to a mark, then the end record made at that moment, with the ending where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub records: u64,
    pub end: Vec<u8>,
}

impl Snapshot {
    pub(super) fn bytes(&self) -> u64 {
        self.records.saturating_add(self.end.len() as u64)
    }

    /// The mark and the end record, so that the server need not remember who is downloading what, and still knows after
    /// it was started again.
    pub(super) fn etag(&self) -> String {
        let mut tag = format!("\"{:x}-", self.records);
        for byte in &self.end {
            // Writing to a string does not fail.
            _ = write!(tag, "{byte:02x}");
        }
        tag.push('"');
        tag
    }

    /// A tag that is none of ours is a bundle that is not known. One that was made up harms nobody but the client that
    /// sent it: its end record is not what the records before it add up to.
    pub(super) fn from_etag(tag: &str) -> Option<Self> {
        let tag = tag.strip_prefix('"')?.strip_suffix('"')?;
        let (records, end) = tag.split_once('-')?;
        let records = u64::from_str_radix(records, 16).ok()?;
        let even = end.len().is_multiple_of(2) && end.len() <= END_MAX.saturating_mul(2);
        let digits = end.as_bytes().chunks(2).filter(|_| even);
        let end: Option<Vec<u8>> = digits
            .map(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok())
            .collect();
        let end = end.filter(|end| end.first().is_some_and(|kind| ENDS.contains(kind)))?;
        Some(Self { records, end })
    }

    /// The part of the end that lies within these bytes of the bundle.
    pub(super) fn end_within(&self, bytes: &Range<u64>) -> Vec<u8> {
        let place = |at: u64| {
            let at = usize::try_from(at.saturating_sub(self.records));
            at.unwrap_or(self.end.len()).min(self.end.len())
        };
        let within = self.end.get(place(bytes.start)..place(bytes.end));
        within.unwrap_or_default().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot() -> Snapshot {
        Snapshot {
            records: 1_000,
            end: vec![8, 3, 1, 2, 0xff],
        }
    }

    #[test]
    fn a_tag_is_the_bundle_again() {
        assert_eq!(snapshot().etag(), "\"3e8-08030102ff\"");
        assert_eq!(Snapshot::from_etag(&snapshot().etag()), Some(snapshot()));
    }

    #[test]
    fn other_tags_are_not_known() {
        let long = format!("\"1-08{}\"", "00".repeat(END_MAX));
        for tag in [
            "",
            "\"",
            "\"\"",
            "W/\"3e8-0803\"",
            "\"3e8\"",
            "\"3e8-\"",
            "\"3e8-080\"",
            "\"3e8-0701\"",
            "\"3e8-0a01\"",
            "\"zz-08\"",
            "\"3e8-08é\"",
            "\"-08\"",
            &long,
            "Sat, 01 Jan 2000 00:00:00 GMT",
        ] {
            assert_eq!(Snapshot::from_etag(tag), None, "{tag}");
        }
    }

    #[test]
    fn a_part_has_its_part_of_the_end() {
        let part = |bytes| snapshot().end_within(&bytes);
        assert!(part(0..1_000).is_empty());
        assert_eq!(part(0..1_005), [8, 3, 1, 2, 0xff]);
        assert_eq!(part(999..1_002), [8, 3]);
        assert_eq!(part(1_003..1_005), [2, 0xff]);
        assert!(part(1_005..1_005).is_empty());
    }
}
