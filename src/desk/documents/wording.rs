//! The wording of the documents (`rules/documents/KIND.toml`): title, marking, labels, and the
//! sentences that every document of a kind has.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::day::DayWording;
use super::sentence::{long_day, text};
use crate::report::{Kind, Report, Target};
use loke_core::clock::Day;
use loke_core::config::{ConfigError, Source};

/// The built-in files, and their paths in the repository and beside the configuration.
const BUILT_IN: [(Kind, &str, &str); 8] = [
    (
        Kind::Intelligence,
        "rules/documents/intelligence.toml",
        include_str!("../../../rules/documents/intelligence.toml"),
    ),
    (
        Kind::WorkOrder,
        "rules/documents/work-order.toml",
        include_str!("../../../rules/documents/work-order.toml"),
    ),
    (
        Kind::Safeguarding,
        "rules/documents/safeguarding.toml",
        include_str!("../../../rules/documents/safeguarding.toml"),
    ),
    (
        Kind::Licensing,
        "rules/documents/licensing.toml",
        include_str!("../../../rules/documents/licensing.toml"),
    ),
    (
        Kind::Report,
        "rules/documents/report.toml",
        include_str!("../../../rules/documents/report.toml"),
    ),
    (
        Kind::SectionEight,
        "rules/documents/section-8.toml",
        include_str!("../../../rules/documents/section-8.toml"),
    ),
    (
        Kind::Withdrawal,
        "rules/documents/withdrawal.toml",
        include_str!("../../../rules/documents/withdrawal.toml"),
    ),
    (
        Kind::Correction,
        "rules/documents/correction.toml",
        include_str!("../../../rules/documents/correction.toml"),
    ),
];
/// The labels that a file must have.
const LABELS: [&str; 18] = [
    "reference",
    "from",
    "to",
    "day",
    "priority",
    "now",
    "soon",
    "routine",
    "place",
    "grade",
    "handling",
    "text",
    "ask",
    "safety",
    "conditions",
    "photos",
    "answer",
    "kept_until",
];
/// Most sentences of a list, and most sections.
const MOST: usize = 40;
/// Most days of a period: ten years.
const MOST_DAYS: u16 = 3_653;

static SHIPPED: LazyLock<Wordings> = LazyLock::new(|| Wordings {
    kinds: BUILT_IN
        .iter()
        .map(|(kind, name, text)| {
            let wording = Wording::of(&Source::built_in(name, text));
            (*kind, wording.unwrap_or_default())
        })
        .collect(),
    day: DayWording::built_in().clone(),
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    marking: Spanned<String>,
    kept_days: Spanned<u16>,
    answer_days: Spanned<u16>,
    address: Option<Spanned<String>>,
    #[serde(default)]
    first: Vec<Spanned<String>>,
    #[serde(default)]
    targets: BTreeMap<Target, Spanned<String>>,
    answer: Vec<Spanned<String>>,
    labels: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
    #[serde(default)]
    sections: Vec<SectionEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionEntry {
    heading: Spanned<String>,
    #[serde(default)]
    sentences: Vec<Spanned<String>>,
    #[serde(default)]
    blanks: Vec<Spanned<String>>,
}

/// A heading with sentences, and with blanks to fill in by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) heading: String,
    pub(super) sentences: Vec<String>,
    pub(super) blanks: Vec<String>,
}

/// The wording of one kind of document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wording {
    pub(super) title: String,
    pub(super) marking: String,
    first: Vec<String>,
    /// Read first in place of `first`, if the report has this target.
    targets: BTreeMap<Target, Vec<String>>,
    /// The general address for information.
    address: Option<String>,
    pub(super) answer: Vec<String>,
    pub(super) sections: Vec<Section>,
    labels: Vec<(String, String)>,
    kept_days: u16,
    answer_days: u16,
}

/// The wording of every kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wordings {
    kinds: Vec<(Kind, Wording)>,
    /// The wording of the hand-over sheet.
    pub day: DayWording,
}

