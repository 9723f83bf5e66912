//! The old spreadsheet, as CSV (RFC 4180): its columns are mapped to questions by name, and the
//! first rows are shown before anything is stored.

use std::collections::BTreeMap;
use std::fmt;

use csv::StringRecord;

use super::Report;
use super::dates::{BadDates, Order, Reading};
use crate::book::Outcome;
use loke_core::clock::Day;
use loke_core::tip::{HowKnown, Topic, YesNo};

/// The questions that a column can answer.
pub const COLUMNS: [&str; 17] = [
    "day",
    "topic",
    "what",
    "where",
    "when",
    "ongoing",
    "danger",
    "child",
    "impact",
    "vehicle",
    "how-known",
    "offensive",
    "language",
    "photos",
    "taken-by",
    "outcome",
    "why",
];
/// Headings of the same questions in other spreadsheets.
const ALSO: [(&str, &str); 9] = [
    ("date", "day"),
    ("place", "where"),
    ("location", "where"),
    ("plate", "vehicle"),
    ("photo", "photos"),
    ("taken by", "taken-by"),
    ("how known", "how-known"),
    ("closed as", "outcome"),
    ("reason", "why"),
];
/// Most rows of one spreadsheet.
const ROWS: usize = 20_000;
/// Most bad rows that are named at once.
const NAMED: usize = 20;
/// Longest name or reason, in characters.
const SHORT: usize = 200;

/// Why a spreadsheet cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// It is not CSV.
    #[error(
        "the file is not a CSV table with one row of headings. Save the spreadsheet as CSV UTF-8"
    )]
    NotCsv,
    /// A mapping names an unknown question.
    #[error("\"{0}\" is not a question. The questions are: {list}", list = COLUMNS.join(", "))]
    NoQuestion(String),
    /// A mapping names a column that is not there.
    #[error("the table has no column \"{0}\". Its columns are: {1}")]
    NoColumn(String, String),
    /// No column has the words.
    #[error("say which column has the words: --map what=COLUMN")]
    NoWords,
    /// The column of days cannot be read.
    #[error(transparent)]
    Dates(#[from] BadDates),
    /// More rows than one import takes.
    #[error("the table has more than {ROWS} rows. Split the file. Nothing was stored")]
    Long,
    /// Rows are invalid.
    #[error("{0}")]
    Rows(BadRows),
}

/// Rows that cannot be read, each with its line in the file.
#[derive(Debug, Default)]
pub struct BadRows {
    rows: Vec<(u64, String)>,
    more: usize,
}

impl BadRows {
    fn add(&mut self, line: u64, why: String) {
        match self.rows.len() < NAMED {
            true => self.rows.push((line, why)),
            false => self.more += 1,
        }
    }
}

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, why) in &self.rows {
            writeln!(f, "line {line}: {why}")?;
        }
        if self.more > 0 {
            writeln!(f, "{} more rows cannot be read", self.more)?;
        }
        write!(f, "Nothing was stored")
    }
}

