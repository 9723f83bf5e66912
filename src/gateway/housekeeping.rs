//! What the gateway does by the clock: releases waiting tips at fixed times (promise P3), forgets what it no longer needs each
//! minute, and deletes and rewrites at night (promise P7). One task; what is due follows from two moments alone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::site::Site;
use super::sms::Texts;
use crate::clock::{Clock, Day};
use crate::random;
use crate::store::{Error, Store};

const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// The night's work falls between one and five o'clock UTC.
const NIGHT_STARTS: i64 = HOUR;
const NIGHT_LASTS: i64 = 4 * HOUR;
/// How often the task looks at the clock.
const TICK: Duration = Duration::from_secs(1);

/// What is due by the clock, and what failed and must be tried again.
pub struct Housekeeping {
    store: Store,
    release_minutes: u32,
    /// The moment of the last step, in seconds since 1970.
    last: i64,
    /// Second of the day at which tonight's work starts.
    night: i64,
    owed: Owed,
}

/// Work that was due and is not done yet.
#[derive(Default, Clone, Copy, PartialEq, Eq, Debug)]
struct Owed {
    release: bool,
    night: bool,
}

/// Does the housekeeping of a gateway until `stop` says so.
pub async fn run(site: Arc<Site>, texts: Option<Arc<Texts>>, release_minutes: u32, mut stop: watch::Receiver<bool>) {
    let mut chores = Housekeeping::start(site.store.clone(), release_minutes, &site.clock).await;
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = stop.changed() => return,
            _ = tick.tick() => {}
        }
        let now = site.clock.now();
        if chores.is_new_minute(now) {
            site.tidy();
            if let Some(texts) = &texts {
                texts.tidy();
            }
        }
        chores.step(now).await;
    }
}

impl Housekeeping {
    /// Deletes what expired while the gateway was down. It does not release what waits: the moment of a start is no fixed time, and
    /// a tip that came in just before it would be seen to have come in just before it.
    pub async fn start(store: Store, release_minutes: u32, clock: &Clock) -> Self {
        let mut chores = Self { store, release_minutes, last: clock.now(), night: random_night(), owed: Owed::default() };
        chores.owed.night = !done("expire", chores.store.expire(clock.today()).await);
        chores
    }

    /// Whether a minute began since the last step.
    #[must_use]
    pub fn is_new_minute(&self, now: i64) -> bool {
        now.div_euclid(MINUTE) != self.last.div_euclid(MINUTE)
    }

    /// Does what became due since the last step. What fails is tried again in the next minute.
    pub async fn step(&mut self, now: i64) {
        let again = self.is_new_minute(now);
        let release = next_release(self.last, self.release_minutes).is_some_and(|at| at <= now);
        let night = next_daily(self.last, self.night) <= now;
        // A clock that was set back starts afresh from there.
        self.last = now;
        if release || (again && self.owed.release) {
            self.owed.release = !done("release", self.store.release().await);
        }
        if night || (again && self.owed.night) {
            self.owed.night = !self.work_of_the_night(Day::of(now)).await;
        }
        if night {
            self.night = random_night();
        }
    }

    async fn work_of_the_night(&self, today: Day) -> bool {
        done("expire", self.store.expire(today).await) && done("rewrite", self.store.rewrite().await)
    }
}

/// Logs a failure as its kind. True where there was none.
fn done(action: &'static str, outcome: Result<(), Error>) -> bool {
    if let Err(problem) = &outcome {
        tracing::error!(action, %problem);
    }
    outcome.is_ok()
}

/// The first release time after `now`: a whole multiple of `minutes` of the day in UTC; midnight is always one. `None` where tips
/// are stored released and there is nothing to wait for.
#[must_use]
pub fn next_release(now: i64, minutes: u32) -> Option<i64> {
    let step = i64::from(minutes).checked_mul(MINUTE).filter(|step| *step > 0)?;
    let midnight = now - now.rem_euclid(DAY);
    let later_today = (now.rem_euclid(DAY) / step + 1) * step;
    Some(midnight + later_today.min(DAY))
}

/// The first moment after `now` that is `second` seconds into a day.
fn next_daily(now: i64, second: i64) -> i64 {
    let today = now - now.rem_euclid(DAY) + second;
    if today > now { today } else { today + DAY }
}

/// A minute of the night, as a second of the day. Where there is no randomness the work is done all the same, at the night's start.
fn random_night() -> i64 {
    let minutes = u64::try_from(NIGHT_LASTS / MINUTE).unwrap_or(1);
    NIGHT_STARTS + random::below(minutes).map_or(0, |minute| i64::try_from(minute).unwrap_or(0) * MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Midnight of some day.
    const MIDNIGHT: i64 = 1_795_305_600;

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
            assert_eq!(next_release(MIDNIGHT + now, minutes), Some(MIDNIGHT + next), "{now} {minutes}");
        }
        assert_eq!(next_release(MIDNIGHT, 0), None);
        assert!(next_release(MIDNIGHT, u32::MAX).is_some());
    }

    #[test]
    fn the_night_comes_once_a_day() {
        let second = 3 * HOUR;
        assert_eq!(next_daily(MIDNIGHT, second), MIDNIGHT + second);
        assert_eq!(next_daily(MIDNIGHT + second, second), MIDNIGHT + DAY + second);
        for _ in 0..1_000 {
            let night = random_night();
            assert!((NIGHT_STARTS..NIGHT_STARTS + NIGHT_LASTS).contains(&night) && night % MINUTE == 0, "{night}");
        }
    }
}
