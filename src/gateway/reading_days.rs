//! The days on which somebody reads messages (`rules/closures.toml`), and what follows when nobody
//! does (promise P17): five days after the reading day that the form named, the form says first
//! that nobody reads; after fourteen it takes nothing. Only days count here, never a time of
//! collection.

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::{Day, Weekday, Zone};
use loke_core::config::{ConfigError, Source};
use loke_core::digest::sha256;

/// The built-in list, and its path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../rules/closures.toml");
const NAME: &str = "rules/closures.toml";
/// Days after the reading day without a collection until the form says so.
pub const UNREAD_AFTER: i32 = 5;
/// Days after the reading day without a collection until the form takes nothing.
pub const SHUT_AFTER: i32 = 14;
/// The longest closure in days. For a longer one there is `loke-gateway close`.
const LONGEST: i32 = 92;
/// Limit of the search for a reading day. Closures may follow each other.
const SEARCHED: i32 = 1_000;

/// Whether messages of a lane, or of the whole page, are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// A desk collected in time.
    Read,
    /// No desk has collected for days: the page says so first.
    Unread,
    /// No desk has collected for so long that nothing is taken.
    Shut,
    /// The operator closed the gateway.
    Closed,
}

impl Status {
    /// Whether nothing is taken.
    #[must_use]
    pub fn takes_nothing(self) -> bool {
        self >= Self::Shut
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    read_on: Spanned<Vec<Weekday>>,
    read_until: Spanned<String>,
    complete_until: Spanned<String>,
    #[serde(default)]
    closures: Vec<Closure>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Closure {
    #[serde(rename = "name")]
    _name: String,
    first: Spanned<String>,
    last: Option<Spanned<String>>,
}

/// The reading days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadingDays {
    /// Whether messages are read on each day of the week, Monday first.
    on: [bool; 7],
    /// `HH:MM`.
    until: String,
    complete_until: Day,
    /// First and last day of each closure.
    closures: Vec<(Day, Day)>,
}

impl ReadingDays {
    /// Reads the operator's list in `folder`, or else the built-in one.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the operator's list is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Self::of(&Source::built_in(NAME, BUILT_IN))
        }
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let on = Weekday::week(file.read_on.get_ref()).ok_or_else(|| {
            source.trouble(
                file.read_on.span().start,
                "read_on names no day, so nobody would ever read a message",
                "Name at least one weekday, such as \"monday\"",
            )
        })?;
        source.minutes("read_until", &file.read_until)?;
        let mut closures = Vec::with_capacity(file.closures.len());
        for closure in &file.closures {
            closures.push(source.days(&closure.first, closure.last.as_ref(), LONGEST)?);
        }
        Ok(Self {
            on,
            until: file.read_until.into_inner(),
            complete_until: source.day(&file.complete_until)?,
            closures,
        })
    }

    /// Whether somebody reads messages on this day.
    #[must_use]
    pub fn is_read_on(&self, day: Day) -> bool {
        self.on.get(day.weekday()).copied().unwrap_or_default()
            && !self
                .closures
                .iter()
                .any(|(first, last)| (*first..=*last).contains(&day))
    }

    /// The first reading day that is not before `day`.
    #[must_use]
    pub fn first_from(&self, day: Day) -> Day {
        (0..SEARCHED)
            .map(|days| day.plus(days))
            .find(|day| self.is_read_on(*day))
            .unwrap_or(day)
    }

    /// The day on which a message that comes now is read.
    #[must_use]
    pub fn next(&self, now: i64, zone: &Zone) -> Day {
        let today = zone.day(now);
        if zone.time(now).as_str() < self.until.as_str() {
            self.first_from(today)
        } else {
            self.first_from(today.plus(1))
        }
    }

    /// The reading day by which a desk should have collected after a collection on `collected`.
    #[must_use]
    pub fn due_after(&self, collected: Day) -> Day {
        self.first_from(collected.plus(1))
    }

    /// The reading day that has passed since a collection on `collected` without another one.
    #[must_use]
    pub fn missed(&self, collected: Day, now: i64, zone: &Zone) -> Option<Day> {
        let due = self.due_after(collected);
        (self.next(now, zone) > due).then_some(due)
    }

    /// The status today, from the day of the last collection.
    #[must_use]
    pub fn status(&self, collected: Day, today: Day) -> Status {
        let due = self.due_after(collected);
        if today >= due.plus(SHUT_AFTER) {
            Status::Shut
        } else if today >= due.plus(UNREAD_AFTER) {
            Status::Unread
        } else {
            Status::Read
        }
    }

    /// The longest run of days from `today` on without a reading day, in days.
    #[must_use]
    pub fn longest_closure(&self, today: Day) -> i32 {
        let (mut longest, mut run) = (0, 0);
        let end = self.complete_until.max(today.plus(7));
        let mut day = today;
        while day <= end {
            run = if self.is_read_on(day) { 0 } else { run + 1 };
            longest = longest.max(run);
            day = day.plus(1);
        }
        longest
    }

    /// The list in one line, which differs for different lists.
    #[must_use]
    pub fn summary(&self) -> String {
        let all = format!("{:?} {} {:?}", self.on, self.until, self.closures);
        let mut digest = hex::encode(sha256(all.as_bytes()));
        digest.truncate(8);
        let until = self.complete_until;
        format!(
            "{} closures until {until} (digest {digest})",
            self.closures.len()
        )
    }

    /// The last day that the list covers.
    #[must_use]
    pub fn complete_until(&self) -> Day {
        self.complete_until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    fn built_in() -> ReadingDays {
        ReadingDays::read(Path::new("there-is-none")).unwrap()
    }

    #[test]
    fn the_built_in_list_has_the_bank_holidays_of_england_until_2028() {
        let days = built_in();
        // gov.uk/bank-holidays; Easter Sunday by the Gregorian rule is 5 April 2026, 28 March 2027
        // and 16 April 2028.
        for holiday in [
            "2026-04-03",
            "2026-04-06",
            "2026-05-04",
            "2026-05-25",
            "2026-08-31",
            "2026-12-25",
            "2026-12-28",
            "2027-01-01",
            "2027-03-26",
            "2027-03-29",
            "2027-05-03",
            "2027-05-31",
            "2027-08-30",
            "2027-12-27",
            "2027-12-28",
            "2028-01-03",
            "2028-04-14",
            "2028-04-17",
            "2028-05-01",
            "2028-05-29",
            "2028-08-28",
            "2028-12-25",
            "2028-12-26",
        ] {
            assert!(!days.is_read_on(day(holiday)), "{holiday}");
            assert!(day(holiday).weekday() < 5, "{holiday} is in a week");
        }
        for working in [
            "2026-11-30",
            "2026-12-24",
            "2026-12-29",
            "2027-12-29",
            "2028-12-27",
        ] {
            assert!(days.is_read_on(day(working)), "control: {working}");
        }
        assert!(!days.is_read_on(day("2026-11-28")), "a Saturday");
        assert_eq!(days.complete_until(), day("2028-12-31"));
        // Friday, 25 December to Monday, 28 December 2026.
        assert_eq!(days.longest_closure(day("2026-11-28")), 4);
    }

    #[test]
    fn p17_the_next_reading_day_is_today_only_while_somebody_still_reads_today() {
        let (days, london) = (built_in(), Zone::default());
        // Friday, 27 November 2026, and Thursday, 24 December 2026.
        for (midnight, hour, next) in [
            (1_795_737_600, 9, "2026-11-27"),
            (1_795_737_600, 15, "2026-11-27"),
            (1_795_737_600, 16, "2026-11-30"),
            (1_795_737_600, 23, "2026-11-30"),
            (1_798_070_400, 17, "2026-12-29"),
        ] {
            assert_eq!(
                days.next(midnight + hour * 3_600, &london),
                day(next),
                "{hour}"
            );
        }
    }

    #[test]
    fn p17_a_reading_day_is_missed_at_its_end_and_no_night_weekend_or_holiday_is() {
        let (days, london) = (built_in(), Zone::default());
        let hours = |day: &str, hour: i64| i64::from(self::day(day).0) * 86_400 + hour * 3_600;
        // Thursday, 26 November 2026, Friday, and Christmas Eve.
        for (collected, day, hour, missed) in [
            ("2026-11-26", "2026-11-26", 23, None),
            ("2026-11-26", "2026-11-27", 3, None),
            ("2026-11-26", "2026-11-27", 15, None),
            ("2026-11-26", "2026-11-27", 16, Some("2026-11-27")),
            ("2026-11-26", "2026-11-29", 12, Some("2026-11-27")),
            ("2026-11-27", "2026-11-29", 12, None),
            ("2026-11-27", "2026-11-30", 9, None),
            ("2026-11-27", "2026-11-30", 17, Some("2026-11-30")),
            ("2026-12-24", "2026-12-28", 23, None),
            ("2026-12-24", "2026-12-29", 15, None),
            ("2026-12-24", "2026-12-29", 16, Some("2026-12-29")),
            // The clock was set back.
            ("2026-12-24", "2026-11-26", 12, None),
        ] {
            assert_eq!(
                days.missed(self::day(collected), hours(day, hour), &london),
                missed.map(self::day),
                "{collected}, {day} at {hour}"
            );
        }
    }

    #[test]
    fn p17_five_and_fourteen_days_count_from_the_reading_day_and_not_from_the_collection() {
        let days = built_in();
        for (collected, unread, shut) in [
            // Thursday: Friday was the day.
            ("2026-11-26", "2026-12-02", "2026-12-11"),
            // Friday: Monday was the day.
            ("2026-11-27", "2026-12-05", "2026-12-14"),
            // Christmas Eve: Tuesday, 29 December was the day.
            ("2026-12-24", "2027-01-03", "2027-01-12"),
        ] {
            let collected = day(collected);
            for (today, status) in [
                (collected, Status::Read),
                (day(unread).plus(-1), Status::Read),
                (day(unread), Status::Unread),
                (day(shut).plus(-1), Status::Unread),
                (day(shut), Status::Shut),
                (day(shut).plus(1_000), Status::Shut),
            ] {
                assert_eq!(days.status(collected, today), status, "{collected} {today}");
            }
        }
    }

    #[test]
    fn a_list_that_cannot_be_right_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        let read = |text: &str| {
            std::fs::write(folder.path().join(NAME), text).unwrap();
            ReadingDays::read(folder.path())
        };
        let good = "read_on = [\"monday\"]\nread_until = \"16:00\"\ncomplete_until = \"2028-12-31\"\n[[closures]]\nname = \"stocktaking\"\nfirst = \"2026-12-21\"\nlast = \"2027-01-08\"\n";
        let own = read(good).unwrap();
        assert_eq!(
            own.first_from(day("2026-12-15")),
            day("2027-01-11"),
            "the control"
        );
        assert_eq!(own.longest_closure(day("2026-11-28")), 27);
        for (of, by, line) in [
            ("[\"monday\"]", "[]", 1),
            ("[\"monday\"]", "[\"mondays\"]", 1),
            ("16:00", "16.00", 2),
            ("16:00", "24:00", 2),
            ("2028-12-31", "31.12.2028", 3),
            ("2026-12-21", "2026-02-30", 6),
            ("2027-01-08", "2026-12-20", 7),
            ("2027-01-08", "2027-12-20", 7),
            ("last =", "lst =", 7),
        ] {
            let trouble = read(&good.replace(of, by)).unwrap_err();
            assert_eq!(trouble.line, Some(line), "{by}: {trouble}");
            assert!(trouble.to_string().contains("closures.toml"), "{trouble}");
        }
    }
}
