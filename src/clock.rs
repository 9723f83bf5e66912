//! The one reader of time. Everything else takes a [`Clock`], a [`Day`] or a number of seconds, so that tests set the time
//! by hand and nobody stores a moment by accident: what leaves this file for a tip is the day alone.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

/// Seconds in a day.
const DAY: i64 = 86_400;

/// Where the time comes from.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that a test sets by hand: seconds since 1970-01-01 UTC.
    Hand(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `seconds` since 1970-01-01 UTC until it is moved.
    #[must_use]
    pub fn by_hand(seconds: i64) -> Self {
        Self::Hand(Arc::new(AtomicI64::new(seconds)))
    }

    /// Seconds since 1970-01-01 UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> i64 {
        match self {
            Self::System => SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)),
            Self::Hand(seconds) => seconds.load(Ordering::SeqCst),
        }
    }

    /// Today's day in UTC.
    #[must_use]
    pub fn today(&self) -> Day {
        Day::of(self.now())
    }

    /// Moves a hand-set clock forward. The machine's clock stays as it is.
    pub fn advance(&self, seconds: i64) {
        if let Self::Hand(now) = self {
            now.fetch_add(seconds, Ordering::SeqCst);
        }
    }
}

/// A day in UTC, counted from 1970-01-01. Prints as `YYYY-MM-DD` (ISO 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// The day that holds this second (since 1970-01-01 UTC).
    #[must_use]
    pub fn of(seconds: i64) -> Self {
        Self(i32::try_from(seconds.div_euclid(DAY)).unwrap_or(i32::MAX))
    }

    /// This day moved by a number of days.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = time::Date::from_julian_day(self.0.saturating_add(2_440_588)).unwrap_or(time::Date::MAX);
        write!(f, "{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }
}

/// What was written is no day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no day: write it as 2026-11-22")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let date = time::Date::parse(text, time::macros::format_description!("[year]-[month]-[day]")).map_err(|_| NotADay)?;
        Ok(Self(date.to_julian_day() - 2_440_588))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_day_is_told() {
        assert_eq!(Day::of(0).to_string(), "1970-01-01");
        assert_eq!(Day::of(1_795_305_599).to_string(), "2026-11-21");
        assert_eq!(Day::of(1_795_305_600).to_string(), "2026-11-22");
        assert_eq!(Day::of(-1).to_string(), "1969-12-31");
    }

    #[test]
    fn a_day_reads_back_as_it_is_written() {
        for day in [Day(0), Day(20_780), Day(-1)] {
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        for text in ["", "2026-02-30", "22.11.2026", "2026-11-22T12:00", "2026-1-2"] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }
}
