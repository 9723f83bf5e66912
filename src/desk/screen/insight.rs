//! `GET /insight`: figures of the open books. They count matters, and none is about one officer.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Frame, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::figures::{Days, Target, USUAL};
use crate::register::AccountRole;
use crate::session::Signed;
use loke_core::clock::Day;

struct LaneRow {
    lane: &'static str,
    tips: usize,
    matters: usize,
    routed: usize,
    to_route: String,
    to_act: String,
}

struct ClockRow {
    target: &'static str,
    met: usize,
    missed: usize,
    open: usize,
    overdue: usize,
    sent_in_time: usize,
    sent_late: usize,
}

struct Count {
    what: String,
    count: usize,
}

#[derive(Template)]
#[template(path = "desk/insight.html")]
struct Insight {
    frame: Frame,
    first: Day,
    last: Day,
    lanes: Vec<LaneRow>,
    clocks: Vec<ClockRow>,
    dispositions: Vec<Count>,
    closed: Vec<Count>,
    reports: i64,
    taken_from: i64,
    incidents: i64,
    is_supervisor: bool,
}

/// The period; a missing or wrong day is the usual one.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    from: String,
    until: String,
}

/// `GET /insight`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let last = asked.until.parse().unwrap_or(screen.clock().today());
    let usual = last.plus(-USUAL);
    let first = asked.from.parse().unwrap_or(usual).min(last);
    let figures = acting.figures(first, last).await.map_err(|e| broken(&e))?;
    let lanes = figures.lanes.iter().map(|(lane, of)| LaneRow {
        lane: words::lane(*lane),
        tips: of.tips,
        matters: of.matters,
        routed: of.routed,
        to_route: days(&of.days_to_route),
        to_act: days(&of.days_to_act),
    });
    let clocks = figures.clocks.iter().map(|(target, clock)| ClockRow {
        target: name(*target),
        met: clock.met,
        missed: clock.missed,
        open: clock.open,
        overdue: clock.overdue,
        sent_in_time: clock.sent_in_time,
        sent_late: clock.sent_late,
    });
    let dispositions = figures.dispositions.iter().map(|(choice, count)| Count {
        what: choice.in_words().to_owned(),
        count: *count,
    });
    let closed = figures.closed.iter().map(|(outcome, count)| Count {
        what: words::outcome(*outcome).to_owned(),
        count: *count,
    });
    page(&Insight {
        frame: screen.frame(Some(&signed)),
        first,
        last,
        lanes: lanes.collect(),
        clocks: clocks.collect(),
        dispositions: dispositions.collect(),
        closed: closed.collect(),
        reports: figures.reports,
        taken_from: figures.taken_from,
        incidents: figures.incidents,
        is_supervisor: acting.account().is(AccountRole::Supervisor),
    })
}

fn name(target: Target) -> &'static str {
    match target {
        Target::OffensiveGraffiti => "Offensive graffiti",
        Target::HighRisk => "Danger, a child, or safeguarding",
        Target::OtherGraffiti => "Other graffiti",
        Target::Standard => "Everything else",
    }
}

fn days(days: &Days) -> String {
    match (days.half, days.nine_of_ten) {
        (Some(half), Some(most)) => format!("{half} / {most} (of {})", days.of),
        _ => "–".to_owned(),
    }
}
