//! The custodians: their names and public keys.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// A custodian.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Custodian {
    /// The name.
    pub name: String,
    /// The public key (`age1…`).
    pub recipient: String,
    /// The supervisor who named the custodian.
    pub added_by: String,
    /// The day.
    pub added_on: Day,
    /// The public key that a second member agreed to.
    pub agreed: Option<String>,
}

impl Register {
    /// Stores a custodian, or another key of one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn set_custodian(
        &self,
        actor: &Actor,
        name: &str,
        recipient: &Recipient,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into custodians (name, recipient, added_by, added_on) values ($1, $2, $3, $4)
             on conflict (name) do update set recipient = $2, added_by = $3, added_on = $4",
        )
        .bind(name)
        .bind(recipient.to_string())
        .bind(&actor.name)
        .bind(self.clock.today())
        .execute(&mut *write)
        .await?;
        let detail = format!("custodian {name} named");
        self.append(&mut write, actor, Action::Grant, "custodians", &detail)
            .await?;
        self.commit(write).await
    }

    /// Removes a custodian. `books` must get new keys then: each is noted until it has them.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn end_custodian(
        &self,
        actor: &Actor,
        name: &str,
        books: &[String],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        for book in books {
            sqlx::query("insert into leaving_custodians (name, book) values ($1, $2) on conflict do nothing")
                .bind(name)
                .bind(book)
                .execute(&mut *write)
                .await?;
        }
        let gone = sqlx::query("delete from custodians where name = $1")
            .bind(name)
            .execute(&mut *write)
            .await?;
        if gone.rows_affected() > 0 {
            let detail = format!("custodian {name} removed");
            self.append(&mut write, actor, Action::Grant, "custodians", &detail)
                .await?;
        }
        self.commit(write).await
    }

    /// The books whose keys a removed custodian still has.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn books_of_leaving(&self, name: &str) -> Result<Vec<String>, Error> {
        let books =
            sqlx::query_scalar("select book from leaving_custodians where name = $1 order by book");
        Ok(books.bind(name).fetch_all(&self.pool).await?)
    }

    /// Records that a book opens for a custodian from now on, and that backups are sealed to this key.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_custodian(
        &self,
        book: &str,
        (name, recipient): (&str, &Recipient),
        (given_by, agreed_by): (&str, Option<&str>),
    ) -> Result<(), Error> {
        let actor = match self.account(given_by).await {
            Ok(account) => account.actor(),
            Err(_) => Actor::desk(),
        };
        let mut detail = format!("{name} may open it");
        if let Some(second) = agreed_by {
            detail.push_str(&format!(", agreed: {second}"));
        }
        let mut write = self.write().await?;
        sqlx::query(
            "update custodians set agreed = $2 where 'custodian.' || name = $1 and recipient = $2",
        )
        .bind(name)
        .bind(recipient.to_string())
        .execute(&mut *write)
        .await?;
        self.append(&mut write, &actor, Action::Grant, book, &detail)
            .await?;
        self.commit(write).await
    }

    /// The custodians.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn custodians(&self) -> Result<Vec<Custodian>, Error> {
        let rows = sqlx::query_as(
            "select name, recipient, added_by, added_on, agreed from custodians order by name",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }
}
