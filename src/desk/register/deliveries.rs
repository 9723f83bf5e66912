//! The outbox: partners' copies wait here until they arrive. A failed delivery is retried, and the
//! row stays after the delivery.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::tip::TipId;

/// Why a copy did not arrive. The copy stays in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// A word or a number for the log: `folder`, `config`, `connection`, or an SMTP reply code.
    pub code: String,
    /// What happened and what to do.
    pub what: String,
    /// Permanent failure: a retry can only help after an officer fixes the cause in `what`.
    pub needs_officer: bool,
}

/// Seconds that an attempt may take before another process may make the next one.
const HOLD: i64 = 300;
/// Most copies that are leased at once. Their attempts end within [`HOLD`], and their bytes fit in
/// memory.
const AT_ONCE: i64 = 8;

/// One partner's copy of one tip.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// The tip.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// The partner's name.
    pub partner: String,
    /// The copy's reference: a random name that the partner sees.
    pub reference: String,
    /// The way it travels: `folder` or `mail`.
    pub way: String,
    /// Attempts so far.
    pub attempts: i64,
    /// The time of the next attempt (seconds since 1970-01-01 UTC).
    pub due: i64,
    /// The time of arrival.
    pub done: Option<i64>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// Whether a retry can only help after an officer fixes the cause in `problem`.
    pub needs_officer: bool,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The copy arrived.
    Done,
    /// The copy did not arrive. The attempt is repeated later.
    Failed {
        /// Why; it contains nothing of the tip.
        failure: Failure,
        /// The time of the next attempt (seconds since 1970-01-01 UTC).
        again: i64,
    },
}

/// A copy whose attempt is due.
#[derive(FromRow)]
pub struct DueDelivery {
    /// The delivery.
    #[sqlx(flatten)]
    pub delivery: Delivery,
    /// The age file for the partner.
    pub sealed: Vec<u8>,
}

/// The columns of a [`Delivery`].
macro_rules! columns {
    () => {
        "select tip, id, partner, reference, way, attempts, due, done, problem, needs_officer from deliveries"
    };
}

impl Register {
    /// The newest copy of a tip for a partner.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delivery_to(&self, tip: TipId, partner: &str) -> Result<Option<Delivery>, Error> {
        let row = sqlx::query_as(concat!(
            columns!(),
            " where tip = $1 and partner = $2 order by id desc limit 1"
        ));
        Ok(row
            .bind(tip.0.as_slice())
            .bind(partner)
            .fetch_optional(&self.pool)
            .await?)
    }

    /// Leases the copies that are due at `now`, with their sealed bytes, oldest first. The lease
    /// lasts five minutes, so two processes never send one copy at the same time. Call
    /// [`Self::note_attempt`] for each copy, then ask for the next ones.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_deliveries(&self, now: i64) -> Result<Vec<DueDelivery>, Error> {
        let rows = sqlx::query_as(
            "update deliveries set due = $2
             where id in (select id from deliveries where done is null and due <= $1 and tip not in (select tip from restricted) order by id limit $3) and done is null and due <= $1
             returning tip, id, partner, reference, way, attempts, due, done, problem, needs_officer, sealed",
        );
        let mut due: Vec<DueDelivery> = rows
            .bind(now)
            .bind(now.saturating_add(HOLD))
            .bind(AT_ONCE)
            .fetch_all(&self.pool)
            .await?;
        due.sort_by_key(|due| due.delivery.id);
        Ok(due)
    }

    /// Records the result of an attempt, with an audit row if the result is new. A delivered copy
    /// keeps its row but not its bytes. The tip's book learns of it by [`Self::unnoted_arrivals`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_attempt(&self, delivery: &Delivery, outcome: &Outcome) -> Result<(), Error> {
        let mut write = self.write().await?;
        let (problem, ended) = match outcome {
            Outcome::Done => {
                let arrived = sqlx::query(
                    "update deliveries set attempts = attempts + 1, done = $2, problem = null, needs_officer = 0, sealed = x'' where id = $1",
                );
                arrived
                    .bind(delivery.id)
                    .bind(self.clock.now())
                    .execute(&mut *write)
                    .await?;
                (None, "arrived".to_owned())
            }
            Outcome::Failed { failure, again } => {
                let failed = sqlx::query(
                    "update deliveries set attempts = attempts + 1, problem = $2, needs_officer = $3, due = $4 where id = $1 and done is null",
                );
                failed
                    .bind(delivery.id)
                    .bind(&failure.what)
                    .bind(failure.needs_officer)
                    .bind(*again)
                    .execute(&mut *write)
                    .await?;
                (
                    Some(&failure.what),
                    format!("did not arrive yet ({})", failure.code),
                )
            }
        };
        if problem.is_none() || problem != delivery.problem.as_ref() {
            let detail = format!(
                "to {}, reference {}: {ended}",
                delivery.partner, delivery.reference
            );
            let tip = delivery.tip.to_string();
            self.append(&mut write, &Actor::desk(), Action::Deliver, &tip, &detail)
                .await?;
        }
        self.commit(write).await
    }

    /// The copies of one tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn deliveries_of(&self, tip: TipId) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query_as(concat!(columns!(), " where tip = $1 order by id"));
        Ok(rows.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// A tip with a copy that waits for an officer to fix its cause, of these books.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn stuck_copy(&self, books: &[String]) -> Result<Option<TipId>, Error> {
        let rows: Vec<(Vec<u8>, String)> = sqlx::query_as(
            "select tip, book from deliveries join tips on tips.id = tip where done is null and needs_officer = 1 order by deliveries.id",
        )
        .fetch_all(&self.pool)
        .await?;
        let ours = rows.into_iter().find(|(_, book)| books.contains(book));
        ours.map(|(tip, _)| tip.try_into().map_err(|_| Error::Row))
            .transpose()
    }

    /// Copies that arrived and whose tip's book, `book`, does not know it yet: their numbers, their
    /// tips, and who ordered them.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn unnoted_arrivals(
        &self,
        book: &str,
    ) -> Result<Vec<(i64, TipId, String)>, Error> {
        let rows: Vec<(i64, Vec<u8>, String)> = sqlx::query_as(
            "select deliveries.id, tip, ordered_by from deliveries join tips on tips.id = tip where done is not null and noted = 0 and book = $1",
        )
        .bind(book)
        .fetch_all(&self.pool)
        .await?;
        rows.into_iter()
            .map(|(id, tip, by)| Ok((id, tip.try_into().map_err(|_| Error::Row)?, by)))
            .collect()
    }

    /// The tip's book knows that this copy arrived.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_arrival(&self, delivery: i64) -> Result<(), Error> {
        sqlx::query("update deliveries set noted = 1 where id = $1")
            .bind(delivery)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
