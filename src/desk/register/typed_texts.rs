//! Texts that people were typing when their sessions ended, each sealed to its writer
//! ([`crate::typed`]).

use super::Register;
use crate::database::Error;

/// Most texts of one account. The oldest makes room.
const MOST: i64 = 20;

impl Register {
    /// Stores a sealed text. A later one of the same slot replaces it.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn keep_typed(
        &self,
        account: &str,
        slot: &[u8; 32],
        sealed: &[u8],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        for statement in [
            "delete from typed_texts where slot = $2 and account = $1",
            "insert into typed_texts (slot, account, sealed) values ($2, $1, $3)",
            "delete from typed_texts where account = $1 and rowid not in (select rowid from typed_texts where account = $1 order by rowid desc limit $4)",
        ] {
            sqlx::query(statement)
                .bind(account)
                .bind(slot.as_slice())
                .bind(sealed)
                .bind(MOST)
                .execute(&mut *write)
                .await?;
        }
        Ok(write.commit().await?)
    }

    /// The sealed texts of an account, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn typed_of(&self, account: &str) -> Result<Vec<Vec<u8>>, Error> {
        let sealed =
            sqlx::query_scalar("select sealed from typed_texts where account = $1 order by rowid");
        Ok(sealed.bind(account).fetch_all(&self.pool).await?)
    }

    /// Drops the texts of an account.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drop_typed(&self, account: &str) -> Result<(), Error> {
        sqlx::query("delete from typed_texts where account = $1")
            .bind(account)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}
