//! `GET /day`: the sheet of the day, for the screen, for paper and for handing over: what came, what
//! is due today, what waits for whom, what changed, which reports need somebody. Names and places
//! without the writers' words. `GET /day/hand-over.pdf` is the same as a document.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};

use super::{Frame, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Filter, QueueRow, View};
use crate::documents::day::{self, Sheet, SheetLine, SheetPart};
use crate::session::Signed;
use loke_core::clock::Zone;

/// Most rows of one part. The heading has the whole count.
const MOST: usize = 100;

struct DayLine {
    name: String,
    topic: &'static str,
    place: String,
    urgent: bool,
    owner: String,
    more: String,
}

struct Part {
    heading: &'static str,
    view: &'static str,
    count: usize,
    lines: Vec<DayLine>,
}

#[derive(Template)]
#[template(path = "desk/day.html")]
struct DaySheet {
    frame: Frame,
    day: String,
    parts: Vec<Part>,
    reports: Vec<ReportLine>,
}

/// A report that needs somebody.
struct ReportLine {
    name: String,
    partner: String,
    reference: String,
    sentence: String,
}

/// `GET /day`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let today = screen.clock().today();
    page(&DaySheet {
        frame: screen.frame(Some(&signed)),
        day: words::day(&today),
        parts: parts(&screen, &acting).await?,
        reports: reports(&acting, &screen.clock().zone(), screen.clock.now()).await?,
    })
}

/// `GET /day/{file}`: the sheet as PDF, text or CSV. Each book that it lists has the export in its
/// log.
pub(super) async fn file(
    State(screen): State<Arc<Screen>>,
    acting: Acting,
    Path(file): Path<String>,
) -> Result<Response, Refusal> {
    let kind = match file.as_str() {
        "hand-over.pdf" => "application/pdf",
        "hand-over.txt" => "text/plain; charset=utf-8",
        "hand-over.csv" => "text/csv; charset=utf-8",
        _ => return Err(words::no_such_tip()),
    };
    let mut sheet = Sheet {
        day: screen.clock().today(),
        by: acting.account().name.clone(),
        parts: Vec::new(),
    };
    for part in parts(&screen, &acting).await? {
        let lines = part.lines.into_iter().map(|line| SheetLine {
            tip: line.name,
            about: line.topic.to_owned(),
            place: line.place,
            who: line.owner,
            when: line.more,
            urgent: line.urgent,
            ..SheetLine::default()
        });
        sheet.parts.push(SheetPart {
            view: part.view.to_owned(),
            count: part.count,
            lines: lines.collect(),
        });
    }
    let stuck = reports(&acting, &screen.clock().zone(), screen.clock.now()).await?;
    sheet.parts.push(SheetPart {
        view: "reports".to_owned(),
        count: stuck.len(),
        lines: stuck
            .into_iter()
            .map(|report| SheetLine {
                tip: report.name,
                partner: report.partner,
                reference: report.reference,
                when: report.sentence,
                ..SheetLine::default()
            })
            .collect(),
    });
    for book in acting.books() {
        book.record(Action::View, book.name(), &format!("export of {file}"))
            .await
            .map_err(|e| broken(&e))?;
    }
    let wordings = acting.register().documents();
    // Setting the type takes a tenth of a second.
    let made = tokio::task::spawn_blocking(move || day::render(&sheet, &wordings.day));
    let made = made.await.map_err(|e| broken(&e))?;
    let made = made.map_err(|e| broken(&e))?;
    let bytes = match kind {
        "application/pdf" => made.pdf,
        "text/csv; charset=utf-8" => made.csv.into_bytes(),
        _ => made.text.into_bytes(),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{file}\""),
        ),
    ];
    Ok((headers, bytes).into_response())
}

