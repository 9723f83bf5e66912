//! `/reports`: the reports of the person's partner, the newest day first. Each is opened in memory for
//! this one page.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::accounts::Reader;
use super::opened::{Frame, OpenedReport};
use super::replaced::{self, Replacement};
use super::report::opened_title;
use super::store::Filed;
use super::{PartnerPage, broken, html};
use crate::viewing::day_in_words as day;

/// Reports of one page.
const PER_PAGE: usize = 20;

struct FiledLine {
    reference: String,
    day: String,
    title: String,
    place: String,
    urgency: &'static str,
    /// Whether a later report withdraws or corrects it. Empty if none does.
    mark: &'static str,
    /// The last answer.
    said: String,
    is_readable: bool,
}

#[derive(Template)]
#[template(path = "partners/reports.html")]
struct Reports {
    frame: Frame,
    lines: Vec<FiledLine>,
    count: usize,
    page: usize,
    pages: usize,
    fingerprint: String,
}

/// The page of the list, from 1.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default = "first")]
    page: usize,
}

fn first() -> usize {
    1
}

/// `GET /reports`
pub(super) async fn get(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    asked: Result<Query<Asked>, axum::extract::rejection::QueryRejection>,
) -> Response {
    if page.accounts.is_none() {
        return Redirect::to("/").into_response();
    }
    let asked = asked.map_or(1, |Query(asked)| asked.page.max(1));
    let listed = {
        let (page, reader) = (Arc::clone(&page), reader.clone());
        tokio::task::spawn_blocking(move || list(&page, &reader, asked)).await
    };
    let Ok(Some((lines, count))) = listed else {
        return broken("the reports were not read");
    };
    let shown = Reports {
        frame: Frame::of(&page, &reader),
        lines,
        count,
        page: asked,
        pages: count.div_ceil(PER_PAGE),
        fingerprint: reader.fingerprint,
    };
    html(StatusCode::OK, &shown)
}

/// The lines of one page, and how many reports there are.
fn list(page: &PartnerPage, reader: &Reader, asked: usize) -> Option<(Vec<FiledLine>, usize)> {
    let store = &page.accounts.as_ref()?.store;
    let filed = store.reports(&reader.partner).ok()?;
    let count = filed.len();
    let skipped = (asked - 1).saturating_mul(PER_PAGE);
    let filed: Vec<Filed> = filed.into_iter().skip(skipped).take(PER_PAGE).collect();
    // The newest day is first.
    let first_day = filed.last().map_or("", |filed| filed.day.as_str());
    let replaced = replaced::since(store, reader, first_day).ok()?;
    let mut lines = Vec::new();
    for filed in filed {
        let reference = filed.reference;
        let sealed = store.report(&reader.partner, &reference).ok()??;
        let opened = OpenedReport::open(&reader.member, &sealed).ok();
        let said = store
            .said(&reader.partner, &reference, &reader.member)
            .ok()?;
        lines.push(FiledLine {
            title: match &opened {
                Some(opened) => opened_title(&opened.report).to_owned(),
                None => "Not for your key".to_owned(),
            },
            place: opened
                .as_ref()
                .and_then(|opened| opened.report.place.clone())
                .unwrap_or_default(),
            urgency: opened.as_ref().map_or("", |opened| opened.urgency()),
            said: said
                .last()
                .map(|said| format!("{}, {}", said.choice.label(), day(&said.day)))
                .unwrap_or_default(),
            is_readable: opened.is_some(),
            mark: replaced.get(&reference).map_or("", Replacement::mark),
            day: day(&filed.day),
            reference,
        });
    }
    Some((lines, count))
}
