//! The outbox: sealed reports wait here until their batch leaves and they arrive. A failed delivery
//! is retried, and the row stays after the delivery.

use sqlx::{FromRow, SqliteConnection};

use super::{NewDelivery, Register};
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::tip::TipId;

/// Why a report did not arrive. The report stays in the outbox.
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
/// Most reports that are leased at once. Their attempts end within [`HOLD`], and their bytes fit in
/// memory.
const AT_ONCE: i64 = 4;
/// Most reports that a partner gets in a minute.
pub const PER_MINUTE: i64 = 60;

/// One report on its way to a partner.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Delivery {
    /// Its number.
    pub id: i64,
    /// The tip that shows the others that the report is about.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// The partner's name.
    pub partner: String,
    /// The report's reference: a random name that the partner sees.
    pub reference: String,
    /// The way it travels: `folder`, `mail` or `print`.
    pub way: String,
    /// Attempts so far.
    pub attempts: i64,
    /// When its batch leaves (seconds since 1970-01-01 UTC).
    pub leaves_at: i64,
    /// The time of the next attempt (seconds since 1970-01-01 UTC).
    pub due: i64,
    /// The time of arrival.
    pub done: Option<i64>,
    /// Why the last attempt failed.
    pub problem: Option<String>,
    /// Whether a retry can only help after an officer fixes the cause in `problem`.
    pub needs_officer: bool,
    /// Whether the partner shall act. If not, it is for information alone.
    pub is_lead: bool,
    /// When it was taken back.
    pub taken_back_at: Option<i64>,
    /// The report that this one withdraws or corrects.
    pub replaces: Option<String>,
    /// When the partner confirmed that.
    pub confirmed_at: Option<i64>,
}

/// The result of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The report arrived.
    Done,
    /// The report did not arrive. The attempt is repeated later.
    Failed {
        /// Why; it contains nothing of the tip.
        failure: Failure,
        /// The time of the next attempt (seconds since 1970-01-01 UTC).
        again: i64,
    },
}

/// A report whose attempt is due.
#[derive(FromRow)]
pub struct DueDelivery {
    /// The delivery.
    #[sqlx(flatten)]
    pub delivery: Delivery,
    /// The age file for the partner.
    pub sealed: Vec<u8>,
    /// The key that it is sealed to.
    pub sealed_to: Option<String>,
}

/// How far the outbox of a book is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct OutboxCount {
    /// Reports that have not arrived and were not taken back.
    pub waiting: i64,
    /// Reports that arrived since the given time.
    pub arrived: i64,
}

/// An event that a person reports, because no program can know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ByHand {
    /// It was handed over on paper.
    HandedOver,
    /// The partner confirmed a withdrawal or a correction.
    Confirmed,
}

/// A report that arrived.
#[derive(FromRow)]
pub(crate) struct Arrived {
    pub(crate) id: i64,
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) tip: TipId,
    pub(crate) reference: String,
    /// The account that ordered it.
    pub(crate) ordered_by: String,
    pub(crate) is_lead: bool,
    /// When it left (seconds since 1970-01-01 UTC).
    pub(crate) done: i64,
}

/// The columns of a [`Delivery`].
macro_rules! columns {
    () => {
        "tip, id, partner, reference, way, attempts, leaves_at, due, done, problem, needs_officer, is_lead, taken_back_at, replaces, confirmed_at"
    };
}

/// Puts a sealed report into the outbox.
pub(super) async fn add(
    write: &mut SqliteConnection,
    new: &NewDelivery,
    sealed: &[u8],
) -> Result<(), Error> {
    let first = new.tips.first().ok_or(Error::Row)?;
    let id: i64 = sqlx::query_scalar(
        "insert into deliveries (tip, partner, reference, way, due, leaves_at, sealed, sealed_to, is_lead, replaces, ordered_by)
         values ($1, $2, $3, $4, $5, $5, $6, $7, $8, $9, $10) returning id",
    )
    .bind(first.0.as_slice())
    .bind(&new.partner)
    .bind(&new.reference)
    .bind(&new.way)
    .bind(new.leaves_at)
    .bind(sealed)
    .bind(&new.sealed_to)
    .bind(new.is_lead)
    .bind(&new.replaces)
    .bind(&new.ordered_by)
    .fetch_one(&mut *write)
    .await?;
    for tip in &new.tips {
        sqlx::query("insert into delivery_tips (delivery_id, tip, has_photo) values ($1, $2, $3)")
            .bind(id)
            .bind(tip.0.as_slice())
            .bind(new.photos_of.contains(tip))
            .execute(&mut *write)
            .await?;
    }
    Ok(())
}

