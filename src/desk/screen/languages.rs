//! `GET /languages` and `POST /languages`: the languages that the person reads besides English. Tips
//! in them leave the person's view of tips that they cannot read, and no other one.

use std::collections::HashMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, words};
use crate::acting::Acting;
use crate::session::Signed;

struct Language {
    code: String,
    name: String,
    is_read: bool,
}

#[derive(Template)]
#[template(path = "desk/languages.html")]
struct LanguagesPage {
    frame: Frame,
    languages: Vec<Language>,
    /// Languages that have no box.
    others: String,
}

/// The ticked boxes, and the codes of other languages.
#[derive(Deserialize)]
pub(super) struct LanguagesForm {
    #[serde(default)]
    others: String,
    #[serde(flatten)]
    ticked: HashMap<String, String>,
}

/// `GET /languages`
pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let register = acting.register();
    let read = register.languages_of(&signed.account).await;
    let read = read.map_err(|e| broken(&e))?;
    let languages = words::LANGUAGES.iter().map(|code| Language {
        code: (*code).to_owned(),
        name: words::language(code).to_owned(),
        is_read: read.iter().any(|read| read == code),
    });
    let others: Vec<&str> = read
        .iter()
        .map(String::as_str)
        .filter(|code| !words::LANGUAGES.contains(code))
        .collect();
    page(&LanguagesPage {
        languages: languages.collect(),
        others: others.join(" "),
        frame: screen.frame(Some(&signed)),
    })
}

/// `POST /languages`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<LanguagesForm>,
) -> Result<Response, Refusal> {
    let ticked = words::LANGUAGES
        .iter()
        .filter(|code| form.ticked.contains_key(**code))
        .map(|code| (*code).to_owned());
    let others = form
        .others
        .split(|c: char| c == ',' || c.is_whitespace())
        .filter(|code| is_code(code))
        .map(str::to_ascii_lowercase);
    let read: Vec<String> = ticked.chain(others).collect();
    acting
        .register()
        .set_languages(&acting.actor(), &read)
        .await
        .map_err(|e| broken(&e))?;
    screen
        .sessions
        .say(&signed, "Your languages are stored.".to_owned(), false);
    Ok(Redirect::to("/queue?view=cannot-read").into_response())
}

/// Whether a text may be the code of a language, such as `pl` or `pt-br`.
fn is_code(text: &str) -> bool {
    (2..=10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
