//! The desk's own sentences in reports (`rules/reports.toml`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::partners::PartnerKind;
use loke_core::config::{ConfigError, Source};

/// The built-in sentences, and their path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../../rules/reports.toml");
const NAME: &str = "rules/reports.toml";

/// The sentences.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportRules {
    /// Default conditions of a kind of partner.
    conditions: BTreeMap<PartnerKind, String>,
    /// The usual request to a kind of partner.
    ask: BTreeMap<PartnerKind, String>,
    /// Sentences about safety on the spot, each with its word.
    pub safety: BTreeMap<String, String>,
    /// On a work order, if no sentence about safety fits.
    #[serde(default = "no_safety")]
    pub no_safety: String,
}

/// For a file of the council from before there was such a sentence.
fn no_safety() -> String {
    "We know nothing about safety there. Look for needles first.".to_owned()
}

impl ReportRules {
    /// Reads the desk's own sentences in `folder`, or else the built-in ones.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the desk's own file is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        if own.exists() {
            Source::read(&own)?.parse()
        } else {
            Source::built_in(NAME, BUILT_IN).parse()
        }
    }

    /// The default conditions of a kind of partner.
    #[must_use]
    pub fn conditions(&self, kind: PartnerKind) -> &str {
        self.conditions.get(&kind).map_or("", String::as_str)
    }

    /// The usual request to a kind of partner.
    #[must_use]
    pub fn ask(&self, kind: PartnerKind) -> &str {
        self.ask.get(&kind).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_partner_has_conditions_and_an_ask() {
        let rules = ReportRules::read(Path::new("/nonexistent")).unwrap();
        for kind in PartnerKind::ALL {
            assert!(!rules.conditions(*kind).is_empty(), "{kind}");
            assert!(!rules.ask(*kind).is_empty(), "{kind}");
        }
        assert_eq!(rules.no_safety, no_safety());
        assert!(
            rules
                .conditions(PartnerKind::Housing)
                .contains("neighbours")
        );
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let broken = BUILT_IN.replace("dog = ", "dog ");
        let error = Source::built_in(NAME, &broken).parse::<ReportRules>();
        let error = error.unwrap_err().to_string();
        assert!(error.contains("rules/reports.toml, line"), "{error}");
    }
}
