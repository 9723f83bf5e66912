//! The fields of a tip's page that several of its handlers read. Each of its buttons sends the half-written
//! note along, so that no button loses it.

use serde::Deserialize;

use super::{Refusal, broken};
use crate::book::{Book, DraftOf};
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
    #[serde(default)]
    pub(super) into: String,
    #[serde(default)]
    pub(super) alone: String,
    /// Agree also with these tips of the same words: each NAME.VERSION.
    pub(super) same: Option<String>,
    /// The tip of the page, in case its name is gone.
    #[serde(default)]
    pub(super) id: String,
}

/// The text of a field while a person types.
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
    let kept = book.keep_draft(DraftOf::Note, holder, note).await;
    kept.map_err(|e| broken(&e))
}
