//! The books, and who may open each. A grant here is only a note: the key file of the member opens
//! the book.

use serde::Serialize;
use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::seal::Recipient;
use loke_core::tip::{Lane, TipId};

/// A book, as the register knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookLine {
    /// Its name.
    pub name: String,
    /// The lanes that it collects.
    pub lanes: Vec<Lane>,
    /// The `age1…` key that the gateway seals its tips to.
    pub recipient: String,
    /// The day it was created.
    pub created_on: String,
    /// The accounts that may open it.
    pub members: Vec<Grant>,
}

/// One account's grant to one book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct Grant {
    /// The account.
    pub account: String,
    /// The account that let it in.
    pub granted_by: String,
    /// The day.
    pub granted_on: String,
    /// The last day.
    pub until_on: Option<String>,
}

loke_core::words! {
    /// How far a change of a book's keys has come.
    Rekey {
        /// Nothing is going on.
        None = "none",
        /// The book is shut. Its old files are the book.
        Closing = "closing",
        /// The new files are the book. They may still have other names.
        Switched = "switched",
    }
}

/// A row of `books`.
#[derive(FromRow)]
struct BookRow {
    name: String,
    lanes: String,
    recipient: String,
    created_on: String,
}

impl Register {
    /// Adds a book, with its first member. Its lanes are taken from the other books.
    ///
    /// # Errors
    /// [`Error::BookExists`].
    pub async fn add_book(
        &self,
        actor: &Actor,
        name: &str,
        lanes: &[Lane],
        recipient: &Recipient,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        for mut book in book_rows(&mut write).await? {
            let kept: Vec<Lane> = read_lanes(&book.lanes)?
                .into_iter()
                .filter(|lane| !lanes.contains(lane))
                .collect();
            let kept = lane_words(&kept);
            if kept != book.lanes {
                book.lanes = kept;
                sqlx::query("update books set lanes = $2 where name = $1")
                    .bind(&book.name)
                    .bind(&book.lanes)
                    .execute(&mut *write)
                    .await?;
            }
        }
        let added = sqlx::query(
            "insert into books (name, lanes, recipient, created_on) values ($1, $2, $3, $4) on conflict (name) do nothing",
        )
        .bind(name)
        .bind(lane_words(lanes))
        .bind(recipient.to_string())
        .bind(self.clock.today().to_string())
        .execute(&mut *write)
        .await?;
        if added.rows_affected() == 0 {
            return Err(Error::BookExists(name.to_owned()));
        }
        let detail = format!("new book, lanes: {}", lane_words(lanes));
        self.append(&mut write, actor, Action::Init, name, &detail)
            .await?;
        self.note_grant(&mut write, actor, name, &actor.name, None)
            .await?;
        self.commit(write).await
    }

