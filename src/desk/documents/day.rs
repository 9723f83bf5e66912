//! The daily hand-over sheet as a document: names, places and clocks, without the writers' words. The
//! wording is data (`rules/documents/day.toml`).

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Spanned;

use super::sentence::{long_day, text};
use super::{Failed, Rendered, harmless};
use loke_core::clock::Day;
use loke_core::config::{ConfigError, Source};
use loke_print::document::{Block, Document, Running};
use loke_print::fonts::Fonts;

/// The built-in file, and its path in the repository and beside the configuration.
const BUILT_IN: &str = include_str!("../../../rules/documents/day.toml");
const NAME: &str = "rules/documents/day.toml";
/// The labels that the file must have.
const LABELS: [&str; 14] = [
    "day",
    "by",
    "kept_until",
    "ring-first",
    "danger",
    "overdue",
    "second-look",
    "waiting",
    "open",
    "changed",
    "reports",
    "none",
    "more",
    "urgent",
];
/// Most days of a sheet.
const MOST_DAYS: u16 = 31;

static SHIPPED: LazyLock<DayWording> =
    LazyLock::new(|| DayWording::of(&Source::built_in(NAME, BUILT_IN)).unwrap_or_default());

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    title: Spanned<String>,
    marking: Spanned<String>,
    kept_days: Spanned<u16>,
    #[serde(default)]
    first: Vec<Spanned<String>>,
    labels: Spanned<BTreeMap<Spanned<String>, Spanned<String>>>,
}

/// The wording of the sheet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DayWording {
    title: String,
    marking: String,
    kept_days: u16,
    first: Vec<String>,
    labels: BTreeMap<String, String>,
}

impl DayWording {
    /// Reads the council's file in `folder`, or else the built-in one.
    ///
    /// # Errors
    /// [`ConfigError`], with file and line, if the council's file is invalid.
    pub(super) fn read(folder: &Path) -> Result<Self, ConfigError> {
        let own = folder.join(NAME);
        match own.exists() {
            true => Self::of(&Source::read(&own)?),
            false => Ok(Self::built_in().clone()),
        }
    }

    pub(super) fn built_in() -> &'static Self {
        &SHIPPED
    }

    fn of(source: &Source) -> Result<Self, ConfigError> {
        let file: File = source.parse()?;
        if !file.marking.get_ref().starts_with("OFFICIAL") {
            return Err(source.trouble(
                file.marking.span().start,
                "a marking begins with OFFICIAL or OFFICIAL-SENSITIVE",
                "Correct this line",
            ));
        }
        if !(1..=MOST_DAYS).contains(file.kept_days.get_ref()) {
            return Err(source.trouble(
                file.kept_days.span().start,
                format!("a sheet is kept for 1 to {MOST_DAYS} days"),
                "Correct this line",
            ));
        }
        let mut labels = BTreeMap::new();
        for (name, label) in file.labels.get_ref() {
            if !LABELS.contains(&name.get_ref().as_str()) {
                return Err(source.trouble(
                    name.span().start,
                    "there is no such label",
                    format!("The labels are: {}", LABELS.join(", ")),
                ));
            }
            labels.insert(name.get_ref().clone(), text(source, label)?);
        }
        if let Some(missing) = LABELS.iter().find(|name| !labels.contains_key(**name)) {
            return Err(source.trouble(
                file.labels.span().start,
                format!("[labels] has no `{missing}`"),
                "Add the line",
            ));
        }
        let first = file.first.iter().map(|one| text(source, one));
        Ok(Self {
            title: text(source, &file.title)?,
            marking: text(source, &file.marking)?,
            kept_days: *file.kept_days.get_ref(),
            first: first.collect::<Result<_, _>>()?,
            labels,
        })
    }

    fn label(&self, name: &str) -> String {
        self.labels.get(name).cloned().unwrap_or_default()
    }
}

/// A line of the sheet: a tip, and for a report its partner and reference.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetLine {
    /// The tip's name.
    pub tip: String,
    /// The subject.
    pub about: String,
    /// The place.
    pub place: String,
    /// The person who has it.
    pub who: String,
    /// The clock, or why it is here.
    pub when: String,
    /// Danger.
    pub urgent: bool,
    /// The partner of a report.
    pub partner: String,
    /// The reference of a report.
    pub reference: String,
}

/// A part of the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetPart {
    /// The word of its view, or `reports`.
    pub view: String,
    /// How many there are, also those that are not listed.
    pub count: usize,
    /// The lines.
    pub lines: Vec<SheetLine>,
}

/// The sheet of a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The day.
    pub day: Day,
    /// The account that made it.
    pub by: String,
    /// The parts, in their order.
    pub parts: Vec<SheetPart>,
}

