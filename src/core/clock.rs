//! The only file that reads the time. All other code takes a [`Clock`], a [`Day`] or a number of
//! seconds, so tests set the time by hand and no code stores a precise time by accident: a tip gets
//! the day only. A day begins at midnight in the residents' time zone.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::SystemTime;

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, Timestamp, civil};
use serde::{Deserialize, Serialize};

mod column;

/// Seconds in a UTC day.
const DAY: i64 = 86_400;

/// Seconds since the machine started. No setting of the clock changes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uptime {
    /// With the time that the machine slept: `CLOCK_BOOTTIME` of clock_gettime(2).
    pub total: i64,
    /// Without it: `CLOCK_MONOTONIC`.
    pub awake: i64,
}

impl Uptime {
    /// Until now.
    #[must_use]
    pub fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};
        Self {
            total: clock_gettime(ClockId::Boottime).tv_sec,
            awake: clock_gettime(ClockId::Monotonic).tv_sec,
        }
    }
}

/// The source of the time, and the time zone of its days.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock, with days in the default [`Zone`].
    System,
    /// A clock that a test sets by hand: seconds since 1970-01-01 UTC. Its days are in the default
    /// [`Zone`].
    Hand(Arc<AtomicI64>),
    /// One of the other two, with days in another zone.
    In(Zone, Arc<Self>),
}

impl Clock {
    /// A clock that stays at `seconds` since 1970-01-01 UTC until a test moves it.
    #[must_use]
    pub fn by_hand(seconds: i64) -> Self {
        Self::Hand(Arc::new(AtomicI64::new(seconds)))
    }

    /// The same clock with days in this zone.
    #[must_use]
    pub fn in_zone(&self, zone: Zone) -> Self {
        match self {
            Self::In(_, clock) => Self::In(zone, Arc::clone(clock)),
            clock => Self::In(zone, Arc::new(clock.clone())),
        }
    }

    /// The zone of this clock's days.
    #[must_use]
    pub fn zone(&self) -> Zone {
        match self {
            Self::In(zone, _) => zone.clone(),
            _ => Zone::default(),
        }
    }

    /// Seconds since 1970-01-01 UTC.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "the only place that reads the wall clock"
    )]
    pub fn now(&self) -> i64 {
        match self {
            Self::System => SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(i64::MAX)),
            Self::Hand(seconds) => seconds.load(Ordering::SeqCst),
            Self::In(_, clock) => clock.now(),
        }
    }

    /// Today, in this clock's zone.
    #[must_use]
    pub fn today(&self) -> Day {
        self.zone().day(self.now())
    }

    /// Waits until this moment. A hand-set clock does not wait.
    pub async fn wait_until(&self, moment: tokio::time::Instant) {
        if self.is_system() {
            tokio::time::sleep_until(moment).await;
        }
    }

    fn is_system(&self) -> bool {
        match self {
            Self::System => true,
            Self::Hand(_) => false,
            Self::In(_, clock) => clock.is_system(),
        }
    }

    /// Moves a hand-set clock forward. Does nothing to the machine's clock.
    pub fn advance(&self, seconds: i64) {
        match self {
            Self::System => {}
            Self::Hand(now) => {
                now.fetch_add(seconds, Ordering::SeqCst);
            }
            Self::In(_, clock) => clock.advance(seconds),
        }
    }
}

/// The default zone: Norwich is in it.
static LONDON: LazyLock<Zone> =
    LazyLock::new(|| Zone::named("Europe/London").unwrap_or_else(|_| Zone(TimeZone::UTC)));

/// A time zone of the IANA database. The program contains the database and reads no other, so a
/// machine with an old database, or none, computes the same days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(TimeZone);

/// The name is not in the time zone database. The error does not repeat the name, because a
/// configuration file may contain a secret there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a time zone of the IANA database")]
pub struct NoZone;

impl Default for Zone {
    fn default() -> Self {
        LONDON.clone()
    }
}

impl Zone {
    /// The zone of this name, such as `Europe/London`.
    ///
    /// # Errors
    /// [`NoZone`] if the database does not have it.
    pub fn named(name: &str) -> Result<Self, NoZone> {
        TimeZoneDatabase::bundled()
            .get(name)
            .map(Self)
            .map_err(|_| NoZone)
    }

    /// Its name in the database, such as `Europe/London`.
    #[must_use]
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The day of this second (since 1970-01-01 UTC).
    #[must_use]
    pub fn day(&self, seconds: i64) -> Day {
        Day(i32::try_from(self.local(seconds).div_euclid(DAY)).unwrap_or(i32::MAX))
    }

