//! The list: newest need first. And the button that collects now.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use indicatif::ProgressBar;

use super::session::Signed;
use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::desk::audit::Action;
use crate::desk::casebook::{Glance, Status};
use crate::desk::pull::{self, Tally};
use crate::tip::{Priority, TipId};

/// Most tips on the page: the rest show as these are dealt with.
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
    photos: i64,
    first_words: String,
}

#[derive(Template)]
#[template(path = "desk/list.html")]
struct List {
    frame: Frame,
    summary: String,
    troubles: Vec<String>,
    rows: Vec<Row>,
}

/// `GET /`
pub(super) async fn show(State(screen): State<Arc<Screen>>, signed: Signed) -> Result<Response, Refusal> {
    let casebook = &screen.casebook;
    // The first words of each tip are on the page, so it counts as looking at them.
    casebook.record(Action::View, "list", "").await.map_err(|e| broken(&e))?;
    let counts = casebook.counts().await.map_err(|e| broken(&e))?;
    let rows = casebook.glance(MOST).await.map_err(|e| broken(&e))?;
    let mut summary = match (counts.all, counts.new) {
        (0, _) => String::new(),
        (all, 0) => format!("{all} in all, none unread."),
        (all, new) => format!("{new} unread of {all}."),
    };
    if counts.all > i64::from(MOST) {
        summary.push_str(&format!(" The first {MOST} are shown."));
    }
    let troubles = counts.stuck.then(|| "A partner's copy could not be delivered and needs you: open the tips marked Routed.".to_owned());
    page(&List { frame: screen.frame(Some(&signed)), summary, troubles: troubles.into_iter().collect(), rows: rows.into_iter().map(row).collect() })
}

/// `POST /collect`
pub(super) async fn collect(State(screen): State<Arc<Screen>>, signed: Signed, OurForm(()): OurForm<()>) -> Response {
    let (text, trouble) = match pull::once(&screen.casebook, &screen.identities, &ProgressBar::hidden()).await {
        Ok(tally) => (collected(&tally), tally.needs_a_person()),
        Err(e) => (e.to_string(), true),
    };
    screen.sessions.say(&signed, text, trouble);
    Redirect::to("/").into_response()
}

/// What a pull did, in a sentence or a few.
fn collected(tally: &Tally) -> String {
    let new = match tally.collected {
        0 => "Nothing new.".to_owned(),
        1 => "1 new tip.".to_owned(),
        n => format!("{n} new tips."),
    };
    [new].into_iter().chain(tally.troubles()).collect::<Vec<_>>().join(" ")
}

fn row(glance: Glance) -> Row {
    Row {
        id: glance.id,
        topic: words::topic(glance.topic),
        lane: words::lane(glance.lane),
        priority: glance.priority,
        urgency: words::urgency(glance.priority),
        day: words::day(&glance.received),
        status: status(glance.status),
        unread: glance.status == Status::New,
        routed: glance.status == Status::Routed,
        danger: glance.danger,
        child: glance.child,
        photos: glance.photos,
        first_words: words::first_words(&glance.words),
    }
}

/// How far a tip has come, in a word.
pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::New => "Unread",
        Status::Read => "Read",
        Status::Routed => "Routed",
    }
}