impl Wordings {
    /// Reads the council's files in `folder`, or else the built-in ones. After an error, keep the
    /// wording that was read before, or the built-in one.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if a file of the council is invalid.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let mut kinds = Vec::with_capacity(BUILT_IN.len());
        for (kind, name, _) in BUILT_IN {
            let own = folder.join(name);
            let wording = if own.exists() {
                Wording::of(&Source::read(&own)?)?
            } else {
                Self::built_in().of(kind).clone()
            };
            kinds.push((kind, wording));
        }
        let day = DayWording::read(folder)?;
        Ok(Self { kinds, day })
    }

    /// The built-in wording.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &SHIPPED
    }

    /// The wording of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Wording {
        static NONE: LazyLock<Wording> = LazyLock::new(Wording::default);
        let found = self.kinds.iter().find(|(other, _)| *other == kind);
        found.map_or(&*NONE, |(_, wording)| wording)
    }

    /// Gives a report the marking and the last day of its document, so that its JSON has them too.
    ///
    /// # Errors
    /// If the report's day is not a date.
    pub fn mark(&self, report: &mut Report) -> Result<(), super::Failed> {
        let wording = self.of(report.kind);
        let day: Day = report.day.parse().map_err(super::Failed::Day)?;
        report.marking = Some(wording.marking.clone());
        report.delete_by = Some(wording.kept_until(day).to_string());
        Ok(())
    }
}

impl Wording {
    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        let marking = text(source, &file.marking)?;
        if !marking.starts_with("OFFICIAL") {
            return Err(source.trouble(
                file.marking.span().start,
                "a marking begins with OFFICIAL or OFFICIAL-SENSITIVE",
                "Correct this line",
            ));
        }
        let mut labels = Vec::with_capacity(LABELS.len());
        for (name, label) in file.labels.get_ref() {
            if !LABELS.contains(&name.get_ref().as_str()) {
                return Err(source.trouble(
                    name.span().start,
                    "there is no such label",
                    format!("The labels are: {}", LABELS.join(", ")),
                ));
            }
            labels.push((name.get_ref().clone(), text(source, label)?));
        }
        let is_missing = |name: &&str| !labels.iter().any(|(other, _)| other == *name);
        if let Some(missing) = LABELS.iter().copied().find(|name| is_missing(name)) {
            return Err(source.trouble(
                file.labels.span().start,
                format!("[labels] has no `{missing}`"),
                "Add the line",
            ));
        }
        if let Some(more) = file.sections.get(MOST) {
            return Err(source.trouble(
                more.heading.span().start,
                format!("there are more than {MOST} sections"),
                "Remove some",
            ));
        }
        let mut sections = Vec::with_capacity(file.sections.len());
        for section in &file.sections {
            sections.push(Section {
                heading: text(source, &section.heading)?,
                sentences: sentences(source, &section.sentences)?,
                blanks: sentences(source, &section.blanks)?,
            });
        }
        let mut targets = BTreeMap::new();
        for (target, sentence) in &file.targets {
            targets.insert(*target, vec![text(source, sentence)?]);
        }
        let address = file.address.as_ref().map(|address| text(source, address));
        Ok(Self {
            title: text(source, &file.title)?,
            marking,
            targets,
            address: address.transpose()?,
            first: sentences(source, &file.first)?,
            answer: sentences(source, &file.answer)?,
            sections,
            labels,
            kept_days: days(source, &file.kept_days)?,
            answer_days: days(source, &file.answer_days)?,
        })
    }

    /// The last day on which a partner keeps the document.
    #[must_use]
    pub fn kept_until(&self, day: Day) -> Day {
        day.plus(i32::from(self.kept_days))
    }

    /// The last day of the answer code.
    #[must_use]
    pub fn answer_until(&self, day: Day) -> Day {
        day.plus(i32::from(self.answer_days.min(self.kept_days)))
    }

    /// The label with this name.
    pub(super) fn label(&self, name: &str) -> &str {
        let found = self.labels.iter().find(|(other, _)| other == name);
        found.map_or("", |(_, label)| label)
    }

    /// The sentences that are read first.
    pub(super) fn first(&self, target: Option<Target>) -> &[String] {
        let of_target = target.and_then(|target| self.targets.get(&target));
        of_target.unwrap_or(&self.first)
    }

    /// The blanks of a section: those that the report fills in, and those that stay for people.
    pub(super) fn blanks(
        &self,
        section: &Section,
        report: &Report,
    ) -> (Vec<(String, String)>, Vec<String>) {
        let (mut known, mut open) = (Vec::new(), Vec::new());
        for blank in &section.blanks {
            let parts = blank.trim_end_matches('}').split_once('{');
            let (label, name) = parts.unwrap_or((blank.as_str(), ""));
            let label = label.trim().to_owned();
            match self.fact(name, report) {
                Some(value) => known.push((label, value)),
                None => open.push(label),
            }
        }
        (known, open)
    }

    /// A fact that not every report has.
    fn fact(&self, name: &str, report: &Report) -> Option<String> {
        let messages = report.messages.as_ref();
        let in_words = |day: &String| day.parse().ok().map(long_day);
        match name {
            "due" => report.due.as_ref().and_then(in_words),
            "replaces" => report.replaces.clone(),
            "messages" => messages.map(|all| all.count.to_string()),
            "first_day" => messages.and_then(|all| in_words(&all.first_day)),
            "last_day" => messages.and_then(|all| in_words(&all.last_day)),
            "address" => self.address.clone(),
            _ => None,
        }
    }

    /// A sentence with the facts of the report in place of the names in braces.
    pub(super) fn filled(&self, sentence: &str, report: &Report, day: Day) -> String {
        let mut out = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                break;
            };
            out.push_str(before);
            out.push_str(&match name {
                "from" => report.from.clone(),
                "to" => report.to.clone(),
                "reference" => report.reference.clone(),
                "day" => long_day(day),
                "kept_until" => long_day(self.kept_until(day)),
                "answer_until" => long_day(self.answer_until(day)),
                other => self.fact(other, report).unwrap_or_default(),
            });
            rest = after;
        }
        out + rest
    }
}

