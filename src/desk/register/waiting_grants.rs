//! Grants that wait for a second member, as the books told them. They are for lists and for the daily
//! mail: only the row in the book itself lets somebody in.

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::audit::{self, Action, Actor, Entry, Row};
use crate::database::Error;
use loke_core::clock::Day;

/// A grant that waits.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WaitingLine {
    /// The book.
    pub book: String,
    /// The account that is let in.
    pub account: String,
    /// The member who gave it.
    pub given_by: String,
    /// The day.
    pub given_on: Day,
    /// The last day.
    pub until_on: Option<Day>,
    /// The fingerprint of the account's key.
    pub fingerprint: String,
    /// The row of the register's audit log that says so.
    pub row: i64,
}

impl Register {
    /// Notes that a grant waits, and writes it to the audit log.
    pub(super) async fn note_waiting(
        &self,
        write: &mut SqliteConnection,
        line: WaitingLine,
    ) -> Result<(), Error> {
        let WaitingLine {
            book,
            account,
            given_by,
            given_on,
            until_on,
            fingerprint,
            ..
        } = line;
        let detail = format!("{account} waits to be let in by {given_by}");
        let entry = Entry::new(Action::Grant, &book, &detail);
        let row = audit::append(write, self.clock.now(), &Actor::desk(), entry).await?;
        sqlx::query(
            "insert into waiting_grants (book, account, given_by, given_on, until_on, fingerprint, row) values ($1, $2, $3, $4, $5, $6, $7)
             on conflict (book, account) do update set given_by = $3, given_on = $4, until_on = $5, fingerprint = $6, row = $7",
        )
        .bind(&book)
        .bind(&account)
        .bind(given_by)
        .bind(given_on)
        .bind(until_on)
        .bind(fingerprint)
        .bind(row.seq)
        .execute(write)
        .await?;
        Ok(())
    }

    /// Notes that a grant does not wait any more.
    pub(super) async fn note_settled(
        &self,
        write: &mut SqliteConnection,
        book: &str,
        account: &str,
    ) -> Result<(), Error> {
        sqlx::query("delete from waiting_grants where book = $1 and account = $2")
            .bind(book)
            .bind(account)
            .execute(write)
            .await?;
        Ok(())
    }

    /// The grants that wait.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn waiting_grants(&self) -> Result<Vec<WaitingLine>, Error> {
        let rows = sqlx::query_as(
            "select book, account, given_by, given_on, until_on, fingerprint, row from waiting_grants order by book, account",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Whether a daily mail left that carried this row of the register's audit log, or a later one.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn was_mailed(&self, row: i64) -> Result<bool, Error> {
        let mailed = sqlx::query_scalar(
            "select exists (select 1 from mails where kind = 'daily' and sent_at is not null and head >= $1)",
        );
        Ok(mailed.bind(row).fetch_one(&self.pool).await?)
    }

    /// The rows of the register's audit log about grants and keys after a row, up to another one: the
    /// newest first.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn grants_between(&self, after: i64, last: i64) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_as(
            "select seq, time, who, organisation, action, object, detail, hash from audit
             where action = 'grant' and seq > $1 and seq <= $2 and detail not like 'row %' order by seq desc",
        );
        Ok(rows.bind(after).bind(last).fetch_all(&self.pool).await?)
    }

    /// The row of the register's audit log that the daily mail before this one carried.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn mailed_before(&self, mail: i64) -> Result<i64, Error> {
        let row = sqlx::query_scalar(
            "select coalesce(max(head), 0) from mails where kind = 'daily' and sent_at is not null
             and queued_at < (select queued_at from mails where id = $1)",
        );
        Ok(row.bind(mail).fetch_one(&self.pool).await?)
    }
}
