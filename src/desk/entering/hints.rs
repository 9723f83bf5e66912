//! PII hints for an officer who enters a report: the words that the check page would mark for the
//! resident. The officer decides; nothing is removed and no hint is stored.

use std::path::Path;

use super::Report;
use loke_core::config::ConfigError;
use loke_core::pii_hints::{MOST, Rules};
use loke_core::words::{BadFile, Languages};

/// Why no hints can be shown.
#[derive(Debug, thiserror::Error)]
pub enum NoHints {
    /// A file of patterns in the desk's folder is invalid.
    #[error(transparent)]
    Rules(#[from] ConfigError),
    /// The built-in sentences are damaged.
    #[error(transparent)]
    Words(#[from] BadFile),
}

/// Words that may say who reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryHint {
    /// The question that they answer.
    pub field: &'static str,
    /// The facts that they may tell.
    pub reason: &'static str,
    /// The words.
    pub words: String,
    /// The same words with those before and after them, in three parts.
    pub shown: [String; 3],
}

/// The patterns of hints. The files `rules/hints/` in the desk's folder replace the built-in ones.
///
/// # Errors
/// [`NoHints`].
pub fn rules(folder: &Path) -> Result<Rules, NoHints> {
    Ok(Rules::read(&Languages::read()?, folder)?)
}

/// The hints of a report, in the order of its questions, as many as the resident's page shows.
///
/// # Errors
/// [`NoHints`].
pub fn hints(folder: &Path, report: &Report) -> Result<Vec<EntryHint>, NoHints> {
    Ok(hints_by(&rules(folder)?, report))
}

/// [`hints`], for many reports.
#[must_use]
pub fn hints_by(rules: &Rules, report: &Report) -> Vec<EntryHint> {
    let fields = [
        ("What they saw", &report.what),
        ("Where", &report.place),
        ("When", &report.when),
        ("How it affects the area", &report.impact),
        ("Vehicle", &report.vehicle),
    ];
    let texts = fields.map(|(_, text)| text.as_str());
    let reading = rules.read_in(&texts, &report.language);
    let mut hints = Vec::new();
    for (field, text) in fields {
        let part = |from, to| text.get(from..to).unwrap_or_default().to_owned();
        hints.extend(reading.find(text).hints.into_iter().map(|hint| EntryHint {
            field,
            reason: in_english(hint.reason),
            words: part(hint.place.start, hint.place.end),
            shown: [
                part(hint.shown.start, hint.place.start),
                part(hint.place.start, hint.place.end),
                part(hint.place.end, hint.shown.end),
            ],
        }));
    }
    hints.truncate(MOST);
    hints
}

/// The reason of a hint about somebody who is not at the form.
pub(crate) fn in_english(reason: &str) -> &'static str {
    match reason {
        "email" => "An e-mail address",
        "phone" => "A phone number",
        "contact" => "A way to reach them",
        "name" => "Their name",
        "home" => "Where they live",
        "neighbour" => "How near they live",
        "family" => "Their family or friends",
        "work" => "Their work",
        _ => "Something few people know",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loke_core::clock::Day;
    use loke_core::pii_hints::REASONS;
    use loke_core::tip::Topic;

    #[test]
    fn an_officer_sees_the_hints_of_the_residents_form_and_none_in_plain_words() {
        let nowhere = Path::new("no folder");
        let mut report = Report::about(
            Topic::Drugs,
            "My name is Jo Smith and I live next door",
            Day(20_800),
        );
        report.impact = "Ring me on 07700 900123".into();
        let found = hints(nowhere, &report).unwrap();
        let rules = Rules::read(&Languages::read().unwrap(), nowhere).unwrap();
        let residents = rules.find(&report.what, "en").hints.len()
            + rules.find(&report.impact, "en").hints.len();
        assert_eq!(found.len(), residents);
        let of = |field| found.iter().filter(move |hint| hint.field == field);
        assert!(of("What they saw").any(|hint| hint.reason == "Their name"));
        let phone = of("How it affects the area").find(|hint| hint.reason == "A phone number");
        assert_eq!(phone.unwrap().words, "07700 900123");
        for hint in &found {
            assert_eq!(hint.shown[1], hint.words);
        }

        let plain = Report::about(Topic::Drugs, "A man sells from the blue door", Day(20_800));
        assert_eq!(hints(nowhere, &plain).unwrap(), [], "the control");
    }

    #[test]
    fn each_reason_has_its_own_words() {
        let words: std::collections::BTreeSet<_> = REASONS.iter().map(|r| in_english(r)).collect();
        assert_eq!(words.len(), REASONS.len());
    }
}
