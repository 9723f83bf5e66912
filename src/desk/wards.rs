//! The areas of the district: wards, and neighbourhood teams of several wards (`rules/areas.toml`).
//! Nothing here is smaller than a ward, because a code or a figure for a few homes would reveal who
//! wrote.

use std::collections::BTreeSet;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use loke_core::config::{ConfigError, Source};

/// The built-in areas, and their path in the repository and in the desk's folder.
const BUILT_IN: &str = include_str!("../../rules/areas.toml");
const NAME: &str = "rules/areas.toml";
/// Longest name, in characters.
const LONGEST: usize = 60;
/// Most wards. The public pages have one page a ward and language.
const MOST: usize = 100;
/// Last words of the names of streets and blocks: "Nelson Street" is not in the ward Nelson.
pub(crate) const SMALL: [&str; 40] = [
    "street",
    "st",
    "road",
    "rd",
    "lane",
    "ln",
    "close",
    "avenue",
    "ave",
    "court",
    "house",
    "block",
    "flat",
    "flats",
    "tower",
    "towers",
    "drive",
    "way",
    "gardens",
    "place",
    "terrace",
    "estate",
    "walk",
    "row",
    "hill",
    "green",
    "crescent",
    "square",
    "alley",
    "loke",
    "yard",
    "mews",
    "rise",
    "path",
    "building",
    "buildings",
    "lodge",
    "parade",
    "grove",
    "view",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    district: Spanned<String>,
    teams: Vec<TeamTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TeamTable {
    name: Spanned<String>,
    wards: Spanned<Vec<Spanned<String>>>,
}

/// A neighbourhood team with its wards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its name.
    pub name: String,
    /// Its wards.
    pub wards: Vec<String>,
}

/// The areas of the district.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wards {
    district: String,
    teams: Vec<Team>,
}

impl Wards {
    /// Reads the desk's own areas in `folder`, or else the built-in ones.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the desk's own file is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Self::built_in()
        }
    }

    /// The built-in areas.
    ///
    /// # Errors
    /// If the file is invalid; a test rules this out.
    pub fn built_in() -> Result<Self, ConfigError> {
        Self::of(&Source::built_in(NAME, BUILT_IN))
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let mut seen = BTreeSet::new();
        let district = named(source, &file.district, &mut seen)?;
        let mut teams = Vec::with_capacity(file.teams.len());
        for table in &file.teams {
            let name = named(source, &table.name, &mut seen)?;
            let wards = table.wards.get_ref().iter();
            let wards: Vec<String> = wards
                .map(|ward| named(source, ward, &mut seen))
                .collect::<Result<_, _>>()?;
            if wards.is_empty() {
                return Err(source.trouble(
                    table.wards.span().start,
                    "this team has no ward",
                    "List its wards, or remove the team",
                ));
            }
            teams.push(Team { name, wards });
        }
        let wards: usize = teams.iter().map(|team| team.wards.len()).sum();
        if wards == 0 || wards > MOST {
            return Err(source.trouble(
                file.district.span().start,
                format!("there must be 1 to {MOST} wards"),
                "Write a [[teams]] with its wards",
            ));
        }
        Ok(Self { district, teams })
    }

    /// The whole district.
    #[must_use]
    pub fn district(&self) -> &str {
        &self.district
    }

    /// The teams.
    #[must_use]
    pub fn teams(&self) -> &[Team] {
        &self.teams
    }

    /// The wards of all teams.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        self.teams
            .iter()
            .flat_map(|team| team.wards.iter().map(String::as_str))
    }

    /// The team of a ward.
    #[must_use]
    pub fn team_of(&self, ward: &str) -> Option<&Team> {
        let has = |team: &&Team| team.wards.iter().any(|of| of == ward);
        self.teams.iter().find(has)
    }

    /// The ward with exactly this name.
    #[must_use]
    pub fn ward(&self, name: &str) -> Option<&str> {
        self.all().find(|ward| *ward == name)
    }

    /// The only ward that a description of a place names. A street with a ward's name is not the
    /// ward.
    #[must_use]
    pub fn named_in(&self, place: &str) -> Option<&str> {
        let words: Vec<String> = place
            .split(|c: char| !c.is_alphanumeric() && c != '\'')
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let mut found = None;
        for ward in self.all() {
            let name: Vec<String> = ward.split(' ').map(str::to_lowercase).collect();
            let at = words.windows(name.len()).enumerate();
            let named = at
                .filter(|(_, window)| **window == name[..])
                .any(|(at, _)| {
                    let next = words.get(at + name.len());
                    next.is_none_or(|next| !SMALL.contains(&next.as_str()))
                });
            match (named, found) {
                (true, None) => found = Some(ward),
                (true, Some(_)) => return None,
                (false, _) => {}
            }
        }
        found
    }
}

/// A name that is new, short, and no address: an address has a number.
fn named(
    source: &Source,
    name: &Spanned<String>,
    seen: &mut BTreeSet<String>,
) -> Result<String, ConfigError> {
    let text = name.get_ref().trim();
    let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.' | '&' | ',');
    let fits = !slug(text).is_empty() && text.chars().count() <= LONGEST && text.chars().all(plain);
    if !fits || slug(text) == "index" || !seen.insert(slug(text)) {
        return Err(source.trouble(
            name.span().start,
            "an area needs a name of its own with letters, without a number",
            "Correct the name. An address or a postcode is too small",
        ));
    }
    Ok(text.to_owned())
}

/// The name of an area's page.
pub(crate) fn slug(name: &str) -> String {
    let words = name.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_list_of_areas_names_its_line() {
        let built_in = Wards::built_in().unwrap();
        assert_eq!((built_in.all().count(), built_in.teams().len()), (13, 4));
        for (text, line) in [
            ("district = \"X\"\nteams = []\n", 1),
            ("district = \"X\"\n[[teams]]\nname = \"Y\"\nwards = []\n", 4),
            (
                "district = \"X\"\n[[teams]]\nname = \"Y\"\nwards = [\n\"12 High Street\"]\n",
                5,
            ),
            (
                "district = \"X\"\n[[teams]]\nname = \"Y\"\nwards = [\"A\",\n\"a\"]\n",
                5,
            ),
            (
                "district = \"X\"\n[[teams]]\nname = \"x\"\nwards = [\"A\"]\n",
                3,
            ),
            (
                "district = \"X\"\n[[teams]]\nname = \"Y\"\nwards = [\"A\"]\nstreets = []\n",
                5,
            ),
        ] {
            let broken = Wards::of(&Source::built_in(NAME, text)).unwrap_err();
            assert_eq!(broken.line, Some(line), "{broken}");
        }
    }

    #[test]
    fn a_place_is_in_a_ward_only_if_it_names_one_ward_and_no_street_of_that_name() {
        let wards = Wards::built_in().unwrap();
        for (place, ward) in [
            ("the underpass in Mile Cross", Some("Mile Cross")),
            ("MILE  CROSS, by the shops", Some("Mile Cross")),
            ("Nelson Street 4", None),
            ("Nelson Street, Wensum", Some("Wensum")),
            ("between Nelson and Wensum", None),
            ("Milecross", None),
            ("", None),
        ] {
            assert_eq!(wards.named_in(place), ward, "{place}");
        }
    }
}
