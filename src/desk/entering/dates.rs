//! The days of an old spreadsheet: 2026-05-03, 03/05/2026, 3.5.26 or "3 May 2026". The order of day and
//! month is decided for the whole column, and never guessed: 03/05/2026 alone does not tell it.

use std::str::FromStr;

use loke_core::clock::Day;

/// The order of the parts of a date in figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// 31/12/2026, as in the United Kingdom.
    DayFirst,
    /// 12/31/2026.
    MonthFirst,
}

impl FromStr for Order {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "day-first" => Ok(Self::DayFirst),
            "month-first" => Ok(Self::MonthFirst),
            _ => Err("write day-first or month-first"),
        }
    }
}

impl Order {
    const fn in_words(self) -> &'static str {
        match self {
            Self::DayFirst => "day first",
            Self::MonthFirst => "month first",
        }
    }

    /// Day and month of the two first figures.
    const fn of(self, first: u32, second: u32) -> (u32, u32) {
        match self {
            Self::DayFirst => (first, second),
            Self::MonthFirst => (second, first),
        }
    }
}

/// Months by the first three letters of their English names.
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// A date whose order may be open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Written {
    /// Only one day can be meant.
    Plain(Day),
    /// Two figures, then the year.
    Figures(u32, u32, u32),
}

/// Why a column of dates cannot be read. Each names the lines that say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadDates {
    /// Both orders are possible.
    #[error(
        "the dates can be read day first or month first (line {0}). Say which: --dates day-first, or --dates month-first"
    )]
    Ambiguous(u64),
    /// One order fits some rows and the other order fits others.
    #[error(
        "line {0} is a date with the day first, and line {1} is one with the month first. Make them alike"
    )]
    Mixed(u64, u64),
}

/// How the dates of a column are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reading {
    order: Option<Order>,
    /// The line that shows it.
    line: Option<u64>,
}

impl Reading {
    /// Decides for a column of cells, each with its line. `given` is the officer's own answer.
    pub(super) fn of<'a>(
        cells: impl Iterator<Item = (u64, &'a str)>,
        given: Option<Order>,
    ) -> Result<Self, BadDates> {
        let (mut day_first, mut month_first, mut open) = (None, None, None);
        for (line, cell) in cells {
            let Some(Written::Figures(first, second, _)) = written(cell) else {
                continue;
            };
            match (first > 12, second > 12) {
                (true, false) => day_first = day_first.or(Some(line)),
                (false, true) => month_first = month_first.or(Some(line)),
                (false, false) if first != second => open = open.or(Some(line)),
                _ => {}
            }
        }
        let (order, line) = match (given, day_first, month_first) {
            (Some(order), ..) => (Some(order), None),
            (None, Some(day), Some(month)) => return Err(BadDates::Mixed(day, month)),
            (None, Some(line), None) => (Some(Order::DayFirst), Some(line)),
            (None, None, Some(line)) => (Some(Order::MonthFirst), Some(line)),
            (None, None, None) => match open {
                Some(line) => return Err(BadDates::Ambiguous(line)),
                // 05/05/2026 is one day in either order.
                None => (None, None),
            },
        };
        Ok(Self { order, line })
    }

    /// The day of a cell; `None` if it is not a date in this order.
    pub(super) fn day(self, cell: &str) -> Option<Day> {
        match written(cell)? {
            Written::Plain(day) => Some(day),
            Written::Figures(first, second, year) => {
                let order = self.order.unwrap_or(Order::DayFirst);
                let (day, month) = order.of(first, second);
                on(year, month, day)
            }
        }
    }

    /// How the column is read, for the preview; `None` if no date of it is open.
    pub(super) fn in_words(self) -> Option<String> {
        let order = self.order?.in_words();
        Some(match self.line {
            Some(line) => format!("{order}, as line {line} shows"),
            None => format!("{order}, as you said"),
        })
    }
}

fn written(cell: &str) -> Option<Written> {
    let lower = cell.to_lowercase();
    let parts: Vec<&str> = lower
        .split(|c: char| c.is_whitespace() || matches!(c, '/' | '.' | '-' | ',' | '\u{2013}'))
        .filter(|part| !part.is_empty())
        .collect();
    // A spreadsheet adds midnight to a day.
    let parts = match parts.as_slice() {
        [date @ .., time] if is_time(time) => date,
        all => all,
    };
    // "Sun 3 May 2026"
    let parts = match parts {
        [weekday, date @ ..] if date.len() == 3 && is_weekday(weekday) => date,
        all => all,
    };
    let [first, second, third] = parts else {
        return None;
    };
    if first.len() == 4 && figure(first).is_some() {
        let day = on(figure(first)?, figure(second)?, figure(third)?)?;
        return Some(Written::Plain(day));
    }
    let year = year(third)?;
    match (month(first), month(second)) {
        (None, Some(month)) => on(year, month, ordinal(first)?).map(Written::Plain),
        (Some(month), None) => on(year, month, ordinal(second)?).map(Written::Plain),
        _ => Some(Written::Figures(figure(first)?, figure(second)?, year)),
    }
}

