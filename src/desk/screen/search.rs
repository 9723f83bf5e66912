//! `GET /search?q=`: full text over all open books, the newest first.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::book::{Hit, Search};
use crate::session::Signed;
use loke_core::tip::Lane;

/// Hits on a page.
const PAGE: u32 = 25;
/// Longest question, in characters.
const LONGEST: usize = 200;

/// The question, as it stands in the URL.
#[derive(Deserialize, Default)]
pub(super) struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    lane: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    since: String,
    best: Option<String>,
    /// Where each book goes on: `BOOK:HIT`, with commas between.
    #[serde(default)]
    after: String,
}

struct Choice {
    word: &'static str,
    label: &'static str,
    chosen: bool,
}

struct Found {
    name: String,
    topic: &'static str,
    lane: &'static str,
    day: String,
    state: &'static str,
    snippet: Vec<(String, bool)>,
}

#[derive(Template)]
#[template(path = "desk/search.html")]
struct SearchPage {
    frame: Frame,
    q: String,
    lanes: Vec<Choice>,
    states: Vec<Choice>,
    since: String,
    best: bool,
    asked: bool,
    found: Vec<Found>,
    next: Option<String>,
}

/// `GET /search?q=`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let q: String = asked.q.trim().chars().take(LONGEST).collect();
    // A name that was said on a phone leads to its tip.
    let named = acting.register().named(&q.replace(' ', "-")).await;
    if let Some((id, _)) = named.map_err(|e| broken(&e))?
        && acting.book_of(id).await.is_ok()
    {
        let name = words::name_of(&acting, id).await?;
        return Ok(Redirect::to(&format!("/tip/{name}")).into_response());
    }
    let wanted = Search {
        words: q.clone(),
        lane: asked.lane.parse().ok(),
        state: asked.state.parse().ok(),
        since: asked.since.parse().ok(),
        best: asked.best.is_some(),
        before: None,
        most: PAGE,
    };
    let after = places(&asked.after);
    let (found, next) = if q.is_empty() {
        (Vec::new(), None)
    } else {
        acting
            .search(&wanted, &after)
            .await
            .map_err(|e| broken(&e))?
    };
    let more = next.map(|places| {
        let places = places.iter().map(|(book, hit)| format!("{book}:{hit}"));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query
            .append_pair("q", &q)
            .append_pair("lane", &asked.lane)
            .append_pair("state", &asked.state)
            .append_pair("since", &asked.since)
            .append_pair("after", &places.collect::<Vec<_>>().join(","));
        query.finish()
    });
    page(&SearchPage {
        frame: screen.frame(Some(&signed)),
        asked: !q.is_empty(),
        q,
        lanes: Lane::ALL
            .iter()
            .map(|lane| Choice {
                word: lane.word(),
                label: words::lane(*lane),
                chosen: wanted.lane == Some(*lane),
            })
            .collect(),
        states: crate::book::State::ALL
            .iter()
            .map(|state| Choice {
                word: state.word(),
                label: words::state(*state),
                chosen: wanted.state == Some(*state),
            })
            .collect(),
        since: asked.since,
        best: wanted.best,
        found: found.into_iter().map(found_row).collect(),
        next: more,
    })
}

fn found_row(hit: Hit) -> Found {
    Found {
        name: hit.name,
        topic: words::topic(hit.topic),
        lane: words::lane(hit.lane),
        day: words::day(&hit.received),
        state: words::state(hit.state),
        snippet: hit.snippet,
    }
}

/// Reads where each book goes on.
fn places(after: &str) -> BTreeMap<String, i64> {
    after
        .split(',')
        .filter_map(|place| {
            let (book, hit) = place.split_once(':')?;
            Some((book.to_owned(), hit.parse().ok()?))
        })
        .collect()
}
