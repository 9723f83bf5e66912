//! Signing in to the partner page: name, passphrase and one-time code, by the rules of the desk's page.
//! The first sign-in asks for another passphrase, which makes another key. Its public part is left for
//! the desk.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::accounts::{Accounts, Reader};
use super::{PartnerPage, broken, html};
use crate::jobs::answers::key_line;
use crate::keys::{CodeSecret, Identity, Passphrase};
use crate::people;
use crate::register::Account;
use crate::session::{HalfSignedIn, cookies};
use crate::sign_in::{CodeFrom, Known, NotSignedIn, Source, check_new};
use loke_core::random;

#[derive(Template)]
#[template(path = "partners/sign-in.html")]
struct SignIn {
    problem: Option<String>,
    /// Whether this browser needs no code.
    same_browser: bool,
}

#[derive(Template)]
#[template(path = "partners/set-up.html")]
struct SetUp {
    problem: Option<String>,
    /// The secret of the one-time codes in base32, in groups of four.
    secret: Vec<String>,
    offered: Option<String>,
    token: String,
}

/// The form of the sign-in page. What was typed is zeroized.
#[derive(Deserialize)]
pub(super) struct SignInForm {
    name: String,
    password: Zeroizing<String>,
    #[serde(default)]
    code: String,
}

/// The form of the set-up page.
#[derive(Deserialize)]
pub(super) struct SetUpForm {
    token: String,
    code: String,
    #[serde(default)]
    new_password: Zeroizing<String>,
    #[serde(default)]
    again: Zeroizing<String>,
}

/// The form of the button "Sign out".
#[derive(Deserialize)]
pub(super) struct LeaveForm {
    form_token: String,
}

/// `GET /sign-in`
pub(super) async fn get(State(page): State<Arc<PartnerPage>>, headers: HeaderMap) -> Response {
    let Some(accounts) = &page.accounts else {
        return Redirect::to("/").into_response();
    };
    let code_at = accounts.sessions.code_of_browser(cookies(&headers), None);
    let shown = SignIn {
        problem: None,
        same_browser: code_at.is_some(),
    };
    html(StatusCode::OK, &shown)
}

/// `POST /sign-in`
pub(super) async fn post(
    State(page): State<Arc<PartnerPage>>,
    headers: HeaderMap,
    typed: Result<Form<SignInForm>, FormRejection>,
) -> Response {
    let (Some(accounts), Ok(Form(typed))) = (&page.accounts, typed) else {
        return try_again(&NotSignedIn::Wrong);
    };
    match enter(&page, accounts, cookies(&headers), typed).await {
        Ok(response) => response,
        Err(problem) => try_again(&problem),
    }
}

async fn enter(
    page: &PartnerPage,
    accounts: &Accounts,
    cookies: &str,
    typed: SignInForm,
) -> Result<Response, NotSignedIn> {
    let register = accounts.store.register();
    let passphrase = Passphrase::new(&typed.password);
    let name = typed.name.trim();
    let known = accounts
        .attempts
        .passphrase(register, name, passphrase, Source::Proxy);
    let known = known.await?;
    let account = &known.account;
    let printed = register.printed_codes_left(&account.name).await?;
    if account.first || (account.code_secret.is_none() && printed.is_none()) {
        let secret = CodeSecret::random().map_err(NotSignedIn::Keys)?;
        return Ok(ask_set_up(accounts, known, secret, None));
    }
    let had_code = accounts.sessions.code_of_browser(cookies, Some(account));
    let way = match (had_code, typed.code.trim().is_empty()) {
        (Some(at), true) => {
            accounts.attempts.forget(&account.name, Source::Proxy);
            ("page, same browser", Some(at))
        }
        _ => {
            let secret = account.code_secret.as_ref();
            let checked =
                accounts
                    .attempts
                    .code(register, account, (secret, &typed.code), Source::Proxy);
            match checked.await? {
                CodeFrom::Phone => ("page", None),
                CodeFrom::PrintedList => ("page, printed code", None),
            }
        }
    };
    let Known { account, member } = known;
    signed_in(page, accounts, &account, member, way).await
}

/// `POST /sign-in/set-up`
pub(super) async fn set_up(
    State(page): State<Arc<PartnerPage>>,
    typed: Result<Form<SetUpForm>, FormRejection>,
) -> Response {
    let (Some(accounts), Ok(Form(typed))) = (&page.accounts, typed) else {
        return try_again(&NotSignedIn::Wrong);
    };
    match begin_account(&page, accounts, typed).await {
        Ok(response) => response,
        Err(problem) => try_again(&problem),
    }
}

