//! A report to a partner: the officer's words and what the officer ticked, never the resident's
//! words by default (P15). Its fields are those of `report.json`; a partner's list says which of them
//! it may have.

use serde::{Deserialize, Serialize};

use loke_core::tip::Priority;

/// The version of `report.json`.
pub const SCHEMA: u8 = 1;

loke_core::words! {
    /// What kind of document a report is.
    Kind {
        /// A 3x5x2 intelligence report, for the police.
        Intelligence = "intelligence",
        /// A work order: graffiti to remove.
        WorkOrder = "work-order",
        /// The sheet beside a telephone call about a person at risk.
        Safeguarding = "safeguarding",
        /// A note about a licence holder, a vehicle or premises.
        Licensing = "licensing",
        /// Any other report.
        Report = "report",
    }
}

/// The contents of `report.json` (schema 1). A field that the partner may not have, or that the
/// officer left empty, is absent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: u8,
    /// A random name for this report: 16 hex digits. It tells no count and no order.
    pub reference: String,
    /// The organisation that sends it.
    pub from: String,
    /// The partner's name.
    pub to: String,
    /// The day on which it was written: YYYY-MM-DD.
    pub day: String,
    /// The kind of document.
    pub kind: Kind,
    /// The officer's words.
    pub text: String,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// A place in the officer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The proposed grade, with how the writer says they know, in words. The police grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// The handling code: `P`, or `C` with conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    /// What the partner must not do with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
    /// Sentences about safety on the spot, from a fixed list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety: Vec<String>,
    /// What the desk asks the partner to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The code with which the partner answers without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_code: Option<String>,
}
