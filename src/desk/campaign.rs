//! Campaigns: posters with a code, and codes for an organisation's staff. A code must never reveal
//! who wrote. So it covers a ward or more with at least fifty copies, or a whole organisation.

mod areas;

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

pub use areas::{Areas, DISTRICT};

use loke_core::campaign::CampaignCode;
use loke_core::clock::Day;
use loke_core::tip::Topic;

/// The smallest print run. With fewer copies, people could find out who had one.
pub const FEWEST_COPIES: u32 = 50;
/// Longest name, operation or organisation, in characters.
pub const LONGEST_NAME: usize = 80;

loke_core::words! {
    /// The people who report with a code.
    Role {
        /// Anyone who sees a poster.
        Residents = "residents",
        /// An organisation's staff.
        Staff = "staff",
        /// The organisation's contractors.
        Contractor = "contractor",
        /// The organisation's councillors.
        Councillor = "councillor",
    }
}

/// Why a campaign was refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CampaignRefused {
    /// The area is an address, a street, a block or a postcode.
    #[error(
        "\"{0}\" is a street, a block, an address or a postcode. A code for so few homes would reveal who wrote. \
         Choose a ward or \"{DISTRICT}\": {1}"
    )]
    TooSmall(String, String),
    /// Not a ward of this district.
    #[error(
        "\"{0}\" is not a ward of this district. Choose one of: {DISTRICT}, {1}. For other wards, set `wards` in desk.toml to your own list"
    )]
    NoWard(String, String),
    /// Too few copies.
    #[error(
        "{0} copies are too few: with fewer than {FEWEST_COPIES}, people could find out who had one. Print more, or use one campaign for several places"
    )]
    FewCopies(u32),
    /// The last day is before the first.
    #[error("--until {until} is before --from {from}. Correct one of them")]
    Backwards {
        /// The first day.
        from: Day,
        /// The last day.
        until: Day,
    },
    /// A name that is empty or too long, or contains control characters.
    #[error("the {0} must have 1 to {LONGEST_NAME} characters, in one line. Choose another")]
    Name(&'static str),
    /// The list of wards cannot be used.
    #[error("{0}")]
    Areas(String),
}

/// A checked plan for a new campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The people who report with it.
    pub role: Role,
    /// The desk's name for it.
    pub name: String,
    /// The organisation of the people who report with it; none for residents.
    pub organisation: Option<String>,
    /// The operation that it belongs to.
    pub operation: Option<String>,
    /// The topic of the posters; none for an organisation.
    pub topic: Option<Topic>,
    /// The ward or the district.
    pub area: Option<String>,
    /// The languages of its posters.
    pub languages: Vec<String>,
    /// The first day.
    #[serde(serialize_with = "as_text")]
    pub from: Option<Day>,
    /// The last day.
    #[serde(serialize_with = "as_text")]
    pub until: Option<Day>,
    /// How many copies are printed.
    pub copies: Option<u32>,
}

/// The answers for a poster campaign.
#[derive(Debug, Clone)]
pub struct Posters<'a> {
    /// The desk's name for it.
    pub name: &'a str,
    /// The operation that it belongs to.
    pub operation: Option<&'a str>,
    /// The topic of the posters.
    pub topic: Topic,
    /// The ward or the district, as typed.
    pub area: &'a str,
    /// The languages of its posters.
    pub languages: Vec<String>,
    /// The first day.
    pub from: Day,
    /// The last day.
    pub until: Day,
    /// How many copies are printed.
    pub copies: u32,
}

impl Plan {
    /// A plan for posters.
    ///
    /// # Errors
    /// If the code could reveal who wrote, or an answer is not valid.
    pub fn posters(asked: Posters<'_>, areas: &Areas) -> Result<Self, CampaignRefused> {
        let area = areas.pick(asked.area)?;
        if asked.copies < FEWEST_COPIES {
            return Err(CampaignRefused::FewCopies(asked.copies));
        }
        if asked.until < asked.from {
            return Err(CampaignRefused::Backwards {
                from: asked.from,
                until: asked.until,
            });
        }
        let (mut languages, mut seen) = (asked.languages, BTreeSet::new());
        languages.retain(|code| seen.insert(code.clone()));
        Ok(Self {
            role: Role::Residents,
            name: named("name", asked.name)?,
            organisation: None,
            operation: asked
                .operation
                .map(|name| named("operation", name))
                .transpose()?,
            topic: Some(asked.topic),
            area: Some(area),
            languages,
            from: Some(asked.from),
            until: Some(asked.until),
            copies: Some(asked.copies),
        })
    }

    /// A plan for one code for a whole organisation. Reports with it stay anonymous.
    ///
    /// # Errors
    /// If a name is not valid.
    pub fn organisation(
        organisation: &str,
        role: Role,
        name: Option<&str>,
    ) -> Result<Self, CampaignRefused> {
        let organisation = named("organisation", organisation)?;
        Ok(Self {
            role,
            name: named("name", name.unwrap_or(&organisation))?,
            organisation: Some(organisation),
            operation: None,
            topic: None,
            area: None,
            languages: Vec::new(),
            from: None,
            until: None,
            copies: None,
        })
    }
}

/// A campaign in the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Campaign {
    /// Its code.
    #[serde(serialize_with = "code_as_text")]
    pub code: CampaignCode,
    /// Its plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// The day on which an officer ended it.
    #[serde(serialize_with = "as_text")]
    pub ended: Option<Day>,
}

impl Campaign {
    /// The campaign's status on a day: `planned`, `running`, `over` (the last day has passed) or
    /// `ended` (by an officer). The desk accepts tips with its code in every status, because a
    /// poster may hang for years.
    #[must_use]
    pub fn standing(&self, today: Day) -> &'static str {
        match (self.ended, self.plan.from, self.plan.until) {
            (Some(_), _, _) => "ended",
            (_, Some(from), _) if today < from => "planned",
            (_, _, Some(until)) if today > until => "over",
            _ => "running",
        }
    }
}

/// Checks a name: not empty, one line, not too long.
fn named(what: &'static str, name: &str) -> Result<String, CampaignRefused> {
    let name = name.trim();
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(CampaignRefused::Name(what))
    }
}

fn as_text<S: Serializer>(day: &Option<Day>, to: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(to)
}

fn code_as_text<S: Serializer>(code: &CampaignCode, to: S) -> Result<S::Ok, S::Error> {
    code.as_str().serialize(to)
}
