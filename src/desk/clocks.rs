//! How soon staff deal with a tip (`rules/clocks.toml`): targets, working hours and holidays. Hours
//! count from the collection and only while staff work; days count from the day of the tip. A
//! deadline depends on the tip alone, so passing a tip to a colleague never moves it. Only waiting
//! for an outsider does.

use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::{Day, Weekday, Zone};
use loke_core::config::{ConfigError, Source};
use loke_core::tip::{Lane, Priority, Topic};

/// The built-in file, and its path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../rules/clocks.toml");
const NAME: &str = "rules/clocks.toml";
/// The longest holiday in days.
const LONGEST: i32 = 92;
/// Limit of a search for working time, in days.
const SEARCHED: i32 = 4_000;
/// The longest target, in hours or days.
const TARGET: u16 = 365;
const HOUR: i64 = 3_600;
/// Working hours until a translation, if the file has no other target.
const TRANSLATION: u16 = 4;
/// Working hours until a decision about a waiting reply, if the file has no other target.
const REPLY: u16 = 8;

static SHIPPED: LazyLock<Clocks> =
    LazyLock::new(|| Clocks::of(&Source::built_in(NAME, BUILT_IN)).unwrap_or(Clocks::PLAIN));

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    complete_until: Spanned<String>,
    hours: Hours,
    targets: Targets,
    #[serde(default)]
    holidays: Vec<Holiday>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    days: Spanned<Vec<Weekday>>,
    from: Spanned<String>,
    until: Spanned<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Targets {
    offensive_graffiti_hours: Spanned<u16>,
    other_graffiti_days: Spanned<u16>,
    high_risk_days: Spanned<u16>,
    standard_days: Spanned<u16>,
    /// Older files have none.
    translation_hours: Option<Spanned<u16>>,
    /// Older files have none.
    reply_hours: Option<Spanned<u16>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    #[serde(rename = "name")]
    _name: String,
    first: Spanned<String>,
    last: Option<Spanned<String>>,
}

/// The facts of a tip that decide its deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of a tip")]
pub struct Facts {
    pub topic: Topic,
    pub lane: Lane,
    pub priority: Priority,
    pub offensive: bool,
    pub danger: bool,
    pub child: bool,
    /// The day of the tip.
    pub received: Day,
}

impl Facts {
    /// Whether the target for high risk applies.
    #[must_use]
    pub fn is_high_risk(&self) -> bool {
        self.danger
            || self.child
            || self.priority == Priority::Now
            || self.lane == Lane::Safeguarding
    }
}

/// Targets, working hours and holidays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clocks {
    /// Whether staff work on each day of the week, Monday first.
    on: [bool; 7],
    /// Minutes after midnight.
    opens: u16,
    closes: u16,
    /// First and last day of each holiday.
    holidays: Vec<(Day, Day)>,
    complete_until: Day,
    offensive_graffiti_hours: u16,
    other_graffiti_days: u16,
    high_risk_days: u16,
    standard_days: u16,
    translation_hours: u16,
    reply_hours: u16,
}

impl Clocks {
    /// The built-in values without holidays. A test compares them with the built-in file.
    const PLAIN: Self = Self {
        on: [true, true, true, true, true, false, false],
        opens: 9 * 60,
        closes: 17 * 60,
        holidays: Vec::new(),
        complete_until: Day(21_549),
        offensive_graffiti_hours: 2,
        other_graffiti_days: 14,
        high_risk_days: 2,
        standard_days: 5,
        translation_hours: TRANSLATION,
        reply_hours: REPLY,
    };