async fn parts(screen: &Screen, acting: &Acting) -> Result<Vec<Part>, Refusal> {
    let clock = screen.clock();
    let (today, zone) = (clock.today(), clock.zone());
    let (_, midnight) = zone.day_around(clock.now());
    let clocks = acting.register().clocks();
    let left = |row: &QueueRow| {
        let left = row.deadline.map(|at| clocks.left(&zone, clock.now(), at));
        left.unwrap_or_default()
    };
    let rows = async |view| {
        let filter = Filter {
            view,
            ..Filter::default()
        };
        acting.queue(&filter).await.map_err(|e| broken(&e))
    };
    let open = rows(View::Open).await?;
    let yesterday = today.plus(-1);
    let came = open.iter().filter(|row| row.received >= yesterday);
    let due = open
        .iter()
        .filter(|row| row.deadline.is_some_and(|at| at < midnight));
    let waiting = rows(View::Waiting).await?;
    let changed = rows(View::Changed).await?;
    let second = rows(View::SecondLook).await?;
    let ring = rows(View::RingFirst).await?;
    Ok(vec![
        part("Ring first", View::RingFirst, ring.iter(), left),
        part(
            "Danger",
            View::Danger,
            open.iter().filter(|r| r.danger),
            left,
        ),
        part("Due today or overdue", View::Overdue, due, left),
        part(
            "Waits for a second person",
            View::SecondLook,
            second.iter(),
            |row| {
                let by = row.proposed_by.as_deref().unwrap_or_default();
                format!("{by} decided")
            },
        ),
        part("Waits for somebody", View::Waiting, waiting.iter(), |row| {
            format!(
                "{}, until {}",
                row.waiting_for.as_deref().unwrap_or_default(),
                row.waiting_until
                    .map(|day| words::day(&day))
                    .unwrap_or_default()
            )
        }),
        part("Came since yesterday", View::Open, came, |row| {
            words::day(&row.received)
        }),
        part(
            "Changed since you looked",
            View::Changed,
            changed.iter(),
            left,
        ),
    ])
}

/// The reports that should not be with a partner, those that do not arrive, and withdrawals that
/// nobody has confirmed.
async fn reports(acting: &Acting, zone: &Zone, now: i64) -> Result<Vec<ReportLine>, Refusal> {
    let mut lines = Vec::new();
    for book in acting.books() {
        for wrong in book.to_withdraw(None).await.map_err(|e| broken(&e))? {
            lines.push(ReportLine {
                name: words::name_of(acting, wrong.tip).await?,
                partner: wrong.partner,
                reference: wrong.reference,
                sentence: words::why_withdraw(wrong.why).to_owned(),
            });
        }
        let most = u32::try_from(MOST).unwrap_or(u32::MAX);
        let outbox = acting.register().outbox(book.name(), most).await;
        for report in outbox.map_err(|e| broken(&e))? {
            let unconfirmed =
                report.done.is_some() && report.replaces.is_some() && report.confirmed_at.is_none();
            let stuck = report.done.is_none() && report.problem.is_some();
            if unconfirmed || stuck {
                let (_, sentence) = words::delivery(&report, zone, now);
                lines.push(ReportLine {
                    name: words::name_of(acting, report.tip).await?,
                    partner: report.partner,
                    reference: report.reference,
                    sentence,
                });
            }
        }
    }
    Ok(lines)
}

fn part<'a>(
    heading: &'static str,
    view: View,
    rows: impl Iterator<Item = &'a QueueRow>,
    more: impl Fn(&QueueRow) -> String,
) -> Part {
    let rows: Vec<&QueueRow> = rows.collect();
    let lines = rows.iter().take(MOST).map(|row| DayLine {
        name: row.name.clone(),
        topic: words::topic(row.topic),
        place: row.place.clone().unwrap_or_default(),
        urgent: row.danger,
        owner: row.owner.clone().unwrap_or_else(|| "nobody".to_owned()),
        more: more(row),
    });
    Part {
        heading,
        view: view.word(),
        count: rows.len(),
        lines: lines.collect(),
    }
}