    /// Notes that `account` may open `book`.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn grant(
        &self,
        actor: &Actor,
        book: &str,
        account: &str,
        until_on: Option<&str>,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.note_grant(&mut write, actor, book, account, until_on)
            .await?;
        self.commit(write).await
    }

    async fn note_grant(
        &self,
        write: &mut SqliteConnection,
        actor: &Actor,
        book: &str,
        account: &str,
        until_on: Option<&str>,
    ) -> Result<(), Error> {
        sqlx::query(
            "insert into grants (book, account, granted_by, granted_on, until_on) values ($1, $2, $3, $4, $5)
             on conflict (book, account) do update set granted_by = $3, granted_on = $4, until_on = $5",
        )
        .bind(book)
        .bind(account)
        .bind(&actor.name)
        .bind(self.clock.today().to_string())
        .bind(until_on)
        .execute(&mut *write)
        .await?;
        let detail = match until_on {
            Some(day) => format!("{account} may open it until {day}"),
            None => format!("{account} may open it"),
        };
        self.append(write, actor, Action::Grant, book, &detail)
            .await
    }

    /// Notes that `account` may no longer open `book`. False if it could not anyway.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke(&self, actor: &Actor, book: &str, account: &str) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let gone = sqlx::query("delete from grants where book = $1 and account = $2")
            .bind(book)
            .bind(account)
            .execute(&mut *write)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = format!("{account} may not open it any more");
        self.append(&mut write, actor, Action::Grant, book, &detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// How far a change of a book's keys has come.
    ///
    /// # Errors
    /// [`Error::NoBook`].
    pub(crate) async fn rekey_state(&self, book: &str) -> Result<Rekey, Error> {
        let state: Option<Rekey> = sqlx::query_scalar("select rekey from books where name = $1")
            .bind(book)
            .fetch_optional(&self.pool)
            .await?;
        state.ok_or_else(|| Error::NoBook(book.to_owned()))
    }

    /// Records how far a change of a book's keys has come.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn set_rekey(&self, book: &str, state: Rekey) -> Result<(), Error> {
        sqlx::query("update books set rekey = $2 where name = $1")
            .bind(book)
            .bind(state)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The switch to a book's new keys: from this commit on the new files are the book.
    ///
    /// # Errors
    /// If the database fails. Then the old files are the book.
    pub(crate) async fn switch_keys(
        &self,
        actor: &Actor,
        book: &str,
        recipient: &Recipient,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into retired_keys (recipient, book, retired_on) select recipient, name, $2 from books where name = $1 on conflict do nothing",
        )
        .bind(book)
        .bind(self.clock.today().to_string())
        .execute(&mut *write)
        .await?;
        sqlx::query("update books set rekey = 'switched', recipient = $2 where name = $1")
            .bind(book)
            .bind(recipient.to_string())
            .execute(&mut *write)
            .await?;
        let detail = format!("new keys, {}", recipient.fingerprint());
        self.append(&mut write, actor, Action::Grant, book, &detail)
            .await?;
        self.commit(write).await
    }

    /// All books with their members, in the order in which they were created.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn books(&self) -> Result<Vec<BookLine>, Error> {
        let mut connection = self.pool.acquire().await?;
        let mut books = Vec::new();
        for row in book_rows(&mut connection).await? {
            let members = sqlx::query_as(
                "select account, granted_by, granted_on, until_on from grants where book = $1 order by account",
            );
            books.push(BookLine {
                lanes: read_lanes(&row.lanes)?,
                members: members.bind(&row.name).fetch_all(&mut *connection).await?,
                name: row.name,
                recipient: row.recipient,
                created_on: row.created_on,
            });
        }
        Ok(books)
    }

    /// The book with this name.
    ///
    /// # Errors
    /// [`Error::NoBook`].
    pub async fn book(&self, name: &str) -> Result<BookLine, Error> {
        let books = self.books().await?;
        books
            .into_iter()
            .find(|book| book.name == name)
            .ok_or_else(|| Error::NoBook(name.to_owned()))
    }

    /// The names of the books that `account` may open today.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn books_of(&self, account: &str) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar(
            "select book from grants join accounts on accounts.name = account
             where account = $1 and disabled_on is null and coalesce(until_on, $2) >= $2 order by book",
        );
        Ok(names
            .bind(account)
            .bind(self.clock.today().to_string())
            .fetch_all(&self.pool)
            .await?)
    }

    /// The book that holds a tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn book_with(&self, tip: TipId) -> Result<Option<String>, Error> {
        Ok(sqlx::query_scalar("select book from tips where id = $1")
            .bind(tip.0.as_slice())
            .fetch_optional(&self.pool)
            .await?)
    }
}

async fn book_rows(connection: &mut SqliteConnection) -> Result<Vec<BookRow>, Error> {
    let rows =
        sqlx::query_as("select name, lanes, recipient, created_on from books order by rowid");
    Ok(rows.fetch_all(connection).await?)
}

fn lane_words(lanes: &[Lane]) -> String {
    let words: Vec<&str> = lanes.iter().map(|lane| lane.word()).collect();
    words.join(",")
}

fn read_lanes(words: &str) -> Result<Vec<Lane>, Error> {
    words
        .split(',')
        .filter(|word| !word.is_empty())
        .map(|word| word.parse().map_err(|_| Error::Row))
        .collect()
}
