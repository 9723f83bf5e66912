//! Tips that an officer enters. The notes and the outcome of such a tip are stored in its own
//! transaction, so that half a tip is never stored.

use sqlx::{Sqlite, Transaction};

use super::decisions::{How, new_act, only_failures};
use super::notes::LONGEST_NOTE;
use super::triage::{Decision, Outcome};
use super::{Book, NoteKind};
use crate::database::Error;
use loke_core::tip::TipId;

/// The notes and the outcome of an entered tip, which the tip itself does not contain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Beside {
    /// Notes of the officer who enters it.
    pub(crate) notes: Vec<String>,
    /// The outcome, if it ended before it was entered, and the reason.
    pub(crate) closed: Option<(Outcome, String)>,
}

impl Book {
    /// Whether the book has tips from this source.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn has_tips_from(&self, source: &str) -> Result<bool, Error> {
        let has = sqlx::query_scalar("select exists (select 1 from tips where source = $1)");
        Ok(has.bind(source).fetch_one(&self.pool).await?)
    }

    /// Adds the notes to tips that this transaction stored, and closes those that ended before. A
    /// risky tip waits for a second person like any other (P17).
    pub(super) async fn add_beside(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        beside: &[(TipId, Beside)],
    ) -> Result<(), Error> {
        let act = new_act()?;
        for (tip, Beside { notes, closed }) in beside {
            for note in notes {
                let text: String = note.trim().chars().take(LONGEST_NOTE).collect();
                sqlx::query(
                    "insert into notes (tip, at, who, kind, text) values ($1, $2, $3, $4, $5)",
                )
                .bind(tip.0.as_slice())
                .bind(self.register.clock().now())
                .bind(&self.actor.name)
                .bind(NoteKind::Note)
                .bind(&text)
                .execute(&mut **write)
                .await?;
                self.index(write, *tip, &text).await?;
            }
            let Some((outcome, why)) = closed else {
                continue;
            };
            let close = Decision::Close {
                outcome: *outcome,
                why: why.clone(),
            };
            let how = How { act, alone: None };
            only_failures(self.decide_in(write, (*tip).into(), &close, how).await)?;
            // Nobody knows whether it was closed in time.
            sqlx::query("update triage set met = null where tip = $1 and state = 'closed'")
                .bind(tip.0.as_slice())
                .execute(&mut **write)
                .await?;
        }
        Ok(())
    }
}
