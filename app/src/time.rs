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

    /// Milliseconds from `earlier` to this; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

#[cfg(feature = "ssr")]
impl Moment {
    /// `2026年11月23日`, in China.
    #[must_use]
    pub fn date(self) -> String {
        let t = self.beijing();
        format!("{}年{}月{}日", t.year(), t.month(), t.day())
    }

    /// `11月23日`, or `2025年11月23日` when that was in another year than `now`; in China.
    #[must_use]
    pub fn short_date(self, now: Self) -> String {
        let t = self.beijing();
        if t.year() == now.beijing().year() { format!("{}月{}日", t.month(), t.day()) } else { self.date() }
    }

    /// `2026年11月23日 18:05`, in China.
    #[must_use]
    pub fn date_time(self) -> String {
        let t = self.beijing();
        format!("{} {:02}:{:02}", self.date(), t.hour(), t.minute())
    }

    /// `2026-11-23T18:05:09+08:00`, for a `<time datetime>`.
    #[must_use]
    pub fn iso(self) -> String {
        let t = self.beijing();
        let (y, mo, d) = (t.year(), t.month(), t.day());
        let (h, mi, s) = (t.hour(), t.minute(), t.second());
        format!("{y:04}-{mo:02}-{d:02}T{h:02}:{mi:02}:{s:02}+08:00")
    }

    /// `2026-11-23T18:05:09.123+08:00`, for data that is taken elsewhere.
    #[must_use]
    pub fn iso_millis(self) -> String {
        let iso = self.iso();
        let (time, offset) = iso.split_at(iso.len() - 6);
        format!("{time}.{:03}{offset}", self.0.rem_euclid(SECOND))
    }

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
        // China keeps one offset all year, so no time-zone database is needed.
        jiff::tz::Offset::constant(8).to_datetime(jiff::Timestamp::from_millisecond(self.0).unwrap_or_default())
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_shown_in_beijing_time() {
        let late_evening_utc = Moment(1_795_458_300_000); // 2026-11-23T18:25:00Z
        assert_eq!(late_evening_utc.date_time(), "2026年11月24日 02:25");
        assert_eq!(late_evening_utc.iso(), "2026-11-24T02:25:00+08:00");
        assert_eq!(late_evening_utc.plus(7).iso_millis(), "2026-11-24T02:25:00.007+08:00");
    }
}
