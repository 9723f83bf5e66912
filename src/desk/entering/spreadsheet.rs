//! The old spreadsheet, as CSV (RFC 4180): its columns are mapped to questions by name, and the
//! first rows are shown before anything is stored.

use std::collections::BTreeMap;

use super::Report;
use loke_core::clock::Day;
use loke_core::tip::{Topic, YesNo};

/// The questions that a column can answer.
pub const COLUMNS: [&str; 9] = [
    "day", "topic", "what", "where", "when", "danger", "child", "impact", "vehicle",
];
/// Most rows of one spreadsheet.
const ROWS: usize = 20_000;

/// Why a spreadsheet cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum NotRead {
    /// It is not CSV.
    #[error("the file is not a CSV table with one row of headings. Save the spreadsheet as CSV")]
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
    /// A row is invalid.
    #[error("row {row}: {why}. Nothing was stored")]
    Row {
        /// Its number, from 1 after the headings.
        row: usize,
        /// Why.
        why: String,
    },
}

/// A spreadsheet that was read.
#[derive(Debug)]
pub struct Sheet {
    /// Its reports.
    pub reports: Vec<Report>,
    /// Columns that no question has.
    pub left_out: Vec<String>,
}

/// Reads a table. `map` has `question=column` pairs; a question without one takes the column of the
/// same name. A row without a day gets `today`.
///
/// # Errors
/// [`NotRead`].
pub fn read(csv: &[u8], map: &[(String, String)], today: Day) -> Result<Sheet, NotRead> {
    let mut table = csv::ReaderBuilder::new()
        .trim(csv::Trim::All)
        .from_reader(csv);
    let headings = table.headers().map_err(|_| NotRead::NotCsv)?.clone();
    let all: Vec<&str> = headings.iter().collect();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for question in COLUMNS {
        let named = |name: &str| {
            all.iter()
                .position(|heading| heading.eq_ignore_ascii_case(name))
        };
        let given = map.iter().find(|(of, _)| of == question);
        let place = match given {
            Some((_, column)) => Some(
                named(column).ok_or_else(|| NotRead::NoColumn(column.clone(), all.join(", ")))?,
            ),
            None => named(question),
        };
        if let Some(place) = place {
            places.insert(question, place);
        }
    }
    if let Some((unknown, _)) = map.iter().find(|(of, _)| !COLUMNS.contains(&of.as_str())) {
        return Err(NotRead::NoQuestion(unknown.clone()));
    }
    if !places.contains_key("what") {
        return Err(NotRead::NoWords);
    }
    let mut reports = Vec::new();
    for (record, row) in table.records().zip(1..) {
        let record = record.map_err(|_| NotRead::Row {
            row,
            why: "it has another number of columns than the headings".into(),
        })?;
        if row > ROWS {
            let why = format!("more than {ROWS} rows. Split the file");
            return Err(NotRead::Row { row, why });
        }
        let cell = |question| {
            let place = places.get(question).copied();
            place
                .and_then(|place| record.get(place))
                .unwrap_or_default()
        };
        if record.iter().all(str::is_empty) {
            continue;
        }
        let wrong = |why: String| NotRead::Row { row, why };
        let day = match cell("day") {
            "" => today,
            day => day
                .parse()
                .map_err(|_| wrong("the day is not a date (expected YYYY-MM-DD)".into()))?,
        };
        let topic = match cell("topic") {
            "" => Topic::Other,
            topic => topic.to_lowercase().parse().map_err(|_| {
                wrong("the topic is not one of: graffiti, cuckooing, drugs, other".into())
            })?,
        };
        let mut report = Report::about(topic, cell("what"), day);
        report.place = cell("where").to_owned();
        report.when = cell("when").to_owned();
        report.impact = cell("impact").to_owned();
        report.vehicle = cell("vehicle").to_owned();
        report.danger = yes_no(cell("danger")).map_err(&wrong)?;
        report.child = yes_no(cell("child")).map_err(&wrong)?;
        // What is wrong in one row is known before anything is stored.
        report
            .clone()
            .into_tip(today)
            .map_err(|e| wrong(e.to_string()))?;
        reports.push(report);
    }
    let used: Vec<usize> = places.values().copied().collect();
    let left_out = all.iter().enumerate();
    let left_out = left_out.filter(|(place, _)| !used.contains(place));
    Ok(Sheet {
        reports,
        left_out: left_out.map(|(_, name)| (*name).to_owned()).collect(),
    })
}

fn yes_no(cell: &str) -> Result<Option<YesNo>, String> {
    match cell.to_lowercase().as_str() {
        "" => Ok(None),
        "yes" | "y" | "true" | "1" => Ok(Some(YesNo::Yes)),
        "no" | "n" | "false" | "0" => Ok(Some(YesNo::No)),
        "unsure" | "not sure" | "?" => Ok(Some(YesNo::Unsure)),
        _ => Err("danger and child are yes, no or unsure".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(20_780);

    fn map(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let pairs = pairs.iter();
        pairs
            .map(|(question, column)| ((*question).into(), (*column).into()))
            .collect()
    }

    #[test]
    fn columns_are_mapped_by_name_and_what_is_left_out_is_told() {
        let csv = "Date,Details,Street,Caller,Danger\n2026-11-02,\"Dealing, at night\",Mill Road,Mrs X,yes\n,Tag,,,\n";
        let map = map(&[("day", "Date"), ("what", "details"), ("where", "Street")]);
        let sheet = read(csv.as_bytes(), &map, TODAY).unwrap();
        assert_eq!(sheet.left_out, ["Caller"]);
        let [first, second] = sheet.reports.as_slice() else {
            panic!("two reports")
        };
        assert_eq!(
            (first.what.as_str(), first.place.as_str(), first.danger),
            ("Dealing, at night", "Mill Road", Some(YesNo::Yes))
        );
        assert_eq!(
            (first.received.to_string(), second.received),
            ("2026-11-02".into(), TODAY)
        );
    }

    #[test]
    fn a_bad_row_is_named_and_nothing_is_read() {
        for (csv, pairs, said) in [
            (
                "what,day\nx,yesterday\n",
                &[][..],
                "row 1: the day is not a date",
            ),
            (
                "what,where\nx,\n,Mill Road\n",
                &[],
                "row 2: say what was seen",
            ),
            ("what,danger\nx,maybe\n", &[], "row 1: danger and child are"),
            (
                "what,topic\nx,noise\n",
                &[],
                "row 1: the topic is not one of",
            ),
            ("a,b\nx\n", &[("what", "a")], "row 1: it has another number"),
            ("a,b\n1,2\n", &[], "which column has the words"),
            (
                "a\n1\n",
                &[("what", "c")],
                "no column \"c\". Its columns are: a",
            ),
            (
                "a\n1\n",
                &[("what", "a"), ("who", "a")],
                "\"who\" is not a question",
            ),
        ] {
            let error = read(csv.as_bytes(), &map(pairs), TODAY).unwrap_err();
            assert!(error.to_string().contains(said), "{csv:?}: {error}");
        }
    }
}
