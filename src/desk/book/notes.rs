//! Beside a tip's content: notes, and who looked.

use serde::Serialize;
use sqlx::{FromRow, Sqlite, Transaction};

use super::translation::note_translated;
use super::{Book, DraftOf, folds};
use crate::audit::Action;
use crate::database::Error;
use loke_core::tip::TipId;

/// Longest note, in characters.
pub(super) const LONGEST_NOTE: usize = 4_000;

loke_core::words! {
    /// A kind of note.
    NoteKind {
        /// An officer's note.
        Note = "note",
        /// An interpreter's wording, beside the original.
        Translation = "translation",
        /// A number in another system.
        Reference = "reference",
        /// A proposed grade that an officer accepted.
        Grade = "grade",
    }
}

/// A note about a tip. Notes are only added, never changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Note {
    /// When it was written (seconds since 1970-01-01 UTC).
    pub at: i64,
    /// The account that wrote it.
    pub who: String,
    /// Its kind.
    pub kind: NoteKind,
    /// Its text.
    pub text: String,
}

impl Book {
    /// Adds a note to a tip, as far as [`LONGEST_NOTE`]. A tip with a new note counts as changed.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn add_note(&self, tip: TipId, kind: NoteKind, text: &str) -> Result<(), Error> {
        let text: String = text.trim().chars().take(LONGEST_NOTE).collect();
        let mut write = self.write().await?;
        let changed =
            sqlx::query("update triage set version = version + 1, changed_by = $2 where tip = $1")
                .bind(tip.0.as_slice())
                .bind(&self.actor.name)
                .execute(&mut *write)
                .await?;
        if changed.rows_affected() == 0 {
            return Err(Error::NoTip(tip.to_string()));
        }
        sqlx::query("insert into notes (tip, at, who, kind, text) values ($1, $2, $3, $4, $5)")
            .bind(tip.0.as_slice())
            .bind(self.register.clock().now())
            .bind(&self.actor.name)
            .bind(kind)
            .bind(&text)
            .execute(&mut *write)
            .await?;
        if kind == NoteKind::Translation {
            note_translated(&mut write, tip, self.register.clock().now()).await?;
        }
        self.index(&mut write, tip, &text).await?;
        // The text was typed on the page of the holder, or before the tip was folded.
        let holder = folds::holder_of(&mut write, tip).await?;
        for typed_at in [tip, holder] {
            self.drop_draft(&mut write, DraftOf::Note, typed_at).await?;
        }
        self.note_look(&mut write, tip).await?;
        self.append(&mut write, Action::Note, &tip.to_string(), kind.word())
            .await?;
        self.commit(write).await
    }

    /// The notes about a tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn notes_on(&self, tip: TipId) -> Result<Vec<Note>, Error> {
        let notes =
            sqlx::query_as("select at, who, kind, text from notes where tip = $1 order by id");
        Ok(notes.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// Takes over what officers wrote about a tip in the book that it comes from, and when it is
    /// due: a move never resets a clock.
    pub(super) async fn take_over(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        for note in from.notes_on(tip).await? {
            sqlx::query("insert into notes (tip, at, who, kind, text) values ($1, $2, $3, $4, $5)")
                .bind(tip.0.as_slice())
                .bind(note.at)
                .bind(&note.who)
                .bind(note.kind)
                .bind(&note.text)
                .execute(&mut **write)
                .await?;
            if note.kind == NoteKind::Translation {
                note_translated(write, tip, note.at).await?;
            }
            self.index(write, tip, &note.text).await?;
        }
        self.store_marks(write, tip, from.marks_of(tip).await?)
            .await?;
        self.take_over_translation(write, tip, from).await?;
        self.take_over_calls(write, tip, from).await?;
        self.take_over_answers(write, tip, from).await?;
        self.take_over_replies(write, tip, from).await?;
        self.take_covers_over(write, tip, from).await?;
        self.take_reports_over(write, tip, from).await?;
        self.take_told_over(write, tip, from).await?;
        self.take_area_over(write, tip, from).await?;
        self.take_incidents_over(write, tip, from).await?;
        let holder = folds::holder_of(write, tip).await?;
        let triage = from.triage(tip).await?.triage;
        // A member of both books goes on with it, and answers by the same receipt land there too.
        if let Some(owner) = triage.owner.as_ref().filter(|_| triage.is_open()) {
            sqlx::query(
                "update triage set state = 'taken', owner = $2 where tip = $1 and state = 'new' and exists (select 1 from members where account = $2)",
            )
            .bind(tip.0.as_slice())
            .bind(owner)
            .execute(&mut **write)
            .await?;
        }
        if let Some(deadline) = triage.deadline {
            sqlx::query("update triage set deadline = $2 where tip = $1")
                .bind(tip.0.as_slice())
                .bind(deadline)
                .execute(&mut **write)
                .await?;
        }
        folds::refresh(write, holder).await?;
        self.note_due(write, holder).await
    }

    /// The accounts that looked at a tip, each with the time of its last look.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn looks_at(&self, tip: TipId) -> Result<Vec<(String, i64)>, Error> {
        let looks = sqlx::query_as("select who, at from looks where tip = $1 order by at, who");
        Ok(looks.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// Notes that this person sees the tip as it is now.
    pub(super) async fn note_look(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into looks (who, tip, version, at) select $1, tip, version, $3 from triage where tip = $2
             on conflict (who, tip) do update set version = excluded.version, at = excluded.at",
        )
        .bind(&self.actor.name)
        .bind(tip.0.as_slice())
        .bind(self.register.clock().now())
        .execute(&mut **write)
        .await?;
        Ok(())
    }
}
