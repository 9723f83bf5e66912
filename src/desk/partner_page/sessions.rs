//! `/sessions`: where a person is signed in. The person ends one of the other sessions, or all of them, once
//! a one-time code shows who it is (OWASP ASVS 5.0, 7.5.2). Nobody sees or ends a session of another
//! account.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::accounts::{Accounts, Reader};
use super::opened::Frame;
use super::{PartnerPage, broken, html};
use crate::open_books::SessionId;
use crate::session::OpenSession;
use crate::sign_in::{NotSignedIn, Source};

struct ReaderSession {
    id: SessionId,
    began: String,
    seen: String,
    until: String,
}

#[derive(Template)]
#[template(path = "partners/sessions.html")]
struct SessionsPage {
    frame: Frame,
    here: ReaderSession,
    others: Vec<ReaderSession>,
}

/// The form that ends sessions.
#[derive(Deserialize)]
pub(super) struct EndForm {
    form_token: String,
    code: String,
    /// The number of a session, or [`ALL`].
    which: String,
}

const ALL: &str = "all";

/// `GET /sessions`
pub(super) async fn get(State(page): State<Arc<PartnerPage>>, reader: Reader) -> Response {
    let Some(accounts) = &page.accounts else {
        return broken("there are no accounts");
    };
    let zone = &page.settings.zone;
    let line = |session: OpenSession| ReaderSession {
        id: session.id,
        began: zone.time(session.began),
        seen: zone.time(session.seen),
        until: zone.time(session.until),
    };
    let sessions = accounts.sessions.of_same_account(&reader.signed);
    let (here, others): (Vec<_>, Vec<_>) = sessions.into_iter().partition(|(_, is_this)| *is_this);
    let Some((here, _)) = here.into_iter().next() else {
        return Redirect::to("/sign-in").into_response();
    };
    let shown = SessionsPage {
        frame: Frame::of(&page, &reader),
        here: line(here),
        others: others.into_iter().map(|(other, _)| line(other)).collect(),
    };
    html(StatusCode::OK, &shown)
}

/// `POST /sessions`
pub(super) async fn post(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    typed: Result<Form<EndForm>, FormRejection>,
) -> Response {
    let (Some(accounts), Ok(Form(typed))) = (&page.accounts, typed) else {
        return broken("a form was not read");
    };
    let (said, trouble) = if reader.signed.sent(&typed.form_token) {
        match end(accounts, &reader, &typed).await {
            Ok(0) => ("It had ended already.".to_owned(), false),
            Ok(ended) => (format!("Ended: {ended}."), false),
            Err(NotSignedIn::Wrong) => {
                let said = "The code is wrong or was used already. Nothing was ended.";
                (said.to_owned(), true)
            }
            Err(NotSignedIn::Database(problem)) => {
                tracing::warn!(%problem, "a session was not ended");
                return broken("a session was not ended");
            }
            Err(problem) => (format!("{problem}. Nothing was ended."), true),
        }
    } else {
        let said = "This form is from another session. Nothing was ended.";
        (said.to_owned(), true)
    };
    accounts.sessions.say(&reader.signed, said, trouble);
    Redirect::to("/sessions").into_response()
}

/// Returns how many sessions ended.
async fn end(accounts: &Accounts, reader: &Reader, typed: &EndForm) -> Result<usize, NotSignedIn> {
    let (signed, register) = (&reader.signed, accounts.store.register());
    let source = Source::Browser(signed.cookie);
    accounts.attempts.check_pause(&signed.account, source)?;
    let account = register.account(&signed.account).await?;
    let secret = account.code_secret.as_ref();
    let checked = accounts
        .attempts
        .code(register, &account, (secret, &typed.code), source);
    checked.await?;
    let mut ended = 0;
    for (session, is_this) in accounts.sessions.of_same_account(signed) {
        let is_chosen = typed.which == ALL || typed.which == session.id.to_string();
        if is_chosen && !is_this {
            let why = "ended from another session";
            accounts.end(session.id, &signed.account, why).await?;
            ended += 1;
        }
    }
    Ok(ended)
}
