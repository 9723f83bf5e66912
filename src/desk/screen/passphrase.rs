//! `/passphrase`: a person changes the own passphrase. That makes a new key, so every session of the account
//! ends (OWASP ASVS 5.0, 6.2.2 and 6.2.3).

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Frame, OurForm, Refusal, Say, Screen, broken, page};
use crate::keys::Passphrase;
use crate::people;
use crate::session::Signed;
use crate::sign_in::{Known, NotSignedIn, Source, check_new, note_end};

#[derive(Template)]
#[template(path = "desk/passphrase.html")]
struct PassphrasePage {
    frame: Frame,
    form_token: String,
    problem: Option<String>,
    /// A passphrase that the person may take.
    offered: String,
}

/// The form. What was typed is zeroized.
#[derive(Deserialize)]
pub(super) struct ChangeForm {
    password: Zeroizing<String>,
    new_password: Zeroizing<String>,
    again: Zeroizing<String>,
}

/// `GET /passphrase`
pub(super) async fn get(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
) -> Result<Response, Refusal> {
    shown(&screen, &signed, None)
}

/// `POST /passphrase`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    OurForm(typed): OurForm<ChangeForm>,
) -> Result<Response, Refusal> {
    match change(&screen, &signed, &typed).await {
        Ok(()) => page(&Say {
            frame: screen.frame(None),
            heading: "Your passphrase is changed",
            sentence: "All your sessions ended. Sign in with the new passphrase.",
        }),
        Err(NotSignedIn::Database(problem)) => Err(broken(&problem)),
        Err(NotSignedIn::Keys(problem)) => Err(broken(&problem)),
        Err(NotSignedIn::Wrong) => {
            let problem = "The passphrase until now is wrong. Nothing was changed.".to_owned();
            shown(&screen, &signed, Some(problem))
        }
        Err(problem) => {
            let problem = format!("{problem}. Nothing was changed.");
            shown(&screen, &signed, Some(problem))
        }
    }
}

async fn change(screen: &Screen, signed: &Signed, typed: &ChangeForm) -> Result<(), NotSignedIn> {
    let register = screen.open.register();
    let source = Source::Browser(signed.cookie);
    let old = Passphrase::new(&typed.password);
    let known = screen
        .attempts
        .passphrase(register, &signed.account, old, source);
    let Known { account, member } = known.await?;
    screen.attempts.forget(&account.name, source);
    check_new(&account, &typed.new_password, &typed.again)?;
    let new = Passphrase::new(&typed.new_password);
    let changed = people::change_passphrase(register, &account, &member, &new).await;
    if let Err(problem) = changed {
        tracing::warn!(%problem, "a passphrase was not changed");
        return Err(NotSignedIn::Busy);
    }
    for (id, name, _) in screen.sessions.all() {
        if name == account.name {
            screen.sessions.end_keeping_text(id);
            screen.open.close(id).await;
            note_end(register, &name, "a new passphrase").await?;
        }
    }
    Ok(())
}

fn shown(screen: &Screen, signed: &Signed, problem: Option<String>) -> Result<Response, Refusal> {
    let status = match &problem {
        Some(_) => StatusCode::FORBIDDEN,
        None => StatusCode::OK,
    };
    let offered = Passphrase::offer().map_err(|e| broken(&e))?;
    let page = PassphrasePage {
        frame: screen.frame(Some(signed)),
        form_token: signed.form_token.clone(),
        problem,
        offered: offered.expose().to_owned(),
    };
    let html = page.render().map_err(|e| broken(&e))?;
    Ok((status, Html(html)).into_response())
}
