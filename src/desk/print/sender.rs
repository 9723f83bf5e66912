//! Who asks: the organisations' names and a logo, at the top of each sheet. A code without a sender
//! looks like the codes that residents are told not to scan.

use std::path::Path;
use std::sync::Arc;

use super::Failed;
use loke_core::private_file;
use loke_print::fonts::Fonts;
use loke_print::logo::{self, Logo, LogoRefused};

/// Most names.
pub const MOST_NAMES: usize = 4;
/// Longest name, in characters.
pub const LONGEST_NAME: usize = 60;

/// Why names or logo cannot be printed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SenderRefused {
    /// An empty or long name, or one of several lines.
    #[error("a name has 1 to {LONGEST_NAME} characters, in one line. Correct --from-name")]
    Name,
    /// A character without a glyph.
    #[error("\"{0}\" is not in the built-in fonts. Write the name without it")]
    Character(char),
    /// Too many names.
    #[error("a sheet has room for {MOST_NAMES} names. Leave one out")]
    Names,
    /// A logo without a name.
    #[error("a logo needs a name, for people who cannot see it. Add --from-name")]
    Nameless,
    /// The logo's file cannot be read.
    #[error("{0}")]
    File(String),
    /// The logo cannot be printed.
    #[error("the logo {0} cannot be printed: {1}")]
    Logo(String, LogoRefused),
}

/// The names and the logo.
#[derive(Debug, Clone, Default)]
pub struct Sender {
    /// The names, such as the council's and the police's.
    pub names: Vec<String>,
    /// The logo.
    pub logo: Option<Arc<Logo>>,
}

impl Sender {
    /// Checks the names and reads the logo's file.
    ///
    /// # Errors
    /// [`SenderRefused`].
    pub fn read(names: &[String], logo: Option<&Path>) -> Result<Self, Failed> {
        let names: Vec<String> = names.iter().map(|name| name.trim().to_owned()).collect();
        if names.len() > MOST_NAMES {
            return Err(SenderRefused::Names.into());
        }
        if !names.is_empty() {
            let fonts = Fonts::load()?;
            names.iter().try_for_each(|name| check(&fonts, name))?;
        }
        if logo.is_some() && names.is_empty() {
            return Err(SenderRefused::Nameless.into());
        }
        let logo = logo.map(read_logo).transpose()?;
        Ok(Self { names, logo })
    }

    /// Whether there is neither name nor logo.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        self.names.is_empty() && self.logo.is_none()
    }
}

fn check(fonts: &Fonts, name: &str) -> Result<(), SenderRefused> {
    let length = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) {
        return Err(SenderRefused::Name);
    }
    printable(fonts, name)
}

/// Checks that the fonts have each character.
pub(super) fn printable(fonts: &Fonts, text: &str) -> Result<(), SenderRefused> {
    text.chars()
        .find(|c| fonts.find(*c, true, None).is_none())
        .map_or(Ok(()), |c| Err(SenderRefused::Character(c)))
}

fn read_logo(file: &Path) -> Result<Arc<Logo>, SenderRefused> {
    let bytes = private_file::read(file, logo::MAX_BYTES)
        .map_err(|e| SenderRefused::File(e.to_string()))?;
    Logo::read(&bytes)
        .map(Arc::new)
        .map_err(|e| SenderRefused::Logo(file.display().to_string(), e))
}
