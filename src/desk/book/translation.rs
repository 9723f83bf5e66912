//! Tips in a language that the desk does not read. Somebody asks for an interpreter's wording; the wait
//! has a clock of its own and moves the tip nowhere in the queue: its own deadline goes on. The wording
//! is a note beside the original, which never changes.

use sqlx::{FromRow, Sqlite, SqliteConnection, Transaction};

use super::{Book, folds};
use crate::audit::Action;
use crate::database::Error;
use loke_core::tip::TipId;

/// How far the translation of a tip is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Translation {
    /// An interpreter's wording is there.
    pub translated: bool,
    /// When it is due, if somebody asked for one (seconds since 1970-01-01 UTC).
    #[sqlx(rename = "translation_due")]
    pub due: Option<i64>,
    /// Whether it came in time.
    #[sqlx(rename = "translation_met")]
    pub met: Option<bool>,
}

impl Translation {
    /// Whether somebody asked, and it is not there.
    #[must_use]
    pub fn is_awaited(&self) -> bool {
        self.due.is_some() && !self.translated
    }
}

impl Book {
    /// Asks for a translation: its clock runs from now. Nothing else of the tip changes, above all not
    /// its place in the queue. A second request changes nothing.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn ask_translation(&self, tip: TipId) -> Result<(), Error> {
        let clock = self.register.clock();
        let due = self
            .register
            .clocks()
            .translation_due(&clock.zone(), clock.now());
        self.set_due(tip, Some(due), "needs translation").await
    }

    /// Somebody can read the tip, so no translation is awaited any more.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn need_no_translation(&self, tip: TipId) -> Result<(), Error> {
        self.set_due(tip, None, "needs no translation").await
    }

    async fn set_due(&self, tip: TipId, due: Option<i64>, detail: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        let set = sqlx::query(
            "update triage set translation_due = iif($2 is null, null, coalesce(translation_due, $2)) where tip = $1 and translated = 0",
        )
        .bind(tip.0.as_slice())
        .bind(due)
        .execute(&mut *write)
        .await?;
        if set.rows_affected() == 0 {
            return match read(&mut write, tip).await? {
                Some(_) => Ok(()),
                None => Err(Error::NoTip(tip.to_string())),
            };
        }
        let holder = folds::holder_of(&mut write, tip).await?;
        folds::refresh(&mut write, holder).await?;
        self.append(&mut write, Action::Note, &tip.to_string(), detail)
            .await?;
        self.commit(write).await
    }

    /// How far the translation of a tip is.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn translation(&self, tip: TipId) -> Result<Translation, Error> {
        let found = read(&mut *self.pool.acquire().await?, tip).await?;
        found.ok_or_else(|| Error::NoTip(tip.to_string()))
    }

    /// Takes over the wait of a tip in the book that it comes from: a move never resets a clock.
    pub(super) async fn take_over_translation(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let before = from.translation(tip).await?;
        sqlx::query(
            "update triage set translated = $2, translation_due = $3, translation_met = $4 where tip = $1",
        )
        .bind(tip.0.as_slice())
        .bind(before.translated)
        .bind(before.due)
        .bind(before.met)
        .execute(&mut **write)
        .await?;
        Ok(())
    }
}

async fn read(connection: &mut SqliteConnection, tip: TipId) -> Result<Option<Translation>, Error> {
    let found = sqlx::query_as(
        "select translated, translation_due, translation_met from triage where tip = $1",
    );
    Ok(found
        .bind(tip.0.as_slice())
        .fetch_optional(connection)
        .await?)
}

/// Notes that a wording came: the first one ends the wait.
pub(super) async fn note_translated(
    connection: &mut SqliteConnection,
    tip: TipId,
    at: i64,
) -> Result<(), Error> {
    sqlx::query(
        "update triage set translated = 1, translation_met = $2 <= translation_due where tip = $1 and translated = 0",
    )
    .bind(tip.0.as_slice())
    .bind(at)
    .execute(&mut *connection)
    .await?;
    let holder = folds::holder_of(connection, tip).await?;
    folds::refresh(connection, holder).await
}
