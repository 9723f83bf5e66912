//! The reasons for closing a tip (`rules/reasons.toml`).

use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use loke_core::config::{ConfigError, Source};

/// The built-in list, and its path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../rules/reasons.toml");
const NAME: &str = "rules/reasons.toml";
/// Longest reason, in characters.
const LONGEST: usize = 120;
/// Most reasons of one outcome: each has a key from 1 to 9.
const MOST: usize = 9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    could_not_act: Vec<Spanned<String>>,
    not_ours: Vec<Spanned<String>>,
}

/// The reasons for closing a tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reasons {
    /// Why nobody could act.
    pub could_not_act: Vec<String>,
    /// Whose it is.
    pub not_ours: Vec<String>,
}

impl Reasons {
    /// Reads the desk's own list in `folder`, or else the built-in one.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the desk's own list is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Self::of(&Source::read(&own)?)
        } else {
            Self::of(&Source::built_in(NAME, BUILT_IN))
        }
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let File {
            could_not_act,
            not_ours,
        } = source.parse()?;
        Ok(Self {
            could_not_act: list(source, could_not_act)?,
            not_ours: list(source, not_ours)?,
        })
    }
}

fn list(source: &Source, written: Vec<Spanned<String>>) -> Result<Vec<String>, ConfigError> {
    if let Some(tenth) = written.get(MOST) {
        return Err(source.trouble(
            tenth.span().start,
            "there are more than nine reasons in this list, and each needs a key",
            "Keep the nine that are used most",
        ));
    }
    let mut reasons = Vec::with_capacity(written.len());
    for reason in written {
        let text = reason.get_ref().trim();
        if text.is_empty() || text.chars().count() > LONGEST {
            return Err(source.trouble(
                reason.span().start,
                "a reason is empty, or longer than 120 characters",
                "Write a short phrase",
            ));
        }
        reasons.push(text.to_owned());
    }
    Ok(reasons)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_reasons_are_valid_and_a_broken_list_names_its_line() {
        let built_in = Reasons::of(&Source::built_in(NAME, BUILT_IN)).unwrap();
        assert!(!built_in.could_not_act.is_empty() && !built_in.not_ours.is_empty());
        let broken = "could-not-act = [\n\"x\",\n\"  \",\n]\nnot-ours = []\n";
        let error = Reasons::of(&Source::built_in(NAME, broken)).unwrap_err();
        assert!(error.to_string().contains("line 3"), "{error}");
    }
}
