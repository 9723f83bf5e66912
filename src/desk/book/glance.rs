//! The tips as the officer's list shows them: enough to see which one to open first.

use std::cmp::Reverse;

use sqlx::FromRow;

use super::{Book, Status};
use crate::database::Error;
use loke_core::tip::{Lane, Priority, TipId, Topic};

/// One tip in the officer's list.
#[derive(FromRow)]
pub struct Glance {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its topic.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// How soon a person should look.
    pub priority: Priority,
    /// The day it arrived, `YYYY-MM-DD`.
    pub received: String,
    /// Its status.
    pub status: Status,
    /// Whether the resident wrote that someone is in danger.
    pub danger: bool,
    /// Whether the resident wrote that a child may be at risk.
    pub child: bool,
    /// Number of photos.
    pub photos: i64,
    /// The first 300 characters of its text.
    pub words: String,
}

/// A tip with the line of the list that it is part of.
#[derive(FromRow)]
struct Placed {
    line: Vec<u8>,
    #[sqlx(flatten)]
    glance: Glance,
}

/// Counts for the officer's list.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Counts {
    /// All tips in the book.
    #[sqlx(rename = "every")]
    pub all: i64,
    /// Tips that nobody has read.
    #[sqlx(rename = "fresh")]
    pub new: i64,
}

/// The place of a line among the lines of all books: those not routed first, then by urgency, then
/// the newest day first. `line` is one tip, or the texts of a thread.
pub(crate) fn place(line: &[Glance]) -> impl Ord + use<> {
    let routed = line.iter().all(|tip| tip.status == Status::Routed);
    let priority = line.iter().map(|tip| tip.priority).min();
    let last = line.iter().map(|tip| tip.received.clone()).max();
    let first = line.iter().map(|tip| tip.id.0).min();
    (routed, priority, Reverse(last), first)
}

impl Book {
    /// The first `most` lines in the order of [`Self::list`]. A line is one tip, or all texts of a
    /// thread with the oldest day first; a thread is sorted by its most urgent text. The caller
    /// must write the audit row.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn glance(&self, most: u32) -> Result<Vec<Vec<Glance>>, Error> {
        // The thread is read only for tips that are text messages: it is extracted from the tip's
        // JSON, which is slow.
        let rows = sqlx::query_as(
            "with ranked as not materialized (
                 select id, thread, received, status = 'routed' as done, case priority when 'now' then 0 when 'soon' then 1 else 2 end as rank from tips
             ), lines as materialized (
                 select id as line, null as row, done, rank, received as last from ranked where id not in (select id from tips where thread is not null)
                 union all
                 select min(id), thread, min(done), min(rank), max(received) from ranked where thread is not null group by thread
                 order by done, rank, last desc, line limit $1
             )
             select id, line, topic, lane, priority, received, status, coalesce(tip ->> 'danger' = true, false) as danger, coalesce(tip ->> 'child' = true, false) as child,
                    json_array_length(tip, '$.photos') as photos, substr(tip ->> 'what', 1, 300) as words
             from lines join tips on id = line or thread = row order by done, rank, last desc, line, received, id",
        );
        let rows: Vec<Placed> = rows.bind(most).fetch_all(&self.pool).await?;
        let mut lines: Vec<(Vec<u8>, Vec<Glance>)> = Vec::new();
        for Placed { line, glance } in rows {
            match lines.last_mut().filter(|(of, _)| *of == line) {
                Some((_, same)) => same.push(glance),
                None => lines.push((line, vec![glance])),
            }
        }
        Ok(lines.into_iter().map(|(_, tips)| tips).collect())
    }

    /// The number of tips, and of those that nobody has read.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn counts(&self) -> Result<Counts, Error> {
        let counts = sqlx::query_as(
            "select count(*) as every, coalesce(sum(status = 'new'), 0) as fresh from tips",
        );
        Ok(counts.fetch_one(&self.pool).await?)
    }
}