fn sentences(source: &Source, written: &[Spanned<String>]) -> Result<Vec<String>, ConfigError> {
    if let Some(more) = written.get(MOST) {
        return Err(source.trouble(
            more.span().start,
            format!("there are more than {MOST} sentences in this list"),
            "Remove some",
        ));
    }
    written.iter().map(|one| text(source, one)).collect()
}

fn days(source: &Source, written: &Spanned<u16>) -> Result<u16, ConfigError> {
    match *written.get_ref() {
        days @ 1..=MOST_DAYS => Ok(days),
        _ => Err(source.trouble(
            written.span().start,
            format!("a period is between 1 and {MOST_DAYS} days"),
            "Correct this line",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Wording, ConfigError> {
        Wording::of(&Source::built_in("rules/documents/report.toml", text))
    }

    #[test]
    fn the_built_in_wording_is_valid_and_a_broken_file_names_its_line() {
        for (_, name, text) in BUILT_IN {
            let read = Wording::of(&Source::built_in(name, text));
            assert!(read.is_ok(), "{read:?}");
        }
        let good = BUILT_IN[4].2;
        let line_of = |needle: &str| 1 + good[..good.find(needle).unwrap()].matches('\n').count();
        for (from, to, what) in [
            (
                "marking = \"OFFICIAL-SENSITIVE\"",
                "marking = \"SECRET\"",
                "a marking begins",
            ),
            ("kept_days = 365", "kept_days = 0", "a period is between"),
            (
                "reference {reference}",
                "reference {refernce}",
                "no such fact",
            ),
            ("heading = \"Please\"", "heading = \" \"", "is empty"),
            ("place = \"Place\"", "plaice = \"Place\"", "no such label"),
            ("title = \"Report\"", "title = 3", "wrong kind"),
        ] {
            assert!(good.contains(from), "{from}");
            let error = of(&good.replacen(from, to, 1)).unwrap_err();
            assert!(error.what.contains(what), "{error}");
            assert_eq!(error.line, Some(line_of(from)), "{error}");
        }
        let missing = of(&good.replacen("place = \"Place\"\n", "", 1)).unwrap_err();
        assert!(missing.what.contains("no `place`"), "{missing}");
    }

    #[test]
    fn an_answer_code_never_outlives_its_document() {
        let day: Day = "2026-11-28".parse().unwrap();
        let wording = of(&BUILT_IN[4].2.replace("kept_days = 365", "kept_days = 30")).unwrap();
        assert_eq!(wording.answer_until(day), wording.kept_until(day));
        assert_eq!(long_day(wording.answer_until(day)), "28 December 2026");
    }
}