async fn begin_account(
    page: &PartnerPage,
    accounts: &Accounts,
    typed: SetUpForm,
) -> Result<Response, NotSignedIn> {
    let Some(half) = accounts.sessions.take_waiting(&typed.token) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let HalfSignedIn {
        account,
        member,
        secret,
    } = half;
    let register = accounts.store.register();
    let account = register.account(&account).await?;
    let is_the_key = |identity: &Identity| {
        let key = identity.recipient();
        key.is_ok_and(|key| key.to_string() == account.recipient.to_string())
    };
    if account.disabled_on.is_some() || !member.iter().any(is_the_key) {
        return Ok(Redirect::to("/sign-in").into_response());
    }
    let again = |problem| {
        let known = Known {
            account: account.clone(),
            member: member.clone(),
        };
        Ok(ask_set_up(accounts, known, secret.clone(), Some(problem)))
    };
    if account.first
        && let Err(problem) = check_new(&account, &typed.new_password, &typed.again)
    {
        return again(problem);
    }
    let typed_code = (Some(&secret), typed.code.as_str());
    let checked = accounts
        .attempts
        .code(register, &account, typed_code, Source::Proxy);
    let from = match checked.await {
        Ok(from) => from,
        Err(NotSignedIn::Wrong) => return again(NotSignedIn::Wrong),
        Err(other) => return Err(other),
    };
    let (account, member) = if account.first {
        let new = Passphrase::new(&typed.new_password);
        let changed = people::change_passphrase(register, &account, &member, &new).await;
        let (account, identity) = changed.map_err(|problem| {
            tracing::warn!(%problem, "a passphrase was not changed");
            NotSignedIn::Busy
        })?;
        (account, vec![identity])
    } else {
        (account, member)
    };
    if from == CodeFrom::Phone {
        register.set_code_secret(&account.actor(), &secret).await?;
    }
    signed_in(page, accounts, &account, member, ("page, first", None)).await
}

/// `POST /leave`
pub(super) async fn leave(
    State(page): State<Arc<PartnerPage>>,
    reader: Reader,
    Form(form): Form<LeaveForm>,
) -> Response {
    if let Some(accounts) = &page.accounts
        && reader.signed.sent(&form.form_token)
    {
        let Reader { signed, .. } = &reader;
        let ended = accounts.end(signed.id, &signed.account, "signed out").await;
        if ended.is_err() {
            return broken("the end of a session was not recorded");
        }
    }
    Redirect::to("/sign-in").into_response()
}

/// Begins the session, and leaves the public key for the desk: at each sign-in, so that a key that did
/// not arrive comes again. The desk ignores one that it has.
async fn signed_in(
    page: &PartnerPage,
    accounts: &Accounts,
    account: &Account,
    member: Vec<Identity>,
    way: (&str, Option<i64>),
) -> Result<Response, NotSignedIn> {
    let line = key_line(&account.name, &account.organisation, &account.recipient);
    let name = random::bytes::<16>().map(hex::encode);
    let name = name.map_err(crate::database::Error::from)?;
    if page.leave_key(name, line.into_bytes()).await.is_err() {
        tracing::error!("the key of an account was not left for the desk");
    }
    let cookie = accounts.begin(account, member, way).await?;
    let headers = [(header::SET_COOKIE, cookie)];
    Ok((headers, Redirect::to("/reports")).into_response())
}

/// The sign-in page with the problem.
fn try_again(problem: &NotSignedIn) -> Response {
    let status = match problem {
        NotSignedIn::Wrong
        | NotSignedIn::ClockIsBack
        | NotSignedIn::Passphrase(_)
        | NotSignedIn::Refused(_) => StatusCode::FORBIDDEN,
        NotSignedIn::Slowed(_) | NotSignedIn::Busy => StatusCode::TOO_MANY_REQUESTS,
        NotSignedIn::Database(_) | NotSignedIn::Keys(_) => {
            tracing::warn!(%problem, "a sign-in failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    let shown = SignIn {
        problem: Some(format!("{problem}.")),
        same_browser: false,
    };
    html(status, &shown)
}

/// The set-up page.
fn ask_set_up(
    accounts: &Accounts,
    known: Known,
    secret: CodeSecret,
    problem: Option<NotSignedIn>,
) -> Response {
    let offered = match known.account.first {
        true => Passphrase::offer().ok(),
        false => None,
    };
    let shown = secret.in_fours();
    let half = HalfSignedIn {
        account: known.account.name,
        member: known.member,
        secret,
    };
    let Ok(token) = accounts.sessions.wait(half) else {
        return broken("no random bytes");
    };
    let shown = SetUp {
        problem: problem.map(|problem| format!("{problem}.")),
        secret: shown,
        offered: offered.map(|words| words.expose().to_owned()),
        token,
    };
    html(StatusCode::OK, &shown)
}
