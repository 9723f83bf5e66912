//! Undo: the last act of a person, each tip exactly as it was before, until something was built on
//! it.

use sqlx::{FromRow, Sqlite, Transaction};

use super::decisions::{NotDecided, only_failures, triage_of};
use super::triage::{Decision, Triage};
use super::{Book, folds};
use crate::audit::Action;
use crate::database::Error;
use loke_core::tip::TipId;

/// A decision that can be undone.
#[derive(Debug, Clone, FromRow)]
struct Undoable {
    id: i64,
    #[sqlx(try_from = "Vec<u8>")]
    tip: TipId,
    decision: String,
    before: String,
    version: i64,
}

impl Book {
    /// The person's last act in this book: when it was, its number, and what it was.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn last_act(&self) -> Result<Option<(i64, i64, Decision)>, Error> {
        let last: Option<(i64, i64, String)> = sqlx::query_as(
            "select at, act, decision from decisions where who = $1 and undone = 0 order by id desc limit 1",
        )
        .bind(&self.actor.name)
        .fetch_optional(&self.pool)
        .await?;
        last.map(|(at, act, json)| {
            let decision = serde_json::from_str(&json).map_err(|_| Error::Row)?;
            Ok((at, act, decision))
        })
        .transpose()
    }

    /// Undoes an act of this person: each tip is as it was before. Returns the tips.
    ///
    /// # Errors
    /// [`NotDecided::BuiltOn`] if anything was decided about one of the tips since: then nothing is
    /// undone.
    pub async fn undo(&self, act: i64) -> Result<Vec<TipId>, NotDecided> {
        let (write, tips) = self.begin_undo(act).await?;
        self.finish(write).await?;
        Ok(tips)
    }

    /// [`Self::undo`] up to its commit.
    pub(crate) async fn begin_undo(
        &self,
        act: i64,
    ) -> Result<(Transaction<'static, Sqlite>, Vec<TipId>), NotDecided> {
        let mut write = self.write().await?;
        let made: Vec<Undoable> = sqlx::query_as(
            "select id, tip, decision, before, version from decisions where who = $1 and act = $2 and undone = 0 order by id desc",
        )
        .bind(&self.actor.name)
        .bind(act)
        .fetch_all(&mut *write)
        .await?;
        let mut tips = Vec::with_capacity(made.len());
        for Undoable {
            id,
            tip,
            decision,
            before,
            version,
        } in made
        {
            let decision: Decision = serde_json::from_str(&decision).map_err(|_| Error::Row)?;
            let is_fact = matches!(
                decision,
                Decision::Order { .. } | Decision::Routed | Decision::Wake { .. }
            );
            if is_fact || triage_of(&mut write, tip).await?.version != version {
                return Err(NotDecided::BuiltOn);
            }
            let made = Undoable {
                id,
                tip,
                decision: decision.word(),
                before,
                version,
            };
            self.undo_one(&mut write, made).await?;
            tips.push(tip);
        }
        if tips.is_empty() {
            return Err(NotDecided::NothingToUndo);
        }
        Ok((write, tips))
    }

    /// Gives a tip the row from before a decision.
    async fn undo_one(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        Undoable {
            id,
            tip,
            decision,
            before,
            ..
        }: Undoable,
    ) -> Result<(), NotDecided> {
        let before: Triage = serde_json::from_str(&before).map_err(|_| Error::Row)?;
        self.write_triage(write, tip, &before).await?;
        // It would be folded again, into a tip that may be closed by now.
        if folds::holders_changed_since(write, tip, id).await? {
            return Err(NotDecided::BuiltOn);
        }
        sqlx::query("update decisions set undone = 1 where id = $1")
            .bind(id)
            .execute(&mut **write)
            .await?;
        let detail = format!("undo: {decision}");
        self.append(write, Action::Decide, &tip.to_string(), &detail)
            .await?;
        Ok(())
    }

    /// Undoes the decision to send a report that was taken back, if nothing was decided since.
    pub(super) async fn undo_order(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        reference: &str,
    ) -> Result<(), Error> {
        let made: Option<Undoable> = sqlx::query_as(
            "select id, decisions.tip, decision, before, decisions.version from decisions join triage on triage.tip = decisions.tip and triage.version = decisions.version
             where decision ->> '$.kind' = 'order' and decision ->> '$.reference' = $1 and undone = 0",
        )
        .bind(reference)
        .fetch_optional(&mut **write)
        .await?;
        let Some(made) = made else { return Ok(()) };
        let undone = Undoable {
            decision: "report to a partner".into(),
            ..made
        };
        only_failures(self.undo_one(write, undone).await)
    }
}
