//! The printed one-time codes of accounts without a phone.

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use crate::keys::{CodeSalt, PrintedCode};

impl Register {
    /// Stores a new list of codes for an account, in place of an earlier one.
    ///
    /// # Errors
    /// [`Error::NoAccount`] if the account does not exist or is disabled.
    pub async fn set_printed_codes(
        &self,
        actor: &Actor,
        name: &str,
        salt: &CodeSalt,
        digests: &[[u8; 64]],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let there = sqlx::query("select 1 from accounts where name = $1 and disabled_on is null")
            .bind(name)
            .fetch_optional(&mut *write)
            .await?;
        if there.is_none() {
            return Err(Error::NoAccount(name.to_owned()));
        }
        sqlx::query("delete from printed_codes where account = $1")
            .bind(name)
            .execute(&mut *write)
            .await?;
        for digest in digests {
            sqlx::query("insert into printed_codes (account, salt, digest) values ($1, $2, $3)")
                .bind(name)
                .bind(salt.expose())
                .bind(digest.as_slice())
                .execute(&mut *write)
                .await?;
        }
        let detail = format!("{} one-time codes printed", digests.len());
        self.append(&mut write, actor, Action::Account, name, &detail)
            .await?;
        self.commit(write).await
    }

    /// The number of codes of this account that were not used yet; `None` if it has no list.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn printed_codes_left(&self, name: &str) -> Result<Option<i64>, Error> {
        let (all, left): (i64, i64) = sqlx::query_as(
            "select count(*), coalesce(sum(used_on is null), 0) from printed_codes where account = $1",
        )
        .bind(name)
        .fetch_one(&self.pool)
        .await?;
        Ok((all > 0).then_some(left))
    }

    /// Uses up a printed code. False if it is not on the account's list, or was used before.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn use_printed_code(&self, name: &str, code: PrintedCode) -> Result<bool, Error> {
        let salt: Option<Vec<u8>> =
            sqlx::query_scalar("select salt from printed_codes where account = $1 limit 1")
                .bind(name)
                .fetch_optional(&self.pool)
                .await?;
        let Some(salt) = salt.map(CodeSalt::new) else {
            return Ok(false);
        };
        let Ok(digest) = tokio::task::spawn_blocking(move || code.digest(&salt)).await else {
            return Ok(false);
        };
        let used = sqlx::query(
            "update printed_codes set used_on = $3 where account = $1 and digest = $2 and used_on is null",
        )
        .bind(name)
        .bind(digest.as_slice())
        .bind(self.clock.today())
        .execute(&self.pool)
        .await?;
        Ok(used.rows_affected() == 1)
    }
}