/// Makes the document.
///
/// # Errors
/// [`Failed`].
pub fn render(sheet: &Sheet, wording: &DayWording) -> Result<Rendered, Failed> {
    let day = long_day(sheet.day);
    let kept_until = long_day(sheet.day.plus(i32::from(wording.kept_days)));
    let facts = [("day", &day), ("by", &sheet.by)];
    let facts = facts.map(|(name, value)| (wording.label(name), value.clone()));
    let mut blocks = vec![Block::Pairs(facts.to_vec())];
    if !wording.first.is_empty() {
        blocks.push(Block::Notice(wording.first.clone()));
    }
    for part in &sheet.parts {
        let heading = format!("{}: {}", wording.label(&part.view), part.count);
        blocks.push(Block::Heading(heading));
        let mut lines: Vec<String> = part.lines.iter().map(|line| wording.line(line)).collect();
        if lines.is_empty() {
            blocks.push(Block::Text(wording.label("none")));
            continue;
        }
        if part.lines.len() < part.count {
            lines.push(wording.label("more"));
        }
        blocks.push(Block::List(lines));
    }
    let document = Document {
        title: wording.title.clone(),
        running: Running {
            marking: wording.marking.clone(),
            top_left: format!("{}: {}", wording.label("by"), sheet.by),
            top_right: day,
            bottom_left: format!("{}: {kept_until}", wording.label("kept_until")),
        },
        blocks,
    };
    Ok(Rendered {
        pdf: document.pdf(&Fonts::load()?)?,
        text: document.text(),
        csv: csv(sheet)?,
    })
}

impl DayWording {
    fn line(&self, line: &SheetLine) -> String {
        let urgent = if line.urgent {
            self.label("urgent")
        } else {
            String::new()
        };
        let parts = [
            &line.tip,
            &urgent,
            &line.about,
            &line.place,
            &line.who,
            &line.partner,
            &line.reference,
            &line.when,
        ];
        let there = parts.into_iter().filter(|part| !part.is_empty());
        there.cloned().collect::<Vec<_>>().join(" · ")
    }
}

fn csv(sheet: &Sheet) -> Result<String, Failed> {
    let mut table = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    let columns = [
        "day",
        "part",
        "tip",
        "about",
        "place",
        "who",
        "when",
        "urgent",
        "partner",
        "reference",
    ];
    table.write_record(columns).map_err(|_| Failed::Csv)?;
    let day = sheet.day.to_string();
    for part in &sheet.parts {
        for line in &part.lines {
            let urgent = if line.urgent { "yes" } else { "no" };
            let row = [
                day.as_str(),
                &part.view,
                &line.tip,
                &line.about,
                &line.place,
                &line.who,
                &line.when,
                urgent,
                &line.partner,
                &line.reference,
            ];
            let row = row.map(harmless);
            table.write_record(row).map_err(|_| Failed::Csv)?;
        }
    }
    let bytes = table.into_inner().map_err(|_| Failed::Csv)?;
    String::from_utf8(bytes).map_err(|_| Failed::Csv)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sheet_has_every_line_in_each_form_and_a_formula_is_harmless() {
        let line = SheetLine {
            tip: "mild-otter".into(),
            about: "Drugs".into(),
            place: "=1+1".into(),
            who: "ann".into(),
            when: "2 h left".into(),
            urgent: true,
            ..SheetLine::default()
        };
        let part = |view: &str, count, lines| SheetPart {
            view: view.into(),
            count,
            lines,
        };
        let sheet = Sheet {
            day: "2026-11-29".parse().unwrap(),
            by: "ann".into(),
            parts: vec![
                part("danger", 101, vec![line]),
                part("reports", 0, Vec::new()),
            ],
        };
        let made = render(&sheet, DayWording::built_in()).unwrap();
        for says in [
            "Hand-over sheet",
            "29 November 2026",
            "Danger: 101",
            "mild-otter · urgent · Drugs · =1+1 · ann · 2 h left",
            "More are in the queue.",
            "Reports that need somebody: 0",
            "None.",
        ] {
            assert!(made.text.contains(says), "{says}: {}", made.text);
        }
        assert!(made.pdf.starts_with(b"%PDF"));
        let row = "2026-11-29,danger,mild-otter,Drugs,'=1+1,ann,2 h left,yes,,\r\n";
        assert!(made.csv.ends_with(row), "{}", made.csv);
    }

    #[test]
    fn a_broken_wording_of_the_sheet_names_its_line() {
        for (from, to) in [
            ("marking = \"OFFICIAL-SENSITIVE\"", "marking = \"SECRET\""),
            ("kept_days = 1", "kept_days = 0"),
            ("none = \"None.\"", "nothing = \"None.\""),
            ("title = \"Hand-over sheet\"", "title = \"\""),
        ] {
            let text = BUILT_IN.replacen(from, to, 1);
            let broken = DayWording::of(&Source::built_in(NAME, &text)).unwrap_err();
            let line = text.lines().position(|line| line == to).unwrap() + 1;
            assert_eq!(broken.line, Some(line), "{broken}");
        }
    }
}