/// Notes that a partner's own answer confirmed a withdrawal or a correction.
pub(super) async fn confirm(
    write: &mut SqliteConnection,
    reference: &str,
    at: i64,
) -> Result<(), Error> {
    sqlx::query(
        "update deliveries set confirmed_at = $2 where reference = $1 and replaces is not null and confirmed_at is null",
    )
    .bind(reference)
    .bind(at)
    .execute(write)
    .await?;
    Ok(())
}

impl Register {
    /// Leases the reports that are due at `now`, with their sealed bytes, in random order, so that
    /// the order of a batch tells nothing. No partner gets more than [`PER_MINUTE`], and chance chooses
    /// which of a batch leave in which minute. The lease lasts
    /// five minutes, so two processes never send one report at the same time. Call
    /// [`Self::note_attempt`] for each report, then ask for the next ones.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_deliveries(&self, now: i64) -> Result<Vec<DueDelivery>, Error> {
        let rows = sqlx::query_as(concat!(
            "with recent as (
                 select partner, count(*) as n from deliveries where done > $1 - 60 group by partner
             ), waiting as (
                 select id, partner, row_number() over (partition by partner order by due, random()) as place from deliveries
                 where done is null and taken_back_at is null and way not in ('print', 'open-mail') and due <= $1 and (leased_until is null or leased_until <= $1)
                     and (replaces is not null or not exists (select 1 from delivery_tips join restricted using (tip) where delivery_id = deliveries.id))
             )
             update deliveries set leased_until = $2
             where id in (select waiting.id from waiting left join recent using (partner) where place + coalesce(n, 0) <= $4 order by random() limit $3)
             returning ",
            columns!(),
            ", sealed, sealed_to"
        ));
        Ok(rows
            .bind(now)
            .bind(now.saturating_add(HOLD))
            .bind(AT_ONCE)
            .bind(PER_MINUTE)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Leases the reports that leave in the clear, are due at `now`, and are about tips of this book. No
    /// partner gets more than [`PER_MINUTE`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn due_open_mails(&self, book: &str, now: i64) -> Result<Vec<DueDelivery>, Error> {
        let rows = sqlx::query_as(concat!(
            "with recent as (
                 select partner, count(*) as n from deliveries where done > $1 - 60 group by partner
             ), waiting as (
                 select deliveries.id, partner, row_number() over (partition by partner order by due, random()) as place
                 from deliveries join tips on tips.id = deliveries.tip
                 where done is null and taken_back_at is null and way = 'open-mail' and due <= $1 and (leased_until is null or leased_until <= $1) and book = $3
                     and (replaces is not null or not exists (select 1 from delivery_tips join restricted using (tip) where delivery_id = deliveries.id))
             )
             update deliveries set leased_until = $2
             where id in (select waiting.id from waiting left join recent using (partner) where place + coalesce(n, 0) <= $5 order by random() limit $4)
             returning ",
            columns!(),
            ", sealed, sealed_to"
        ));
        Ok(rows
            .bind(now)
            .bind(now.saturating_add(HOLD))
            .bind(book)
            .bind(AT_ONCE)
            .bind(PER_MINUTE)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Records the result of an attempt, with an audit row if the result is new. A delivered report
    /// keeps its row but not its bytes. The tip's book learns of it by [`Self::unnoted_arrivals`].
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_attempt(&self, delivery: &Delivery, outcome: &Outcome) -> Result<(), Error> {
        let mut write = self.write().await?;
        let (problem, ended) = match outcome {
            Outcome::Done => {
                let arrived = sqlx::query(
                    "update deliveries set attempts = attempts + 1, done = $2, taken_back_at = null, problem = null, needs_officer = 0, leased_until = null, sealed = x'' where id = $1",
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
                    "update deliveries set attempts = attempts + 1, problem = $2, needs_officer = $3, due = $4, leased_until = null where id = $1 and done is null",
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

    /// The reports about one tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn deliveries_of(&self, tip: TipId) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query_as(concat!(
            "select ",
            columns!(),
            " from deliveries where id in (select delivery_id from delivery_tips where tip = $1) order by id"
        ));
        Ok(rows.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// The report with this reference.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn delivery(&self, reference: &str) -> Result<Option<Delivery>, Error> {
        let row = sqlx::query_as(concat!(
            "select ",
            columns!(),
            " from deliveries where reference = $1"
        ));
        Ok(row.bind(reference).fetch_optional(&self.pool).await?)
    }

    /// Counts the reports about the tips of a book, however many a list of them shows. `since` is in
    /// seconds since 1970-01-01 UTC.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn outbox_count(&self, book: &str, since: i64) -> Result<OutboxCount, Error> {
        let counted = sqlx::query_as(
            "select count(*) filter (where done is null and taken_back_at is null) as waiting, count(*) filter (where done >= $2) as arrived
             from deliveries join tips on tips.id = deliveries.tip where book = $1",
        );
        let counted = counted.bind(book).bind(since).fetch_one(&self.pool);
        Ok(counted.await?)
    }

    /// The reports about tips of this book that wait, that are stuck, or whose withdrawal or
    /// correction nobody has confirmed; after them the last that arrived, `most` in all.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn outbox(&self, book: &str, most: u32) -> Result<Vec<Delivery>, Error> {
        let rows = sqlx::query_as(concat!(
            "select ",
            columns!(),
            " from deliveries where taken_back_at is null and tip in (select id from tips where book = $1)
             order by done is not null, replaces is null or confirmed_at is not null, needs_officer = 0, coalesce(done * -1, leaves_at), id limit $2"
        ));
        Ok(rows.bind(book).bind(most).fetch_all(&self.pool).await?)
    }

    /// Takes a report back that has not left. Its bytes are deleted. Returns whether it could be
    /// taken back: not if it arrived, or is being sent at this moment.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn take_back(&self, actor: &Actor, reference: &str) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut write = self.write().await?;
        let taken: Option<String> = sqlx::query_scalar(
            "update deliveries set taken_back_at = $2, sealed = x'' where reference = $1 and done is null and taken_back_at is null
             and (leased_until is null or leased_until <= $2) returning partner",
        )
        .bind(reference)
        .bind(now)
        .fetch_optional(&mut *write)
        .await?;
        let Some(partner) = taken else {
            return Ok(false);
        };
        let detail = format!("to {partner}, reference {reference}: taken back");
        self.append(&mut write, actor, Action::Route, reference, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Notes that a report on paper was handed over, or that a partner confirmed a withdrawal or a
    /// correction. Returns whether there was such a report.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_by_hand(
        &self,
        actor: &Actor,
        reference: &str,
        deed: ByHand,
    ) -> Result<bool, Error> {
        let (change, said) = match deed {
            ByHand::HandedOver => (
                "update deliveries set done = $2, sealed = x'' where reference = $1 and done is null and taken_back_at is null and way = 'print' returning partner",
                "handed over on paper",
            ),
            ByHand::Confirmed => (
                "update deliveries set confirmed_at = $2 where reference = $1 and done is not null and replaces is not null and confirmed_at is null returning partner",
                "confirmed by the partner",
            ),
        };
        let mut write = self.write().await?;
        let partner: Option<String> = sqlx::query_scalar(change)
            .bind(reference)
            .bind(self.clock.now())
            .fetch_optional(&mut *write)
            .await?;
        let Some(partner) = partner else {
            return Ok(false);
        };
        let detail = format!("to {partner}, reference {reference}: {said}");
        self.append(&mut write, actor, Action::Deliver, reference, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// How many reports failed to arrive at their last attempt and still wait, and how many of them wait
    /// for an officer to fix the cause.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn failed_deliveries(&self) -> Result<(i64, i64), Error> {
        let counted = sqlx::query_as(
            "select count(*), coalesce(sum(needs_officer), 0) from deliveries where done is null and taken_back_at is null and problem is not null",
        );
        Ok(counted.fetch_one(&self.pool).await?)
    }

    /// A tip of these books with a report that failed to arrive and waits, and whether an officer must
    /// fix the cause. One that an officer must fix comes first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn stuck_report(&self, books: &[String]) -> Result<Option<(TipId, bool)>, Error> {
        let rows: Vec<(Vec<u8>, String, bool)> = sqlx::query_as(
            "select tip, book, needs_officer from deliveries join tips on tips.id = tip
             where done is null and taken_back_at is null and problem is not null order by needs_officer desc, deliveries.id",
        )
        .fetch_all(&self.pool)
        .await?;
        let ours = rows.into_iter().find(|(_, book, _)| books.contains(book));
        ours.map(|(tip, _, needs_officer)| {
            let tip = tip.try_into().map_err(|_| Error::Row)?;
            Ok((tip, needs_officer))
        })
        .transpose()
    }

    /// Reports that arrived and whose tip's book, `book`, does not know it yet.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn unnoted_arrivals(&self, book: &str) -> Result<Vec<Arrived>, Error> {
        let rows = sqlx::query_as(
            "select deliveries.id, tip, reference, ordered_by, is_lead, done from deliveries join tips on tips.id = tip where done is not null and noted = 0 and book = $1",
        );
        Ok(rows.bind(book).fetch_all(&self.pool).await?)
    }

    /// The tip's book knows that this report arrived.
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

#[cfg(test)]
mod tests;