/// A spreadsheet that was read.
#[derive(Debug)]
pub struct Sheet {
    /// Its reports, each with its line in the file.
    pub reports: Vec<(u64, Report)>,
    /// Columns that no question has.
    pub left_out: Vec<String>,
    /// Pairs of a question and the column that answers it.
    pub columns: Vec<(&'static str, String)>,
    /// How dates such as 03/05/2026 are read; `None` if there is none.
    pub dates: Option<String>,
}

/// Reads a table. `map` has `question=column` pairs; a question without one takes the column of the
/// same name. A row without a day gets `today`. `order` is the officer's answer if the dates do not
/// tell the order of day and month.
///
/// # Errors
/// [`NotRead`].
pub fn read(
    csv: &[u8],
    map: &[(String, String)],
    order: Option<Order>,
    today: Day,
) -> Result<Sheet, NotRead> {
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv);
    let headings = table.headers().map_err(|_| NotRead::NotCsv)?.clone();
    let columns = columns(&headings, map)?;
    let mut bad = BadRows::default();
    let mut rows: Vec<(u64, StringRecord)> = Vec::new();
    for record in table.records() {
        match record {
            Ok(record) if record.iter().all(str::is_empty) => {}
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                rows.push((line, record));
            }
            Err(e) => bad.add(e.position().map_or(0, csv::Position::line), broken(&e)),
        }
        if rows.len() > ROWS {
            return Err(NotRead::Long);
        }
    }
    let cell = |record: &StringRecord, question: &str| -> String {
        let place = columns.get(question).copied();
        let cell = place.and_then(|place| record.get(place));
        cell.unwrap_or_default().to_owned()
    };
    let days: Vec<(u64, String)> = rows
        .iter()
        .map(|(line, record)| (*line, cell(record, "day")))
        .collect();
    let days = days.iter().map(|(line, day)| (*line, day.as_str()));
    let reading = Reading::of(days, order)?;
    let mut reports = Vec::with_capacity(rows.len());
    for (line, record) in &rows {
        let report = report(|question| cell(record, question), reading, today);
        // Each faulty row is known before anything is stored.
        let report = report.and_then(|report| match report.clone().into_tip(today) {
            Ok(_) => Ok(report),
            Err(e) => Err(e.in_short()),
        });
        match report {
            Ok(report) => reports.push((*line, report)),
            Err(why) => bad.add(*line, why),
        }
    }
    if !bad.rows.is_empty() {
        return Err(NotRead::Rows(bad));
    }
    let name = |place: usize| headings.get(place).unwrap_or_default().to_owned();
    Ok(Sheet {
        reports,
        left_out: (0..headings.len())
            .filter(|place| !columns.values().any(|used| used == place))
            .map(name)
            .collect(),
        columns: COLUMNS
            .into_iter()
            .filter_map(|question| Some((question, name(*columns.get(question)?))))
            .collect(),
        dates: reading.in_words(),
    })
}

/// The place of each question's column.
fn columns(
    headings: &StringRecord,
    map: &[(String, String)],
) -> Result<BTreeMap<&'static str, usize>, NotRead> {
    if let Some((unknown, _)) = map.iter().find(|(of, _)| !COLUMNS.contains(&of.as_str())) {
        return Err(NotRead::NoQuestion(unknown.clone()));
    }
    let named = |name: &str| {
        let mut headings = headings.iter();
        headings.position(|heading| heading.eq_ignore_ascii_case(name))
    };
    let mut places = BTreeMap::new();
    for question in COLUMNS {
        let given = map.iter().find(|(of, _)| of == question);
        let place = match given {
            Some((_, column)) => Some(named(column).ok_or_else(|| {
                let all: Vec<&str> = headings.iter().collect();
                NotRead::NoColumn(column.clone(), all.join(", "))
            })?),
            None => named(question).or_else(|| {
                let mut also = ALSO.iter().filter(|(_, of)| *of == question);
                also.find_map(|(name, _)| named(name))
            }),
        };
        if let Some(place) = place {
            places.insert(question, place);
        }
    }
    match places.contains_key("what") {
        true => Ok(places),
        false => Err(NotRead::NoWords),
    }
}

/// A row that is not CSV, in words.
fn broken(e: &csv::Error) -> String {
    match e.kind() {
        csv::ErrorKind::UnequalLengths { .. } => {
            "it has another number of columns than the headings".into()
        }
        csv::ErrorKind::Utf8 { .. } => {
            "its letters cannot be read. Save the spreadsheet as CSV UTF-8".into()
        }
        _ => "it is not CSV".into(),
    }
}

