//! The fields of a tip's page that several of its handlers read. The page is one form: each of its buttons
//! sends its half-written note, report and reply along, so that no button loses one, also without script.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Refusal, broken};
use crate::book::{Book, DraftOf};
use crate::report::{CAN_STAY, Draft};
use crate::route::photo_of;
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

/// The fields of a report to a partner. A ticked box is `safety.WORD`, `work.WORD`, `stays.FIELD` or
/// `photo.ID-NUMBER`.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct ReportFields {
    partner: String,
    pub(super) text: String,
    report_place: String,
    ask: String,
    conditions: String,
    grade: Option<String>,
    information: Option<String>,
    section_eight: Option<String>,
    as_written: Option<String>,
    why_own: String,
    #[serde(flatten)]
    pub(super) rest: BTreeMap<String, String>,
}

impl ReportFields {
    /// The report as it was typed.
    pub(super) fn draft(&self) -> Draft {
        let ticked = |prefix: &'static str| {
            let names = self.rest.keys();
            names.filter_map(move |name| name.strip_prefix(prefix))
        };
        Draft {
            partner: self.partner.clone(),
            text: self.text.clone(),
            place: self.report_place.clone(),
            ask: self.ask.clone(),
            conditions: self.conditions.clone(),
            safety: ticked("safety.").map(str::to_owned).collect(),
            work: ticked("work.").map(str::to_owned).collect(),
            leave_out: ticked("stays.")
                .filter_map(|field| field.parse().ok())
                .filter(|field| CAN_STAY.contains(field))
                .collect(),
            withheld: Vec::new(),
            photos: ticked("photo.").filter_map(photo_of).collect(),
            grade: self.grade.is_some(),
            is_lead: self.information.is_none(),
            at_once: false,
            as_written: self.as_written.is_some(),
            why_own_words: self.why_own.clone(),
            section_eight: self.section_eight.is_some(),
            replaces: None,
            withdraws: false,
            answers: None,
        }
    }

    /// Whether more than a text was typed, which alone is kept as a draft.
    pub(super) fn has_more(&self) -> bool {
        let texts = [
            &self.report_place,
            &self.ask,
            &self.conditions,
            &self.why_own,
        ];
        let ticks = ["safety.", "work.", "stays.", "photo.", "quote."];
        let is_tick = |name: &String| ticks.iter().any(|tick| name.starts_with(tick));
        texts.iter().any(|text| !text.trim().is_empty()) || self.rest.keys().any(is_tick)
    }
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
