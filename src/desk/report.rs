//! A report to a partner: the officer's words and what the officer ticked, never the resident's
//! words by default (P15). Its fields are those of `report.json`; a partner's list says which of them
//! it may have.

mod fields;
pub mod propose;
pub mod rules;

use serde::{Deserialize, Serialize};

use crate::partners::{Field, PartnerKind};
use loke_core::tip::{Priority, TipId};

/// The version of `report.json`.
pub const SCHEMA: u8 = 1;

loke_core::words! {
    /// The kind of document that a report is.
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
        /// The dated basis of a letter under section 8 of the Misuse of Drugs Act 1971.
        SectionEight = "section-8",
        /// The withdrawal of an earlier report. It is no order.
        Withdrawal = "withdrawal",
        /// The correction of an earlier report.
        Correction = "correction",
    }
}

loke_core::words! {
    /// By when the work of an order is to be done.
    Target {
        /// Offensive graffiti, or danger: within two hours.
        Urgent = "urgent",
        /// Within 14 working days.
        Usual = "usual",
        /// When the police release it.
        OnRelease = "on-release",
    }
}

/// The parts that leave by themselves if the partner may have them, so that an officer can leave them
/// out. The others leave only if the officer gives them.
pub const CAN_STAY: [Field; 6] = [
    Field::Priority,
    Field::Grade,
    Field::Handling,
    Field::Conditions,
    Field::Ask,
    Field::AnswerCode,
];

impl Kind {
    /// The heading of the document.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Intelligence => "Intelligence report",
            Self::WorkOrder => "Work order",
            Self::Safeguarding => "Safeguarding sheet",
            Self::Licensing => "Licensing note",
            Self::Report => "Report",
            Self::SectionEight => "Basis of a section 8 letter",
            Self::Withdrawal => "Withdrawal of an earlier report",
            Self::Correction => "Correction of an earlier report",
        }
    }

    /// The document that a partner of this kind gets.
    #[must_use]
    pub fn for_partner(kind: PartnerKind) -> Self {
        match kind {
            PartnerKind::Police => Self::Intelligence,
            PartnerKind::Cleansing => Self::WorkOrder,
            PartnerKind::Safeguarding => Self::Safeguarding,
            PartnerKind::Licensing => Self::Licensing,
            PartnerKind::Housing | PartnerKind::Legal | PartnerKind::Other => Self::Report,
        }
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
    /// The day: YYYY-MM-DD. That on which it leaves, if it has to wait for another day.
    pub day: String,
    /// The kind of document.
    pub kind: Kind,
    /// The officer's words.
    pub text: String,
    /// How urgent it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// The target of a work order. It leaves with the urgency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
    /// The day by which the work is to be done: YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<String>,
    /// A place in the officer's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The proposed grade, with how the writer says they know, in words. The police grade.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grade: Option<String>,
    /// The handling code: `P`, or `C` with conditions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handling: Option<String>,
    /// Conditions for the partner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<String>,
    /// Sentences about safety on the spot, from a fixed list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub safety: Vec<String>,
    /// Sentences about the property of a work order, from a fixed list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work: Vec<String>,
    /// The desk's request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ask: Option<String>,
    /// The reference of the report about which the partner asked, and which this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
    /// The reference of the report that this one withdraws or corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<String>,
    /// The messages that the basis of a section 8 letter rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub messages: Option<Messages>,
    /// The protective marking, as on the document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marking: Option<String>,
    /// The day by which the partner deletes it: YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delete_by: Option<String>,
    /// The code with which the partner answers without an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_code: Option<String>,
    /// The key that proves an answer with an account, in hex. On the way `page` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_key: Option<String>,
    /// The public key that an answer with an account is sealed to. On the way `page` alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer_to: Option<String>,
}

/// Messages about one matter, without their words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Messages {
    /// How many. One person can write several.
    pub count: usize,
    /// The day of the first one: YYYY-MM-DD.
    pub first_day: String,
    /// The day of the last one: YYYY-MM-DD.
    pub last_day: String,
}

impl Report {
    /// The report without the code and the keys with which the partner answers.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        Self {
            answer_code: None,
            answer_key: None,
            answer_to: None,
            ..self.clone()
        }
    }
}

/// An officer's words and choices for a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The partner's name.
    pub partner: String,
    /// The officer's words. Never filled in from the tip.
    pub text: String,
    /// A place in the officer's words.
    pub place: String,
    /// The request to the partner. Empty: the usual one.
    pub ask: String,
    /// Conditions for the partner. Empty: the usual ones.
    pub conditions: String,
    /// The words of the chosen safety sentences (`rules/reports.toml`).
    pub safety: Vec<String>,
    /// The words of the chosen sentences about the property of a work order (`rules/reports.toml`).
    #[serde(default)]
    pub work: Vec<String>,
    /// The parts of [`CAN_STAY`] that do not leave, although the partner may have them.
    #[serde(default)]
    pub leave_out: Vec<Field>,
    /// The parts that the officer gave and that the partner may not have. The preview computes them.
    #[serde(default)]
    pub withheld: Vec<Field>,
    /// The chosen photos.
    pub photos: Vec<PhotoOf>,
    /// Whether the proposed grade goes too. An intelligence report has it by itself.
    pub grade: bool,
    /// Whether the partner shall act. If not, the report is for information alone.
    pub is_lead: bool,
    /// Whether it leaves at once, and not with a batch.
    #[serde(default)]
    pub at_once: bool,
    /// Whether the resident's own words are the text.
    pub as_written: bool,
    /// Why the resident's own words are the text.
    pub why_own_words: String,
    /// Whether it is the dated basis of a section 8 letter.
    #[serde(default)]
    pub section_eight: bool,
    /// The reference of the report that this one withdraws or corrects.
    pub replaces: Option<String>,
    /// Whether it withdraws that report. If not, it corrects it.
    #[serde(default)]
    pub withdraws: bool,
    /// The reference of the report about which the partner asked, and which this one answers.
    #[serde(default)]
    pub answers: Option<String>,
}

/// A photo of a tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoOf {
    /// The tip.
    pub tip: TipId,
    /// Its number, from 1.
    pub number: usize,
}
