//! Scheduled work of the gateway. It releases stored tips at fixed times (promise P3), tells the
//! queue when to update its quotas (promise P8), drops expired state each minute, overwrites reply
//! rows each hour (promise P16), and deletes and rewrites at night (promise P7). One task; what is due depends only on two times and the
//! residents' time zone.
//!
//! Release times are counted from the residents' midnight, and midnight is always one of them. A
//! tip carries the residents' day. A release with tips of two days, or one that ends at another
//! zone's midnight, would reveal more than the day: a daily release by UTC in summer would release
//! the first hour of a resident's day apart from the rest. Times are counted in elapsed seconds,
//! not in local clock time, so that a day of 23 or 25 hours neither skips nor repeats a release.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use crate::reading_days::Status;
use crate::sms::TextMessages;
use crate::state::Gateway;
use crate::store::{Beat, Error, Store};
use loke_core::clock::{Clock, Day, Zone};
use loke_core::random;
use loke_core::seal::{MacKey, expiry_spread};
use loke_core::tip::Lane;

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
/// The nightly work starts between the second and the fifth hour of the residents' day.
const NIGHT_STARTS: i64 = HOUR;
const NIGHT_LASTS: i64 = 4 * HOUR;
/// Interval at which the task checks the clock.
const TICK: Duration = Duration::from_secs(1);

/// Tracks what is due, and retries what failed.
pub struct Housekeeping {
    store: Store,
    release_minutes: u32,
    /// Days that a tip stays longer if no desk ever held it.
    grace: i32,
    zone: Zone,
    /// Time of the last step, in seconds since 1970.
    last: i64,
    /// Second of the day at which tonight's work starts.
    night: i64,
    owed: Owed,
    /// The key of the rows that are overwritten each hour.
    covers: Option<MacKey>,
}

/// Work that was due and is not done yet.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Owed {
    release: bool,
    night: bool,
}

/// Runs the housekeeping of a gateway until `stop` changes.
pub async fn run(
    gateway: Arc<Gateway>,
    texts: Option<Arc<TextMessages>>,
    release_minutes: u32,
    mut stop: watch::Receiver<bool>,
) {
    let mut chores = Housekeeping::start(
        gateway.store.clone(),
        release_minutes,
        gateway.config.retention_days,
        &gateway.clock,
    )
    .await;
    if gateway.config.web.is_some() {
        chores = chores.covering(gateway.mac_key.clone());
    }
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {}
        }
        let now = gateway.clock.now();
        if chores.is_new_hour(now) {
            say_if_nobody_collects(&gateway);
        }
        if chores.is_new_minute(now) {
            gateway.tidy();
            if let Some(texts) = &texts {
                texts.tidy();
            }
        }
        chores.step(now).await;
    }
}

/// One line an hour and lane.
fn say_if_nobody_collects(gateway: &Gateway) {
    for lane in Lane::ALL {
        match gateway.status(Some(*lane)) {
            Status::Read | Status::Closed => {}
            Status::Unread => {
                tracing::error!(
                    action = "look",
                    lane = lane.word(),
                    "no desk collects this lane: the page says that nobody reads"
                );
            }
            Status::Shut => {
                tracing::error!(
                    action = "look",
                    lane = lane.word(),
                    "no desk collects this lane: nothing is taken for it"
                );
            }
        }
    }
}

impl Housekeeping {
    /// Deletes what expired while the gateway was down. Does not release stored tips: the start is
    /// not a fixed time, so a release would reveal that a tip arrived just before it.
    pub async fn start(
        store: Store,
        release_minutes: u32,
        retention_days: u16,
        clock: &Clock,
    ) -> Self {
        let mut chores = Self {
            store,
            release_minutes,
            grace: grace(retention_days),
            zone: clock.zone(),
            last: clock.now(),
            night: random_night(),
            owed: Owed::default(),
            covers: None,
        };
        let expired = chores.store.expire(clock.today(), chores.grace).await;
        chores.owed.night = !done("expire", expired);
        chores
    }

    /// Overwrites reply rows each hour: a work of the process that takes "forget".
    #[must_use]
    pub fn covering(mut self, key: MacKey) -> Self {
        self.covers = Some(key);
        self
    }

    /// Whether a minute began since the last step.
    #[must_use]
    pub fn is_new_minute(&self, now: i64) -> bool {
        now.div_euclid(MINUTE) != self.last.div_euclid(MINUTE)
    }

    /// Whether an hour began since the last step.
    #[must_use]
    pub fn is_new_hour(&self, now: i64) -> bool {
        now.div_euclid(HOUR) != self.last.div_euclid(HOUR)
    }

