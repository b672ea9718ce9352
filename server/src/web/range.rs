//! What a request for a file asks for: the whole, one part of it, or nothing that it has not got already (RFC 9110, 13 and 14).

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// 200. Also for several ranges at once, which a server may answer so.
    Whole,
    /// 206: these bytes.
    Part(Range<u64>),
    /// 416: there are no such bytes.
    Unsatisfiable,
    /// 304: the caller has the file.
    NotModified,
    /// 412: the caller wants another file than there is.
    Failed,
}

/// Whether a request asks for bytes of a file of which it may have some already.
#[must_use]
pub fn is_ranged(headers: &HeaderMap) -> bool {
    specs(headers).is_some()
}

/// What a request asks of a file of that size, whose strong entity tag is `tag` (with its quotes).
#[must_use]
pub fn asked(headers: &HeaderMap, tag: &str, size: u64) -> Asked {
    if let Some(tags) = text(headers, header::IF_MATCH)
        && !names(&tags, |one| one == tag)
    {
        return Asked::Failed;
    }
    // Compared weakly (13.1.2).
    if let Some(tags) = text(headers, header::IF_NONE_MATCH)
        && names(&tags, |one| one.strip_prefix("W/").unwrap_or(one) == tag)
    {
        return Asked::NotModified;
    }
    let Some(specs) = specs(headers) else { return Asked::Whole };
    // Strongly, and no date of ours is told that could be asked for (13.1.5).
    if text(headers, header::IF_RANGE).is_some_and(|condition| condition.trim() != tag) {
        return Asked::Whole;
    }
    let [spec] = specs[..] else { return Asked::Whole };
    match spec {
        Spec::From(first, _) if first >= size => Asked::Unsatisfiable,
        Spec::From(first, last) => Asked::Part(first..last.map_or(size, |last| last.saturating_add(1).min(size))),
        Spec::Last(0) => Asked::Unsatisfiable,
        Spec::Last(_) if size == 0 => Asked::Unsatisfiable,
        Spec::Last(length) => Asked::Part(size.saturating_sub(length)..size),
    }
}

/// One range as it is written.
#[derive(Clone, Copy)]
enum Spec {
    /// `5-`, `5-9`.
    From(u64, Option<u64>),
    /// `-5`.
    Last(u64),
}

/// The ranges of a request; none where it has no such header, or one that is to be ignored: of another unit, or not well formed.
fn specs(headers: &HeaderMap) -> Option<Vec<Spec>> {
    let text = text(headers, header::RANGE)?;
    let (unit, set) = text.split_once('=')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    // An empty element of a list means nothing (5.6.1).
    let elements = set.split(',').map(str::trim).filter(|element| !element.is_empty());
    let specs = elements.map(spec).collect::<Option<Vec<_>>>()?;
    (!specs.is_empty()).then_some(specs)
}

fn spec(text: &str) -> Option<Spec> {
    let (first, last) = text.split_once('-')?;
    if first.is_empty() {
        return Some(Spec::Last(number(last)?));
    }
    let first = number(first)?;
    if last.is_empty() {
        return Some(Spec::From(first, None));
    }
    let last = number(last)?;
    (first <= last).then_some(Spec::From(first, Some(last)))
}

/// Digits alone; a number that is too large is larger than every file.
fn number(digits: &str) -> Option<u64> {
    let fits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().unwrap_or(u64::MAX))
}

fn names(tags: &str, fits: impl Fn(&str) -> bool) -> bool {
    tags.split(',').map(str::trim).any(|one| one == "*" || fits(one))
}

/// A header's lines as one; none where a line is no text.
fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().ok()).collect::<Option<Vec<_>>>()?;
    (!lines.is_empty()).then(|| lines.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TAG: &str = "\"a-1\"";

    fn of(lines: &[(HeaderName, &str)], size: u64) -> Asked {
        let headers = lines.iter().map(|(name, line)| (name.clone(), line.parse().expect("a header"))).collect();
        asked(&headers, TAG, size)
    }

    fn range(line: &str) -> Asked {
        of(&[(header::RANGE, line)], 10)
    }

    #[test]
    fn one_range_is_answered_as_rfc_9110_writes_it() {
        for (line, part) in [
            ("bytes=0-4", 0..5),
            ("bytes=5-", 5..10),
            ("bytes=9-9", 9..10),
            ("bytes=0-99", 0..10),
            ("bytes=0-99999999999999999999", 0..10),
            ("bytes=-3", 7..10),
            ("bytes=-10", 0..10),
            ("bytes=-99", 0..10),
            ("Bytes=0-4", 0..5),
            ("bytes= 0-4 ,", 0..5),
        ] {
            assert_eq!(range(line), Asked::Part(part), "{line}");
        }
        for line in ["bytes=10-", "bytes=10-12", "bytes=99999999999999999999-", "bytes=-0"] {
            assert_eq!(range(line), Asked::Unsatisfiable, "{line}");
        }
        assert_eq!(of(&[(header::RANGE, "bytes=-5")], 0), Asked::Unsatisfiable);
    }

    #[test]
    fn what_is_to_be_ignored_and_several_ranges_are_answered_whole() {
        for line in [
            "items=0-4",
            "bytes",
            "bytes=",
            "bytes=,",
            "bytes=a-b",
            "bytes=5-4",
            "bytes=+1-2",
            "bytes=1--2",
            "bytes=--1",
        ] {
            assert_eq!(range(line), Asked::Whole, "{line}");
            let headers = HeaderMap::from_iter([(header::RANGE, line.parse().expect("a header"))]);
            assert!(!is_ranged(&headers), "{line}");
        }
        for line in ["bytes=0-1,3-4", "bytes=0-1, 99-", "bytes=0-,0-,0-"] {
            assert_eq!(range(line), Asked::Whole, "{line}");
        }
        assert_eq!(of(&[(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=2-3")], 10), Asked::Whole);
    }

    #[test]
    fn conditions_are_looked_at_first_and_if_range_compares_strongly() {
        let part = (header::RANGE, "bytes=5-");
        assert_eq!(of(&[part.clone(), (header::IF_RANGE, TAG)], 10), Asked::Part(5..10));
        for other in ["\"a-2\"", "W/\"a-1\"", "Sat, 28 Nov 2026 08:00:00 GMT", "a-1"] {
            assert_eq!(of(&[part.clone(), (header::IF_RANGE, other)], 10), Asked::Whole, "{other}");
        }
        assert_eq!(of(&[part.clone(), (header::IF_MATCH, "\"a-2\"")], 10), Asked::Failed);
        assert_eq!(of(&[part.clone(), (header::IF_MATCH, "W/\"a-1\"")], 10), Asked::Failed);
        for own in [TAG, "*", "\"b\", \"a-1\""] {
            assert_eq!(of(&[part.clone(), (header::IF_MATCH, own)], 10), Asked::Part(5..10));
            assert_eq!(of(&[(header::IF_NONE_MATCH, own)], 10), Asked::NotModified);
        }
        assert_eq!(of(&[(header::IF_NONE_MATCH, "W/\"a-1\"")], 10), Asked::NotModified);
        assert_eq!(of(&[(header::IF_NONE_MATCH, "\"b\"")], 10), Asked::Whole);
    }

    proptest! {
        #[test]
        fn a_part_lies_within_the_file_and_is_never_empty(line in "bytes=[0-9,-]{0,12}", size in 0_u64..200) {
            if let Asked::Part(part) = of(&[(header::RANGE, &line)], size) {
                prop_assert!(part.start < part.end && part.end <= size);
            }
        }
    }
}
