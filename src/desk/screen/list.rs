//! The list of tips, sorted by urgency, and the button that collects now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use indicatif::ProgressBar;

use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::book::{Glance, Status};
use crate::pull::{self, Collector, Tally};
use crate::session::Signed;
use loke_core::tip::{Priority, TipId};

/// Most lines on the page. The rest appear after these are routed.
const MOST: u32 = 300;

struct Row {
    id: TipId,
    topic: &'static str,
    lane: &'static str,
    priority: Priority,
    urgency: &'static str,
    day: String,
    status: &'static str,
    unread: bool,
    routed: bool,
    danger: bool,
    child: bool,
    texts: usize,
    photos: i64,
    first_words: String,
}

#[derive(Template)]
#[template(path = "desk/list.html")]
struct List {
    frame: Frame,
    summary: String,
    /// The id of a tip whose copy is stuck.
    stuck: Option<String>,
    rows: Vec<Row>,
}

/// `GET /`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let (mut all, mut new) = (0, 0);
    for book in acting.books() {
        // The page shows the first words of each tip, so this counts as viewing them.
        book.record(Action::View, "list", "")
            .await
            .map_err(|e| broken(&e))?;
        let counts = book.counts().await.map_err(|e| broken(&e))?;
        all += counts.all;
        new += counts.new;
    }
    let names: Vec<String> = acting.books().iter().map(|b| b.name().to_owned()).collect();
    let stuck = acting.register().stuck_copy(&names).await;
    let stuck = stuck.map_err(|e| broken(&e))?;
    let rows = acting.glance(MOST).await.map_err(|e| broken(&e))?;
    let mut summary = match (all, new) {
        (0, _) => String::new(),
        (all, 0) => format!("{all} in all, none unread."),
        (all, new) => format!("{new} unread of {all}."),
    };
    if rows.len() == MOST as usize {
        summary.push_str(&format!(" The first {MOST} are shown."));
    }
    page(&List {
        frame: screen.frame(Some(&signed)),
        summary,
        stuck: stuck.map(|tip| tip.to_string()),
        rows: rows.iter().filter_map(|texts| row(texts)).collect(),
    })
}

/// `POST /collect`
pub(super) async fn collect(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(()): OurForm<()>,
) -> Result<Response, Refusal> {
    let into = Collector::of(&acting).await.map_err(|e| broken(&e))?;
    let outcome = pull::once(&into, &ProgressBar::hidden()).await;
    screen.note_collected(&outcome);
    // A failure is on every page, in red: no sentence may contradict it.
    if let Ok(tally) = &outcome
        && (tally.collected > 0 || !tally.needs_a_person())
    {
        screen.sessions.say(&signed, collected(tally), false);
    }
    Ok(Redirect::to("/").into_response())
}

/// The number of new tips, as a sentence.
fn collected(tally: &Tally) -> String {
    match tally.collected {
        0 => "Nothing new.".to_owned(),
        1 => "1 new tip.".to_owned(),
        n => format!("{n} new tips."),
    }
}

/// One line for a tip, or for the texts of a thread: it has the urgency and the words of the most
/// urgent text, and is unread if any text is. `texts` has the oldest day first.
fn row(texts: &[Glance]) -> Option<Row> {
    let (first, last) = (texts.first()?, texts.last()?);
    let urgent = texts.iter().min_by_key(|text| text.priority)?;
    let of = |wanted: Status| texts.iter().filter(|text| text.status == wanted).count();
    let (unread, routed) = (of(Status::New) > 0, of(Status::Routed));
    Some(Row {
        id: first.id,
        topic: words::topic(urgent.topic),
        lane: words::lane(urgent.lane),
        priority: urgent.priority,
        urgency: words::urgency(urgent.priority),
        day: words::day(&last.received),
        status: match routed {
            _ if unread => status(Status::New),
            0 => status(Status::Read),
            n if n < texts.len() => "Sent in part",
            _ => status(Status::Routed),
        },
        unread,
        routed: routed == texts.len(),
        danger: texts.iter().any(|text| text.danger),
        child: texts.iter().any(|text| text.child),
        texts: texts.len(),
        photos: texts.iter().map(|text| text.photos).sum(),
        first_words: words::first_words(&urgent.words),
    })
}

/// The word for a status.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::New => "Unread",
        Status::Read => "Read",
        Status::Routed => "Sent",
    }
}
