//! The queue: which tips a view shows, in which order, and how many there are. Danger first, also while
//! it waits, then what is due first, then the oldest day. Of the tips without danger, those that wait
//! stand last. A view of ended tips has the newest day first.

use std::str::FromStr;

use serde::Serialize;
use sqlx::{FromRow, QueryBuilder, Sqlite};

use super::{Book, State, folds, holds};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::tip::{Lane, Priority, TipId, Topic};

/// Days for which a closed tip is on the view of closed tips.
pub(super) const CLOSED_DAYS: i32 = 7;

loke_core::words! {
    /// A view of the queue. Each open tip is on [`View::Open`] at least.
    View {
        /// All open tips.
        Open = "open",
        /// Somebody may be in danger.
        Danger = "danger",
        /// Somebody must ring first, or again.
        RingFirst = "ring-first",
        /// Due within hours.
        TwoHours = "two-hours",
        /// Another person decided, and a second person must agree.
        SecondLook = "second-look",
        /// Those of the person who looks.
        Mine = "mine",
        /// Nobody works on them.
        NoOwner = "no-owner",
        /// Changed by somebody else since the person looked.
        Changed = "changed",
        /// Somebody is awaited.
        Waiting = "waiting",
        /// In a language that the person does not read, and not translated.
        CannotRead = "cannot-read",
        /// Somebody asked for a translation.
        NeedsTranslation = "needs-translation",
        /// Past their time.
        Overdue = "overdue",
        /// A partner answered, and nobody decided about the answer.
        Answered = "answered",
        /// A partner has a copy.
        Sent = "sent",
        /// Closed in the last seven days.
        Closed = "closed",
        /// Closed tips that somebody else must read again.
        ReadAgain = "read-again",
        /// Every tip, also closed and folded ones.
        All = "all",
    }
}

impl View {
    /// Whether its tips have ended, so that the newest day is first.
    fn is_by_day(self) -> bool {
        matches!(self, Self::Closed | Self::Sent | Self::ReadAgain)
    }
}

/// The view, the filters and the place of a page of the queue.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// The view.
    pub view: View,
    /// Only this lane.
    pub lane: Option<Lane>,
    /// Only this topic.
    pub topic: Option<Topic>,
    /// Only this language.
    pub language: Option<String>,
    /// Only those that were closed by one person alone and wait for a second one.
    pub alone: bool,
    /// The languages that the person reads besides English.
    pub reads: Vec<String>,
    /// After this place.
    pub after: Option<Place>,
    /// Most rows. 0 for all.
    pub most: u32,
}

/// The place of a tip in the order of its view.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    rank: i64,
    due: i64,
    received: Day,
    id: [u8; 16],
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            rank,
            due,
            received,
            id,
        } = self;
        write!(f, "{rank}.{due}.{received}.{}", hex::encode(id))
    }
}

/// Not the place of a tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not a place in the queue")]
pub struct NotAPlace;

impl FromStr for Place {
    type Err = NotAPlace;
    fn from_str(text: &str) -> Result<Self, NotAPlace> {
        let mut parts = text.splitn(4, '.');
        let mut part = || parts.next().ok_or(NotAPlace);
        let rank = part()?.parse().map_err(|_| NotAPlace)?;
        let due = part()?.parse().map_err(|_| NotAPlace)?;
        let received = part()?.parse().map_err(|_| NotAPlace)?;
        let id: TipId = part()?.parse().map_err(|_| NotAPlace)?;
        Ok(Self {
            rank,
            due,
            received,
            id: id.0,
        })
    }
}