/// At most four figures.
fn figure(text: &str) -> Option<u32> {
    let is_figure = text.len() <= 4 && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| is_figure)
}

/// A year of four figures, or of two in this century.
fn year(text: &str) -> Option<u32> {
    match text.len() {
        4 => figure(text),
        2 => figure(text).map(|year| 2_000 + year),
        _ => None,
    }
}

/// `3`, `3rd`.
fn ordinal(text: &str) -> Option<u32> {
    let bare = ["st", "nd", "rd", "th"]
        .iter()
        .find_map(|end| text.strip_suffix(end));
    figure(bare.unwrap_or(text))
}

fn month(text: &str) -> Option<u32> {
    let known = [
        "january", "february", "march", "april", "may", "june", "july",
    ];
    let more = [
        "august",
        "september",
        "october",
        "november",
        "december",
        "sept",
    ];
    let short = text.get(..3)?;
    let is_month = text.len() == 3 || known.iter().chain(&more).any(|name| *name == text);
    let at = MONTHS.iter().position(|month| *month == short)?;
    u32::try_from(at + 1).ok().filter(|_| is_month)
}

fn is_weekday(text: &str) -> bool {
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
        .iter()
        .any(|day| text.starts_with(day))
        && text.bytes().all(|b| b.is_ascii_alphabetic())
}

/// `00:00`, `14:30:00`.
fn is_time(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|b| b.is_ascii_digit() || b == b':')
}

/// A day of the calendar.
fn on(year: u32, month: u32, day: u32) -> Option<Day> {
    format!("{year:04}-{month:02}-{day:02}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str], given: Option<Order>) -> Result<Vec<Option<String>>, BadDates> {
        let lines = cells
            .iter()
            .copied()
            .zip(2..)
            .map(|(cell, line)| (line, cell));
        let reading = Reading::of(lines, given)?;
        let day = |cell: &&str| reading.day(cell).map(|day| day.to_string());
        Ok(cells.iter().map(day).collect())
    }

    #[test]
    fn a_date_is_read_in_every_spelling_of_a_british_spreadsheet() {
        for cell in [
            "2026-05-13",
            "2026/5/13",
            "13/05/2026",
            "13/5/26",
            "13.5.26",
            "13.05.2026",
            "13-05-2026",
            "13 May 2026",
            "13th May 2026",
            "13-May-26",
            "Wed 13 May 2026",
            "Wednesday, 13 May 2026",
            "May 13, 2026",
            "13/05/2026 00:00",
            "13/05/2026 00:00:00",
        ] {
            assert_eq!(
                read(&[cell], None).unwrap(),
                [Some("2026-05-13".into())],
                "{cell}"
            );
        }
        for cell in [
            "yesterday",
            "2026",
            "13/05",
            "13/13/2026",
            "31/02/2026",
            "0/5/2026",
            "32 May 2026",
            "13 Mayor 2026",
            "13/05/126",
            "45000",
            "13/05/2026/1",
            "1e3/5/26",
            "٣/٥/٢٠٢٦",
        ] {
            let day = read(&[cell], Some(Order::DayFirst)).unwrap();
            assert_eq!(day, [None], "{cell}");
        }
    }

    #[test]
    fn the_order_of_day_and_month_is_decided_for_the_column_and_never_guessed() {
        let ambiguous = ["2026-05-03", "03/05/2026", "5/5/26"];
        assert_eq!(read(&ambiguous, None), Err(BadDates::Ambiguous(3)));
        let day = |order| read(&ambiguous, Some(order)).unwrap()[1].clone().unwrap();
        assert_eq!(day(Order::DayFirst), "2026-05-03");
        assert_eq!(day(Order::MonthFirst), "2026-03-05");
        // One row that can be read in one way decides for all of them.
        let decided = read(&["03/05/2026", "31/05/2026"], None).unwrap();
        assert_eq!(decided[0].as_deref(), Some("2026-05-03"));
        let american = read(&["03/05/2026", "05/31/2026"], None).unwrap();
        assert_eq!(american[0].as_deref(), Some("2026-03-05"));
        let mixed = read(&["31/05/2026", "05/31/2026"], None);
        assert_eq!(mixed, Err(BadDates::Mixed(2, 3)));
        // A date that is the same in either order needs no answer.
        assert_eq!(
            read(&["05/05/2026"], None).unwrap(),
            [Some("2026-05-05".into())]
        );
        // An answer that the column contradicts leaves that row unread.
        let wrong = read(&["31/05/2026"], Some(Order::MonthFirst)).unwrap();
        assert_eq!(wrong, [None]);
    }
}
