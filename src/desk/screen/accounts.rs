//! `GET /accounts`: the accounts. `POST /accounts` disables one. New accounts, keys and codes are
//! commands, since each prints a secret.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, access, broken, oversight, page};
use crate::acting::Acting;
use crate::people;
use crate::register::AccountRole;
use crate::session::Signed;

struct AccountLine {
    name: String,
    organisation: String,
    roles: String,
    created: String,
    seen: String,
    codes: String,
    state: String,
    can_be_disabled: bool,
}

#[derive(Template)]
#[template(path = "desk/accounts.html")]
struct Accounts {
    frame: Frame,
    form_token: String,
    lines: Vec<AccountLine>,
}

/// The form of a row.
#[derive(Deserialize)]
pub(super) struct DisableForm {
    account: String,
}

/// `GET /accounts`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    oversight::admit(&acting, &oversight::ACCOUNTS, "page").await?;
    let register = acting.register();
    let manages = acting.account().is(AccountRole::Administrator);
    let mut lines = Vec::new();
    for account in register.accounts().await.map_err(|e| broken(&e))? {
        let state = match &account.disabled_on {
            Some(day) => format!("disabled on {day}"),
            None if account.first => "has not chosen a passphrase yet".to_owned(),
            None => "active".to_owned(),
        };
        lines.push(AccountLine {
            can_be_disabled: manages
                && account.disabled_on.is_none()
                && account.name != signed.account,
            roles: account.roles_in_words().replace(',', ", "),
            codes: access::codes(register, &account)
                .await
                .map_err(|e| broken(&e))?,
            seen: account
                .seen_on
                .map_or("never".to_owned(), |day| day.to_string()),
            name: account.name,
            organisation: account.organisation,
            created: account.created_on.to_string(),
            state,
        });
    }
    page(&Accounts {
        frame: screen.frame(Some(&signed)),
        form_token: signed.form_token,
        lines,
    })
}

/// `POST /accounts`: disables an account. Its sessions end with their next request.
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<DisableForm>,
) -> Result<Response, Refusal> {
    oversight::admit(&acting, &oversight::ACCOUNTS, "to disable an account").await?;
    match people::disable_account(&acting, &form.account).await {
        Ok(()) => {
            let name = form.account;
            let said =
                format!("{name} is disabled. A member must now remove {name} from each book.");
            screen.sessions.say(&signed, said, false);
            screen.end_sessions().await.map_err(|e| broken(&e))?;
        }
        Err(problem) => screen.sessions.say(&signed, format!("{problem}."), true),
    }
    Ok(Redirect::to("/accounts").into_response())
}
