//! The books, and who may open each. A grant here is only a note: the key file of the member opens
//! the book. A key that opens a book must never be stored here.

use std::collections::HashSet;

use serde::Serialize;
use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::seal::Recipient;
use loke_core::tip::{Lane, TipId};

/// The register's entry of a book.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BookLine {
    /// Its name.
    pub name: String,
    /// The lanes that it collects.
    pub lanes: Vec<Lane>,
    /// The `age1…` key that the gateway seals its tips to.
    pub recipient: String,
    /// The day it was created.
    pub created_on: Day,
    /// Whether its tips are made up.
    pub practice: bool,
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
    /// The day on which it was let in.
    pub granted_on: Day,
    /// The last day on which the account may open the book.
    pub until_on: Option<Day>,
    /// The second member who agreed.
    pub agreed_by: Option<String>,
    /// The day on which somebody ended it. The grant is deleted when the book has new keys.
    pub ended_on: Option<Day>,
}

/// A grant that takes effect.
#[derive(Debug, Clone, Copy)]
pub struct NewGrant<'a> {
    /// The book.
    pub book: &'a str,
    /// The account that is let in.
    pub account: &'a str,
    /// The member who gave it.
    pub given_by: &'a str,
    /// The last day on which the account may open the book.
    pub until_on: Option<Day>,
    /// The second member who agreed.
    pub agreed_by: Option<&'a str>,
}

impl Grant {
    /// Whether it was ended, or its last day is over.
    #[must_use]
    pub fn is_over(&self, today: Day) -> bool {
        self.ended_on.is_some() || self.until_on.is_some_and(|day| day < today)
    }
}