    /// The time of day of this second (since 1970-01-01 UTC), as `HH:MM`. For staff: nothing of a
    /// resident has a time.
    #[must_use]
    pub fn time(&self, seconds: i64) -> String {
        let minutes = self.local(seconds).rem_euclid(DAY) / 60;
        format!("{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// The minute of the day of this second (since 1970-01-01 UTC), from 0.
    #[must_use]
    pub fn minute(&self, seconds: i64) -> u16 {
        u16::try_from(self.local(seconds).rem_euclid(DAY) / 60).unwrap_or_default()
    }

    /// This second (since 1970-01-01 UTC) plus the zone's offset at it.
    fn local(&self, seconds: i64) -> i64 {
        let ahead = Timestamp::from_second(seconds)
            .map_or(0, |moment| i64::from(self.0.to_offset(moment).seconds()));
        seconds.saturating_add(ahead)
    }

    /// The first second of a day (since 1970-01-01 UTC). If clocks go forward at midnight, the day
    /// begins at its first existing second.
    #[must_use]
    fn start(&self, day: Day) -> i64 {
        self.at(day, 0)
    }

    /// The second (since 1970-01-01 UTC) at which the clocks of this day show a time, in minutes
    /// after midnight. If clocks go forward over that time, the second is later by the same span. If
    /// they show it twice, it is the first of both. 1,440 minutes are the midnight after the day.
    #[must_use]
    pub fn at(&self, day: Day, minutes: u16) -> i64 {
        let (day, minutes) = (
            day.plus(i32::from(minutes / 1_440)),
            i64::from(minutes % 1_440),
        );
        let date = Span::new()
            .try_days(day.0)
            .and_then(|days| civil::date(1970, 1, 1).checked_add(days));
        let shown = date.and_then(|date| {
            let midnight = date.at(0, 0, 0, 0);
            midnight.checked_add(Span::new().try_minutes(minutes)?)
        });
        let moment = shown.and_then(|shown| self.0.to_ambiguous_timestamp(shown).compatible());
        moment.map_or_else(
            |_| i64::from(day.0) * DAY + minutes * 60,
            Timestamp::as_second,
        )
    }

    /// The first second of the day that contains `now`, and of the next day. They are 23, 24 or 25
    /// hours apart. The second value is always after `now`.
    #[must_use]
    pub fn day_around(&self, now: i64) -> (i64, i64) {
        let day = self.day(now);
        let (start, next) = (self.start(day), self.start(day.plus(1)));
        // A zone may repeat an hour across midnight, and then the date goes back. That hour belongs
        // to the day that has already begun.
        if next <= now {
            (next, self.start(day.plus(2)))
        } else {
            (start, next)
        }
    }
}

/// A day of the week, in the order of [`Day::weekday`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the names say it all")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// A week, Monday first, with these days set. `None` if there is no day.
    #[must_use]
    pub fn week(days: &[Self]) -> Option<[bool; 7]> {
        let mut on = [false; 7];
        for weekday in days {
            if let Some(day) = on.get_mut(*weekday as usize) {
                *day = true;
            }
        }
        (!days.is_empty()).then_some(on)
    }
}

/// A day, counted from 1970-01-01. Prints as `YYYY-MM-DD` (ISO 8601).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub i32);

impl Day {
    /// This day plus a number of days.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day of the week, from 0 for Monday. 1970-01-01 was a Thursday.
    #[must_use]
    pub fn weekday(self) -> usize {
        usize::try_from(self.0.saturating_add(3).rem_euclid(7)).unwrap_or_default()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let date = time::Date::from_julian_day(self.0.saturating_add(2_440_588))
            .unwrap_or(time::Date::MAX);
        let (year, month) = (date.year(), u8::from(date.month()));
        // With the width of a table's column.
        f.pad(&format!("{year:04}-{month:02}-{:02}", date.day()))
    }
}

impl Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Not a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a date: write it as YYYY-MM-DD, such as 2026-11-22")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let date = time::Date::parse(
            text,
            time::macros::format_description!("[year]-[month]-[day]"),
        )
        .map_err(|_| NotADay)?;
        Ok(Self(date.to_julian_day() - 2_440_588))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-22, 00:00 UTC.
    const MIDNIGHT: i64 = 1_795_305_600;
    /// In 2026 UK clocks go forward on 29 March and back on 25 October, both at 01:00 UTC.
    const FORWARD: i64 = 1_774_746_000;
    const BACK: i64 = 1_792_890_000;

    fn utc() -> Zone {
        Zone::named("UTC").unwrap()
    }

    #[test]
    fn only_the_day_is_told() {
        for (seconds, day) in [
            (0, "1970-01-01"),
            (MIDNIGHT - 1, "2026-11-21"),
            (MIDNIGHT, "2026-11-22"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(utc().day(seconds).to_string(), day);
        }
        assert_eq!(
            (utc().day(i64::MAX), utc().day(i64::MIN)),
            (Day(i32::MAX), Day(i32::MAX)),
            "no panic"
        );
    }

    #[test]
    fn p3_the_day_begins_at_the_residents_midnight_in_winter_and_summer() {
        let london = Zone::default();
        assert_eq!(Ok(london.clone()), Zone::named("europe/london"));
        // 2026-07-01, 23:30 UTC: half an hour into 2 July in London.
        let night = 1_782_948_600;
        assert_eq!(
            (london.day(night).to_string(), utc().day(night).to_string()),
            ("2026-07-02".into(), "2026-07-01".into()),
            "UTC is the control"
        );
        assert_eq!(
            (london.day(night - 1_800), london.day(night - 1_801)),
            (Day(20_636), Day(20_635))
        );
        assert_eq!(
            london.day(MIDNIGHT),
            utc().day(MIDNIGHT),
            "in winter both are the same"
        );
        let clock = Clock::by_hand(night);
        assert_eq!(
            (clock.today(), clock.in_zone(utc()).today()),
            (Day(20_636), Day(20_635))
        );
        let moved = clock.in_zone(utc()).in_zone(london);
        clock.advance(DAY);
        assert_eq!(
            (moved.today(), moved.now()),
            (Day(20_637), night + DAY),
            "it is one clock"
        );
    }

    #[test]
    fn a_day_has_23_24_or_25_hours_and_every_second_is_in_one() {
        let london = Zone::default();
        for (switch, hours) in [(FORWARD, 23), (BACK, 25), (MIDNIGHT + DAY / 2, 24)] {
            let (start, next) = london.day_around(switch);
            assert_eq!(next - start, hours * 3_600);
            for now in [start, start + 1, switch - 1, switch, next - 1] {
                assert_eq!(
                    (london.day_around(now), london.day(now)),
                    ((start, next), london.day(start)),
                    "{now}"
                );
            }
            assert_eq!(
                (london.day(start - 1), london.day(next)),
                (london.day(start).plus(-1), london.day(start).plus(1))
            );
        }
    }

    #[test]
    fn a_time_of_day_exists_once_even_when_clocks_change() {
        let london = Zone::default();
        for (day, time, after, shown) in [
            // 29 March 2026: 01:30 is skipped. 25 October: 01:30 is shown twice.
            (20_541, 90, 3_600 + 1_800, "02:30"),
            (20_541, 540, 8 * 3_600, "09:00"),
            (20_751, 90, 1_800, "01:30"),
            (20_751, 540, 9 * 3_600, "09:00"),
            (20_784, 540, 9 * 3_600, "09:00"),
            (20_784, 1_440, DAY, "00:00"),
        ] {
            let at = london.at(Day(day), time);
            assert_eq!(
                (at - i64::from(day) * DAY, london.time(at).as_str()),
                (after, shown),
                "{} {time}",
                Day(day)
            );
        }
        for day in [Day(i32::MAX), Day(i32::MIN)] {
            assert_eq!(london.at(day, 0) / DAY, i64::from(day.0), "no panic");
        }
    }

    /// Zones without a midnight on one day (Beirut), with a repeated hour across midnight (Havana,
    /// St John's in 2010) or with a missing day (Apia).
    #[test]
    fn an_odd_zone_has_days_that_follow_each_other_too() {
        for name in [
            "Asia/Beirut",
            "America/Havana",
            "America/St_Johns",
            "Pacific/Apia",
            "Asia/Kathmandu",
            "Pacific/Kiritimati",
            "UTC",
        ] {
            let zone = Zone::named(name).unwrap();
            // 2010 to 2026.
            let mut now = 1_262_304_000;
            while now < 1_798_761_600 {
                let (start, next) = zone.day_around(now);
                assert!(
                    start <= now && now < next && next - start <= 26 * 3_600,
                    "{name} {now}: {start} {next}"
                );
                now = next;
            }
        }
        for name in [
            "",
            "Norwich",
            "Europe/Norwich",
            "../etc/passwd",
            "Europe/London\0",
        ] {
            assert_eq!(Zone::named(name), Err(NoZone), "{name:?}");
        }
    }

    #[test]
    fn a_day_reads_back_as_it_is_written() {
        for day in [Day(0), Day(20_780), Day(-1)] {
            assert_eq!(day.to_string().parse(), Ok(day));
        }
        for text in [
            "",
            "2026-02-30",
            "22.11.2026",
            "2026-11-22T12:00",
            "2026-1-2",
        ] {
            assert_eq!(text.parse::<Day>(), Err(NotADay), "{text}");
        }
    }
}
