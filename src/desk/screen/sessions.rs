//! `GET /sessions`: where the person is signed in. `POST /sessions` ends all other sessions of the
//! account, once a one-time code shows that it is the person (OWASP ASVS 5.0, 7.5.2).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page};
use crate::acting::Acting;
use crate::register::SecretHash;
use crate::session::Signed;
use crate::sign_in::{NotSignedIn, Source, note_end};

struct SessionLine {
    began: String,
    seen: String,
    until: String,
    is_this: bool,
}

#[derive(Template)]
#[template(path = "desk/sessions.html")]
struct SessionList {
    frame: Frame,
    form_token: String,
    lines: Vec<SessionLine>,
}

/// The form that ends the other sessions.
#[derive(Deserialize)]
pub(super) struct EndForm {
    code: String,
}

/// `GET /sessions`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    let zone = screen.clock.zone();
    let sessions = screen.sessions.of_same_account(&signed);
    page(&SessionList {
        frame: screen.frame(Some(&signed)),
        lines: sessions
            .into_iter()
            .map(|(session, is_this)| SessionLine {
                began: zone.time(session.began),
                seen: zone.time(session.seen),
                until: zone.time(session.until),
                is_this,
            })
            .collect(),
        form_token: signed.form_token,
    })
}

/// `POST /sessions`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<EndForm>,
) -> Result<Response, Refusal> {
    match end_others(&screen, &signed, &acting, &form.code).await {
        Ok(0) => {
            let said = "You are signed in nowhere else.".to_owned();
            screen.sessions.say(&signed, said, false);
        }
        Ok(ended) => {
            let said = format!("Ended: {ended}. You are signed in here alone.");
            screen.sessions.say(&signed, said, false);
        }
        Err(NotSignedIn::Wrong) => {
            let said = "The code is wrong or was used already. Nothing was ended.".to_owned();
            screen.sessions.say(&signed, said, true);
        }
        Err(NotSignedIn::Database(problem)) => return Err(broken(&problem)),
        Err(other) => screen.sessions.say(&signed, format!("{other}."), true),
    }
    Ok(Redirect::to("/sessions").into_response())
}

/// Returns how many sessions ended.
async fn end_others(
    screen: &Screen,
    signed: &Signed,
    acting: &Acting,
    code: &str,
) -> Result<usize, NotSignedIn> {
    let (register, account) = (acting.register(), acting.account());
    let source = Source::Browser(signed.cookie);
    screen.attempts.check_pause(&account.name, source)?;
    let secret = account.code_secret.as_ref();
    let checked = screen
        .attempts
        .code(register, account, (secret, code), source);
    checked.await?;
    let mut ended = 0;
    for (session, is_this) in screen.sessions.of_same_account(signed) {
        if !is_this {
            if let Some(cookie) = screen.sessions.end(session.id) {
                register.drop_session(SecretHash(cookie)).await?;
            }
            screen.open.close(session.id).await;
            note_end(register, &account.name, "ended from another session").await?;
            ended += 1;
        }
    }
    Ok(ended)
}
