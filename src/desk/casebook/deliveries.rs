//! Partners' copies on their way out: kept until they arrive, tried again where an attempt failed,
//! remembered afterwards.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::tips::id_of;
use super::{Casebook, Error};
use crate::audit::Action;
use loke_core::tip::TipId;

/// Why a copy did not arrive. It stays in the outbox.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct Failure {
    /// A word or a number for the log: `folder`, `config`, `connection`, an SMTP reply code.
    pub code: String,
    /// What happened and what to do.
    pub what: String,
    /// Trying again will not help until someone mends what `what` names.
    pub needs_officer: bool,
}

/// How long an attempt has before another process may make the next, in seconds.
const HOLD: i64 = 300;
/// Most copies that are held at once: their attempts end within [`HOLD`], and their bytes fit in
/// memory.
const AT_ONCE: i64 = 8;

/// A partner's copy that is about to be queued.
pub struct NewDelivery<'a> {
    /// Which tip it is of.
    pub tip: TipId,
    /// Whose it is.
    pub partner: &'a str,
    /// The copy's own random name, which the partner knows.
    pub reference: &'a str,
    /// How it goes there: `folder`, `mail`.
    pub way: &'a str,
    /// The age file for the partner.
    pub sealed: &'a [u8],
}

/// One partner's copy of one tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the casebook.
    pub id: i64,
    /// Which tip it is of.
    pub tip: TipId,
    /// Whose it is.
    pub partner: String,
    /// The copy's own random name, which the partner knows.
    pub reference: String,
    /// How it goes there: `folder`, `mail`.
    pub way: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When the next attempt is made (seconds since 1970-01-01 UTC).
    pub due: i64,
    /// When it arrived.
    pub done: Option<i64>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// Whether trying again cannot help until an officer mends what `problem` names.
    pub needs_officer: bool,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Done,
    /// It did not: why, and when to try again (seconds since 1970-01-01 UTC).
    Failed {
        /// Why; it carries nothing of the tip.
        failure: Failure,
        /// When the next attempt is made.
        again: i64,
    },
}

/// The columns that [`delivery`] reads. The tip stands first.
macro_rules! columns {
    () => {
        "select tip, id, partner, reference, way, attempts, due, done, problem, needs_officer from deliveries"
    };
}

impl Casebook {
    /// Queues a partner's copy, marks the tip routed and writes the audit row, all or nothing. Due
    /// at once. Where the partner has a copy of the tip already nothing is queued, and that copy is
    /// returned, unless `again` says to send another.
    ///
    /// # Errors
    /// [`Error::NoTip`] where there is no such tip; where the database does not answer nothing was
    /// queued.
    pub async fn queue_delivery(
        &self,
        new: &NewDelivery<'_>,
        again: bool,
    ) -> Result<Option<Delivery>, Error> {
        let tip = new.tip.0.as_slice();
        let mut write = self.write().await?;
        let earlier = sqlx::query(concat!(
            columns!(),
            " where tip = $1 and partner = $2 order by id desc limit 1"
        ));
        let earlier = earlier
            .bind(tip)
            .bind(new.partner)
            .fetch_optional(&mut *write)
            .await?;
        if let Some(row) = earlier.filter(|_| !again) {
            return delivery(&row).map(Some);
        }
        let routed = sqlx::query("update tips set status = 'routed' where id = $1")
            .bind(tip)
            .execute(&mut *write)
            .await?;
        if routed.rows_affected() == 0 {
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

    /// The first copies whose attempt is due at `now`, with their sealed bytes, oldest first. They
    /// are held for five minutes, so that two processes do not send one copy twice: call
    /// [`Self::note_attempt`] for each, then ask for the next.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn due_deliveries(&self, now: i64) -> Result<Vec<(Delivery, Vec<u8>)>, Error> {
        let rows = sqlx::query(
            "update deliveries set due = $2
             where id in (select id from deliveries where done is null and due <= $1 order by id limit $3) and done is null and due <= $1
             returning tip, id, partner, reference, way, attempts, due, done, problem, needs_officer, sealed",
        );
        let rows = rows
            .bind(now)
            .bind(now.saturating_add(HOLD))
            .bind(AT_ONCE)
            .fetch_all(&self.pool)
            .await?;
        let mut due: Vec<(Delivery, Vec<u8>)> = rows
            .iter()
            .map(|row| Ok((delivery(row)?, row.try_get("sealed")?)))
            .collect::<Result<_, Error>>()?;
        due.sort_by_key(|(delivery, _)| delivery.id);
        Ok(due)
    }

    /// Writes down how an attempt ended, with an audit row where that is news. A copy that arrived
    /// keeps its row and loses its bytes.
    ///
    /// # Errors
    /// Where the database does not answer.
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
    /// Where the database does not answer.
    pub async fn deliveries_of(&self, tip: TipId) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query(concat!(columns!(), " where tip = $1 order by id"));
        rows.bind(tip.0.as_slice())
            .fetch_all(&self.pool)
            .await?
            .iter()
            .map(delivery)
            .collect()
    }
}

fn delivery(row: &SqliteRow) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: row.try_get("id")?,
        tip: id_of(row)?,
        partner: row.try_get("partner")?,
        reference: row.try_get("reference")?,
        way: row.try_get("way")?,
        attempts: row.try_get("attempts")?,
        due: row.try_get("due")?,
        done: row.try_get("done")?,
        problem: row.try_get("problem")?,
        needs_officer: row.try_get("needs_officer")?,
    })
}
