//! The desk's own sentences in reports (`rules/reports.toml`).

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::propose::Proposal;
use crate::partners::PartnerKind;
use loke_core::config::{ConfigError, Source};

/// The built-in sentences, and their path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../../rules/reports.toml");
const NAME: &str = "rules/reports.toml";

/// The word of the sentence about a police hold. It stops the clock of a work order.
pub const HOLD: &str = "hold";

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
    /// Sentences about the property on a work order, each with its word.
    #[serde(default = "work")]
    pub work: BTreeMap<String, String>,
    /// The partner that the page of a tip proposes. The first rule that fits counts.
    #[serde(default = "propose")]
    pub propose: Vec<Proposal>,
}

/// For a file of the council from before there was such a sentence.
fn no_safety() -> String {
    "We know nothing about safety there. Look for needles first.".to_owned()
}

/// For a file of the council from before there were such sentences.
fn work() -> BTreeMap<String, String> {
    built_in().map(|rules| rules.work).unwrap_or_default()
}

/// For a file of the council from before there were such rules.
fn propose() -> Vec<Proposal> {
    built_in().map(|rules| rules.propose).unwrap_or_default()
}

fn built_in() -> Result<ReportRules, ConfigError> {
    Source::built_in(NAME, BUILT_IN).parse()
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
            built_in()
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
        assert!(rules.work.contains_key(HOLD));
        assert!(
            rules
                .conditions(PartnerKind::Housing)
                .contains("neighbours")
        );
    }

    #[test]
    fn a_file_from_before_the_rules_for_proposals_has_the_built_in_ones() {
        let folder = tempfile::tempdir().unwrap();
        let (sentences, _) = BUILT_IN.split_once("[work]").unwrap();
        std::fs::create_dir(folder.path().join("rules")).unwrap();
        std::fs::write(folder.path().join(NAME), sentences).unwrap();
        let rules = ReportRules::read(folder.path()).unwrap();
        assert_eq!(rules, built_in().unwrap());
        assert!(!rules.propose.is_empty());
    }

    #[test]
    fn a_broken_file_names_its_line() {
        let broken = BUILT_IN.replace("dog = ", "dog ");
        let error = Source::built_in(NAME, &broken).parse::<ReportRules>();
        let error = error.unwrap_err().to_string();
        assert!(error.contains("rules/reports.toml, line"), "{error}");
    }
}
