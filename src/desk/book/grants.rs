//! Grants that one member gave and that wait for a second one. They are inside the book, so that
//! nobody without the book's key can make one. A waiting grant must never open a book.

use sqlx::FromRow;

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::seal::Recipient;

/// A grant that waits.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct WaitingGrant {
    /// The account that is let in.
    pub account: String,
    /// The key whose fingerprint was shown.
    pub recipient: String,
    /// The last day on which the account may open the book.
    pub until_on: Option<Day>,
    /// The member who gave it.
    pub given_by: String,
    /// The day on which it was given.
    pub given_on: Day,
}

impl WaitingGrant {
    /// The fingerprint that was shown.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let key = self.recipient.parse::<Recipient>();
        key.map(|key| key.fingerprint()).unwrap_or_default()
    }
}

impl Book {
    /// Stores a grant until a second member agrees. Replaces the account's older one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn give_grant(
        &self,
        account: &str,
        recipient: &Recipient,
        until_on: Option<Day>,
    ) -> Result<(), Error> {
        let today = self.register.clock().today();
        let mut write = self.write().await?;
        sqlx::query(
            "insert into waiting_grants (account, recipient, until_on, given_by, given_on) values ($1, $2, $3, $4, $5)
             on conflict (account) do update set recipient = $2, until_on = $3, given_by = $4, given_on = $5",
        )
        .bind(account)
        .bind(recipient.to_string())
        .bind(until_on)
        .bind(&self.actor.name)
        .bind(today)
        .execute(&mut *write)
        .await?;
        let detail = format!(
            "{account} waits for a second member, with the key {}",
            recipient.fingerprint()
        );
        self.append(&mut write, Action::Grant, &self.name, &detail)
            .await?;
        let effect = Effect::GrantWaits {
            account: account.to_owned(),
            given_by: self.actor.name.clone(),
            given_on: today,
            until_on,
            fingerprint: recipient.fingerprint(),
        };
        self.effect(&mut write, &effect, None).await?;
        self.commit(write).await
    }

    /// The grants that wait.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn waiting_grants(&self) -> Result<Vec<WaitingGrant>, Error> {
        let rows = sqlx::query_as(
            "select account, recipient, until_on, given_by, given_on from waiting_grants order by account",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Removes a waiting grant: it took effect, a member refused it, or the account has another
    /// key.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn settle_grant(&self, account: &str, why: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("delete from waiting_grants where account = $1")
            .bind(account)
            .execute(&mut *write)
            .await?;
        let detail = format!("{account}: {why}");
        self.append(&mut write, Action::Grant, &self.name, &detail)
            .await?;
        let effect = Effect::GrantSettled {
            account: account.to_owned(),
        };
        self.effect(&mut write, &effect, None).await?;
        self.commit(write).await
    }
}
