//! The directory: the organisations that receive reports. It is in the register. `loke-desk partner
//! import` reads it from a CSV table (RFC 4180).

pub mod table;

use std::path::PathBuf;

use serde::Serialize;

use loke_core::clock::Day;
use loke_core::seal::Recipient;
use loke_core::tip::Lane;

/// Days before the end of an agreement from which on `check` warns.
pub const WARNING_DAYS: i32 = 30;

loke_core::words! {
    /// The kind of organisation that a partner is. It decides which document the partner gets, and its
    /// default conditions.
    PartnerKind {
        /// Police intelligence, or a Safer Neighbourhood Team.
        Police = "police",
        /// Those who remove graffiti.
        Cleansing = "cleansing",
        /// Social care for children or adults.
        Safeguarding = "safeguarding",
        /// Licensing of taxis and premises.
        Licensing = "licensing",
        /// A landlord, or tenancy management.
        Housing = "housing",
        /// Legal advisers.
        Legal = "legal",
        /// Any other organisation.
        Other = "other",
    }
}

loke_core::words! {
    /// A part of a report that a partner may have. `reference`, `from`, `to`, `day` and `kind` are
    /// in every report.
    Field {
        /// The officer's words.
        Text = "text",
        /// How urgent it is.
        Priority = "priority",
        /// A place.
        Place = "place",
        /// The proposed grade.
        Grade = "grade",
        /// The handling code.
        Handling = "handling",
        /// Conditions for the partner.
        Conditions = "conditions",
        /// Safety on the spot.
        Safety = "safety",
        /// The desk's request.
        Ask = "ask",
        /// The code for an answer.
        AnswerCode = "answer_code",
        /// Photos.
        Photos = "photos",
    }
}

/// How a partner's reports travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Sealed, into a folder that the partner's own tool watches.
    Folder(PathBuf),
    /// Sealed, by e-mail to this address.
    Mail(String),
    /// On paper, by hand.
    Print,
}

impl Way {
    /// Its word in tables and in the audit log.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Mail(_) => "mail",
            Self::Print => "print",
        }
    }
}

/// An organisation that receives reports.
#[derive(Debug, Clone)]
pub struct Partner {
    /// Its name at the desk, as in `route --to NAME`.
    pub name: String,
    /// Its kind.
    pub kind: PartnerKind,
    /// The organisation's full name. May be empty.
    pub organisation: String,
    /// The person or office to ask. May be empty.
    pub contact: String,
    /// Its public key; `None` if its reports leave on paper alone.
    pub key: Option<Recipient>,
    /// Whether somebody compared the key's fingerprint with the partner.
    pub confirmed: bool,
    /// How its reports travel.
    pub way: Way,
    /// The lanes that its reports may be about. Empty: all.
    pub lanes: Vec<Lane>,
    /// The parts of a report that it may have.
    pub fields: Vec<Field>,
    /// The last day of the sharing agreement.
    pub agreement_until: Option<Day>,
}

/// Why a report cannot leave for a partner.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// The lane is not one of its lanes.
    #[error("{0} may not have reports of the lane {1}. See its lanes in `loke-desk partner list`")]
    Lane(String, Lane),
    /// The agreement ended.
    #[error(
        "the sharing agreement with {0} ended on {1}. Nothing leaves until `loke-desk partner import` has a later day"
    )]
    Agreement(String, Day),
    /// Nobody compared the new key's fingerprint.
    #[error(
        "the key of {0} changed. Compare its fingerprint by telephone, then run `loke-desk partner confirm {0} FINGERPRINT`"
    )]
    Unconfirmed(String),
}

impl Partner {
    /// Whether its reports may have this part.
    #[must_use]
    pub fn may_have(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }

    /// Checks that a report about tips of these lanes may leave today.
    ///
    /// # Errors
    /// [`Withheld`].
    pub fn may_receive(&self, lanes: &[Lane], today: Day) -> Result<(), Withheld> {
        let other = |lane: &&Lane| !self.lanes.is_empty() && !self.lanes.contains(lane);
        if let Some(lane) = lanes.iter().find(other) {
            return Err(Withheld::Lane(self.name.clone(), *lane));
        }
        self.may_receive_today(today)
    }

    /// Checks that any report may leave today.
    ///
    /// # Errors
    /// [`Withheld`].
    pub fn may_receive_today(&self, today: Day) -> Result<(), Withheld> {
        match self.agreement_until {
            Some(until) if today > until => Err(Withheld::Agreement(self.name.clone(), until)),
            _ if self.key.is_some() && !self.confirmed => {
                Err(Withheld::Unconfirmed(self.name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// A sentence for `check` if the agreement ends soon, or has ended.
    #[must_use]
    pub fn agreement_warning(&self, today: Day) -> Option<String> {
        let until = self.agreement_until?;
        let name = &self.name;
        if today > until {
            Some(format!(
                "The sharing agreement with {name} ended on {until}, so nothing leaves for it."
            ))
        } else if today.plus(WARNING_DAYS) > until {
            Some(format!(
                "The sharing agreement with {name} ends on {until}. Renew it, then import the partner again."
            ))
        } else {
            None
        }
    }
}

/// A partner, as `partner list --json` prints it.
#[derive(Debug, Serialize)]
pub struct PartnerLine {
    name: String,
    kind: PartnerKind,
    organisation: String,
    contact: String,
    key: Option<String>,
    fingerprint: Option<String>,
    confirmed: bool,
    way: &'static str,
    address: String,
    lanes: Vec<Lane>,
    fields: Vec<Field>,
    agreement_until: Option<String>,
}

impl From<&Partner> for PartnerLine {
    fn from(partner: &Partner) -> Self {
        Self {
            name: partner.name.clone(),
            kind: partner.kind,
            organisation: partner.organisation.clone(),
            contact: partner.contact.clone(),
            key: partner.key.as_ref().map(ToString::to_string),
            fingerprint: partner.key.as_ref().map(Recipient::fingerprint),
            confirmed: partner.confirmed,
            way: partner.way.word(),
            address: partner.address(),
            lanes: partner.lanes.clone(),
            fields: partner.fields.clone(),
            agreement_until: partner.agreement_until.map(|day| day.to_string()),
        }
    }
}

impl Partner {
    /// The folder or the e-mail address; empty on paper.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.way {
            Way::Folder(folder) => folder.display().to_string(),
            Way::Mail(address) => address.clone(),
            Way::Print => String::new(),
        }
    }
}
