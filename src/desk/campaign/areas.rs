//! The areas that a campaign may be for: the wards of the district, from a list that a council can
//! replace, and the district itself. Nothing smaller: a code for a street or a block would tell who
//! wrote.

use std::path::Path;

use super::Refused;
use loke_core::private_file;

/// The word for the whole district.
pub const DISTRICT: &str = "district";
/// No list of wards is larger than this many bytes.
const LIST_BYTES: u64 = 64 << 10;
/// What the names of streets and blocks end with. It only decides how a refusal is worded: what is
/// not on the list is refused.
const SMALL: [&str; 40] = [
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

/// The wards of the district.
#[derive(Debug, Clone)]
pub struct Areas(Vec<String>);

impl Areas {
    /// The wards in `file`, or Norwich's where there is none: one name a line; `#` begins a
    /// comment.
    ///
    /// # Errors
    /// Where the file cannot be read, holds no name, or a name in it has a number: that is an
    /// address or a postcode.
    pub fn read(file: Option<&Path>) -> Result<Self, Refused> {
        let bytes = file
            .map(|file| private_file::read(file, LIST_BYTES))
            .transpose()
            .map_err(|e| Refused::Areas(e.to_string()))?;
        let text = bytes.map_or(
            Ok(include_str!("norwich.txt").to_owned()),
            String::from_utf8,
        );
        let shown = file.map_or_else(String::new, |file| file.display().to_string());
        let text =
            text.map_err(|_| Refused::Areas(format!("{shown} is no text. Write one ward a line")))?;
        let wards: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        if let Some(small) = wards.iter().find(|ward| has_number(ward)) {
            return Err(Refused::Areas(format!(
                "{shown} lists \"{small}\", which has a number and so is no ward. Remove it"
            )));
        }
        if wards.is_empty() {
            return Err(Refused::Areas(format!(
                "{shown} lists no ward. Write one a line"
            )));
        }
        Ok(Self(wards))
    }

    /// The ward of this name in any case, as the list spells it, or the district.
    ///
    /// # Errors
    /// [`Refused::TooSmall`] for what looks like a street, a block, an address or a postcode;
    /// [`Refused::NoWard`] for the rest.
    pub fn pick(&self, typed: &str) -> Result<String, Refused> {
        let typed = typed.split_whitespace().collect::<Vec<_>>().join(" ");
        let known = std::iter::once(DISTRICT).chain(self.0.iter().map(String::as_str));
        if let Some(area) = known
            .into_iter()
            .find(|area| area.to_lowercase() == typed.to_lowercase())
        {
            return Ok(area.to_owned());
        }
        let list = self.0.join(", ");
        let last = typed.rsplit(' ').next().unwrap_or_default().to_lowercase();
        let small = has_number(&typed)
            || typed.contains(',')
            || SMALL.contains(&last.trim_end_matches('.'));
        Err(if small {
            Refused::TooSmall(typed, list)
        } else {
            Refused::NoWard(typed, list)
        })
    }
}

/// House numbers and postcodes have a digit; no ward has.
fn has_number(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}
