//! `GET /access`: who can read what, since when, and who let them in. No tip is in it.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::{Frame, Refusal, Screen, broken, oversight, page};
use crate::acting::Acting;
use crate::book;
use crate::database::Error;
use crate::granting;
use crate::register::{Account, BookLine, Custodian, Grant, Register};
use crate::session::Signed;

struct Member {
    name: String,
    organisation: String,
    since: String,
    granted_by: String,
    until: String,
    seen: String,
    key: String,
    codes: String,
    /// The problem that somebody must look at.
    problem: Option<&'static str>,
}

/// The looks of another organisation at a book.
struct Shared {
    organisation: String,
    looks: i64,
    last: String,
}

struct BookPart {
    name: String,
    lanes: String,
    key: String,
    rekey_due: bool,
    /// Grants that have no effect yet, one sentence each.
    waiting: Vec<String>,
    /// The looks by people of another organisation than the book's.
    shared: Vec<Shared>,
    /// The custodians whose key opens it, each with the key.
    custodians: Vec<String>,
    members: Vec<Member>,
}

#[derive(Template)]
#[template(path = "desk/access.html")]
struct Access {
    frame: Frame,
    books: Vec<BookPart>,
    without: Vec<String>,
}

/// `GET /access`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    oversight::admit(&acting, &oversight::ACCESS, "page").await?;
    let register = acting.register();
    let accounts = register.accounts().await.map_err(|e| broken(&e))?;
    let lines = register.books().await.map_err(|e| broken(&e))?;
    let waiting = register.waiting_grants().await.map_err(|e| broken(&e))?;
    let custodians = register.custodians().await.map_err(|e| broken(&e))?;
    let mut books = Vec::new();
    for line in &lines {
        let part = part(register, line, &accounts).await;
        let mut part = part.map_err(|e| broken(&e))?;
        let here = waiting.iter().filter(|grant| grant.book == line.name);
        part.waiting = here
            .map(|grant| {
                format!(
                    "{} waits to be let in. {} gave the grant on {}. The key: {}",
                    grant.account, grant.given_by, grant.given_on, grant.fingerprint
                )
            })
            .collect();
        let opens = |custodian: &&Custodian| {
            let member = granting::custodian_member(&custodian.name);
            book::key_file(register.folder(), &line.name, &member).exists()
        };
        part.custodians = custodians
            .iter()
            .filter(opens)
            .map(|custodian| {
                let key = fingerprint(&custodian.recipient);
                format!("{}, since {}: {key}", custodian.name, custodian.added_on)
            })
            .collect();
        books.push(part);
    }
    let has_book = |account: &&Account| {
        let mut members = lines.iter().flat_map(|line| &line.members);
        !members.any(|grant| grant.account == account.name)
    };
    page(&Access {
        frame: screen.frame(Some(&signed)),
        without: accounts
            .iter()
            .filter(has_book)
            .map(|account| account.name.clone())
            .collect(),
        books,
    })
}

async fn part(
    register: &Register,
    line: &BookLine,
    accounts: &[Account],
) -> Result<BookPart, Error> {
    let openers = register.openers(&line.name).await?;
    let leaving = register.leaving(&line.name).await?;
    let mut members = Vec::new();
    for grant in &line.members {
        if let Some(account) = accounts.iter().find(|a| a.name == grant.account) {
            let problem = match &account.name {
                name if openers.contains(name) => None,
                name if !leaving.contains(name) => Some("a new key, not let in again"),
                _ if account.disabled_on.is_some() => Some("disabled, re-key due"),
                _ => Some("ended, re-key due"),
            };
            members.push(member(register, grant, account, problem).await?);
        }
    }
    let lanes: Vec<&str> = line.lanes.iter().map(|lane| lane.word()).collect();
    Ok(BookPart {
        name: line.name.clone(),
        lanes: lanes.join(", "),
        key: fingerprint(&line.recipient),
        waiting: Vec::new(),
        shared: register
            .shared(&line.name)
            .await?
            .into_iter()
            .map(|(organisation, looks, last)| Shared {
                organisation,
                looks,
                last: register.clock().zone().day(last).to_string(),
            })
            .collect(),
        custodians: Vec::new(),
        rekey_due: !leaving.is_empty(),
        members,
    })
}

async fn member(
    register: &Register,
    grant: &Grant,
    account: &Account,
    problem: Option<&'static str>,
) -> Result<Member, Error> {
    Ok(Member {
        name: account.name.clone(),
        organisation: account.organisation.clone(),
        since: grant.granted_on.to_string(),
        granted_by: match &grant.agreed_by {
            Some(second) => format!("{}, {second}", grant.granted_by),
            None => grant.granted_by.clone(),
        },
        until: grant
            .until_on
            .map_or_else(String::new, |day| day.to_string()),
        seen: account
            .seen_on
            .map_or("never".to_owned(), |day| day.to_string()),
        key: account.recipient.fingerprint(),
        codes: codes(register, account).await?,
        problem,
    })
}

/// How an account proves itself beside the passphrase.
pub(super) async fn codes(register: &Register, account: &Account) -> Result<String, Error> {
    let printed = register.printed_codes_left(&account.name).await?;
    Ok(match (&account.code_secret, printed) {
        (Some(secret), printed) => {
            let thing = if secret.is_token() { "token" } else { "phone" };
            match printed {
                None => thing.to_owned(),
                Some(left) => format!("{thing}, {left} printed codes"),
            }
        }
        (None, Some(left)) => format!("{left} printed codes"),
        (None, None) => "none yet".to_owned(),
    })
}

fn fingerprint(recipient: &str) -> String {
    let key = recipient.parse::<loke_core::seal::Recipient>();
    key.map(|key| key.fingerprint()).unwrap_or_default()
}
