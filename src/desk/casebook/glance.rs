//! What the officer's list shows of each tip: enough to see which to open first.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::tips::{id_of, status_of};
use super::{Casebook, Error, Status};
use loke_core::tip::{Lane, Priority, TipId, Topic};

/// One tip at a glance.
pub struct Glance {
    /// Its id.
    pub id: TipId,
    /// What it is about.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// How soon.
    pub priority: Priority,
    /// The day it came in, `YYYY-MM-DD`.
    pub received: String,
    /// How far it has come.
    pub status: Status,
    /// Someone is in danger, the writer says.
    pub danger: bool,
    /// A child may be at risk, the writer says.
    pub child: bool,
    /// Photos in it.
    pub photos: i64,
    /// The first 300 characters of what they saw.
    pub words: String,
}

/// How many tips there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// All that the casebook holds.
    pub all: i64,
    /// Those that nobody has looked at.
    pub new: i64,
    /// Whether a partner's copy waits for an officer to mend something.
    pub stuck: bool,
}

impl Casebook {
    /// The first `most` lines in the order of [`Self::list`]: a tip each, or the texts of a thread
    /// together, oldest day first, which stand where the most urgent of them would. The caller
    /// writes the audit row that fits.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn glance(&self, most: u32) -> Result<Vec<Vec<Glance>>, Error> {
        // Only tips that came as texts are asked for their thread: it is read out of the tip, which
        // is slow.
        let rows = sqlx::query(
            "with ranked as not materialized (
                 select id, thread, received, status = 'routed' as done, case priority when 'now' then 0 when 'soon' then 1 else 2 end as rank from tips
             ), lines as materialized (
                 select id as line, null as row, done, rank, received as last from ranked where id not in (select id from tips where thread is not null)
                 union all
                 select min(id), thread, min(done), min(rank), max(received) from ranked where thread is not null group by thread
                 order by done, rank, last desc, line limit $1
             )
             select id, line, topic, lane, priority, received, status, coalesce(tip ->> 'danger', 0) as danger, coalesce(tip ->> 'child', 0) as child,
                    json_array_length(tip, '$.photos') as photos, substr(tip ->> 'what', 1, 300) as words
             from lines join tips on id = line or thread = row order by done, rank, last desc, line, received, id",
        );
        let rows = rows.bind(most).fetch_all(&self.pool).await?;
        let same = |a: &SqliteRow, b: &SqliteRow| {
            a.try_get::<&[u8], _>("line").ok() == b.try_get::<&[u8], _>("line").ok()
        };
        rows.chunk_by(same)
            .map(|line| line.iter().map(glance).collect())
            .collect()
    }

    /// How many tips there are, and whether a delivery is stuck.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn counts(&self) -> Result<Counts, Error> {
        let row = sqlx::query(
            "select count(*) as every, coalesce(sum(status = 'new'), 0) as fresh,
                    exists (select 1 from deliveries where done is null and needs_officer = 1) as stuck from tips",
        );
        let row = row.fetch_one(&self.pool).await?;
        Ok(Counts {
            all: row.try_get("every")?,
            new: row.try_get("fresh")?,
            stuck: row.try_get("stuck")?,
        })
    }
}

fn glance(row: &SqliteRow) -> Result<Glance, Error> {
    Ok(Glance {
        id: id_of(row)?,
        status: status_of(row)?,
        topic: word(row, "topic")?,
        lane: word(row, "lane")?,
        priority: word(row, "priority")?,
        received: row.try_get("received")?,
        danger: row.try_get("danger")?,
        child: row.try_get("child")?,
        photos: row.try_get("photos")?,
        words: row.try_get("words")?,
    })
}

fn word<T: std::str::FromStr>(row: &SqliteRow, column: &str) -> Result<T, Error> {
    row.try_get::<&str, _>(column)?
        .parse()
        .map_err(|_| Error::Row)
}
