//! The directory: the organisations that receive reports. It is in the register. `loke-desk partner
//! import` reads it from a CSV table (RFC 4180).

pub mod table;

use std::path::PathBuf;

use serde::Serialize;

use loke_core::clock::Day;
use loke_core::seal::Recipient;
use loke_core::tip::{Lane, Priority, Tip, YesNo};

/// Days before the end of an agreement from which on `check` and the queue warn.
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
    /// The document in the clear, by e-mail to this address: only if the sharing agreement says so,
    /// through a relay with forced TLS, and never about danger, a child or safeguarding.
    OpenMail(String),
    /// Sealed, to the people of the partner who have an account on the partner page.
    Page,
}

impl Way {
    /// Its word in tables and in the audit log.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Folder(_) => "folder",
            Self::Mail(_) => "mail",
            Self::Print => "print",
            Self::OpenMail(_) => "open-mail",
            Self::Page => "page",
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
    /// Its public key; `None` if its reports leave on paper, in the clear, or to accounts.
    pub key: Option<Recipient>,
    /// The confirmed keys of its people with an account on the partner page.
    pub readers: Vec<Recipient>,
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
        "the sharing agreement with {0} ended on {1}. Only withdrawals and corrections leave until `loke-desk partner import` has a later day"
    )]
    Agreement(String, Day),
    /// It is about danger, a child or safeguarding, and the way is e-mail in the clear.
    #[error(
        "{0} gets reports by e-mail in the clear, and this one is about danger, a child or safeguarding. Ring them, or hand it over on paper"
    )]
    InTheClear(String),
    /// The relay does not force TLS for the partner's domain.
    #[error(
        "{0} gets reports by e-mail in the clear, and `[mail] tls_domains` in desk.toml does not name its domain. Ask the relay's operator to force TLS for it first"
    )]
    NoForcedTls(String),
    /// Nobody compared the new key's fingerprint.
    #[error(
        "the key of {0} changed. Compare its fingerprint by telephone, then run `loke-desk partner confirm {0} FINGERPRINT`"
    )]
    Unconfirmed(String),
    /// Nobody at the partner has an account with a confirmed key.
    #[error(
        "nobody at {0} has an account on the partner page whose key was compared by telephone. See `loke-desk partner account list`"
    )]
    NoReader(String),
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

    /// Checks that a report about these tips may leave in the clear, if that is the partner's way.
    ///
    /// # Errors
    /// [`Withheld::InTheClear`].
    pub fn may_read_in_the_clear(&self, tips: &[Tip]) -> Result<(), Withheld> {
        let is_grave = |tip: &Tip| {
            tip.lane == Lane::Safeguarding
                || tip.priority == Priority::Now
                || tip.danger == Some(YesNo::Yes)
                || tip.child == Some(YesNo::Yes)
        };
        match &self.way {
            Way::OpenMail(_) if tips.iter().any(is_grave) => {
                Err(Withheld::InTheClear(self.name.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Checks that the relay forces TLS for the partner's domain, if its way is e-mail in the clear.
    ///
    /// # Errors
    /// [`Withheld::NoForcedTls`].
    pub fn has_forced_tls(&self, tls_domains: &[String]) -> Result<(), Withheld> {
        let Way::OpenMail(address) = &self.way else {
            return Ok(());
        };
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        match tls_domains
            .iter()
            .any(|named| named.eq_ignore_ascii_case(domain))
        {
            true => Ok(()),
            false => Err(Withheld::NoForcedTls(self.name.clone())),
        }
    }

    /// The keys that its reports are sealed to, as the outbox stores them: one line, with spaces.
    #[must_use]
    pub fn sealed_to(&self) -> Option<String> {
        match self.way {
            Way::Page => {
                let keys: Vec<String> = self.readers.iter().map(ToString::to_string).collect();
                Some(keys.join(" "))
            }
            _ => self.key.as_ref().map(ToString::to_string),
        }
    }

    /// Whether a report that was sealed to these keys still may reach it: each key is its own now.
    #[must_use]
    pub fn has_keys(&self, sealed_to: Option<&str>) -> bool {
        match (&self.way, sealed_to) {
            (Way::Page, Some(keys)) if !keys.is_empty() => keys
                .split(' ')
                .all(|key| self.readers.iter().any(|reader| reader.to_string() == key)),
            (Way::Page, _) => false,
            _ => self.sealed_to().as_deref() == sealed_to,
        }
    }

    /// Checks that any report may leave today.
    ///
    /// # Errors
    /// [`Withheld`].
    pub fn may_receive_today(&self, today: Day) -> Result<(), Withheld> {
        match self.agreement_until {
            Some(until) if today > until => Err(Withheld::Agreement(self.name.clone(), until)),
            _ => self.can_receive(),
        }
    }

    /// Checks that a report may leave today. One that replaces another, a withdrawal or a correction, does
    /// not end with the agreement.
    ///
    /// # Errors
    /// [`Withheld`].
    pub fn may_be_told(&self, replaces: bool, today: Day) -> Result<(), Withheld> {
        match replaces {
            true => self.can_receive(),
            false => self.may_receive_today(today),
        }
    }

    /// Checks that the withdrawal or the correction of a report may leave. It is told to whoever has the
    /// report, after the agreement ended too (DPA 2018 section 48).
    ///
    /// # Errors
    /// [`Withheld`] if nobody there could open it.
    pub fn can_receive(&self) -> Result<(), Withheld> {
        match self.way {
            Way::Page if self.readers.is_empty() => Err(Withheld::NoReader(self.name.clone())),
            Way::Page => Ok(()),
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
                "The sharing agreement with {name} ended on {until}, so only withdrawals and corrections leave for it."
            ))
        } else if today.plus(WARNING_DAYS) >= until {
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
            Way::Mail(address) | Way::OpenMail(address) => address.clone(),
            Way::Print | Way::Page => String::new(),
        }
    }
}
