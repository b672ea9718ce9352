//! The number of a request, as people and officers write it: `QL`, the day in China on which it was made, and the end of its
//! random id. Six characters of it, as long as they tell it from the others of that day; more where old data has two.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;

use crate::time::{DAY, Moment};

/// Characters of the id in a number as it is given out.
pub const END: usize = 6;
/// Characters of an id.
const ID: usize = 32;
/// Of the lengths in which a number may be told, the next longer ones.
const LONGER: [usize; 3] = [12, 20, ID];

/// A number. Written, it is as it was given out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Number {
    date: Date,
    end: String,
}

/// What was typed is no number of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANumber;

impl Number {
    /// The number of the request of that id.
    #[must_use]
    pub fn of(id: &str, made_at: Moment) -> Self {
        Self::with(id, made_at, END)
    }

    fn with(id: &str, made_at: Moment, length: usize) -> Self {
        let id = digits(id);
        Self { date: made_at.beijing_date(), end: id[id.len().saturating_sub(length)..].to_owned() }
    }

    /// Numbers that tell these requests, each by id and when it was made, from each other.
    #[must_use]
    pub fn apart(requests: &[(&str, Moment)]) -> Vec<Self> {
        let all = |length| requests.iter().map(|(id, made_at)| Self::with(id, *made_at, length)).collect::<Vec<_>>();
        let differ = |numbers: &Vec<Self>| (1..numbers.len()).all(|n| !numbers[..n].contains(&numbers[n]));
        LONGER.iter().map(|length| all(*length)).find(differ).unwrap_or_else(|| all(ID))
    }

    /// First and last moment of its day.
    #[must_use]
    pub fn day(&self) -> (Moment, Moment) {
        let last = Moment::end_of(self.date);
        (last.plus(1 - DAY), last)
    }

    /// Whether the request of that id, made on that day, has this number.
    #[must_use]
    pub fn is_of(&self, id: &str) -> bool {
        digits(id).ends_with(&self.end)
    }
}

/// An id without its dashes, in capitals.
fn digits(id: &str) -> String {
    id.chars().filter(char::is_ascii_hexdigit).collect::<String>().to_uppercase()
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = (self.date.year(), self.date.month(), self.date.day());
        write!(f, "QL{year:04}{month:02}{day:02}-{}", self.end)
    }
}

impl FromStr for Number {
    type Err = NotANumber;

    /// Reads what was typed: with or without `QL` and dash, in small letters or capitals, full width or not, whatever space is in
    /// it. A letter that is in no number is read as the digit that it looks like; 8 and B are both in numbers, and stay apart.
    fn from_str(typed: &str) -> Result<Self, NotANumber> {
        let plain: String = typed.chars().map(half_width).filter(|c| !is_gap(*c)).collect();
        let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_uppercase();
        let plain = bare(&plain);
        let plain = bare(plain.strip_prefix("编号").unwrap_or(&plain));
        let rest = ["QL", "QI", "Q1"].iter().find_map(|begins| plain.strip_prefix(begins)).unwrap_or(&plain);
        let rest: String = rest.chars().map(digit).collect();
        let is_number = rest.chars().all(|c| c.is_ascii_hexdigit()) && (8 + END..=8 + ID).contains(&rest.len());
        let (date, end) = is_number.then(|| rest.split_at(8)).ok_or(NotANumber)?;
        let part = |from: usize, to: usize| date[from..to].parse::<i16>().map_err(|_| NotANumber);
        let (month, day) = (i8::try_from(part(4, 6)?), i8::try_from(part(6, 8)?));
        let date = Date::new(part(0, 4)?, month.map_err(|_| NotANumber)?, day.map_err(|_| NotANumber)?);
        Ok(Self { date: date.map_err(|_| NotANumber)?, end: end.to_owned() })
    }
}

/// A full-width letter (U+FF01 to U+FF5E) as its ASCII twin.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

