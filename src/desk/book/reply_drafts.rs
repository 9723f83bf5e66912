//! The reply that a person is writing to a resident, kept like every other draft.

use sqlx::{FromRow, Sqlite, Transaction};

use super::Book;
use super::drafts::cut;
use crate::database::Error;
use loke_core::tip::TipId;

/// A reply that a person is writing.
#[derive(Debug, Clone, Default, PartialEq, Eq, FromRow)]
pub struct ReplyDraft {
    /// The account.
    pub who: String,
    /// The words.
    pub text: String,
    /// Their language.
    pub language: String,
    /// Their meaning in English.
    pub meaning: String,
    /// When they were kept (seconds since 1970-01-01 UTC).
    pub at: i64,
}

impl Book {
    /// Stores what this person is writing to a tip's resident. Without words the draft goes.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_reply_draft(
        &self,
        tip: TipId,
        [text, language, meaning]: [&str; 3],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        if text.trim().is_empty() && meaning.trim().is_empty() {
            self.drop_reply_draft(&mut write, tip).await?;
        } else {
            sqlx::query(
                "insert into reply_drafts (who, tip, text, language, meaning, at) select $1, tip, $3, $4, $5, $6 from triage where tip = $2
                 on conflict (who, tip) do update set text = excluded.text, language = excluded.language, meaning = excluded.meaning, at = excluded.at
                 where text <> excluded.text or language <> excluded.language or meaning <> excluded.meaning",
            )
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .bind(cut(text))
            .bind(cut(language))
            .bind(cut(meaning))
            .bind(self.register.clock().now())
            .execute(&mut *write)
            .await?;
        }
        self.commit(write).await
    }

    /// The replies that people are writing to a tip's resident.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn reply_drafts_on(&self, tip: TipId) -> Result<Vec<ReplyDraft>, Error> {
        let drafts = sqlx::query_as(
            "select who, text, language, meaning, at from reply_drafts where tip = $1 order by who",
        );
        Ok(drafts.bind(tip.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// Drops this person's draft.
    pub(super) async fn drop_reply_draft(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
    ) -> Result<(), Error> {
        sqlx::query("delete from reply_drafts where who = $1 and tip = $2")
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .execute(&mut **write)
            .await?;
        Ok(())
    }
}
