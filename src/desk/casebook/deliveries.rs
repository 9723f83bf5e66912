//! Partners' copies on their way out: kept until they arrive, tried again where an attempt failed, remembered afterwards.

use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

use super::tips::id_of;
use super::{Casebook, Error};
use crate::desk::audit::Action;
use crate::tip::TipId;

/// How long an attempt has before another process may make the next, in seconds.
const HOLD: i64 = 300;

/// One partner's copy of one tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its number in the casebook.
    pub id: i64,
    /// Which tip it is of.
    pub tip: TipId,
    /// Whose it is.
    pub partner: String,
    /// How it goes there, in the words of whoever queued it.
    pub way: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When the next attempt is made (seconds since 1970-01-01 UTC).
    pub due: i64,
    /// When it arrived.
    pub done: Option<i64>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It arrived.
    Done,
    /// It did not: why, and when to try again (seconds since 1970-01-01 UTC).
    Failed {
        /// One sentence for the officer; nothing of the tip.
        problem: String,
        /// When the next attempt is made.
        again: i64,
    },
}

impl Casebook {
    /// Queues a partner's copy, marks the tip routed and writes the audit row, all or nothing. Due at once.
    /// Returns the delivery's number.
    ///
    /// # Errors
    /// [`Error::NoTip`] where there is no such tip; where the database does not answer nothing was queued.
    pub async fn queue_delivery(&self, tip: TipId, partner: &str, way: &str, sealed: &[u8]) -> Result<i64, Error> {
        let mut write = self.write().await?;
        let routed = sqlx::query("update tips set status = 'routed' where id = $1").bind(tip.0.as_slice()).execute(&mut *write).await?;
        if routed.rows_affected() == 0 {
            return Err(Error::NoTip(tip.to_string()));
        }
        let added = sqlx::query("insert into deliveries (tip, partner, way, due, sealed) values ($1, $2, $3, $4, $5)")
            .bind(tip.0.as_slice())
            .bind(partner)
            .bind(way)
            .bind(self.clock.now())
            .bind(sealed)
            .execute(&mut *write)
            .await?;
        self.append(&mut write, Action::Route, &tip.to_string(), &format!("to {partner} by {way}")).await?;
        self.commit(write).await?;
        Ok(added.last_insert_rowid())
    }

    /// The copies whose attempt is due at `now`, with their sealed bytes, oldest first. They are held for five minutes, so
    /// that two processes do not send one copy twice: call [`Self::note_attempt`] for each.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn due_deliveries(&self, now: i64) -> Result<Vec<(Delivery, Vec<u8>)>, Error> {
        let rows = sqlx::query(
            "update deliveries set due = $2 where done is null and due <= $1
             returning tip, id, partner, way, attempts, due, done, problem, sealed",
        );
        let rows = rows.bind(now).bind(now.saturating_add(HOLD)).fetch_all(&self.pool).await?;
        let mut due: Vec<(Delivery, Vec<u8>)> = rows.iter().map(|row| Ok((delivery(row)?, row.try_get("sealed")?))).collect::<Result<_, Error>>()?;
        due.sort_by_key(|(delivery, _)| delivery.id);
        Ok(due)
    }

    /// Writes down how an attempt ended.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn note_attempt(&self, delivery: i64, outcome: &Outcome) -> Result<(), Error> {
        let (done, problem, due) = match outcome {
            Outcome::Done => (Some(self.clock.now()), None, None),
            Outcome::Failed { problem, again } => (None, Some(problem.as_str()), Some(*again)),
        };
        let update = sqlx::query("update deliveries set attempts = attempts + 1, done = $2, problem = $3, due = coalesce($4, due) where id = $1");
        update.bind(delivery).bind(done).bind(problem).bind(due).execute(&self.pool).await?;
        Ok(())
    }

    /// The copies of one tip, oldest first.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn deliveries_of(&self, tip: TipId) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query("select tip, id, partner, way, attempts, due, done, problem from deliveries where tip = $1 order by id");
        rows.bind(tip.0.as_slice()).fetch_all(&self.pool).await?.iter().map(delivery).collect()
    }
}

fn delivery(row: &SqliteRow) -> Result<Delivery, Error> {
    Ok(Delivery {
        id: row.try_get("id")?,
        tip: id_of(row)?,
        partner: row.try_get("partner")?,
        way: row.try_get("way")?,
        attempts: row.try_get("attempts")?,
        due: row.try_get("due")?,
        done: row.try_get("done")?,
        problem: row.try_get("problem")?,
    })
}
