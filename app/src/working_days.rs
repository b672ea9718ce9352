//! Working days in China: weekends and public holidays are none, moved working days are. The State Council sets holidays
//! year by year, so they are a table that an operator updates.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};

use crate::time::Moment;

/// What the State Council has set for some years.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkingDays {
    off: BTreeSet<Date>,
    worked: BTreeSet<Date>,
    years: BTreeSet<i16>,
}

/// A year of the table.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Year {
    /// Where it was set.
    pub source: String,
    /// Days off, each `2026-01-01` or `2026-01-01..2026-01-03` with both ends.
    pub off: Vec<String>,
    /// Weekend days that are worked in exchange.
    pub worked: Vec<String>,
}

impl WorkingDays {
    /// The table by year.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(years: &BTreeMap<String, Year>) -> Result<Self, String> {
        let mut days = Self::default();
        for (name, year) in years {
            let number: i16 = name.parse().map_err(|_| format!("[{name}] is no year"))?;
            let in_year = |date: &Date| date.year() == number;
            let read = |text: &String| span(text).ok_or_else(|| format!("[{name}] {text} is no day"));
            for date in year.off.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat() {
                days.off
                    .insert(Some(date).filter(in_year).ok_or_else(|| format!("[{name}] {date} is of another year"))?);
            }
            for date in year.worked.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat() {
                if !is_weekend(date) || days.off.contains(&date) {
                    return Err(format!("[{name}] {date} is worked, but is no weekend or is off as well"));
                }
                days.worked.insert(date);
            }
            days.years.insert(number);
        }
        Ok(days)
    }

    /// Whether the table covers a year. In one that it does not, only weekends are off, so that a promise ends rather earlier
    /// than later.
    #[must_use]
    pub fn covers(&self, year: i16) -> bool {
        self.years.contains(&year)
    }

    /// Whether people work on that day.
    #[must_use]
    pub fn is_worked(&self, date: Date) -> bool {
        self.worked.contains(&date) || !(is_weekend(date) || self.off.contains(&date))
    }

    /// The end of the n-th working day after that of `start` in China: the last moment of a period of n working days.
    ///
    /// # Panics
    /// Beyond the year 9999.
    #[must_use]
    pub fn after(&self, start: Moment, working_days: u32) -> Moment {
        let mut date = start.beijing_date();
        let mut left = working_days;
        while left > 0 {
            date = date.tomorrow().expect("a year that is written with four digits");
            left -= u32::from(self.is_worked(date));
        }
        Moment::end_of(date)
    }
}

fn is_weekend(date: Date) -> bool {
    matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
}

fn span(text: &str) -> Option<Vec<Date>> {
    let (first, last) = text.split_once("..").unwrap_or((text, text));
    let (first, last): (Date, Date) = (first.parse().ok()?, last.parse().ok()?);
    let days: Vec<_> = first.series(jiff::Span::new().days(1)).take_while(|date| *date <= last).collect();
    (!days.is_empty()).then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn table() -> WorkingDays {
        let year = |off: &[&str], worked: &[&str]| Year {
            source: String::new(),
            off: off.iter().map(ToString::to_string).collect(),
            worked: worked.iter().map(ToString::to_string).collect(),
        };
        let years = BTreeMap::from([
            ("2025".to_owned(), year(&["2025-10-01..2025-10-08"], &["2025-09-28", "2025-10-11"])),
            (
                "2026".to_owned(),
                year(
                    &["2026-01-01..2026-01-03", "2026-02-15..2026-02-23"],
                    &["2026-01-04", "2026-02-14", "2026-02-28"],
                ),
            ),
        ]);
        WorkingDays::new(&years).expect("reads")
    }

    fn at(date: &str) -> Moment {
        let date: Date = date.parse().expect("a day");
        Moment(Moment::end_of(date).0 - crate::time::HOUR)
    }

    #[test]
    fn a_period_skips_weekends_and_holidays_and_counts_moved_days() {
        let days = table();
        // A Monday: Tuesday is the first day, the next Monday the fifth.
        assert_eq!(days.after(at("2026-11-23"), 5).date(), "2026年11月30日");
        // A Saturday counts from the Monday after.
        assert_eq!(days.after(at("2026-11-28"), 1).date(), "2026年11月30日");
        // Over 春节 2026: 14 and 28 February are worked, the 15th to the 23rd are not.
        assert_eq!(days.after(at("2026-02-13"), 1).date(), "2026年2月14日");
        assert_eq!(days.after(at("2026-02-14"), 1).date(), "2026年2月24日");
        assert_eq!(days.after(at("2026-02-13"), 6).date(), "2026年2月28日");
        // Over a new year, with the Sunday that is worked.
        assert_eq!(days.after(at("2025-12-31"), 1).date(), "2026年1月4日");
        // 国庆 2025.
        assert_eq!(days.after(at("2025-09-27"), 1).date(), "2025年9月28日");
        assert_eq!(days.after(at("2025-09-30"), 3).date(), "2025年10月11日");
    }

    #[test]
    fn a_table_that_contradicts_itself_is_refused() {
        let year = |off: &str, worked: &str| {
            let year = Year { source: String::new(), off: vec![off.into()], worked: vec![worked.into()] };
            WorkingDays::new(&BTreeMap::from([("2026".to_owned(), year)]))
        };
        assert!(year("2026-01-01", "2026-01-04").is_ok());
        assert!(year("2026-01-01", "2026-01-05").is_err(), "a Monday needs no exchange");
        assert!(year("2026-01-01..2026-01-04", "2026-01-04").is_err(), "off and worked");
        assert!(year("2025-01-01", "2026-01-04").is_err(), "of another year");
        assert!(year("someday", "2026-01-04").is_err());
        assert!(year("2026-01-03..2026-01-01", "2026-01-04").is_err(), "ends before it begins");
    }

    proptest! {
        /// Counting one by one: between start and end lie exactly n worked days, and the end is one of them.
        #[test]
        fn a_period_holds_exactly_its_working_days(day in 0..6_000_i64, n in 1..40_u32) {
            let days = table();
            let start = Moment(1_600_000_000_000 + day * crate::time::DAY);
            let end = days.after(start, n);
            let dates = start.beijing_date().series(jiff::Span::new().days(1)).skip(1).take_while(|d| Moment::end_of(*d) <= end);
            let dates: Vec<_> = dates.collect();
            prop_assert_eq!(dates.iter().filter(|d| days.is_worked(**d)).count(), n as usize);
            prop_assert!(days.is_worked(*dates.last().expect("at least one")));
        }

        #[test]
        fn a_longer_period_and_a_later_start_never_end_earlier(day in 0..6_000_i64, n in 0..40_u32) {
            let days = table();
            let start = Moment(1_600_000_000_000 + day * crate::time::DAY);
            prop_assert!(days.after(start, n + 1) > days.after(start, n));
            prop_assert!(days.after(start.plus(crate::time::DAY), n) >= days.after(start, n));
        }

        #[test]
        fn without_a_table_only_weekends_are_off(day in 0..6_000_i64) {
            let date = Moment(1_600_000_000_000 + day * crate::time::DAY).beijing_date();
            prop_assert_eq!(WorkingDays::default().is_worked(date), !is_weekend(date));
        }
    }
}
