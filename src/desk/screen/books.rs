//! `GET /books`: the books that are open for this session, with their members, and the grants that
//! wait for a second member. `POST /books` gives a grant, agrees with one, or does not.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::{Frame, OurForm, Refusal, Screen, broken, page, refusal};
use crate::acting::Acting;
use crate::book::Book;
use crate::database::Error;
use crate::granting::{self, WaitsFor};
use crate::people::NotDone;
use crate::register::{AccountRole, Grant};
use crate::session::Signed;
use loke_core::clock::Day;

struct Waiting {
    account: String,
    given_by: String,
    given_on: Day,
    until: Option<Day>,
    key: String,
    is_mine: bool,
}

struct BookPart {
    name: String,
    members: Vec<Grant>,
    waiting: Vec<Waiting>,
}

#[derive(Template)]
#[template(path = "desk/books.html")]
struct Books {
    frame: Frame,
    form_token: String,
    books: Vec<BookPart>,
    /// The accounts that can be let in; empty without the role.
    accounts: Vec<String>,
    own_key: String,
}

/// The forms of the page.
#[derive(Deserialize)]
pub(super) struct GrantForm {
    decision: String,
    book: String,
    name: String,
    #[serde(default)]
    until: String,
}

/// `GET /books`
pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
) -> Result<Response, Refusal> {
    let register = acting.register();
    let mut books = Vec::new();
    for book in acting.books() {
        let part = part(book, &signed.account).await;
        books.push(part.map_err(|e| broken(&e))?);
    }
    let accounts = register.accounts().await.map_err(|e| broken(&e))?;
    let gives = acting.account().is(AccountRole::Supervisor);
    let accounts = accounts.into_iter().filter(|account| {
        gives && account.disabled_on.is_none() && !account.first && account.name != signed.account
    });
    page(&Books {
        frame: screen.frame(Some(&signed)),
        form_token: signed.form_token,
        books,
        accounts: accounts.map(|account| account.name).collect(),
        own_key: acting.account().recipient.fingerprint(),
    })
}

async fn part(book: &Book, me: &str) -> Result<BookPart, Error> {
    let waiting = book.waiting_grants().await?.into_iter();
    Ok(BookPart {
        name: book.name().to_owned(),
        members: book.register().book(book.name()).await?.members,
        waiting: waiting
            .map(|grant| Waiting {
                key: grant.fingerprint(),
                is_mine: grant.given_by == me,
                account: grant.account,
                given_by: grant.given_by,
                given_on: grant.given_on,
                until: grant.until_on,
            })
            .collect(),
    })
}

/// `POST /books`
pub(super) async fn post(
    State(screen): State<Arc<Screen>>,
    signed: Signed,
    acting: Acting,
    OurForm(form): OurForm<GrantForm>,
) -> Result<Response, Refusal> {
    let said = match act(&acting, &form).await {
        Ok(said) => Ok(said),
        // The same answer for a book that does not exist.
        Err(NotDone::Database(Error::NoBook(_))) => {
            let sentence = "There is no such book, or it is not open for you.";
            return Err(refusal(StatusCode::NOT_FOUND, "Not here", sentence));
        }
        Err(problem) => Err(format!("{problem}.")),
    };
    let trouble = said.is_err();
    let (Ok(said) | Err(said)) = said;
    screen.sessions.say(&signed, said, trouble);
    screen.read_notices().await.map_err(|e| broken(&e))?;
    Ok(Redirect::to("/books").into_response())
}

async fn act(acting: &Acting, form: &GrantForm) -> Result<String, NotDone> {
    let GrantForm {
        decision,
        book,
        name,
        until,
    } = form;
    // A book that is not open comes first: the answer tells nothing else of it.
    acting.book(book).await?;
    match decision.as_str() {
        "grant" => {
            let until = match until.as_str() {
                "" => None,
                day => Some(day.parse().map_err(|_| NotDone::Day)?),
            };
            let granted = granting::grant(acting, book, name, until).await?;
            let key = granted.recipient.fingerprint();
            Ok(match granted.waits_for {
                WaitsFor::Nothing => {
                    format!("{name} can open {book} now. Compare the key with {name}: {key}")
                }
                WaitsFor::SecondMember => format!(
                    "{name} can open {book} once another member agrees. Compare the key with {name}: {key}"
                ),
                WaitsFor::DailyMail => format!(
                    "{name} can open {book} at your first sign-in after the next daily mail. Compare the key with {name}: {key}"
                ),
            })
        }
        "agree" => {
            granting::agree(acting, book, name).await?;
            Ok(format!("{name} can open {book} now."))
        }
        _ => {
            granting::disagree(acting, book, name).await?;
            Ok(format!("{name} is not let into {book}."))
        }
    }
}
