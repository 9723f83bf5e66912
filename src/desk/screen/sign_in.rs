//! The sign-in page: name, passphrase and one-time code, of a phone or of a printed list. At the
//! first sign-in the page shows the secret of the one-time codes, and a person whose passphrase somebody else made chooses another.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::{Frame, Peer, Refusal, Screen, broken, page, refusal, sign_in};
use crate::keys::{CodeSecret, Identity, Passphrase};
use crate::people;
use crate::register::Account;
use crate::session::{HalfSignedIn, cookies};
use crate::sign_in::{CodeFrom, Known, NotSignedIn, Source, check_new};

#[derive(Template)]
#[template(path = "desk/sign-in.html")]
struct SignIn {
    frame: Frame,
    /// Why the last attempt failed.
    problem: Option<String>,
    /// Whether this browser needs no code.
    same_browser: bool,
}

#[derive(Template)]
#[template(path = "desk/set-up.html")]
struct SetUp {
    frame: Frame,
    problem: Option<String>,
    /// The secret of the one-time codes in base32, in groups of four. `None` if an administrator gave a
    /// token.
    secret: Option<Vec<String>>,
    /// A passphrase that the person may take. `None` if the person's own one is there.
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

/// `GET /sign-in`
pub(super) async fn form(
    State(screen): State<Arc<Screen>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let code_at = screen.sessions.code_of_browser(cookies(&headers), None);
    page(&SignIn {
        frame: screen.frame(None),
        problem: None,
        same_browser: code_at.is_some(),
    })
}

/// `POST /sign-in`
pub(super) async fn enter(
    State(screen): State<Arc<Screen>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    typed: Result<Form<SignInForm>, FormRejection>,
) -> Result<Response, Refusal> {
    let Ok(Form(typed)) = typed else {
        return try_again(&screen, &NotSignedIn::Wrong);
    };
    let passphrase = Passphrase::new(&typed.password);
    let register = screen.open.register();
    let name = typed.name.trim();
    let cookies = cookies(&headers);
    let source = source(&screen, cookies, peer, name).await?;
    let known = screen
        .attempts
        .passphrase(register, name, passphrase, source);
    let known = match known.await {
        Ok(known) => known,
        Err(problem) => return try_again(&screen, &problem),
    };
    let Known { account, member } = &known;
    let printed = register.printed_codes_left(&account.name).await;
    let printed = printed.map_err(|e| broken(&e))?;
    if account.first || (account.code_secret.is_none() && printed.is_none()) {
        let secret = match account.code_secret.clone().filter(CodeSecret::is_token) {
            Some(token) => token,
            None => CodeSecret::random().map_err(|e| broken(&e))?,
        };
        return ask_set_up(&screen, known, secret, None);
    }
    let had_code = screen.sessions.code_of_browser(cookies, Some(account));
    let way = if let (Some(at), true) = (had_code, typed.code.trim().is_empty()) {
        screen.attempts.forget(&account.name, source);
        ("page, same browser", Some(at))
    } else {
        let code = (account.code_secret.as_ref(), typed.code.as_str());
        match screen.attempts.code(register, account, code, source).await {
            Ok(CodeFrom::Phone) => ("page", None),
            Ok(CodeFrom::PrintedList) => ("page, printed code", None),
            Err(problem) => return try_again(&screen, &problem),
        }
    };
    let entered = signed_in(&screen, account, member, way).await?;
    know_browser(&screen, cookies, account, entered).await
}

/// The source of an attempt: a browser that signed in to this account before is known by its cookie.
async fn source(
    screen: &Screen,
    cookies: &str,
    Peer(address): Peer,
    name: &str,
) -> Result<Source, Refusal> {
    let Some(browser) = screen.sessions.browser(cookies) else {
        return Ok(Source::Address(address));
    };
    let known = screen.open.register().knows_browser(&browser, name).await;
    Ok(if known.map_err(|e| broken(&e))? {
        Source::Browser(browser)
    } else {
        Source::Address(address)
    })
}

/// Stores that this browser signed in, and gives it a cookie by which it is known.
async fn know_browser(
    screen: &Screen,
    cookies: &str,
    account: &Account,
    mut entered: Response,
) -> Result<Response, Refusal> {
    if !entered.status().is_redirection() {
        return Ok(entered);
    }
    let browser = match screen.sessions.browser(cookies) {
        Some(browser) => browser,
        None => {
            let (browser, cookie) = screen.sessions.new_browser().map_err(|e| broken(&e))?;
            let cookie: HeaderValue = cookie.parse().map_err(|e| broken(&e))?;
            entered.headers_mut().append(header::SET_COOKIE, cookie);
            browser
        }
    };
    let noted = screen
        .open
        .register()
        .note_browser(&browser, &account.name)
        .await;
    noted.map_err(|e| broken(&e))?;
    Ok(entered)
}

/// `POST /sign-in/set-up`
pub(super) async fn set_up(
    State(screen): State<Arc<Screen>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    typed: Result<Form<SetUpForm>, FormRejection>,
) -> Result<Response, Refusal> {
    let Ok(Form(typed)) = typed else {
        return try_again(&screen, &NotSignedIn::Wrong);
    };
    let Some(half) = screen.sessions.take_waiting(&typed.token) else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let HalfSignedIn {
        account,
        member,
        secret,
    } = half;
    let register = screen.open.register();
    let account = register.account(&account).await.map_err(|e| broken(&e))?;
    if account.disabled_on.is_some() {
        return Err(sign_in());
    }
    let again = |problem| {
        let known = Known {
            account: account.clone(),
            member: member.clone(),
        };
        ask_set_up(&screen, known, secret.clone(), Some(problem))
    };
    if account.first
        && let Err(problem) = check_new(&account, &typed.new_password, &typed.again)
    {
        return again(problem);
    }
    let source = source(&screen, cookies(&headers), peer, &account.name).await?;
    let code = (Some(&secret), typed.code.as_str());
    let checked = screen.attempts.code(register, &account, code, source);
    let from = match checked.await {
        Ok(from) => from,
        Err(NotSignedIn::Wrong) => return again(NotSignedIn::Wrong),
        Err(other) => return try_again(&screen, &other),
    };
    let (account, member) = if account.first {
        let new = Passphrase::new(&typed.new_password);
        let (account, identity) = people::change_passphrase(register, &account, &member, &new)
            .await
            .map_err(|e| broken(&e))?;
        (account, vec![identity])
    } else {
        (account, member)
    };
    if from == CodeFrom::Phone {
        register
            .set_code_secret(&account.actor(), &secret)
            .await
            .map_err(|e| broken(&e))?;
    }
    let entered = signed_in(&screen, &account, &member, ("page, first", None)).await?;
    know_browser(&screen, cookies(&headers), &account, entered).await
}

async fn signed_in(
    screen: &Screen,
    account: &Account,
    member: &[Identity],
    way: (&str, Option<i64>),
) -> Result<Response, Refusal> {
    match screen.begin(account, member, way).await {
        Ok(cookie) => Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response()),
        Err(problem) => try_again(screen, &problem.into()),
    }
}

/// The sign-in page with the problem.
fn try_again(screen: &Screen, problem: &NotSignedIn) -> Result<Response, Refusal> {
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
    let html = SignIn {
        frame: screen.frame(None),
        problem: Some(format!("{problem}.")),
        same_browser: false,
    };
    let html = html.render().map_err(|e| broken(&e))?;
    Ok((status, Html(html)).into_response())
}

/// The set-up page.
fn ask_set_up(
    screen: &Screen,
    known: Known,
    secret: CodeSecret,
    problem: Option<NotSignedIn>,
) -> Result<Response, Refusal> {
    let offered = if known.account.first {
        let words = Passphrase::offer().map_err(|e| broken(&e))?;
        Some(words.expose().to_owned())
    } else {
        None
    };
    let shown = (!secret.is_token()).then(|| secret.in_fours());
    let half = HalfSignedIn {
        account: known.account.name,
        member: known.member,
        secret,
    };
    let token = screen.sessions.wait(half).map_err(|e| {
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "That did not work",
            e.to_string(),
        )
    })?;
    page(&SetUp {
        frame: screen.frame(None),
        problem: problem.map(|problem| format!("{problem}.")),
        secret: shown,
        offered,
        token,
    })
}
