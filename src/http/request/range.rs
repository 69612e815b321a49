//! Byte ranges of a GET (RFC 9110, section 14).
//!
//! Owns the reading of `Range`. The library's leaves out what it cannot read, and would so answer another
//! range than was asked for.

use std::ops::Range;

/// What of a file is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::http) enum RangeRequest {
    /// All of it: no range, several, or none that is understood.
    Whole,
    /// This part.
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

/// What a header asks for of a file of `size` bytes.
pub(in crate::http) fn wanted(header: &str, size: u64) -> RangeRequest {
    let range = header.split_once('=').filter(|(unit, _)| unit.trim().eq_ignore_ascii_case("bytes"));
    let Some((first, last)) = range.and_then(|(_, range)| range.trim().split_once('-')) else {
        return RangeRequest::Whole;
    };
    let part = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        // The last so many bytes.
        (None, Some(length)) if first.is_empty() => size.saturating_sub(length)..size,
        _ => return RangeRequest::Whole,
    };
    if part.is_empty() { RangeRequest::Nothing } else { RangeRequest::Part(part) }
}

/// Digits and nothing else; what is too large is as good as the largest.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_range_is_cut_to_what_is_there() {
        for (header, start, end) in [
            ("bytes=0-0", 0, 1),
            ("bytes=0-9", 0, 10),
            ("Bytes = 3-5", 3, 6),
            ("bytes=9-", 9, 10),
            ("bytes=5-18446744073709551615", 5, 10),
            ("bytes=5-99999999999999999999999", 5, 10),
            ("bytes=-1", 9, 10),
            ("bytes=-99999999999999999999999", 0, 10),
        ] {
            assert_eq!(wanted(header, 10), RangeRequest::Part(start..end), "{header}");
        }
    }

    #[test]
    fn what_is_not_there_is_told_from_what_is_not_understood() {
        for header in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=99999999999999999999999-"] {
            assert_eq!(wanted(header, 10), RangeRequest::Nothing, "{header}");
        }
        for header in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2,4-5",
            "bytes=--1",
            "bytes=1-2-3",
            "bytes= 1 - 2",
            "lines=1-2",
            "bytes=0x1-2",
        ] {
            assert_eq!(wanted(header, 10), RangeRequest::Whole, "{header}");
        }
        assert_eq!(wanted("bytes=0-", 0), RangeRequest::Nothing);
    }

    proptest! {
        #[test]
        fn a_part_is_always_within_the_file(header in "(bytes=)?[0-9,-]{0,25}", size in 0_u64..20) {
            if let RangeRequest::Part(part) = wanted(&header, size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