/// The report of a row.
fn report(cell: impl Fn(&str) -> String, reading: Reading, today: Day) -> Result<Report, String> {
    let day = match cell("day").as_str() {
        "" => today,
        day => reading.day(day).ok_or_else(|| match reading.in_words() {
            Some(order) => format!("the day is not a date (dates are read {order})"),
            None => "the day is not a date (such as 2026-11-22, 22/11/2026 or 22 Nov 2026)".into(),
        })?,
    };
    let topic = match cell("topic").to_lowercase().as_str() {
        "" => Topic::Other,
        topic => topic
            .parse()
            .map_err(|_| "the topic is not one of: graffiti, cuckooing, drugs, other")?,
    };
    let mut report = Report::about(topic, &cell("what"), day);
    report.place = cell("where");
    report.when = cell("when");
    report.impact = cell("impact");
    report.vehicle = cell("vehicle");
    report.ongoing = yes_no(&cell("ongoing"))?;
    report.danger = yes_no(&cell("danger"))?;
    report.child = yes_no(&cell("child"))?;
    report.offensive = match yes_no(&cell("offensive"))? {
        Some(YesNo::Yes) => Some(true),
        Some(YesNo::No) => Some(false),
        _ => None,
    };
    report.how_known = match cell("how-known").to_lowercase().as_str() {
        "" => None,
        how => Some(
            how.parse::<HowKnown>()
                .map_err(|_| "how they know is not one of: saw, told, guess, unsaid")?,
        ),
    };
    if let Some(language) = language(&cell("language"))? {
        report.language = language;
    }
    report.notes.extend(photos(&cell("photos"))?);
    let short = |text: String| text.chars().take(SHORT).collect::<String>();
    match short(cell("taken-by")) {
        taken if taken.is_empty() => {}
        taken => report
            .notes
            .push(format!("Taken by {taken}, in the old spreadsheet.")),
    }
    let why = short(cell("why"));
    match outcome(&cell("outcome"))? {
        Some(outcome) if why.is_empty() => {
            report.closed = Some((outcome, "Closed in the old spreadsheet".into()));
        }
        Some(outcome) => report.closed = Some((outcome, why)),
        None if why.is_empty() => {}
        None => report.notes.push(why),
    }
    Ok(report)
}

fn yes_no(cell: &str) -> Result<Option<YesNo>, &'static str> {
    match cell.to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "1" => Ok(Some(YesNo::Yes)),
        "no" | "n" | "false" | "0" => Ok(Some(YesNo::No)),
        "unsure" | "not sure" | "?" => Ok(Some(YesNo::Unsure)),
        _ => Err("ongoing, danger, child and offensive are yes, no or unsure"),
    }
}

/// A tag such as `pl`, or the English name of one of the desk's languages.
fn language(cell: &str) -> Result<Option<String>, &'static str> {
    let lower = cell.to_lowercase();
    let is_tag = |text: &str| {
        let mut parts = text.split('-');
        let first = parts.next().unwrap_or_default();
        (2..=3).contains(&first.len())
            && first.bytes().all(|b| b.is_ascii_lowercase())
            && parts.all(|part| {
                (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
            })
    };
    Ok(Some(match lower.as_str() {
        "" => return Ok(None),
        "english" => "en".into(),
        "polish" => "pl".into(),
        "lithuanian" => "lt".into(),
        "romanian" => "ro".into(),
        "portuguese" => "pt".into(),
        "arabic" => "ar".into(),
        "hungarian" => "hu".into(),
        "spanish" => "es".into(),
        "chinese" => "zh".into(),
        "bulgarian" => "bg".into(),
        "russian" => "ru".into(),
        tag if tag.len() <= 10 && is_tag(tag) => tag.to_owned(),
        _ => return Err("the language is not a code such as pl, or a name such as Polish"),
    }))
}

/// A note about photos that stay in the old folder: the spreadsheet has no pictures.
fn photos(cell: &str) -> Result<Option<String>, &'static str> {
    match cell.to_lowercase().as_str() {
        "" | "none" | "no" | "n" | "0" | "-" => Ok(None),
        "yes" | "y" => Ok(Some(
            "There are photos with the old spreadsheet. They are not here.".into(),
        )),
        count => match count.parse::<u16>() {
            Ok(1) => Ok(Some(
                "There is 1 photo with the old spreadsheet. It is not here.".into(),
            )),
            Ok(n) => Ok(Some(format!(
                "There are {n} photos with the old spreadsheet. They are not here."
            ))),
            Err(_) => Err("photos is a number, yes or none"),
        },
    }
}

/// How the report ended; `None` if it is open.
fn outcome(cell: &str) -> Result<Option<Outcome>, &'static str> {
    match cell.to_lowercase().replace([' ', '_'], "-").as_str() {
        "" | "open" | "no" => Ok(None),
        "nfa" | "no-further-action" => Ok(Some(Outcome::CouldNotAct)),
        word => word.parse().map(Some).map_err(|_| {
            "the outcome is not one of: open, acted, could not act, duplicate, spam, malicious, not ours"
        }),
    }
}

#[cfg(test)]
mod tests;
