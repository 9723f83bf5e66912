//! The text that a person is writing about a tip: a dead browser or an ended session loses nothing,
//! and a colleague's text stays in sight.

use sqlx::{Sqlite, Transaction};

use super::Book;
use crate::database::Error;
use loke_core::tip::TipId;

/// Longest draft, in characters.
const LONGEST: usize = 4_000;

/// The text that a draft becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DraftOf {
    /// A note about the tip.
    Note,
    /// A report to a partner.
    Report,
}

/// A statement over the table of this kind.
macro_rules! statement {
    ($of:expr, $before:literal, $after:literal) => {
        match $of {
            DraftOf::Note => concat!($before, " drafts ", $after),
            DraftOf::Report => concat!($before, " report_drafts ", $after),
        }
    };
}

impl Book {
    /// Stores what this person is writing about a tip; an empty text drops it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_draft(&self, of: DraftOf, tip: TipId, text: &str) -> Result<(), Error> {
        let text: String = text.chars().take(LONGEST).collect();
        let mut write = self.write().await?;
        if text.trim().is_empty() {
            self.drop_draft(&mut write, of, tip).await?;
        } else {
            sqlx::query(statement!(
                of,
                "insert into",
                "(who, tip, text, at) select $1, tip, $3, $4 from triage where tip = $2
                 on conflict (who, tip) do update set text = excluded.text, at = excluded.at"
            ))
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .bind(text)
            .bind(self.register.clock().now())
            .execute(&mut *write)
            .await?;
        }
        self.commit(write).await
    }

    /// The drafts about a tip: account and text. A colleague's draft stays in sight.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn drafts_on(&self, of: DraftOf, tip: TipId) -> Result<Vec<(String, String)>, Error> {
        let drafts = statement!(of, "select who, text from", "where tip = $1 order by who");
        let drafts = sqlx::query_as(drafts).bind(tip.0.as_slice());
        Ok(drafts.fetch_all(&self.pool).await?)
    }

    /// Drops this person's draft: it became what it was written for.
    pub(super) async fn drop_draft(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        of: DraftOf,
        tip: TipId,
    ) -> Result<(), Error> {
        sqlx::query(statement!(of, "delete from", "where who = $1 and tip = $2"))
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .execute(&mut **write)
            .await?;
        Ok(())
    }
}
