//! `GET /hand-over` and `POST /hand-over`: one screen hands on everything of an account. Everybody
//! can hand over their own work, and a supervisor that of somebody who is away.

use std::collections::BTreeMap;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page};
use crate::acting::Acting;
use crate::leaving;
use crate::register::AccountRole;
use crate::session::Signed;

struct Person {
    name: String,
    tips: i64,
    away: bool,
}

#[derive(Template)]
#[template(path = "desk/hand-over.html")]
struct HandOverPage {
    frame: Frame,
    form_token: String,
    /// The accounts whose work can be handed over: for everybody but a supervisor only their own.
    from: Vec<Person>,
    to: Vec<String>,
}

/// The form of the page.
#[derive(Deserialize)]
pub(super) struct HandOverForm {
    account: String,
    to: String,
}

/// `GET /hand-over`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let mut owned: BTreeMap<String, i64> = BTreeMap::new();
    for book in acting.books() {
        for (owner, tips) in book.owners().await.map_err(|e| broken(&e))? {
            *owned.entry(owner).or_default() += tips;
        }
    }
    let accounts = acting.register().accounts().await.map_err(|e| broken(&e))?;
    let for_all = acting.account().is(AccountRole::Supervisor);
    let can_work = accounts
        .iter()
        .filter(|a| a.disabled_on.is_none() && !a.first);
    page(&HandOverPage {
        frame: screen.frame(Some(&signed)),
        form_token: signed.form_token,
        to: can_work.map(|account| account.name.clone()).collect(),
        from: accounts
            .iter()
            .filter(|account| for_all || account.name == signed.account)
            .map(|account| Person {
                tips: owned.get(&account.name).copied().unwrap_or(0),
                away: account.disabled_on.is_some(),
                name: account.name.clone(),
            })
            .collect(),
    })
}

/// `POST /hand-over`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(HandOverForm { account, to }): OurForm<HandOverForm>,
) -> Result<Response, Refusal> {
    match leaving::hand_over(&acting, &account, &to).await {
        Ok(done) => {
            let said = done.sentences(&account, &to).join(" ");
            screen.sessions.say(&signed, said, false);
        }
        Err(problem) => screen.sessions.say(&signed, format!("{problem}."), true),
    }
    Ok(Redirect::to("/hand-over").into_response())
}