/// One row of the queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct QueueRow {
    /// The tip's id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its name at this desk.
    #[sqlx(skip)]
    pub name: String,
    /// Its topic.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// How soon a person should look.
    pub priority: Priority,
    /// The day it arrived.
    pub received: Day,
    /// Its state.
    #[serde(rename = "status")]
    pub state: State,
    /// When it or a folded tip is due, while it is open (seconds since 1970-01-01 UTC).
    pub deadline: Option<i64>,
    /// The account that works on it.
    pub owner: Option<String>,
    /// The random id of its thread.
    pub thread: Option<String>,
    /// The book that has it.
    #[sqlx(skip)]
    pub book: String,
    /// Somebody may be in danger, by it or by a folded tip.
    pub danger: bool,
    /// A child may be at risk.
    pub child: bool,
    /// Whether danger was ticked.
    #[serde(skip)]
    pub ticked: bool,
    /// The language of the page that it came by, as a BCP 47 tag.
    pub language: String,
    /// Number of photos.
    #[serde(skip)]
    pub photos: i64,
    /// Number of tips that are folded into it.
    #[serde(skip)]
    pub folded: i64,
    /// Number of its texts of which a partner has a copy.
    #[serde(skip)]
    pub sent: i64,
    /// The newest day of what is folded into it.
    #[serde(skip)]
    #[sqlx(skip)]
    pub newest: Option<Day>,
    /// The first 300 characters of its text.
    #[serde(skip)]
    pub words: String,
    /// The place, as the resident wrote it.
    #[serde(skip)]
    pub place: Option<String>,
    /// A new fact ended a wait.
    #[serde(skip)]
    pub awake: bool,
    /// For whom it waits.
    #[serde(skip)]
    pub waiting_for: Option<String>,
    /// The last day of the wait.
    #[serde(skip)]
    pub waiting_until: Option<Day>,
    /// Who made the decision that waits for a second person.
    #[serde(skip)]
    pub proposed_by: Option<String>,
    /// When a translation is due, while somebody waits for one.
    #[serde(skip)]
    pub translation_due: Option<i64>,
    /// Whether the person who looks has not looked at this version.
    #[serde(skip)]
    pub unseen: bool,
    /// Changes with each decision.
    pub version: i64,
    #[serde(skip)]
    rank: i64,
    #[serde(skip)]
    sort: i64,
}

/// A row's columns over everything that is folded into its tip.
#[derive(FromRow)]
struct Urgent {
    topic: Topic,
    lane: Lane,
    priority: Priority,
    words: String,
    received: Day,
    child: bool,
    ticked: bool,
    unseen: bool,
    photos: i64,
    folded: i64,
    sent: i64,
}

/// Enough of a tip to recognise it.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Glance {
    /// Its topic.
    pub topic: Topic,
    /// Its lane.
    pub lane: Lane,
    /// The day it arrived.
    pub received: Day,
    /// Somebody may be in danger, by it or by a folded tip.
    pub danger: bool,
    /// A child may be at risk, by it or by a folded tip.
    pub child: bool,
    /// The first 300 characters of its text.
    pub words: String,
}

impl QueueRow {
    /// Its place in the order of its view.
    #[must_use]
    pub fn place_in_queue(&self) -> Place {
        Place {
            rank: self.rank,
            due: self.sort,
            received: self.received,
            id: self.id.0,
        }
    }
}