loke_core::words! {
    /// How far a change of a book's keys has come.
    Rekey {
        /// No change is under way.
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
    created_on: Day,
    practice: bool,
}

impl Register {
    /// Adds a book, with its first member. Takes its lanes from the other books.
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
        .bind(self.clock.today())
        .execute(&mut *write)
        .await?;
        if added.rows_affected() == 0 {
            return Err(Error::BookExists(name.to_owned()));
        }
        let detail = format!("new book, lanes: {}", lane_words(lanes));
        self.append(&mut write, actor, Action::Init, name, &detail)
            .await?;
        let own = NewGrant {
            book: name,
            account: &actor.name,
            given_by: &actor.name,
            until_on: None,
            agreed_by: None,
        };
        self.note_grant(&mut write, &own).await?;
        self.commit(write).await
    }

    /// Notes that a book is for practice.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_practice(&self, book: &str) -> Result<(), Error> {
        sqlx::query("update books set practice = 1 where name = $1")
            .bind(book)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that a grant takes effect.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn grant(&self, grant: &NewGrant<'_>) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.note_grant(&mut write, grant).await?;
        self.commit(write).await
    }

    async fn note_grant(
        &self,
        write: &mut SqliteConnection,
        grant: &NewGrant<'_>,
    ) -> Result<(), Error> {
        let NewGrant {
            book,
            account,
            given_by,
            until_on,
            agreed_by,
        } = *grant;
        sqlx::query(
            "insert into grants (book, account, granted_by, granted_on, until_on, agreed_by) values ($1, $2, $3, $4, $5, $6)
             on conflict (book, account) do update set granted_by = $3, granted_on = $4, until_on = $5, agreed_by = $6, ended_on = null, shut = 0",
        )
        .bind(book)
        .bind(account)
        .bind(given_by)
        .bind(self.clock.today())
        .bind(until_on)
        .bind(agreed_by)
        .execute(&mut *write)
        .await?;
        let mut detail = match until_on {
            Some(day) => format!("{account} may open it until {day}"),
            None => format!("{account} may open it"),
        };
        if let Some(second) = agreed_by {
            detail.push_str(&format!(", agreed: {second}"));
        }
        let giver: Option<String> =
            sqlx::query_scalar("select organisation from accounts where name = $1")
                .bind(given_by)
                .fetch_optional(&mut *write)
                .await?;
        let actor = Actor {
            name: given_by.to_owned(),
            organisation: giver.unwrap_or_default(),
        };
        self.append(write, &actor, Action::Grant, book, &detail)
            .await
    }

    /// Notes that `account` may no longer open `book`. The grant's row stays until the book has new
    /// keys, so that the change of keys stays due. False if the grant was ended before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn revoke(&self, actor: &Actor, book: &str, account: &str) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let ended = self.end_grant(&mut write, actor, book, account).await?;
        self.commit(write).await?;
        Ok(ended)
    }

    async fn end_grant(
        &self,
        write: &mut SqliteConnection,
        actor: &Actor,
        book: &str,
        account: &str,
    ) -> Result<bool, Error> {
        let ended = sqlx::query(
            "update grants set ended_on = $3 where book = $1 and account = $2 and ended_on is null",
        )
        .bind(book)
        .bind(account)
        .bind(self.clock.today())
        .execute(&mut *write)
        .await?;
        if ended.rows_affected() == 0 {
            return Ok(false);
        }
        Self::drop_typed_about(write, account, book).await?;
        let detail = format!("{account} may not open it any more");
        self.append(write, actor, Action::Grant, book, &detail)
            .await?;
        Ok(true)
    }

    /// The accounts and custodians who have the keys of a book and get no new ones: their grant
    /// ended, they are disabled, or they were removed.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn leaving(&self, book: &str) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar(
            "select account from grants join accounts on accounts.name = account
             where book = $1 and (ended_on is not null or disabled_on is not null or until_on < $2)
             union select 'custodian.' || name from leaving_custodians where book = $1 order by 1",
        );
        Ok(names
            .bind(book)
            .bind(self.clock.today())
            .fetch_all(&self.pool)
            .await?)
    }

    /// The accounts with a grant to a book, and the custodians.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn holders(&self, book: &str) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar(
            "select account from grants where book = $1
             union select 'custodian.' || name from custodians",
        );
        Ok(names.bind(book).fetch_all(&self.pool).await?)
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

    /// Switches a book to its new keys. From this commit on, the new files are the book, and the
    /// grants of the accounts in `leaving` are deleted.
    ///
    /// # Errors
    /// If the database fails. Then the old files are the book.
    pub(crate) async fn switch_keys(
        &self,
        actor: &Actor,
        book: &str,
        recipient: &Recipient,
        leaving: &[String],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        for name in leaving {
            self.end_grant(&mut write, actor, book, name).await?;
            for gone in [
                "delete from grants where book = $1 and account = $2",
                "delete from leaving_custodians where book = $1 and 'custodian.' || name = $2",
            ] {
                sqlx::query(gone)
                    .bind(book)
                    .bind(name)
                    .execute(&mut *write)
                    .await?;
            }
        }
        sqlx::query(
            "insert into retired_keys (recipient, book, retired_on) select recipient, name, $2 from books where name = $1 on conflict do nothing",
        )
        .bind(book)
        .bind(self.clock.today())
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
                "select account, granted_by, granted_on, until_on, agreed_by, ended_on from grants where book = $1 order by account",
            );
            books.push(BookLine {
                lanes: read_lanes(&row.lanes)?,
                members: members.bind(&row.name).fetch_all(&mut *connection).await?,
                name: row.name,
                recipient: row.recipient,
                created_on: row.created_on,
                practice: row.practice,
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
             where account = $1 and disabled_on is null and ended_on is null and coalesce(until_on, $2) >= $2 order by book",
        );
        Ok(names
            .bind(account)
            .bind(self.clock.today())
            .fetch_all(&self.pool)
            .await?)
    }

    /// The accounts that can open a book: their grant is in force, they are not disabled, and
    /// nobody else made their key since they were let in.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn openers(&self, book: &str) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar(
            "select account from grants join accounts on accounts.name = account
             where book = $1 and ended_on is null and shut = 0 and coalesce(until_on, $2) >= $2
               and disabled_on is null and first = 0 order by account",
        );
        let names = names.bind(book).bind(self.clock.today());
        Ok(names.fetch_all(&self.pool).await?)
    }

    /// The names of the books that have a grant for `account`, ended or not.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn all_books_of(&self, account: &str) -> Result<Vec<String>, Error> {
        let names = sqlx::query_scalar("select book from grants where account = $1 order by book");
        Ok(names.bind(account).fetch_all(&self.pool).await?)
    }

    /// The organisations that a book is shared with: people there viewed it, and another
    /// organisation made it. Each with the number of its views and the time of the last one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn shared(&self, book: &str) -> Result<Vec<(String, i64, i64)>, Error> {
        let rows = sqlx::query_as(
            "select organisation, count(*), max(time) from audit
             where object = $1 and action in ('view', 'photo', 'search', 'open', 'call')
               and organisation not in (select organisation from audit where action = 'init' and object = $1)
               and organisation <> 'desk' group by organisation order by organisation",
        );
        Ok(rows.bind(book).fetch_all(&self.pool).await?)
    }

    /// The tips in a book.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn tips_of(&self, book: &str) -> Result<HashSet<TipId>, Error> {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar("select id from tips where book = $1")
            .bind(book)
            .fetch_all(&self.pool)
            .await?;
        let ids = ids.into_iter();
        ids.map(|id| TipId::try_from(id).map_err(|_| Error::Row))
            .collect()
    }

    /// The book that a tip is in.
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
    let rows = sqlx::query_as(
        "select name, lanes, recipient, created_on, practice from books order by rowid",
    );
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
