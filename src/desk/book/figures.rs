//! The rows that figures are made from (`src/desk/figures.rs`): one a matter, which is a tip with
//! everything that is folded into it. Nobody's name is read here: no figure is about one officer.

use std::collections::{BTreeSet, HashMap};

use sqlx::FromRow;

use super::{Book, Outcome, State};
use crate::answers::Choice;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::tip::{Lane, Priority, TipId, Topic};

/// A matter: a tip with everything that is folded into it.
#[derive(Debug, Clone)]
pub(crate) struct Matter {
    /// The tip that shows the others.
    pub(crate) tip: TipId,
    pub(crate) lane: Lane,
    pub(crate) topic: Topic,
    pub(crate) received: Day,
    /// Its target is hours.
    pub(crate) hours: bool,
    /// Danger, a child, or what must be looked at now.
    pub(crate) high_risk: bool,
    pub(crate) state: State,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) met: Option<bool>,
    pub(crate) deadline: Option<i64>,
    /// The tips of the matter.
    pub(crate) tips: usize,
    /// The day on which the first report to a partner that acts left, if one arrived.
    pub(crate) routed_on: Option<Day>,
    /// The day on which such a partner first said that it acted.
    pub(crate) acted_on: Option<Day>,
    /// Its outcomes, each once.
    pub(crate) dispositions: BTreeSet<Choice>,
}

/// A row of `triage` and `tips`.
#[derive(FromRow)]
struct Row {
    #[sqlx(try_from = "Vec<u8>")]
    tip: TipId,
    folded_into: Option<Vec<u8>>,
    lane: Lane,
    topic: Topic,
    priority: Priority,
    received: Day,
    hours: bool,
    danger: bool,
    child: bool,
    state: State,
    outcome: Option<Outcome>,
    met: Option<bool>,
    deadline: Option<i64>,
}

impl Book {
    /// The matters whose first tip came in these days.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn matters(&self, first: Day, last: Day) -> Result<Vec<Matter>, Error> {
        let rows: Vec<Row> = sqlx::query_as(
            "select triage.tip, folded_into, lane, topic, priority, triage.received, hours, danger, child, state, outcome, met, deadline
             from triage join tips on tips.id = triage.tip where folded_into is not null or triage.received between $1 and $2",
        )
        .bind(first)
        .bind(last)
        .fetch_all(&self.pool)
        .await?;
        let mut shown_by = HashMap::new();
        let mut matters = HashMap::new();
        for row in rows {
            match row.folded_into {
                Some(holder) => {
                    shown_by.insert(row.tip, TipId::try_from(holder).map_err(|_| Error::Row)?);
                }
                None => {
                    matters.insert(row.tip, begin(&row));
                }
            }
        }
        let holder = |mut tip: TipId| {
            while let Some(next) = shown_by.get(&tip) {
                tip = *next;
            }
            tip
        };
        for tip in shown_by.keys() {
            if let Some(matter) = matters.get_mut(&holder(*tip)) {
                matter.tips += 1;
            }
        }
        for (tip, day) in self.routed_days().await? {
            if let Some(matter) = matters.get_mut(&holder(tip)) {
                matter.routed_on = Some(matter.routed_on.map_or(day, |first| first.min(day)));
            }
        }
        for (tip, choice, day) in self.dispositions().await? {
            if let Some(matter) = matters.get_mut(&holder(tip)) {
                matter.dispositions.insert(choice);
                if choice != Choice::NoAction {
                    matter.acted_on = Some(matter.acted_on.map_or(day, |first| first.min(day)));
                }
            }
        }
        Ok(matters.into_values().collect())
    }

    /// The days on which reports left for partners that act, and arrived.
    async fn routed_days(&self) -> Result<Vec<(TipId, Day)>, Error> {
        let rows: Vec<(Vec<u8>, Day)> = sqlx::query_as(
            "select tip, left_on from reports where state = 'arrived' and replaces is null and draft ->> '$.is_lead' and left_on is not null",
        )
        .fetch_all(&self.pool)
        .await?;
        let rows = rows.into_iter().map(|(tip, day)| {
            let tip = tip.try_into().map_err(|_| Error::Row)?;
            Ok((tip, day))
        });
        rows.collect()
    }

    /// Outcomes of each tip: what the owner accepted of answers by code, and what officers wrote
    /// down. Partners that were only told do not count.
    async fn dispositions(&self) -> Result<Vec<(TipId, Choice, Day)>, Error> {
        let rows: Vec<(Vec<u8>, Choice, Day)> = sqlx::query_as(
            "select tip, choice, said_on from told where is_lead = 1
             union all
             select answers.tip, choice, said_on from answers join reports using (reference) where verdict = 'accepted' and draft ->> '$.is_lead'",
        )
        .fetch_all(&self.pool)
        .await?;
        let mut found = Vec::new();
        for (tip, choice, day) in rows {
            if choice.is_disposition() {
                let tip = tip.try_into().map_err(|_| Error::Row)?;
                found.push((tip, choice, day));
            }
        }
        Ok(found)
    }

    /// How many reports left in these days, and how many of those were withdrawn or corrected.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn reports_left(&self, first: Day, last: Day) -> Result<(i64, i64), Error> {
        let counts = sqlx::query_as(
            "select count(*), coalesce(sum(exists (select 1 from reports as later where later.replaces = reports.reference and later.state in ('ordered', 'arrived'))), 0)
             from reports where state = 'arrived' and replaces is null and draft ->> '$.answers' is null and left_on between $1 and $2",
        );
        Ok(counts.bind(first).bind(last).fetch_one(&self.pool).await?)
    }
}

fn begin(row: &Row) -> Matter {
    Matter {
        tip: row.tip,
        lane: row.lane,
        topic: row.topic,
        received: row.received,
        hours: row.hours,
        high_risk: row.danger
            || row.child
            || row.priority == Priority::Now
            || row.lane == Lane::Safeguarding,
        state: row.state,
        outcome: row.outcome,
        met: row.met,
        deadline: row.deadline,
        tips: 1,
        routed_on: None,
        acted_on: None,
        dispositions: BTreeSet::new(),
    }
}
