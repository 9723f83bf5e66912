//! `GET /audit` and `GET /audit.csv`: who did what, newest first. The register's log has nothing of
//! a tip. A supervisor also sees the log of a book that is open for the session.

use std::collections::BTreeSet;
use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;

use super::{Frame, Refusal, Screen, broken, oversight, page, refusal};
use crate::acting::Acting;
use crate::audit::{Action, Row, Wanted};
use crate::book::Book;
use crate::database::Error;
use crate::register::Register;
use crate::session::Signed;
use loke_core::clock::{Day, Zone};

/// Rows on a page, and those that a CSV file reads at once.
const PAGE: u32 = 100;
/// The word for the register's log in the URL.
const REGISTER: &str = "register";
const HEADINGS: [&str; 7] = [
    "row",
    "time",
    "account",
    "organisation",
    "action",
    "object",
    "detail",
];

/// The log and the filters, as they stand in the URL.
#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    log: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    organisation: String,
    #[serde(default)]
    action: String,
    #[serde(default)]
    book: String,
    #[serde(default)]
    day: String,
    #[serde(default)]
    before: String,
}

/// One log: the register's or an open book's.
enum Log {
    Register(Register),
    Book(Book),
}

impl Log {
    async fn rows(&self, wanted: &Wanted) -> Result<Vec<Row>, Error> {
        match self {
            Self::Register(register) => register.audit_rows(wanted).await,
            Self::Book(book) => book.audit_rows(wanted).await,
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Register(_) => REGISTER,
            Self::Book(book) => book.name(),
        }
    }
}

struct Choice {
    word: String,
    chosen: bool,
}

struct AuditLine {
    time: String,
    who: String,
    organisation: String,
    action: String,
    object: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "desk/audit.html")]
struct AuditPage {
    frame: Frame,
    /// Empty if there is only one to choose from.
    logs: Vec<Choice>,
    accounts: Vec<Choice>,
    organisations: Vec<Choice>,
    actions: Vec<Choice>,
    /// Empty in a book's own log.
    books: Vec<Choice>,
    day: String,
    rows: Vec<AuditLine>,
    /// The query of this page without its place, for the CSV file.
    query: String,
    next: Option<String>,
    first_page: bool,
}

/// `GET /audit`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let zone = screen.clock.zone();
    let log = log(&acting, &asked.log).await?;
    oversight::admit(&acting, &oversight::AUDIT, &format!("{}, page", log.name())).await?;
    let mut wanted = wanted(&asked, &zone)?;
    wanted.most = PAGE + 1;
    let mut rows = log.rows(&wanted).await.map_err(|e| broken(&e))?;
    let more = rows.len() > PAGE as usize;
    rows.truncate(PAGE as usize);
    let last = rows.last().filter(|_| more).map(|row| row.seq);
    let register = acting.register();
    let accounts = register.accounts().await.map_err(|e| broken(&e))?;
    let organisations: BTreeSet<String> = accounts
        .iter()
        .map(|account| account.organisation.clone())
        .collect();
    let accounts = accounts.into_iter().map(|account| account.name);
    let books = match &log {
        Log::Register(_) => register.books().await.map_err(|e| broken(&e))?,
        Log::Book(_) => Vec::new(),
    };
    let readable = acting
        .readable_logs()
        .iter()
        .map(|book| book.name().to_owned());
    let mut logs = choices(
        [REGISTER.to_owned()].into_iter().chain(readable),
        log.name(),
    );
    if logs.len() == 1 {
        logs.clear();
    }
    page(&AuditPage {
        frame: screen.frame(Some(&signed)),
        logs,
        accounts: choices(accounts.chain(["desk".to_owned()]), &asked.who),
        organisations: choices(organisations.into_iter(), &asked.organisation),
        actions: choices(
            Action::ALL.iter().map(|action| action.word().to_owned()),
            &asked.action,
        ),
        books: choices(books.into_iter().map(|book| book.name), &asked.book),
        rows: rows.iter().map(|row| line(row, &zone)).collect(),
        query: query(&asked, None),
        next: last.map(|seq| query(&asked, Some(seq))),
        first_page: wanted.before.is_none(),
        day: asked.day,
    })
}

