//! Covering parts of a photo: a grid of checkboxes over it, and the photo as it leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::audit::Action;
use crate::covering::{self, NotDone};
use crate::open;
use crate::session::Signed;
use crate::viewing;
use loke_photo::cover::Square;

struct SquareView {
    column: usize,
    covered: bool,
}

#[derive(Template)]
#[template(path = "desk/cover.html")]
struct CoverPage {
    frame: Frame,
    name: String,
    photo: usize,
    rows: Vec<Vec<SquareView>>,
    covered: usize,
    by: String,
    ordered: bool,
}

/// The ticked squares: fields `square.ROW.COLUMN`. The button that removes all covers is `none`.
#[derive(Deserialize)]
pub(in crate::screen) struct CoverForm {
    none: Option<String>,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

/// `GET /tip/{name}/photo/{number}/cover`
pub(in crate::screen) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path((name, photo)): Path<(String, usize)>,
) -> Result<Response, Refusal> {
    let (book, id) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let grid = covering::grid(book, id, photo).await.map_err(not_shown)?;
    let cover = book.cover_of(id, photo).await.map_err(|e| broken(&e))?;
    let ordered = book.is_photo_ordered(id, photo).await;
    let squares = match &cover {
        Some(cover) => cover.squares().map_err(|e| broken(&e))?,
        None => BTreeSet::new(),
    };
    let row = |row: usize| {
        let square = |column: usize| SquareView {
            column,
            covered: squares.contains(&Square { row, column }),
        };
        (1..=grid.columns()).map(square).collect()
    };
    page(&CoverPage {
        frame: screen.frame(Some(&signed)),
        name,
        photo,
        rows: (1..=grid.rows()).map(row).collect(),
        covered: squares.len(),
        ordered: ordered.map_err(|e| broken(&e))?,
        by: cover.map_or_else(String::new, |cover| cover.who),
    })
}

/// `POST /tip/{name}/photo/{number}/cover`
pub(in crate::screen) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    Path((name, photo)): Path<(String, usize)>,
    OurForm(form): OurForm<CoverForm>,
) -> Result<Response, Refusal> {
    let (book, id) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let squares = match form.none {
        Some(_) => BTreeSet::new(),
        None => form.rest.keys().filter_map(|name| ticked(name)).collect(),
    };
    let count = squares.len();
    let (text, trouble) = match covering::store(book, id, photo, squares).await {
        Ok(()) if count == 0 => (format!("Nothing of photo {photo} is covered."), false),
        Ok(()) => {
            let squares = if count == 1 { "square" } else { "squares" };
            let text =
                format!("{count} {squares} of photo {photo} covered. See below how it leaves.");
            (text, false)
        }
        Err(e @ NotDone::Ordered) => (format!("{e}. Nothing was changed."), true),
        Err(e) => return Err(not_shown(e)),
    };
    screen.sessions.say(&signed, text, trouble);
    Ok(Redirect::to(&format!("/tip/{name}/photo/{photo}/cover")).into_response())
}

/// `GET /tip/{name}/photo/{number}/covered`: the photo as it leaves.
pub(in crate::screen) async fn covered(
    acting: Acting,
    Path((name, photo)): Path<(String, usize)>,
) -> Result<Response, Refusal> {
    let (book, id) = acting.find(&name).await.map_err(|e| words::not_shown(&e))?;
    let jpeg = covering::covered_photo(book, id, photo).await;
    let jpeg = jpeg.map_err(not_shown)?;
    let detail = format!("{}, as it leaves", open::photo_name(photo));
    book.record(Action::Photo, &id.to_string(), &detail)
        .await
        .map_err(|e| broken(&e))?;
    Ok(([(header::CONTENT_TYPE, "image/jpeg")], jpeg.to_vec()).into_response())
}

/// The square in the name of a checkbox.
fn ticked(name: &str) -> Option<Square> {
    let (row, column) = name.strip_prefix("square.")?.split_once('.')?;
    Some(Square {
        row: row.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// The refusal of a photo: the same as on its own page.
fn not_shown(error: NotDone) -> Refusal {
    match error {
        NotDone::View(viewing::Error::Database(e)) => words::not_shown(&e),
        NotDone::View(e @ (viewing::Error::NoPhoto(_) | viewing::Error::Illegal)) => {
            refusal(StatusCode::NOT_FOUND, "Not here", e.to_string())
        }
        NotDone::Photo(e) => refusal(StatusCode::BAD_REQUEST, "Not done", format!("{e}.")),
        e => broken(&e),
    }
}