impl Book {
    /// The first rows of a view after a place.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn queue(&self, filter: &Filter) -> Result<Vec<QueueRow>, Error> {
        let mut query = QueryBuilder::new(concat!(
            "select tips.id, topic, lane, priority, triage.received, state, nullif(triage.due, 0) as deadline, owner, thread, urgent as danger, child, coalesce(tips.tip ->> 'danger' = true, false) as ticked, triage.language,
                    json_array_length(tips.tip, '$.photos') as photos, ",
            holds::shown!("substr(tips.tip ->> 'what', 1, 300)"),
            " as words, nullif(",
            holds::shown!("tips.tip ->> 'where'"),
            ", 'Restricted: do not use.') as place,
                    triage.version, awake, waiting_for, waiting_until, pending ->> '$.by' as proposed_by,
                    translate_due as translation_due,
                    exists (select 1 from triage as t where t.folded_into = triage.tip) as folded, sent,
                    not exists (select 1 from looks where looks.who = ",
        ));
        let me = self.actor.name.as_str();
        query.push_bind(me);
        query.push(" and looks.tip = triage.tip and looks.version >= triage.version) as unseen, ");
        let closed = filter.view.is_by_day();
        let (rank, sort, order) = if closed {
            // The newest first. A bare number would be the number of a column.
            (
                "cast(0 as integer)",
                "cast(-10 * julianday(closed_on) as integer)",
                "closed_on desc",
            )
        } else {
            ("triage.rank", "triage.due", "triage.rank, triage.due")
        };
        query.push(format!(
            "{rank} as rank, {sort} as sort from triage join tips on tips.id = triage.tip where "
        ));
        self.push_view(&mut query, filter.view, &filter.reads);
        query
            .push(" and triage.tip not in (select tip from hidden_from where who = ")
            .push_bind(me)
            .push(")");
        if filter.alone {
            query.push(" and state = 'closed'");
        }
        if let Some(lane) = filter.lane {
            query.push(" and lane = ").push_bind(lane);
        }
        if let Some(topic) = filter.topic {
            query.push(" and topic = ").push_bind(topic);
        }
        if let Some(language) = &filter.language {
            query.push(" and triage.language = ").push_bind(language);
        }
        match &filter.after {
            Some(after) if closed => {
                // A day of Julian's count is the inverse of `sort`.
                let day = "date(cast(";
                query
                    .push(format!(" and (closed_on < {day}"))
                    .push_bind(after.due);
                query
                    .push(format!(" as real) / -10) or closed_on = {day}"))
                    .push_bind(after.due)
                    .push(" as real) / -10) and (triage.received, triage.tip) > (")
                    .push_bind(after.received)
                    .push(", ")
                    .push_bind(after.id.as_slice())
                    .push("))");
            }
            Some(after) => {
                query
                    .push(" and (triage.rank, triage.due, triage.received, triage.tip) > (")
                    .push_bind(after.rank)
                    .push(", ")
                    .push_bind(after.due)
                    .push(", ")
                    .push_bind(after.received)
                    .push(", ")
                    .push_bind(after.id.as_slice())
                    .push(")");
            }
            None => {}
        }
        query.push(format!(" order by {order}, triage.received, triage.tip"));
        if filter.most > 0 {
            query.push(" limit ").push_bind(filter.most);
        }
        let mut rows: Vec<QueueRow> = query.build_query_as().fetch_all(&self.pool).await?;
        for row in &mut rows {
            row.book.clone_from(&self.name);
            if row.folded > 0 && filter.view != View::All {
                self.add_folded(row).await?;
            }
        }
        Ok(rows)
    }

