//! The fields of a tip's page that several of its handlers read. The page is one form: each of its buttons
//! sends its half-written note, report and reply along, so that no button loses one, also without script.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Refusal, broken};
use crate::book::Book;
use crate::report::Draft;
use loke_core::tip::TipId;

/// The form of a tip's page.
#[derive(Deserialize, Default)]
pub(super) struct DecisionForm {
    pub(super) decision: String,
    /// The version of the tip on the page.
    pub(super) version: Option<String>,
    /// The view to go on with, and the tip's place in it.
    #[serde(default)]
    pub(super) view: String,
    #[serde(default)]
    pub(super) place: String,
    #[serde(default)]
    pub(super) note: String,
    #[serde(default)]
    pub(super) why: String,
    #[serde(default)]
    pub(super) for_whom: String,
    pub(super) outside: Option<String>,
    #[serde(default)]
    pub(super) until: String,
    #[serde(default)]
    pub(super) to: String,
    /// The book to move to.
    #[serde(default)]
    pub(super) book: String,
    #[serde(default)]
    pub(super) into: String,
    #[serde(default)]
    pub(super) alone: String,
    /// Agree also with these tips of the same words: each NAME.VERSION.
    pub(super) same: Option<String>,
    /// The tip of the page, in case its name is gone.
    #[serde(default)]
    pub(super) id: String,
    /// The half-written report of the page.
    #[serde(flatten)]
    pub(super) report: ReportFields,
}

/// The fields of a report to a partner, and of the passages to quote: see [`Draft::of_fields`].
#[derive(Deserialize, Default)]
pub(super) struct ReportFields {
    #[serde(flatten)]
    fields: BTreeMap<String, String>,
}

impl ReportFields {
    /// The report as it was typed and ticked.
    pub(super) fn draft(&self) -> Draft {
        Draft::of_fields(&self.fields)
    }

    /// The names of the passages to quote.
    pub(super) fn quotes(&self) -> impl Iterator<Item = &String> {
        let names = self.fields.keys();
        names.filter(|name| name.starts_with("quote."))
    }

    /// Whether there is more than a text.
    pub(super) fn has_more(&self) -> bool {
        self.draft().has_more() || self.quotes().next().is_some()
    }
}

/// The note while a person types.
#[derive(Deserialize)]
pub(super) struct DraftForm {
    pub(super) note: String,
}

/// Keeps the text of the page of a tip as a draft, whichever form of the page sent it.
pub(super) async fn keep_note(book: &Book, tip: TipId, note: &str) -> Result<(), Refusal> {
    if note.trim().is_empty() {
        return Ok(());
    }
    let holder = book.holder(tip).await.map_err(|e| broken(&e))?;
    let kept = book.keep_note_draft(holder, note).await;
    kept.map_err(|e| broken(&e))
}
