//! `Range: bytes=N-` and `bytes=N-M` (RFC 9110, section 14).

use std::ops::Range;

/// What of a file was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// No range, or one of a form that need not be honoured: several, or counted from the end.
    Whole,
    Of(Range<u64>),
    /// It begins after the end.
    Beyond,
}

pub(super) fn part(range: Option<&str>, total: u64) -> Part {
    match range.and_then(bytes) {
        None => Part::Whole,
        Some((first, _)) if first >= total => Part::Beyond,
        Some((first, last)) => {
            Part::Of(first..last.map_or(total, |last| total.min(last.saturating_add(1))))
        }
    }
}

/// The first byte, and the last where there is one.
fn bytes(range: &str) -> Option<(u64, Option<u64>)> {
    let (first, last) = range.strip_prefix("bytes=")?.split_once('-')?;
    let first = number(first)?;
    let last = match last {
        "" => None,
        last => Some(number(last).filter(|last| *last >= first)?),
    };
    Some((first, last))
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_honoured_whole_or_refused() {
        let of = |range| part(Some(range), 100);
        assert_eq!(of("bytes=0-"), Part::Of(0..100));
        assert_eq!(of("bytes=40-"), Part::Of(40..100));
        assert_eq!(of("bytes=40-49"), Part::Of(40..50));
        assert_eq!(of("bytes=99-18446744073709551615"), Part::Of(99..100));
        assert_eq!(of("bytes=100-"), Part::Beyond);
        for other in [
            "",
            "bytes",
            "bytes=",
            "bytes=-5",
            "bytes=5-4",
            "bytes=1-2,4-5",
            "bytes=+1-",
            "bytes=1 -",
            "items=0-",
        ] {
            assert_eq!(of(other), Part::Whole, "{other}");
        }
        assert_eq!(part(None, 100), Part::Whole);
    }
}
