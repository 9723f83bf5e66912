//! Months, and the periods of public figures: a quarter or a year. A period is due a month after its
//! end.

use std::fmt;
use std::str::FromStr;

use loke_core::clock::Day;

/// How many quarters are offered for publication: one that nobody published for a year stays
/// unpublished.
const OFFERED: i32 = 4;

/// A month: twelve times the year, and the months before it in that year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(pub i32);

/// The text is no month, or no period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a period (expected 2026-Q3 or 2026)")]
pub struct NotAPeriod;

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Day) -> Self {
        let text = day.to_string();
        let month = text.get(..7).and_then(|month| month.parse().ok());
        month.unwrap_or(Self(0))
    }

    /// The month so many months later.
    #[must_use]
    pub fn plus(self, months: i32) -> Self {
        Self(self.0.saturating_add(months))
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        format!("{self}-01").parse().unwrap_or(Day(0))
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Day {
        self.plus(1).first().plus(-1)
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month) = (self.0.div_euclid(12), self.0.rem_euclid(12) + 1);
        write!(f, "{year:04}-{month:02}")
    }
}

impl FromStr for Month {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        let (year, month) = text.split_once('-').ok_or(NotAPeriod)?;
        let (year, month) = (number(year, 4)?, number(month, 2)?);
        if !(1..=12).contains(&month) {
            return Err(NotAPeriod);
        }
        Ok(Self(year * 12 + month - 1))
    }
}

/// A quarter or a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Period {
    /// A quarter: its first month.
    Quarter(Month),
    /// A calendar year: its first month.
    Year(Month),
}

impl Period {
    /// The first month.
    #[must_use]
    pub fn first(self) -> Month {
        match self {
            Self::Quarter(first) | Self::Year(first) => first,
        }
    }

    /// The last month.
    #[must_use]
    pub fn last(self) -> Month {
        match self {
            Self::Quarter(first) => first.plus(2),
            Self::Year(first) => first.plus(11),
        }
    }

    /// The first day on which it may be published: a month after its end.
    #[must_use]
    pub fn due_on(self) -> Day {
        self.last().plus(2).first()
    }

    /// The periods that may be published today, the newest first: quarters of a year, and the
    /// newest year.
    #[must_use]
    pub fn due(today: Day) -> Vec<Self> {
        let now = Month::of(today);
        let quarter = now.plus(-now.0.rem_euclid(3));
        let year = now.plus(-now.0.rem_euclid(12));
        let quarters = (1..=OFFERED + 1).map(|back| Self::Quarter(quarter.plus(-3 * back)));
        let years = (1..=2).map(|back| Self::Year(year.plus(-12 * back)));
        let due = |period: &Self| period.due_on() <= today;
        let mut due: Vec<Self> = quarters
            .filter(due)
            .take(OFFERED as usize)
            .chain(years.filter(due).take(1))
            .collect();
        due.sort_by_key(|period| std::cmp::Reverse((period.last(), period.first())));
        due
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first = self.first().0;
        let year = first.div_euclid(12);
        match self {
            Self::Quarter(_) => write!(f, "{year:04}-Q{}", first.rem_euclid(12) / 3 + 1),
            Self::Year(_) => write!(f, "{year:04}"),
        }
    }
}

impl FromStr for Period {
    type Err = NotAPeriod;

    fn from_str(text: &str) -> Result<Self, NotAPeriod> {
        match text.split_once("-Q") {
            None => Ok(Self::Year(Month(number(text, 4)? * 12))),
            Some((year, quarter)) => match number(quarter, 1)? {
                quarter @ 1..=4 => Ok(Self::Quarter(Month(
                    number(year, 4)? * 12 + (quarter - 1) * 3,
                ))),
                _ => Err(NotAPeriod),
            },
        }
    }
}

fn number(text: &str, digits: usize) -> Result<i32, NotAPeriod> {
    let fits = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    if fits {
        text.parse().map_err(|_| NotAPeriod)
    } else {
        Err(NotAPeriod)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_due_a_month_after_its_end_and_not_a_day_earlier() {
        for (period, first, last, due) in [
            ("2026-Q3", "2026-07-01", "2026-09-30", "2026-11-01"),
            ("2026-Q4", "2026-10-01", "2026-12-31", "2027-02-01"),
            ("2027-Q1", "2027-01-01", "2027-03-31", "2027-05-01"),
            ("2026", "2026-01-01", "2026-12-31", "2027-02-01"),
        ] {
            let parsed: Period = period.parse().unwrap();
            assert_eq!(parsed.to_string(), period);
            assert_eq!(parsed.first().first().to_string(), first);
            assert_eq!(parsed.last().last().to_string(), last);
            assert_eq!(parsed.due_on().to_string(), due);
            let day: Day = due.parse().unwrap();
            assert!(Period::due(day).contains(&parsed), "{period}");
            assert!(!Period::due(day.plus(-1)).contains(&parsed), "{period}");
        }
        let due: Vec<String> = Period::due("2026-11-21".parse().unwrap())
            .iter()
            .map(Period::to_string)
            .collect();
        assert_eq!(due, ["2026-Q3", "2026-Q2", "2026-Q1", "2025-Q4", "2025"]);
        for bad in ["", "2026-Q5", "2026-Q0", "2026-q1", "26", "2026-07", "+026"] {
            assert!(bad.parse::<Period>().is_err(), "{bad}");
        }
    }
}
