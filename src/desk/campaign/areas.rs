//! The areas that a campaign may cover: the wards of the district, from a list that a council can
//! replace, and the whole district. Nothing smaller is allowed, because a code for a street or a
//! block would reveal who wrote.

use std::path::Path;

use super::CampaignRefused;
use crate::wards::{SMALL, Wards};
use loke_core::private_file;

/// The word for the whole district.
pub const DISTRICT: &str = "district";
/// Largest list of wards, in bytes.
const LIST_BYTES: u64 = 64 << 10;
/// The wards of the district.
#[derive(Debug, Clone)]
pub struct Areas(Vec<String>);

impl Areas {
    /// Reads the wards in `file`, or takes those of `rules/areas.toml` without a file. One name per
    /// line; `#` starts a comment.
    ///
    /// # Errors
    /// If the file cannot be read or has no name, or if a name contains a digit: then it is an
    /// address or a postcode.
    pub fn read(file: Option<&Path>, areas: &Wards) -> Result<Self, CampaignRefused> {
        let Some(file) = file else {
            return Ok(Self(areas.all().map(str::to_owned).collect()));
        };
        let bytes = private_file::read(file, LIST_BYTES)
            .map_err(|e| CampaignRefused::Areas(e.to_string()))?;
        let shown = file.display();
        let text = String::from_utf8(bytes).map_err(|_| {
            CampaignRefused::Areas(format!("{shown} is not text. Write one ward per line"))
        })?;
        let wards: Vec<String> = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .map(str::to_owned)
            .collect();
        if let Some(small) = wards.iter().find(|ward| has_number(ward)) {
            return Err(CampaignRefused::Areas(format!(
                "{shown} lists \"{small}\", but no ward has a number. Remove it"
            )));
        }
        if wards.is_empty() {
            return Err(CampaignRefused::Areas(format!(
                "{shown} lists no ward. Write one per line"
            )));
        }
        Ok(Self(wards))
    }

    /// The ward with this name, ignoring case, in the spelling of the list; or the district.
    ///
    /// # Errors
    /// [`CampaignRefused::TooSmall`] if the name looks like a street, a block, an address or a postcode;
    /// otherwise [`CampaignRefused::NoWard`].
    pub fn pick(&self, typed: &str) -> Result<String, CampaignRefused> {
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
            CampaignRefused::TooSmall(typed, list)
        } else {
            CampaignRefused::NoWard(typed, list)
        })
    }
}

/// House numbers and postcodes contain a digit; wards do not.
fn has_number(text: &str) -> bool {
    text.chars().any(char::is_numeric)
}
