//! Incidents: reports that reached the wrong partner, with the hour at which somebody found it. What
//! happened is in the book.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::database::Error;
use loke_core::tip::TipId;

/// UK GDPR article 33: the commissioner is told within 72 hours of the hour at which it was found.
const HOURS: i64 = 72 * 3_600;

loke_core::words! {
    /// How an incident was closed.
    Ended {
        /// The commissioner was told.
        Told = "told",
        /// No risk to anybody follows, so nobody need be told.
        NoRisk = "no-risk",
    }
}

/// A report that reached the wrong partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub struct Incident {
    /// The report's reference.
    pub reference: String,
    /// The tip that shows the others that the report is about.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// The partner that it reached.
    pub partner: String,
    /// The account that opened it.
    pub opened_by: String,
    /// When (seconds since 1970-01-01 UTC).
    pub opened_at: i64,
    /// When somebody found it.
    pub found_at: i64,
    /// How it was closed; `None` while it is open.
    #[serde(default)]
    pub ended: Option<Ended>,
    /// The supervisor who closed it.
    #[serde(default)]
    pub closed_by: Option<String>,
}

impl Incident {
    /// The end of the 72 hours (seconds since 1970-01-01 UTC).
    #[must_use]
    pub fn due_at(&self) -> i64 {
        self.found_at.saturating_add(HOURS)
    }
}

/// Notes that an incident began. A second one about the same report changes nothing.
pub(super) async fn open(write: &mut SqliteConnection, incident: &Incident) -> Result<(), Error> {
    sqlx::query(
        "insert into incidents (reference, tip, partner, opened_by, opened_at, found_at) values ($1, $2, $3, $4, $5, $6) on conflict (reference) do nothing",
    )
    .bind(&incident.reference)
    .bind(incident.tip.0.as_slice())
    .bind(&incident.partner)
    .bind(&incident.opened_by)
    .bind(incident.opened_at)
    .bind(incident.found_at)
    .execute(write)
    .await?;
    Ok(())
}

/// Notes how an incident was closed.
pub(super) async fn close(
    write: &mut SqliteConnection,
    reference: &str,
    ended: Ended,
    (by, at): (&str, i64),
) -> Result<(), Error> {
    sqlx::query(
        "update incidents set ended = $2, closed_by = $3, closed_at = $4 where reference = $1 and ended is null",
    )
    .bind(reference)
    .bind(ended)
    .bind(by)
    .bind(at)
    .execute(write)
    .await?;
    Ok(())
}

impl Register {
    /// The incidents: those that are open first, the nearest end first; then the last that were
    /// closed.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn incidents(&self) -> Result<Vec<Incident>, Error> {
        let rows = sqlx::query_as(
            "select reference, tip, partner, opened_by, opened_at, found_at, ended, closed_by from incidents
             order by ended is not null, iif(ended is null, found_at, -closed_at) limit 200",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// How many incidents began in a span of time, about tips of these books.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn incidents_between(
        &self,
        books: &[&str],
        (from, until): (i64, i64),
    ) -> Result<i64, Error> {
        let mut count = 0;
        for book in books {
            let of_book: i64 = sqlx::query_scalar(
                "select count(*) from incidents join tips on tips.id = tip where book = $1 and opened_at >= $2 and opened_at < $3",
            )
            .bind(book)
            .bind(from)
            .bind(until)
            .fetch_one(&self.pool)
            .await?;
            count += of_book;
        }
        Ok(count)
    }
}
