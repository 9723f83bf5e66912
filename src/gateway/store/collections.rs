//! When desks last collected, and whether the operator closed the gateway (promise P17). Of each
//! lane the queue keeps only the day; a copy in memory answers the pages.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use sqlx::{query, query_as};

use super::engine::{Tx, change, on};
use super::facts::{Fact, Gate};
use super::{Error, Store, of_code, slots, statements};
use loke_core::clock::Day;
use loke_core::tip::Lane;

/// A lane whose day is not known yet.
const UNKNOWN: i32 = i32::MIN;

/// The copy in memory.
pub(super) struct Collections {
    days: [AtomicI32; Lane::ALL.len()],
    is_closed: AtomicBool,
}

impl Default for Collections {
    fn default() -> Self {
        Self {
            days: std::array::from_fn(|_| AtomicI32::new(UNKNOWN)),
            is_closed: AtomicBool::new(false),
        }
    }
}

impl Store {
    /// Called when a gateway starts to serve. A lane that was never collected counts from `today`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn count_from(&self, today: Day) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        let facts = Lane::ALL
            .iter()
            .map(|lane| (Fact::LaneCollected(*lane), i64::from(today.0)))
            .chain([(Fact::Gate, Gate::Open.code())]);
        for (fact, value) in facts {
            change!(&mut tx, |connection| query(statements::ADD_FACT)
                .bind(fact.key())
                .bind(value)
                .execute(connection)
                .await)?;
        }
        self.finish(tx).await?;
        self.read_collections().await
    }

    /// Records that a desk collected: the moment for `check`, and today for each lane of which
    /// nothing is left to collect. A lane with released tips counts once they are acknowledged.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn note_collection(&self, lanes: &[Lane], now: i64, today: Day) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        slots::write_fact(&mut tx, Fact::LastCollection, now).await?;
        let mut done = self.not_collected_on(lanes, today);
        if !done.is_empty() {
            let left: Vec<(i64,)> = on!(&mut tx, |connection| query_as(statements::LANES_LEFT)
                .fetch_all(connection)
                .await)?;
            let left: Vec<Lane> = left
                .into_iter()
                .filter_map(|(code,)| of_code(Lane::ALL, code).copied())
                .collect();
            done.retain(|lane| !left.contains(lane));
            write_days(&mut tx, &done, today).await?;
        }
        self.finish(tx).await?;
        self.remember(&done, today);
        Ok(())
    }

    /// Records that a desk acknowledged tips of these lanes.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn note_acknowledged(&self, lanes: &[Lane], today: Day) -> Result<(), Error> {
        let done = self.not_collected_on(lanes, today);
        if done.is_empty() {
            return Ok(());
        }
        let mut tx = self.engine.begin().await?;
        write_days(&mut tx, &done, today).await?;
        self.finish(tx).await?;
        self.remember(&done, today);
        Ok(())
    }

    /// When a desk last collected (seconds since 1970); `None` if never.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn last_collection(&self) -> Result<Option<i64>, Error> {
        slots::read_fact(&mut self.engine.begin_read().await?, Fact::LastCollection).await
    }

    /// Reads what other processes recorded. Called each minute.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn read_collections(&self) -> Result<(), Error> {
        let mut tx = self.engine.begin_read().await?;
        for lane in Lane::ALL {
            let day = slots::read_fact(&mut tx, Fact::LaneCollected(*lane)).await?;
            if let Some(day) = day.and_then(|day| i32::try_from(day).ok()) {
                self.remember(&[*lane], Day(day));
            }
        }
        let is_closed = is_closed(&mut tx).await?;
        self.collections
            .is_closed
            .store(is_closed, Ordering::SeqCst);
        Ok(())
    }

    /// The day of a lane's last collection; `None` if no gateway has served this queue yet.
    #[must_use]
    pub fn collected_on(&self, lane: Lane) -> Option<Day> {
        let day = self.collections.days.get(lane as usize)?;
        Some(day.load(Ordering::SeqCst))
            .filter(|day| *day != UNKNOWN)
            .map(Day)
    }

    /// Whether the operator closed the gateway, as far as this process knows. The writer checks the
    /// queue itself: after the commit of [`Store::close`] nothing is stored.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.collections.is_closed.load(Ordering::SeqCst)
    }

    /// The writer found the gateway closed by another process: the next pages say so.
    pub(super) fn remember_closed(&self) {
        self.collections.is_closed.store(true, Ordering::SeqCst);
    }

    /// Closes the gateway durably, or opens it again.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn close(&self, is_closed: bool) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        let gate = if is_closed { Gate::Closed } else { Gate::Open };
        slots::write_fact(&mut tx, Fact::Gate, gate.code()).await?;
        self.finish(tx).await?;
        self.collections
            .is_closed
            .store(is_closed, Ordering::SeqCst);
        Ok(())
    }

    /// Those of `lanes` that were not collected today yet, so that a day is written once.
    fn not_collected_on(&self, lanes: &[Lane], today: Day) -> Vec<Lane> {
        Lane::ALL
            .iter()
            .filter(|lane| lanes.contains(lane) && self.collected_on(**lane) != Some(today))
            .copied()
            .collect()
    }

    fn remember(&self, lanes: &[Lane], day: Day) {
        for lane in lanes {
            if let Some(known) = self.collections.days.get(*lane as usize) {
                // Days only grow: a late reader must not put an older one back.
                known.fetch_max(day.0, Ordering::SeqCst);
            }
        }
    }
}

async fn write_days(tx: &mut Tx, lanes: &[Lane], today: Day) -> Result<(), Error> {
    for lane in lanes {
        slots::write_fact(tx, Fact::LaneCollected(*lane), i64::from(today.0)).await?;
    }
    Ok(())
}

/// Whether the gateway is closed, by the queue.
pub(super) async fn is_closed(tx: &mut Tx) -> Result<bool, Error> {
    Ok(slots::read_fact(tx, Fact::Gate).await? == Some(Gate::Closed.code()))
}
