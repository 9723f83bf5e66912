//! The outbox: partners' copies wait here until they arrive. A failed delivery is retried, and the
//! row stays after the delivery.

use sqlx::FromRow;

use super::{Casebook, Error};
use crate::audit::Action;
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

/// A partner's copy that is about to be queued.
pub struct NewDelivery<'a> {
    /// The tip.
    pub tip: TipId,
    /// The partner's name.
    pub partner: &'a str,
    /// The copy's reference: a random name that the partner sees.
    pub reference: &'a str,
    /// The way it travels: `folder` or `mail`.
    pub way: &'a str,
    /// The age file for the partner.
    pub sealed: &'a [u8],
}

/// One partner's copy of one tip.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    /// Its number in the casebook.
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

impl Casebook {
    /// Queues a partner's copy and writes the audit row, in one transaction. The copy is due at
    /// once. If the partner already has a copy of the tip, nothing
    /// is queued and that copy is returned, unless `again` is true.
    ///
    /// # Errors
    /// [`Error::NoTip`] if there is no such tip. If the database fails, nothing was queued.
    pub async fn queue_delivery(
        &self,
        new: &NewDelivery<'_>,
        again: bool,
    ) -> Result<Option<Delivery>, Error> {
        let tip = new.tip.0.as_slice();
        let mut write = self.write().await?;
        let earlier = sqlx::query_as(concat!(
            columns!(),
            " where tip = $1 and partner = $2 order by id desc limit 1"
        ));
        let earlier: Option<Delivery> = earlier
            .bind(tip)
            .bind(new.partner)
            .fetch_optional(&mut *write)
            .await?;
        if earlier.is_some() && !again {
            return Ok(earlier);
        }
        let known: bool = sqlx::query_scalar("select exists (select 1 from tips where id = $1)")
            .bind(tip)
            .fetch_one(&mut *write)
            .await?;
        if !known {
            return Err(Error::NoTip(new.tip.to_string()));
        }
        sqlx::query("insert into deliveries (tip, partner, reference, way, due, sealed) values ($1, $2, $3, $4, $5, $6)")
            .bind(tip)
            .bind(new.partner)
            .bind(new.reference)
            .bind(new.way)
            .bind(self.clock.now())
            .bind(new.sealed)
            .execute(&mut *write)
            .await?;
        let detail = format!(
            "to {} by {}, reference {}",
            new.partner, new.way, new.reference
        );
        self.append(&mut write, Action::Route, &new.tip.to_string(), &detail)
            .await?;
        self.commit(write).await?;
        Ok(None)
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
             where id in (select id from deliveries where done is null and due <= $1 order by id limit $3) and done is null and due <= $1
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
    /// keeps its row but not its bytes, and its tip is routed.
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
                sqlx::query("update tips set status = 'routed' where id = $1")
                    .bind(delivery.tip.0.as_slice())
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
            self.append(
                &mut write,
                Action::Deliver,
                &delivery.tip.to_string(),
                &detail,
            )
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
}
