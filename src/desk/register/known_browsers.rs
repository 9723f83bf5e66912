//! The browsers that signed in to an account before.

use super::Register;
use crate::database::Error;

/// Days after which a browser that did not sign in is forgotten.
pub(crate) const KNOWN_DAYS: i32 = 180;
/// Most browsers of one account.
const MOST: i64 = 10;

impl Register {
    /// Whether the browser with this cookie signed in to the account before. `browser` is the
    /// SHA-256 of its cookie.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn knows_browser(
        &self,
        browser: &[u8; 32],
        account: &str,
    ) -> Result<bool, Error> {
        let known = sqlx::query_scalar(
            "select exists (select 1 from known_browsers where browser = $1 and account = $2 and seen_on >= $3)",
        );
        Ok(known
            .bind(browser.as_slice())
            .bind(account)
            .bind(self.clock.today().plus(-KNOWN_DAYS).to_string())
            .fetch_one(&self.pool)
            .await?)
    }

    /// Stores that a browser signed in to an account. The oldest make room.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_browser(
        &self,
        browser: &[u8; 32],
        account: &str,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into known_browsers (browser, account, seen_on) values ($1, $2, $3)
             on conflict (browser, account) do update set seen_on = $3",
        )
        .bind(browser.as_slice())
        .bind(account)
        .bind(self.clock.today())
        .execute(&mut *write)
        .await?;
        sqlx::query(
            "delete from known_browsers where account = $1 and browser not in
               (select browser from known_browsers where account = $1 order by seen_on desc, rowid desc limit $2)",
        )
        .bind(account)
        .bind(MOST)
        .execute(&mut *write)
        .await?;
        self.commit(write).await
    }
}
