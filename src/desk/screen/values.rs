//! `GET /values` and `POST /values`: the values that tie tips of an open book together. An officer says
//! that one ties strangers, and takes that back.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal, words};
use crate::acting::Acting;
use crate::book::{Book, Linked};
use crate::session::Signed;
use crate::text::values::ValueKind;

/// Values of one page, and tips that are named beside one.
const PAGE: u32 = 50;
const TIPS: u32 = 5;

struct Value {
    kind: ValueKind,
    about: &'static str,
    normal: String,
    shown: String,
    /// The names of its newest tips, and how many more there are.
    tips: Vec<String>,
    more: i64,
    ignored_by: String,
}

/// The values of one book.
struct OfBook {
    book: String,
    linked: Vec<Value>,
    ignored: Vec<Value>,
    /// The last value of the page, if there are more.
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/values.html")]
struct ValuesPage {
    frame: Frame,
    books: Vec<OfBook>,
}

/// The book whose list goes on, and the value after which it does: KIND:VALUE.
#[derive(Deserialize, Default)]
pub(super) struct From {
    #[serde(default)]
    book: String,
    #[serde(default)]
    after: String,
}

/// `GET /values`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    from: Result<Query<From>, QueryRejection>,
) -> Result<Response, Refusal> {
    let from = from.map(|Query(from)| from).unwrap_or_default();
    let mut books = Vec::new();
    for book in acting.books() {
        let after = read(&from.after).filter(|_| from.book == book.name());
        let linked = book.linked_values(after, PAGE + 1).await;
        let mut linked = linked.map_err(|e| broken(&e))?;
        let has_more = linked.len() > PAGE as usize;
        linked.truncate(PAGE as usize);
        let last = linked.last().filter(|_| has_more);
        let next = last.map(|last| {
            let after = format!("{}:{}", last.kind, last.normal);
            let mut query = form_urlencoded::Serializer::new(String::new());
            query
                .append_pair("book", book.name())
                .append_pair("after", &after);
            query.finish()
        });
        let ignored = book.ignored_values().await.map_err(|e| broken(&e))?;
        books.push(OfBook {
            book: book.name().to_owned(),
            linked: values(&acting, book, linked).await?,
            ignored: values(&acting, book, ignored).await?,
            next,
        });
    }
    page(&ValuesPage {
        books,
        frame: screen.frame(Some(&signed)),
    })
}

async fn values(acting: &Acting, book: &Book, found: Vec<Linked>) -> Result<Vec<Value>, Refusal> {
    let mut values = Vec::with_capacity(found.len());
    for Linked {
        kind,
        normal,
        shown,
        tips,
        ignored_by,
    } in found
    {
        let newest = book.tips_with(kind, &normal, TIPS).await;
        let newest = newest.map_err(|e| broken(&e))?;
        let names = acting.register().names_of(&newest).await;
        let names = names.map_err(|e| broken(&e))?;
        let named: Vec<String> = newest
            .iter()
            .filter_map(|tip| names.get(tip).cloned())
            .collect();
        values.push(Value {
            about: words::value_kind(kind),
            more: tips - i64::try_from(named.len()).unwrap_or(tips),
            tips: named,
            ignored_by: ignored_by.unwrap_or_default(),
            kind,
            normal,
            shown,
        });
    }
    Ok(values)
}

/// `KIND:VALUE`
fn read(value: &str) -> Option<(ValueKind, &str)> {
    let (kind, normal) = value.split_once(':')?;
    Some((kind.parse().ok()?, normal))
}

/// The button of a value: `ignore` or `heed`.
#[derive(Deserialize)]
pub(super) struct ValueForm {
    book: String,
    ignore: Option<String>,
    heed: Option<String>,
}

/// `POST /values`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<ValueForm>,
) -> Result<Response, Refusal> {
    let wrong = || {
        let sentence = "The button is not one of this page. Load it again.";
        refusal(StatusCode::BAD_REQUEST, "Not done", sentence)
    };
    let book = acting.book(&form.book).await.map_err(|_| wrong())?;
    let said = match (form.ignore.as_deref(), form.heed.as_deref()) {
        (Some(value), None) => {
            let (kind, normal) = read(value).ok_or_else(wrong)?;
            let ignored = book.ignore_value(kind, normal).await;
            ignored.map_err(|e| broken(&e))?;
            "The value is ignored from now on."
        }
        (None, Some(value)) => {
            let (kind, normal) = read(value).ok_or_else(wrong)?;
            match book
                .heed_value(kind, normal)
                .await
                .map_err(|e| broken(&e))?
            {
                true => "The value ties tips together again.",
                false => "Somebody took this back already.",
            }
        }
        _ => return Err(wrong()),
    };
    screen.sessions.say(&signed, said.to_owned(), false);
    Ok(Redirect::to("/values").into_response())
}
