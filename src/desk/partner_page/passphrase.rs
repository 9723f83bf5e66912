//! `/passphrase`: a person changes the own passphrase. The key stays, so every report still opens and
//! nobody has to compare a fingerprint. Who fears that somebody copied the old file with the old
//! passphrase needs a new key, which the team makes.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::accounts::{Accounts, Reader};
use super::opened::Frame;
use super::{PartnerPage, broken, html};
use crate::audit::Action;
use crate::keys::Passphrase;
use crate::people;
use crate::sign_in::{Known, NotSignedIn, Source, check_new};

#[derive(Template)]
#[template(path = "partners/passphrase.html")]
struct ChangePage {
    frame: Frame,
    problem: Option<String>,
    offered: Option<String>,
}

/// The form. What was typed is zeroized.
#[derive(Deserialize)]
pub(super) struct ChangeForm {
    form_token: String,
    password: Zeroizing<String>,
    new_password: Zeroizing<String>,
    again: Zeroizing<String>,
}

/// `GET /passphrase`
pub(super) async fn get(State(page): State<Arc<PartnerPage>>, reader: Reader) -> Response {
    shown(&page, &reader, StatusCode::OK, None)
}

/// `POST /passphrase`
pub(super) async fn post(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    typed: Result<Form<ChangeForm>, FormRejection>,
) -> Response {
    let (Some(accounts), Ok(Form(typed))) = (&page.accounts, typed) else {
        return broken("a form was not read");
    };
    if !reader.signed.sent(&typed.form_token) {
        let problem = "This form is from another session. Nothing was changed.".to_owned();
        return shown(&page, &reader, StatusCode::FORBIDDEN, Some(problem));
    }
    match change(accounts, &reader, &typed).await {
        Ok(()) => {
            let said = "Your passphrase is changed.".to_owned();
            accounts.sessions.say(&reader.signed, said, false);
            Redirect::to("/reports").into_response()
        }
        Err(NotSignedIn::Wrong) => {
            let problem = "The passphrase until now is wrong. Nothing was changed.".to_owned();
            shown(&page, &reader, StatusCode::FORBIDDEN, Some(problem))
        }
        Err(
            problem @ (NotSignedIn::Passphrase(_) | NotSignedIn::Slowed(_) | NotSignedIn::Busy),
        ) => {
            let problem = format!("{problem}. Nothing was changed.");
            shown(&page, &reader, StatusCode::FORBIDDEN, Some(problem))
        }
        Err(problem) => {
            tracing::warn!(%problem, "a passphrase was not changed");
            broken("a passphrase was not changed")
        }
    }
}

async fn change(
    accounts: &Accounts,
    reader: &Reader,
    typed: &ChangeForm,
) -> Result<(), NotSignedIn> {
    let (signed, register) = (&reader.signed, accounts.store.register());
    let old = Passphrase::new(&typed.password);
    let source = Source::Browser(signed.cookie);
    let known = accounts
        .attempts
        .passphrase(register, &signed.account, old, source);
    let Known { account, member } = known.await?;
    accounts.attempts.forget(&account.name, source);
    check_new(&account, &typed.new_password, &typed.again)?;
    let [identity] = <[_; 1]>::try_from(member).map_err(|_| NotSignedIn::Wrong)?;
    let (new, desk, name) = (
        Passphrase::new(&typed.new_password),
        register.clone(),
        account.name.clone(),
    );
    let writing =
        tokio::task::spawn_blocking(move || people::write_identity(&desk, &name, &identity, &new));
    if let Err(problem) = writing.await.map_err(|_| NotSignedIn::Busy)? {
        tracing::warn!(%problem, "a passphrase was not changed");
        return Err(NotSignedIn::Busy);
    }
    let actor = account.actor();
    let detail = "a new passphrase for the same key";
    register
        .record(&actor, Action::Account, &account.name, detail)
        .await?;
    for (id, name, _) in accounts.sessions.all() {
        if name == account.name && id != signed.id {
            accounts
                .end(id, &name, "the passphrase was changed")
                .await?;
        }
    }
    Ok(())
}

fn shown(
    page: &PartnerPage,
    reader: &Reader,
    status: StatusCode,
    problem: Option<String>,
) -> Response {
    let offered = Passphrase::offer().ok();
    let shown = ChangePage {
        frame: Frame::of(page, reader),
        problem,
        offered: offered.map(|words| words.expose().to_owned()),
    };
    html(status, &shown)
}