    /// Does what became due since the last step. Retries failed work in the next minute.
    pub async fn step(&mut self, now: i64) {
        let again = self.is_new_minute(now);
        let release =
            next_release(self.last, self.release_minutes, &self.zone).is_some_and(|at| at <= now);
        let night = next_daily(self.last, self.night, &self.zone) <= now;
        let hour = self.is_new_hour(now);
        // If the clock was set back, continue from the new time.
        self.last = now;
        if again {
            self.read_collections().await;
        }
        if release || (again && self.owed.release) {
            self.owed.release = !done("release", self.store.release().await);
        }
        // A process without [pickup] has no release times: it draws its senders' limits again every
        // hour.
        let limits = release || (hour && self.release_minutes == 0);
        for (_, beat) in [
            (again, Beat::Minute),
            (hour, Beat::Hour),
            (limits, Beat::Release),
        ]
        .iter()
        .filter(|(due, _)| *due)
        {
            self.store.beat(*beat);
        }
        if hour {
            if let Some(key) = &self.covers {
                done("cover", self.store.cover_replies(key, now).await);
            }
            self.say_if_it_fills().await;
        }
        if night || (again && self.owed.night) {
            self.owed.night = !self.work_of_the_night(self.zone.day(now)).await;
        }
        if night {
            self.night = random_night();
        }
    }

    /// One line an hour, so that no line belongs to a single report.
    async fn say_if_it_fills(&self) {
        if matches!(self.store.fills().await, Ok(true)) {
            tracing::warn!(
                action = "look",
                "the queue is more than half full: collect the tips, and check for a flood"
            );
        }
    }

    /// Another process of this queue may serve the pickup.
    async fn read_collections(&self) {
        if let Err(problem) = self.store.read_collections().await {
            tracing::debug!(action = "read collections", %problem);
        }
    }

    async fn work_of_the_night(&self, today: Day) -> bool {
        done("expire", self.store.expire(today, self.grace).await)
            && done("rewrite", self.store.rewrite().await)
    }
}

/// Days that a tip stays longer if no desk ever held it. Even with the earliest random day of
/// expiry, twice the retention passes first.
#[must_use]
pub fn grace(retention_days: u16) -> i32 {
    i32::from(retention_days) + expiry_spread(retention_days)
}

/// Logs a failure by its kind. Returns true on success.
fn done(action: &'static str, outcome: Result<(), Error>) -> bool {
    if let Err(problem) = &outcome {
        tracing::error!(action, %problem);
    }
    outcome.is_ok()
}

/// The first release time after `now`: a whole multiple of `minutes` since the residents' midnight.
/// Midnight is always one. A rest of the day of less than half a step joins the step before it: on
/// a day of 25 hours, a daily release must not release the last hour separately. `None` if tips are
/// stored released.
#[must_use]
pub fn next_release(now: i64, minutes: u32, zone: &Zone) -> Option<i64> {
    let step = i64::from(minutes)
        .checked_mul(MINUTE)
        .filter(|step| *step > 0)?;
    let (midnight, next_midnight) = zone.day_around(now);
    let later_today = midnight + ((now - midnight) / step + 1) * step;
    Some(if next_midnight - later_today < step / 2 {
        next_midnight
    } else {
        later_today
    })
}

/// The first time after `now` that is `second` seconds into a day.
fn next_daily(now: i64, second: i64, zone: &Zone) -> i64 {
    let (midnight, next_midnight) = zone.day_around(now);
    if midnight + second > now {
        midnight + second
    } else {
        next_midnight + second
    }
}