    /// A row stands for everything that is folded into its tip: it has the words and the urgency of
    /// the most urgent text.
    async fn add_folded(&self, row: &mut QueueRow) -> Result<(), Error> {
        let urgent: Urgent = sqlx::query_as(concat!(
            "with recursive tree (id) as (
                 select $1 union select triage.tip from triage join tree on folded_into = tree.id
             ), texts as materialized (
                 select id, topic, lane, priority, triage.received, child, sent, coalesce(tips.tip ->> 'danger' = true, false) as ticked, json_array_length(tips.tip, '$.photos') as photos,
                        not exists (select 1 from looks where who = $2 and looks.tip = triage.tip and looks.version >= triage.version) as unseen
                 from tree join tips using (id) join triage on triage.tip = id
             )
             select texts.topic, texts.lane, texts.priority, ",
            holds::shown!("substr(tips.tip ->> 'what', 1, 300)"),
            " as words,
                    (select max(received) from texts) as received, (select max(child) from texts) as child, (select max(ticked) from texts) as ticked, (select max(unseen) from texts) as unseen,
                    (select sum(photos) from texts) as photos, (select count(*) - 1 from texts) as folded,
                    (select sum(sent) from texts) as sent
             from texts join tips using (id)
             order by case texts.priority when 'now' then 0 when 'soon' then 1 else 2 end, texts.received, texts.id limit 1",
        ))
        .bind(row.id.0.as_slice())
        .bind(&self.actor.name)
        .fetch_one(&self.pool)
        .await?;
        row.topic = urgent.topic;
        row.lane = urgent.lane;
        row.priority = urgent.priority;
        row.words = urgent.words;
        row.newest = Some(urgent.received);
        row.child = urgent.child;
        row.ticked = urgent.ticked;
        row.unseen = urgent.unseen;
        row.photos = urgent.photos;
        row.folded = urgent.folded;
        row.sent = urgent.sent;
        Ok(())
    }

    /// Enough of a tip to recognise it.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn glance(&self, tip: TipId) -> Result<Glance, Error> {
        let glance = sqlx::query_as(concat!(
            folds::tree!(),
            " select topic, lane, triage.received, urgent as danger, (select max(child) from triage where tip in (select tip from tree)) as child, ",
            holds::shown!("substr(tips.tip ->> 'what', 1, 300)"),
            " as words
             from tips join triage on triage.tip = id where id = $1",
        ));
        let found = glance
            .bind(tip.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        found.ok_or_else(|| Error::NoTip(tip.to_string()))
    }

    /// The place of a tip in the order of the open views.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn place_of(&self, tip: TipId) -> Result<Place, Error> {
        let place: Option<(i64, i64, Day)> =
            sqlx::query_as("select rank, due, received from triage where tip = $1")
                .bind(tip.0.as_slice())
                .fetch_optional(&self.pool)
                .await?;
        let (rank, due, received) = place.ok_or_else(|| Error::NoTip(tip.to_string()))?;
        Ok(Place {
            rank,
            due,
            received,
            id: tip.0,
        })
    }

    /// The place of a tip in the order of a view: closed tips stand by their day.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn place_in(&self, view: View, tip: TipId) -> Result<Place, Error> {
        let mut place = self.place_of(tip).await?;
        if view.is_by_day() {
            let ended = sqlx::query_scalar(
                "select cast(-10 * julianday(closed_on) as integer) from triage where tip = $1 and closed_on is not null",
            );
            let day: Option<i64> = ended
                .bind(tip.0.as_slice())
                .fetch_optional(&self.pool)
                .await?;
            if let Some(day) = day {
                (place.rank, place.due) = (0, day);
            }
        }
        Ok(place)
    }

    /// The condition of a view.
    pub(super) fn push_view(&self, query: &mut QueryBuilder<Sqlite>, view: View, reads: &[String]) {
        let me = self.actor.name.as_str();
        let (now, today) = (self.register.clock().now(), self.register.clock().today());
        match view {
            View::Open => query.push("open = 1"),
            View::Danger => query.push("open = 1 and urgent"),
            View::RingFirst => query.push("open = 1 and ring <= ").push_bind(now),
            View::TwoHours => query.push("open = 1 and hours"),
            View::SecondLook => query.push("pending is not null"),
            View::Mine => query.push("open = 1 and owner = ").push_bind(me),
            View::NoOwner => query.push("open = 1 and owner is null"),
            View::Changed => query
                .push("open = 1 and triage.tip in (select tip from changed_for where who = ")
                .push_bind(me)
                .push(")"),
            View::Waiting => query.push("open = 1 and state = 'waiting'"),
            View::CannotRead => {
                query
                    .push("open = 1 and ")
                    .push("replace(".repeat(reads.len()))
                    .push("unread");
                for language in reads {
                    query
                        .push(", ")
                        .push_bind(format!("|{language}|"))
                        .push(", '')");
                }
                query.push(" <> ''")
            }
            View::NeedsTranslation => query.push("open = 1 and translate_due is not null"),
            // In this form the list follows the index `triage_queue`; `book/counts.rs` has another one.
            View::Overdue => query.push("open = 1 and due < ").push_bind(now),
            View::Answered => query.push("triage.tip in (select tip from answers where verdict is null)"),
            View::Sent => query.push("state = 'routed' and folded_into is null"),
            View::Closed => query
                .push("state = 'closed' and folded_into is null and closed_on > ")
                .push_bind(today.plus(-CLOSED_DAYS)),
            View::ReadAgain => query
                .push("state = 'closed' and triage.tip in (select tip from samples where reread_by is null) and not exists (select 1 from decisions where decisions.tip = triage.tip and undone = 0 and decision ->> 'kind' in ('close', 'agree') and who = ")
                .push_bind(me)
                .push(")"),
            View::All => query.push("true"),
        };
    }
}