/// Space, also of no width, and every kind of dash.
const fn is_gap(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '-' | '_' | '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2010}'..='\u{2015}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{2212}' | '\u{2500}' | '\u{30fc}' | '\u{feff}' | '\u{fe58}' | '\u{fe63}')
}

/// The digit that a letter of no number looks like.
const fn digit(c: char) -> char {
    match c {
        'O' => '0',
        'I' | 'L' => '1',
        'Z' => '2',
        'S' => '5',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ID_ONE: &str = "0193a5b2-7c1f-7abc-9def-0123456789ab";
    const NOON: Moment = Moment(1_795_406_400_000);

    fn read(typed: &str) -> Option<String> {
        typed.parse::<Number>().ok().map(|number| number.to_string())
    }

    #[test]
    fn it_is_read_however_it_is_typed() {
        let given = Number::of(ID_ONE, NOON);
        assert_eq!(given.to_string(), "QL20261123-6789AB");
        for typed in [
            "ql20261123-6789ab",
            " QL 2026 1123 – 6789 AB ",
            "ＱＬ２０２６１１２３－６７８９ＡＢ",
            "QL20261123ー6789AB",
            "20261123-6789AB",
            "编号：QL20261123-6789AB。",
            "「QL20261123-6789AB」",
            "QLZO26llZ3-6789AB",
            "Q120261123\u{200b}6789AB",
        ] {
            assert_eq!(typed.parse(), Ok(given.clone()), "{typed}");
        }
    }

    #[test]
    fn what_is_none_is_not_made_one() {
        for typed in [
            "",
            "QL",
            "1",
            "6789AB",
            "QL20261123",
            "QL20261123-6789A",
            "QL20261323-6789AB",
            "QL20260230-6789AB",
            "QL20261123-6789AG",
            "QL20261123-6789A人",
            "QL20261123-6789AB 和 QL20261123-6789AC",
            "QL20261123/6789AB",
        ] {
            assert_eq!(read(typed), None, "{typed}");
        }
        assert_ne!(read("QL20261123-8789AB"), read("QL20261123-B789AB"));
    }

    #[test]
    fn two_of_one_number_are_told_apart_by_longer_ones() {
        let other = "0193a5b2-7c1f-7abc-9def-9923456789ab";
        let pair = [(ID_ONE, NOON), (other, NOON)];
        assert_eq!(Number::of(other, NOON), Number::of(ID_ONE, NOON));
        let apart = Number::apart(&pair);
        assert_eq!(apart[0].to_string(), "QL20261123-0123456789AB");
        assert!(apart[0].is_of(ID_ONE) && !apart[0].is_of(other) && apart[1].is_of(other));
        // So alike that only the whole ids tell.
        let third = "0193a5b2-7c1f-7abc-8def-0123456789ab";
        let whole = Number::apart(&[(ID_ONE, NOON), (third, NOON)]);
        assert_eq!(whole[0].to_string(), "QL20261123-7ABC9DEF0123456789AB");
    }

    #[test]
    fn its_day_is_one_in_china() {
        let (first, last) = Number::of(ID_ONE, NOON).day();
        assert_eq!(
            (first.date_time(), last.date_time()),
            ("2026年11月23日 00:00".into(), "2026年11月23日 23:59".into())
        );
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(id in any::<u128>(), at in 0_i64..4_000_000_000_000) {
            let id = uuid::Uuid::from_u128(id).to_string();
            let number = Number::of(&id, Moment(at));
            prop_assert_eq!(number.to_string().parse(), Ok(number.clone()));
            prop_assert!(number.is_of(&id));
            let (first, last) = number.day();
            prop_assert!(first.0 <= at && at <= last.0);
        }

        #[test]
        fn nothing_that_is_typed_breaks_it(typed in ".{0,60}") {
            if let Ok(number) = typed.parse::<Number>() {
                prop_assert_eq!(number.to_string().parse(), Ok(number));
            }
        }
    }
}