/// A random minute of the night, as a second of the day. Without randomness, the start of the
/// night.
fn random_night() -> i64 {
    let minutes = u64::try_from(NIGHT_LASTS / MINUTE).unwrap_or(1);
    NIGHT_STARTS
        + random::below(minutes).map_or(0, |minute| i64::try_from(minute).unwrap_or(0) * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;
    /// Midnight of a day in winter, when London has UTC.
    const MIDNIGHT: i64 = 1_795_305_600;
    /// London's midnights of the days in 2026 on which clocks go forward and back, and of one day
    /// in summer.
    const SHORT: i64 = 1_774_742_400;
    const LONG: i64 = 1_792_882_800;
    const SUMMER: i64 = 1_782_860_400;

    /// Every release between two times.
    fn releases(from: i64, until: i64, minutes: u32, zone: &Zone) -> Vec<i64> {
        let next = |at: &i64| next_release(*at, minutes, zone).filter(|at| *at <= until);
        std::iter::successors(next(&(from - 1)), next).collect()
    }

    #[test]
    fn release_times_are_whole_multiples_of_the_day() {
        for (now, minutes, next) in [
            (0, 60, HOUR),
            (1, 60, HOUR),
            (HOUR - 1, 60, HOUR),
            (HOUR, 60, 2 * HOUR),
            (23 * HOUR + 1, 60, DAY),
            (DAY - 1, 7, DAY),
            (7 * MINUTE, 7, 14 * MINUTE),
            (5, 1_440, DAY),
            (5, 5_000, DAY),
        ] {
            assert_eq!(
                next_release(MIDNIGHT + now, minutes, &Zone::default()),
                Some(MIDNIGHT + next),
                "{now} {minutes}"
            );
        }
        assert_eq!(next_release(MIDNIGHT, 0, &Zone::default()), None);
        assert!(next_release(MIDNIGHT, u32::MAX, &Zone::default()).is_some());
    }

    #[test]
    fn p3_no_release_is_left_out_or_repeated_when_clocks_change() {
        let zone = Zone::default();
        for (midnight, hours) in [(SHORT, 23), (LONG, 25), (SUMMER, 24), (MIDNIGHT, 24)] {
            let next = midnight + hours * HOUR;
            let hourly: Vec<i64> = (0..=hours).map(|hour| midnight + hour * HOUR).collect();
            assert_eq!(releases(midnight, next, 60, &zone), hourly);
            assert_eq!(
                releases(midnight, next, 1_440, &zone),
                [midnight, next],
                "only the two midnights"
            );
            let sevenths = releases(midnight, next, 7, &zone);
            assert_eq!(
                (sevenths.first(), sevenths.last()),
                (Some(&midnight), Some(&next))
            );
            let steps: Vec<i64> = sevenths.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(steps.iter().rev().skip(1).all(|step| *step == 7 * MINUTE));
            assert!(
                steps
                    .iter()
                    .all(|step| (7 * MINUTE / 2..=7 * MINUTE * 3 / 2).contains(step)),
                "{:?}",
                steps.last()
            );
            assert!(
                (
                    releases(midnight, next, 720, &zone).len(),
                    releases(midnight, next, 5_000, &zone).len()
                ) == (3, 2),
                "{hours}"
            );
        }
    }

    /// One release has tips of one day only, and no day is released in parts shorter than the step.
    #[test]
    fn p3_a_daily_release_gives_out_one_whole_day_of_the_residents() {
        let days = |by: &Zone| {
            let london = Zone::default();
            releases(SUMMER, SUMMER + 3 * DAY, 1_440, by)
                .windows(2)
                .map(|pair| [london.day(pair[0]), london.day(pair[1] - 1)])
                .collect::<Vec<_>>()
        };
        let one_each = |days: &[[Day; 2]]| days.iter().all(|[first, last]| first == last);
        assert!(one_each(&days(&Zone::default())));
        assert!(
            !one_each(&days(&Zone::named("UTC").unwrap())),
            "control: by UTC the first hour of a day is released separately"
        );
    }

    #[test]
    fn p17_no_tip_that_no_desk_held_expires_before_twice_the_retention() {
        for retention in [1, 2, 7, 30, 90, u16::MAX] {
            let stored = Day(20_000);
            let earliest = stored.plus(i32::from(retention) - expiry_spread(retention));
            for _ in 0..200 {
                let drawn = loke_core::seal::fuzz_expiry(stored, retention).unwrap();
                assert!(drawn >= earliest, "{retention}");
            }
            let kept_until = earliest.plus(grace(retention));
            assert_eq!(kept_until, stored.plus(2 * i32::from(retention)));
        }
    }

    #[test]
    fn the_night_comes_once_a_day() {
        let (second, zone) = (3 * HOUR, Zone::default());
        assert_eq!(next_daily(MIDNIGHT, second, &zone), MIDNIGHT + second);
        assert_eq!(
            next_daily(MIDNIGHT + second, second, &zone),
            MIDNIGHT + DAY + second
        );
        for (midnight, hours) in [(SHORT, 23), (LONG, 25)] {
            for second in [
                HOUR,
                HOUR + MINUTE,
                2 * HOUR - MINUTE,
                2 * HOUR,
                5 * HOUR - MINUTE,
            ] {
                assert_eq!(next_daily(midnight - 1, second, &zone), midnight + second);
                assert_eq!(
                    next_daily(midnight + second, second, &zone),
                    midnight + hours * HOUR + second
                );
            }
        }
        for _ in 0..1_000 {
            let night = random_night();
            assert!(
                (NIGHT_STARTS..NIGHT_STARTS + NIGHT_LASTS).contains(&night) && night % MINUTE == 0,
                "{night}"
            );
        }
    }
}
