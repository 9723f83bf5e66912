//! Campaigns: posters with a code, and the codes under which an organisation's staff report. A code
//! may never say who wrote: it is for a ward or more, with at least fifty copies about, or for a
//! whole organisation.

mod areas;

use std::collections::BTreeSet;

use serde::{Serialize, Serializer};

pub use areas::{Areas, DISTRICT};

use loke_core::campaign::CampaignCode;
use loke_core::clock::Day;
use loke_core::tip::Topic;

/// The smallest print run. With fewer copies it would be known who had one.
pub const FEWEST_COPIES: u32 = 50;
/// Longest name, operation or organisation, in characters.
pub const LONGEST_NAME: usize = 80;

loke_core::words! {
    /// Who reports with a code.
    Role {
        /// Whoever sees a poster.
        Residents = "residents",
        /// An organisation's staff.
        Staff = "staff",
        /// People who work for it.
        Contractor = "contractor",
        /// Its councillors.
        Councillor = "councillor",
    }
}

/// Why there is no such campaign.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Refused {
    /// An address, a street, a block or a postcode.
    #[error(
        "\"{0}\" is a street, a block, an address or a postcode. A code for so few homes would tell who wrote. \
         Choose a ward or \"{DISTRICT}\": {1}"
    )]
    TooSmall(String, String),
    /// No ward of this district.
    #[error(
        "\"{0}\" is no ward of this district. Choose one of: {DISTRICT}, {1}. A council with other wards names its list in desk.toml (wards)"
    )]
    NoWard(String, String),
    /// Too few copies.
    #[error(
        "{0} copies are too few: with fewer than {FEWEST_COPIES} it would be known who had one. Print more, or use one campaign for several places"
    )]
    FewCopies(u32),
    /// The last day comes before the first.
    #[error("--until {until} is before --from {from}. Correct one of them")]
    Backwards {
        /// The first day.
        from: Day,
        /// The last day.
        until: Day,
    },
    /// A name that is empty, too long or holds control characters.
    #[error("the {0} must have 1 to {LONGEST_NAME} characters, in one line. Choose another")]
    Name(&'static str),
    /// The list of wards cannot be used.
    #[error("{0}")]
    Areas(String),
}

/// A campaign that is to be made, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// Who reports with it.
    pub role: Role,
    /// What the desk calls it.
    pub name: String,
    /// Whose staff report with it; none for residents.
    pub organisation: Option<String>,
    /// The operation that it belongs to.
    pub operation: Option<String>,
    /// What a poster speaks about; none for an organisation.
    pub topic: Option<Topic>,
    /// The ward, or the district.
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

/// What a poster campaign is made of.
#[derive(Debug, Clone)]
pub struct Posters<'a> {
    /// What the desk calls it.
    pub name: &'a str,
    /// The operation that it belongs to.
    pub operation: Option<&'a str>,
    /// What its posters speak about.
    pub topic: Topic,
    /// The ward, or the district, as typed.
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
    /// Posters for residents.
    ///
    /// # Errors
    /// Where the code could tell who wrote, or an answer makes no sense.
    pub fn posters(asked: Posters<'_>, areas: &Areas) -> Result<Self, Refused> {
        let area = areas.pick(asked.area)?;
        if asked.copies < FEWEST_COPIES {
            return Err(Refused::FewCopies(asked.copies));
        }
        if asked.until < asked.from {
            return Err(Refused::Backwards {
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

    /// One code for a whole organisation: whoever reports with it stays unnamed.
    ///
    /// # Errors
    /// Where a name is no name.
    pub fn organisation(
        organisation: &str,
        role: Role,
        name: Option<&str>,
    ) -> Result<Self, Refused> {
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

/// A campaign of the casebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Campaign {
    /// Its code.
    #[serde(serialize_with = "code_as_text")]
    pub code: CampaignCode,
    /// What it is.
    #[serde(flatten)]
    pub plan: Plan,
    /// The day on which it was ended by hand.
    #[serde(serialize_with = "as_text")]
    pub ended: Option<Day>,
}

impl Campaign {
    /// How it stands on a day: `planned`, `running`, `over` (its last day has passed) or `ended`
    /// (by hand). Tips with its code are taken in any case: a poster may hang for years.
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

/// A name for the desk: not empty, one line, not too long.
fn named(what: &'static str, name: &str) -> Result<String, Refused> {
    let name = name.trim();
    let fits = !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.chars().any(char::is_control);
    if fits {
        Ok(name.to_owned())
    } else {
        Err(Refused::Name(what))
    }
}

fn as_text<S: Serializer>(day: &Option<Day>, to: S) -> Result<S::Ok, S::Error> {
    day.map(|day| day.to_string()).serialize(to)
}

fn code_as_text<S: Serializer>(code: &CampaignCode, to: S) -> Result<S::Ok, S::Error> {
    code.as_str().serialize(to)
}