    /// Reads the operator's file in `folder`, or else the built-in one. After an error, keep the
    /// clocks that were read before, or the built-in ones.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the operator's file is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Ok(Self::built_in())
        }
    }

    /// The built-in clocks.
    #[must_use]
    pub fn built_in() -> Self {
        SHIPPED.clone()
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let on = Weekday::week(file.hours.days.get_ref()).ok_or_else(|| {
            source.trouble(
                file.hours.days.span().start,
                "days names no day, so no clock would ever run",
                "Name at least one weekday, such as \"monday\"",
            )
        })?;
        let opens = source.minutes("from", &file.hours.from)?;
        let closes = match file.hours.until.get_ref().as_str() {
            "24:00" => 24 * 60,
            _ => source.minutes("until", &file.hours.until)?,
        };
        if closes <= opens {
            return Err(source.trouble(
                file.hours.until.span().start,
                "the work ends before it begins",
                "Correct `from` or `until`",
            ));
        }
        let target = |value: &Spanned<u16>| match *value.get_ref() {
            value @ 1..=TARGET => Ok(value),
            _ => Err(source.trouble(
                value.span().start,
                format!("a target is between 1 and {TARGET}"),
                "Correct this line",
            )),
        };
        let mut holidays = Vec::with_capacity(file.holidays.len());
        for holiday in &file.holidays {
            holidays.push(source.days(&holiday.first, holiday.last.as_ref(), LONGEST)?);
        }
        Ok(Self {
            on,
            opens,
            closes,
            holidays,
            complete_until: source.day(&file.complete_until)?,
            offensive_graffiti_hours: target(&file.targets.offensive_graffiti_hours)?,
            other_graffiti_days: target(&file.targets.other_graffiti_days)?,
            high_risk_days: target(&file.targets.high_risk_days)?,
            standard_days: target(&file.targets.standard_days)?,
            translation_hours: match &file.targets.translation_hours {
                Some(hours) => target(hours)?,
                None => TRANSLATION,
            },
            reply_hours: match &file.targets.reply_hours {
                Some(hours) => target(hours)?,
                None => REPLY,
            },
        })
    }

    /// The last day that the list of holidays covers.
    #[must_use]
    pub fn complete_until(&self) -> Day {
        self.complete_until
    }

    /// Whether a whole working day passed between two days.
    #[must_use]
    pub fn misses_a_working_day(&self, last: Day, today: Day) -> bool {
        let days = last.0.saturating_add(1)..today.0;
        days.take(SEARCHED.unsigned_abs() as usize)
            .any(|day| self.is_working_day(Day(day)))
    }

    /// Whether staff work on this day.
    #[must_use]
    pub fn is_working_day(&self, day: Day) -> bool {
        self.on.get(day.weekday()).copied().unwrap_or_default() && !self.is_holiday(day)
    }

    /// Whether this day is on the list of holidays.
    #[must_use]
    pub fn is_holiday(&self, day: Day) -> bool {
        let mut holidays = self.holidays.iter();
        holidays.any(|(first, last)| (*first..=*last).contains(&day))
    }

    /// The working day that is this many working days after `day`, which does not count itself.
    #[must_use]
    pub fn working_day_after(&self, day: Day, days: u16) -> Day {
        let following = (1..SEARCHED).map(|days| day.plus(days));
        following
            .filter(|day| self.is_working_day(*day))
            .take(usize::from(days))
            .last()
            .unwrap_or(day)
    }

    /// Whether staff work at this second.
    #[must_use]
    pub fn is_working_time(&self, zone: &Zone, at: i64) -> bool {
        self.hours(zone, zone.day(at))
            .is_some_and(|(opens, closes)| (opens..closes).contains(&at))
    }

    /// The seconds at which the work of a day begins and ends.
    fn hours(&self, zone: &Zone, day: Day) -> Option<(i64, i64)> {
        self.is_working_day(day)
            .then(|| (zone.at(day, self.opens), zone.at(day, self.closes)))
    }

    /// The second by which somebody should have dealt with this tip. `collected` is the second of
    /// its collection.
    #[must_use]
    pub fn deadline(&self, zone: &Zone, tip: &Facts, collected: i64) -> i64 {
        let is_offensive = tip.topic == Topic::Graffiti && tip.offensive;
        let hours = is_offensive.then(|| {
            let target = i64::from(self.offensive_graffiti_hours) * HOUR;
            self.after_working(zone, collected, target)
        });
        let days = match tip.topic {
            _ if tip.is_high_risk() => Some(self.high_risk_days),
            Topic::Graffiti if is_offensive => None,
            Topic::Graffiti => Some(self.other_graffiti_days),
            _ => Some(self.standard_days),
        };
        let days = days.map(|days| {
            let last = self.working_day_after(tip.received, days);
            zone.at(last, self.closes)
        });
        hours.into_iter().chain(days).min().unwrap_or(collected)
    }

    /// The day by which urgent work that is ordered at `at` is to be done.
    #[must_use]
    pub fn urgent_due(&self, zone: &Zone, at: i64) -> Day {
        let hours = i64::from(self.offensive_graffiti_hours) * HOUR;
        zone.day(self.after_working(zone, at, hours))
    }

    /// The day by which other graffiti that is ordered on `day` is to be gone.
    #[must_use]
    pub fn graffiti_due(&self, day: Day) -> Day {
        self.working_day_after(day, self.other_graffiti_days)
    }

    /// The second by which a translation should be there that somebody asks for at `asked`.
    #[must_use]
    pub fn translation_due(&self, zone: &Zone, asked: i64) -> i64 {
        self.after_working(zone, asked, i64::from(self.translation_hours) * HOUR)
    }

    /// The second by which somebody should decide about a reply that waits since `written`.
    #[must_use]
    pub fn reply_due(&self, zone: &Zone, written: i64) -> i64 {
        self.after_working(zone, written, i64::from(self.reply_hours) * HOUR)
    }

    /// The deadline after a wait for an outsider: it moves by the working time of the wait. A
    /// deadline that was missed before the wait began stays missed.
    #[must_use]
    pub fn paused(&self, zone: &Zone, deadline: i64, from: i64, until: i64) -> i64 {
        if from >= deadline {
            return deadline;
        }
        self.after_working(zone, deadline, self.working_between(zone, from, until))
    }

    /// The working time between two moments, in seconds.
    #[must_use]
    pub fn working_between(&self, zone: &Zone, from: i64, until: i64) -> i64 {
        let first = zone.day(from);
        let mut worked: i64 = 0;
        for day in (0..SEARCHED).map(|days| first.plus(days)) {
            if zone.at(day, 0) >= until {
                break;
            }
            if let Some((opens, closes)) = self.hours(zone, day) {
                let (opens, closes) = (opens.max(from), closes.min(until));
                worked += closes.saturating_sub(opens).max(0);
            }
        }
        worked
    }

    /// The first second from `from` on by which staff have worked this long.
    #[must_use]
    pub fn after_working(&self, zone: &Zone, from: i64, seconds: i64) -> i64 {
        if seconds <= 0 {
            return from;
        }
        let (first, mut rest) = (zone.day(from), seconds);
        for day in (0..SEARCHED).map(|days| first.plus(days)) {
            let Some((opens, closes)) = self.hours(zone, day) else {
                continue;
            };
            let opens = opens.max(from);
            let there = closes.saturating_sub(opens).max(0);
            if rest <= there {
                return opens + rest;
            }
            rest -= there;
        }
        from.saturating_add(seconds)
    }

    /// The working time until the deadline or since then, for people: `2 h 10 min left`,
    /// `3 working days left`, `40 min over`.
    #[must_use]
    pub fn left(&self, zone: &Zone, now: i64, deadline: i64) -> String {
        let (seconds, side, nothing) = if now <= deadline {
            let seconds = self.working_between(zone, now, deadline);
            (seconds, "left", "due now")
        } else {
            let seconds = self.working_between(zone, deadline, now);
            (seconds, "over", "just over")
        };
        let minutes = seconds / 60;
        let a_day = i64::from(self.closes.saturating_sub(self.opens)).max(1);
        match (minutes / a_day, minutes / 60, minutes % 60) {
            (1, _, _) => format!("1 working day {side}"),
            (days @ 2.., _, _) => format!("{days} working days {side}"),
            (_, 0, 0) => nothing.to_owned(),
            (_, 0, minutes) => format!("{minutes} min {side}"),
            (_, hours, 0) => format!("{hours} h {side}"),
            (_, hours, minutes) => format!("{hours} h {minutes} min {side}"),
        }
    }
}

#[cfg(test)]
mod tests;