/// `GET /audit.csv`: all rows that fit, not only those of one page.
pub(super) async fn csv(
    State(screen): State<Arc<Screen>>,
    acting: Acting,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let zone = screen.clock.zone();
    let log = log(&acting, &asked.log).await?;
    oversight::admit(
        &acting,
        &oversight::AUDIT,
        &format!("{}, CSV file", log.name()),
    )
    .await?;
    let wanted = Wanted {
        most: PAGE,
        before: None,
        ..wanted(&asked, &zone)?
    };
    let name = format!("audit-{}-{}.csv", log.name(), screen.clock.today());
    let start = Some((log, wanted, Some(HEADINGS.map(str::to_owned))));
    let chunks = stream::try_unfold(start, move |at| {
        let zone = zone.clone();
        async move {
            let Some((log, mut wanted, headings)) = at else {
                return Ok(None);
            };
            let rows = log.rows(&wanted).await.map_err(std::io::Error::other)?;
            let lines = rows.iter().map(|row| cells(row, &zone));
            let text = csv_text(headings.into_iter().chain(lines))?;
            wanted.before = rows.last().map(|row| row.seq);
            let is_last = rows.len() < PAGE as usize;
            Ok::<_, std::io::Error>(Some((text, (!is_last).then_some((log, wanted, None)))))
        }
    });
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, Body::from_stream(chunks)).into_response())
}

/// The log of this name. The answer is the same for a book that does not exist.
async fn log(acting: &Acting, name: &str) -> Result<Log, Refusal> {
    if name.is_empty() || name == REGISTER {
        return Ok(Log::Register(acting.register().clone()));
    }
    if let Some(book) = acting
        .readable_logs()
        .iter()
        .find(|book| book.name() == name)
    {
        return Ok(Log::Book(book.clone()));
    }
    acting.note_refused_log().await.map_err(|e| broken(&e))?;
    Err(refusal(
        StatusCode::NOT_FOUND,
        "Not here",
        "There is no such log, or it is not yours to read.",
    ))
}

/// The filters in the URL. A day that is no date is refused, since the page would show other days.
fn wanted(asked: &Asked, zone: &Zone) -> Result<Wanted, Refusal> {
    let text = |value: &str| (!value.is_empty()).then(|| value.to_owned());
    let between = match text(&asked.day) {
        None => None,
        Some(day) => {
            let day: Day = day.parse().map_err(|_| {
                let sentence = "Not a date (expected YYYY-MM-DD).";
                refusal(StatusCode::BAD_REQUEST, "Not a date", sentence)
            })?;
            Some((zone.at(day, 0), zone.at(day.plus(1), 0)))
        }
    };
    Ok(Wanted {
        who: text(&asked.who),
        organisation: text(&asked.organisation),
        action: text(&asked.action),
        object: text(&asked.book),
        between,
        before: asked.before.parse().ok(),
        most: 0,
    })
}

fn choices(words: impl Iterator<Item = String>, chosen: &str) -> Vec<Choice> {
    words
        .map(|word| Choice {
            chosen: word == chosen,
            word,
        })
        .collect()
}

fn query(asked: &Asked, before: Option<i64>) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    for (name, value) in [
        ("log", &asked.log),
        ("who", &asked.who),
        ("organisation", &asked.organisation),
        ("action", &asked.action),
        ("book", &asked.book),
        ("day", &asked.day),
    ] {
        if !value.is_empty() {
            query.append_pair(name, value);
        }
    }
    if let Some(before) = before {
        query.append_pair("before", &before.to_string());
    }
    query.finish()
}

/// Such as `2026-11-28 10:20`.
fn moment(at: i64, zone: &Zone) -> String {
    format!("{} {}", zone.day(at), zone.time(at))
}

fn line(row: &Row, zone: &Zone) -> AuditLine {
    AuditLine {
        time: moment(row.time, zone),
        who: row.who.clone(),
        organisation: row.organisation.clone(),
        action: row.action.clone(),
        object: row.object.clone(),
        detail: row.detail.clone(),
    }
}

fn cells(row: &Row, zone: &Zone) -> [String; 7] {
    let AuditLine {
        time,
        who,
        organisation,
        action,
        object,
        detail,
    } = line(row, zone);
    let cells = [
        row.seq.to_string(),
        time,
        who,
        organisation,
        action,
        object,
        detail,
    ];
    cells.map(inert)
}

/// A spreadsheet must not run a cell as a formula.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell
    }
}

fn csv_text(rows: impl Iterator<Item = [String; 7]>) -> Result<Vec<u8>, std::io::Error> {
    let mut text = csv::Writer::from_writer(Vec::new());
    for row in rows {
        text.write_record(&row)?;
    }
    text.into_inner().map_err(|e| e.into_error())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_of_the_csv_file_is_never_a_formula() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("main", "main"),
            ("", ""),
        ] {
            assert_eq!(inert(cell.to_owned()), written);
        }
    }
}
