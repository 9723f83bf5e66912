//! Marks on a tip that bind everybody, or one person: an illegal picture, holds, and "I know these
//! people". They go with the tip to another book.

use serde::{Deserialize, Serialize};
use sqlx::{Sqlite, Transaction};

use super::{Book, DraftOf, Hold, folds, holds};
use crate::audit::Action;
use crate::database::Error;
use crate::register::Effect;
use crate::report::PhotoOf;
use loke_core::tip::TipId;

/// The marks of a tip on its way to another book.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Marks {
    illegal: bool,
    /// The accounts that know the people.
    recused: Vec<String>,
    holds: Vec<Hold>,
}

impl Book {
    /// Marks a tip whose photo is an illegal picture: nobody sees, prints or sends its photos again.
    /// Previews with its photos are deleted, and reports that wait are taken back. The sealed original
    /// stays for the police, and a supervisor is told.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn mark_illegal(&self, tip: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        let waiting: Vec<String> = sqlx::query_scalar(
            "select reference from reports where state = 'ordered' and id in (select report_id from report_photos where tip = $1)",
        )
        .bind(tip.0.as_slice())
        .fetch_all(&mut *write)
        .await?;
        for reference in waiting {
            self.note_taken_back_in(&mut write, &reference).await?;
        }
        sqlx::query(
            "delete from reports where state = 'previewed' and id in (select report_id from report_photos where tip = $1)",
        )
        .bind(tip.0.as_slice())
        .execute(&mut *write)
        .await?;
        let marked = sqlx::query(
            "update triage set illegal = 1, version = version + 1, changed_by = $2 where tip = $1",
        )
        .bind(tip.0.as_slice())
        .bind(&self.actor.name)
        .execute(&mut *write)
        .await?;
        if marked.rows_affected() == 0 {
            return Err(Error::NoTip(tip.to_string()));
        }
        let effect = Effect::Illegal {
            tip,
            at: self.register.clock().now(),
        };
        self.effect(&mut write, &effect, None).await?;
        self.append(
            &mut write,
            Action::Note,
            &tip.to_string(),
            "an illegal picture",
        )
        .await?;
        self.commit(write).await
    }

    /// Whether the tip's photos must not be seen or sent.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_illegal(&self, tip: TipId) -> Result<bool, Error> {
        let illegal = sqlx::query_scalar("select illegal from triage where tip = $1");
        let found: Option<bool> = illegal
            .bind(tip.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        Ok(found.unwrap_or(false))
    }

    /// Whether a report with these photos can be shown: not if one is of a tip with an illegal
    /// picture, or of a tip that left the book and may be marked there.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn may_show(&self, photos: &[PhotoOf]) -> Result<bool, Error> {
        for photo in photos {
            if !self.holds(photo.tip).await? || self.is_illegal(photo.tip).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// "I know these people": the tip, and everything that is shown with it, leaves the views and the
    /// search of this person. A colleague must take it on: it has no owner then.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn recuse(&self, tip: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        let holder = folds::holder_of(&mut write, tip).await?;
        sqlx::query(
            "update triage set state = iif(owner = $2 and state = 'taken', 'new', state), owner = nullif(owner, $2), version = version + 1, changed_by = $2 where tip = $1",
        )
        .bind(holder.0.as_slice())
        .bind(&self.actor.name)
        .execute(&mut *write)
        .await?;
        // Each one, so that it stays so if it is unfolded.
        for tip in folds::with_folded(&mut write, holder).await? {
            sqlx::query("insert into recusals (who, tip) values ($1, $2) on conflict do nothing")
                .bind(&self.actor.name)
                .bind(tip.0.as_slice())
                .execute(&mut *write)
                .await?;
            self.drop_draft(&mut write, DraftOf::Note, tip).await?;
            self.drop_reply_draft(&mut write, tip).await?;
        }
        self.note_due(&mut write, holder).await?;
        self.append(
            &mut write,
            Action::Note,
            &tip.to_string(),
            "knows these people",
        )
        .await?;
        self.commit(write).await
    }

    /// Whether this person must not see the tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn is_recused(&self, tip: TipId) -> Result<bool, Error> {
        let hidden = sqlx::query_scalar(
            "select exists (select 1 from hidden_from where who = $1 and tip = $2)",
        );
        Ok(hidden
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .fetch_one(&self.pool)
            .await?)
    }

    /// The marks of a tip, for the book that it goes to.
    pub(super) async fn marks_of(&self, tip: TipId) -> Result<Marks, Error> {
        let recused = sqlx::query_scalar("select who from recusals where tip = $1 order by who");
        Ok(Marks {
            illegal: self.is_illegal(tip).await?,
            recused: recused.bind(tip.0.as_slice()).fetch_all(&self.pool).await?,
            holds: self.holds_of(tip).await?,
        })
    }

    /// Gives a tip the marks that it had in another book.
    pub(super) async fn store_marks(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        marks: Marks,
    ) -> Result<(), Error> {
        sqlx::query("update triage set illegal = $2 where tip = $1")
            .bind(tip.0.as_slice())
            .bind(marks.illegal)
            .execute(&mut **write)
            .await?;
        for who in &marks.recused {
            sqlx::query("insert into recusals (who, tip) values ($1, $2) on conflict do nothing")
                .bind(who)
                .bind(tip.0.as_slice())
                .execute(&mut **write)
                .await?;
        }
        holds::store(write, tip, &marks.holds).await?;
        if !marks.holds.is_empty() {
            self.append(write, Action::Hold, &tip.to_string(), "with a move")
                .await?;
        }
        Ok(())
    }
}
