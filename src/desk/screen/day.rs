//! `GET /day`: the morning sheet, for the screen and for paper: what came, what is due today, what
//! waits for whom, what changed. Names and places without the writers' words.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::book::{Filter, QueueRow, View};
use crate::session::Signed;

/// Most rows of one part. The heading has the whole count.
const MOST: usize = 100;

struct Line {
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
    lines: Vec<Line>,
}

#[derive(Template)]
#[template(path = "desk/day.html")]
struct DaySheet {
    frame: Frame,
    day: String,
    parts: Vec<Part>,
}

/// `GET /day`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
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
    let yesterday = today.plus(-1).to_string();
    let came = open.iter().filter(|row| row.received >= yesterday);
    let due = open
        .iter()
        .filter(|row| row.deadline.is_some_and(|at| at < midnight));
    let waiting = rows(View::Waiting).await?;
    let changed = rows(View::Changed).await?;
    let second = rows(View::SecondLook).await?;
    let ring = rows(View::RingFirst).await?;
    let parts = vec![
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
                    .as_deref()
                    .map(words::day)
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
    ];
    page(&DaySheet {
        frame: screen.frame(Some(&signed)),
        day: words::day(&today.to_string()),
        parts,
    })
}

fn part<'a>(
    heading: &'static str,
    view: View,
    rows: impl Iterator<Item = &'a QueueRow>,
    more: impl Fn(&QueueRow) -> String,
) -> Part {
    let rows: Vec<&QueueRow> = rows.collect();
    let lines = rows.iter().take(MOST).map(|row| Line {
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
