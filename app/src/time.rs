//! Time as UTC milliseconds, shown as Beijing time.

use serde::{Deserialize, Serialize};

/// Milliseconds in a second.
pub const SECOND: i64 = 1_000;
/// Milliseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Milliseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Milliseconds in a day.
pub const DAY: i64 = 24 * HOUR;

/// So far apart the clocks of servers that work together may be: what is ahead by no more was written just now.
pub const CLOCK_SKEW: i64 = MINUTE;

/// A moment: milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

impl Moment {
    /// This moment and `millis` more.
    #[must_use]
    pub const fn plus(self, millis: i64) -> Self {
        Self(self.0 + millis)
    }

    /// How old this is at `now`, in milliseconds. What comes from the future, written by a clock that was ahead and has been put
    /// right, has no age: nothing that rests on an age holds by it, and nobody waits for it.
    #[must_use]
    pub const fn age(self, now: Self) -> Option<i64> {
        match now.0.saturating_sub(self.0) {
            age if age >= 0 => Some(age),
            ahead if ahead >= -CLOCK_SKEW => Some(0),
            _ => None,
        }
    }

    /// Whether this is younger than `life` at `now`; what comes from the future is not.
    #[must_use]
    pub const fn is_within(self, life: i64, now: Self) -> bool {
        matches!(self.age(now), Some(age) if age < life)
    }

    /// The latest end that a pause or lease of `life` can have at this moment. A later one was set by a clock that was ahead: it
    /// is over.
    #[must_use]
    pub const fn latest_end(self, life: i64) -> Self {
        self.plus(life.saturating_add(CLOCK_SKEW))
    }

    /// Milliseconds from `earlier` to this; negative when `earlier` is later. How old something is: [`Moment::age`].
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

/// What calendar and clock show in China: one offset all year, so no time-zone database is needed.
struct Shown {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Moment {
    /// `2026年11月23日`, in China.
    #[must_use]
    pub fn date(self) -> String {
        let Shown { year, month, day, .. } = self.shown();
        format!("{year}年{month}月{day}日")
    }

    /// `11月23日`, or `2025年11月23日` when that was in another year than `now`; in China.
    #[must_use]
    pub fn short_date(self, now: Self) -> String {
        let Shown { year, month, day, .. } = self.shown();
        if year == now.shown().year { format!("{month}月{day}日") } else { self.date() }
    }

    /// `2026年11月23日 18:05`, in China.
    #[must_use]
    pub fn date_time(self) -> String {
        let Shown { hour, minute, .. } = self.shown();
        format!("{} {hour:02}:{minute:02}", self.date())
    }

    /// `2026-11-23T18:05:09+08:00`, for a `<time datetime>`.
    #[must_use]
    pub fn iso(self) -> String {
        let Shown { year, month, day, hour, minute, second } = self.shown();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}+08:00")
    }

    /// `2026-11-23T18:05:09.123+08:00`, for data that is taken elsewhere.
    #[must_use]
    pub fn iso_millis(self) -> String {
        let iso = self.iso();
        let (time, offset) = iso.split_at(iso.len() - 6);
        format!("{time}.{:03}{offset}", self.0.rem_euclid(SECOND))
    }

    fn shown(self) -> Shown {
        let seconds = self.0.div_euclid(SECOND) + 8 * HOUR / SECOND;
        let (days, second) = (seconds.div_euclid(DAY / SECOND), seconds.rem_euclid(DAY / SECOND));
        // The Gregorian calendar repeats every 400 years = 146,097 days; years are counted from 1 March, so that the leap day
        // is the last of its year.
        let days = days + 719_468;
        let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Five months, from March or August, have 153 days together.
        let month = (5 * day_of_year + 2) / 153;
        Shown {
            year: era * 400 + year_of_era + i64::from(month >= 10),
            month: if month < 10 { month + 3 } else { month - 9 },
            day: day_of_year - (153 * month + 2) / 5 + 1,
            hour: second / 3_600,
            minute: second / 60 % 60,
            second: second % 60,
        }
    }
}

#[cfg(feature = "ssr")]
impl Moment {
    /// So much later by the calendar in China; nothing beyond the year 9999.
    #[must_use]
    pub fn plus_span(self, span: jiff::Span) -> Option<Self> {
        let later = self.beijing().checked_add(span).ok()?;
        let later = jiff::tz::Offset::constant(8).to_timestamp(later).ok()?;
        Some(Self(later.as_millisecond()))
    }

    /// The day in China.
    #[must_use]
    pub fn beijing_date(self) -> jiff::civil::Date {
        self.beijing().date()
    }

    /// The last moment of a day in China.
    ///
    /// # Panics
    /// Beyond the year 9999.
    #[must_use]
    pub fn end_of(date: jiff::civil::Date) -> Self {
        let midnight = jiff::tz::Offset::constant(8).to_timestamp(date.at(0, 0, 0, 0)).expect("a day of our calendar");
        Self(midnight.as_millisecond() + DAY - 1)
    }

    fn beijing(self) -> jiff::civil::DateTime {
        jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::from_millisecond(self.0).unwrap_or_default())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn our_calendar_is_everybodys(millis in -62_135_596_800_000i64..253_370_000_000_000) {
            let moment = Moment(millis);
            let theirs = moment.beijing();
            let text = format!("{}+08:00", theirs.strftime("%Y-%m-%dT%H:%M:%S"));
            prop_assert_eq!(moment.iso(), text);
        }
    }

    #[test]
    fn what_comes_from_the_future_has_no_age() {
        let now = Moment(1_795_458_300_000);
        assert_eq!(now.plus(-5).age(now), Some(5));
        assert_eq!(now.age(now), Some(0));
        assert_eq!(now.plus(CLOCK_SKEW).age(now), Some(0), "the clock of the server beside this one");
        for ahead in [CLOCK_SKEW + 1, DAY, 20 * 365 * DAY] {
            assert_eq!(now.plus(ahead).age(now), None, "{ahead}");
            assert!(!now.plus(ahead).is_within(i64::MAX, now), "{ahead}");
        }
        assert_eq!(Moment(i64::MIN).age(now), Some(i64::MAX));
        assert!(now.plus(-5).is_within(6, now) && !now.plus(-5).is_within(5, now));
    }

    #[test]
    fn a_moment_is_shown_in_beijing_time() {
        let late_evening_utc = Moment(1_795_458_300_000); // 2026-11-23T18:25:00Z
        assert_eq!(late_evening_utc.date_time(), "2026年11月24日 02:25");
        assert_eq!(late_evening_utc.iso(), "2026-11-24T02:25:00+08:00");
        assert_eq!(late_evening_utc.plus(7).iso_millis(), "2026-11-24T02:25:00.007+08:00");
    }
}
