//! Drafts of notes and reports about a tip: a dead browser or an ended session loses nothing, and a
//! colleague's text stays in sight.

use sqlx::{Sqlite, Transaction};

use super::Book;
use crate::database::Error;
use crate::report::Draft;
use loke_core::tip::TipId;

/// Longest text of a draft, in characters: longer than any note, report or reply, so that nobody loses
/// words.
const LONGEST: usize = 4_000;

/// The text, cut to the longest one of a draft.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(LONGEST).collect()
}

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
    /// Stores the note that this person is writing about a tip; an empty text drops it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_note_draft(&self, tip: TipId, text: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        if text.trim().is_empty() {
            self.drop_draft(&mut write, DraftOf::Note, tip).await?;
        } else {
            sqlx::query(
                "insert into drafts (who, tip, text, at) select $1, tip, $3, $4 from triage where tip = $2
                 on conflict (who, tip) do update set text = excluded.text, at = excluded.at",
            )
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .bind(cut(text))
            .bind(self.register.clock().now())
            .execute(&mut *write)
            .await?;
        }
        self.commit(write).await
    }

    /// Stores the report that this person is writing about a tip, with what they ticked and chose;
    /// one that is not begun drops it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn keep_report_draft(&self, tip: TipId, report: &Draft) -> Result<(), Error> {
        let mut write = self.write().await?;
        if report.is_begun() {
            let choices = Draft {
                text: String::new(),
                ..report.clone()
            };
            sqlx::query(
                "insert into report_drafts (who, tip, text, choices, at) select $1, tip, $3, $4, $5 from triage where tip = $2
                 on conflict (who, tip) do update set text = excluded.text, choices = excluded.choices, at = excluded.at",
            )
            .bind(&self.actor.name)
            .bind(tip.0.as_slice())
            .bind(cut(&report.text))
            .bind(serde_json::to_string(&choices).map_err(|_| Error::Row)?)
            .bind(self.register.clock().now())
            .execute(&mut *write)
            .await?;
        } else {
            self.drop_draft(&mut write, DraftOf::Report, tip).await?;
        }
        self.commit(write).await
    }

    /// The report that this person is writing about a tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn report_draft(&self, tip: TipId) -> Result<Option<Draft>, Error> {
        let kept: Option<(String, String)> =
            sqlx::query_as("select text, choices from report_drafts where who = $1 and tip = $2")
                .bind(&self.actor.name)
                .bind(tip.0.as_slice())
                .fetch_optional(&self.pool)
                .await?;
        let Some((text, choices)) = kept else {
            return Ok(None);
        };
        // A draft of an earlier version has a text alone.
        let beside = match choices.as_str() {
            "" => Draft::blank(),
            choices => serde_json::from_str(choices).map_err(|_| Error::Row)?,
        };
        Ok(Some(Draft { text, ..beside }))
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
