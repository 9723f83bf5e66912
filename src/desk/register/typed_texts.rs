//! Texts that people were typing when their sessions ended or a book closed, each sealed to its writer
//! ([`crate::typed`]).

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::database::Error;

/// Most texts of one account. The oldest makes room.
const MOST: i64 = 20;

/// A sealed text.
#[derive(FromRow)]
pub(crate) struct SealedText {
    /// The browser and the form. A later text replaces an earlier one.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) slot: Slot,
    pub(crate) sealed: Vec<u8>,
    /// Whether it stays until its form is used.
    pub(crate) waits: bool,
}

/// The hash of a browser and a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(pub(crate) [u8; 32]);

impl Slot {
    /// The slot as hex digits, for a field of a form.
    pub(crate) fn word(self) -> String {
        hex::encode(self.0)
    }

    pub(crate) fn read(word: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(word, &mut bytes).ok()?;
        Some(Self(bytes))
    }
}

impl TryFrom<Vec<u8>> for Slot {
    type Error = Error;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Error> {
        Ok(Self(bytes.try_into().map_err(|_| Error::Row)?))
    }
}

/// A text that is about to be stored.
pub(crate) struct NewText<'a> {
    pub(crate) account: &'a str,
    pub(crate) slot: Slot,
    pub(crate) sealed: &'a [u8],
    /// The book that it is about.
    pub(crate) book: Option<&'a str>,
    /// Whether it stays until its form is used.
    pub(crate) waits: bool,
}

impl Register {
    /// Stores a sealed text. A later one of the same slot replaces it.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn keep_typed(&self, text: &NewText<'_>) -> Result<(), Error> {
        let mut write = self.write().await?;
        for statement in [
            "delete from typed_texts where slot = $2 and account = $1",
            "insert into typed_texts (slot, account, sealed, book, waits) values ($2, $1, $3, $5, $6)",
            "delete from typed_texts where account = $1 and rowid not in (select rowid from typed_texts where account = $1 order by rowid desc limit $4)",
        ] {
            sqlx::query(statement)
                .bind(text.account)
                .bind(text.slot.0.as_slice())
                .bind(text.sealed)
                .bind(MOST)
                .bind(text.book)
                .bind(text.waits)
                .execute(&mut *write)
                .await?;
        }
        Ok(write.commit().await?)
    }

    /// The sealed texts of an account, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn typed_of(&self, account: &str) -> Result<Vec<SealedText>, Error> {
        let sealed = sqlx::query_as(
            "select slot, sealed, waits from typed_texts where account = $1 order by rowid",
        );
        Ok(sealed.bind(account).fetch_all(&self.pool).await?)
    }

    /// Whether a text of the account is stored in this slot.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn has_typed(&self, account: &str, slot: Slot) -> Result<bool, Error> {
        let there = sqlx::query_scalar(
            "select exists (select 1 from typed_texts where account = $1 and slot = $2)",
        );
        let there = there.bind(account).bind(slot.0.as_slice());
        Ok(there.fetch_one(&self.pool).await?)
    }

    /// Drops a text of the account.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn drop_typed(&self, account: &str, slot: Slot) -> Result<(), Error> {
        sqlx::query("delete from typed_texts where account = $1 and slot = $2")
            .bind(account)
            .bind(slot.0.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Stores a text of the account, sealed anew, in its slot.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn reseal_typed(
        &self,
        account: &str,
        slot: Slot,
        sealed: &[u8],
    ) -> Result<(), Error> {
        sqlx::query("update typed_texts set sealed = $3 where account = $1 and slot = $2")
            .bind(account)
            .bind(slot.0.as_slice())
            .bind(sealed)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// The key that the account had before the present one, if the same person chose both
    /// passphrases.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn key_before(&self, account: &str) -> Result<Option<String>, Error> {
        let key = sqlx::query_scalar("select key_before from accounts where name = $1");
        let key = key.bind(account).fetch_optional(&self.pool).await?;
        Ok(key.flatten())
    }

    /// Drops the texts of an account that loses a book: those about the book, and reports that
    /// have no book yet.
    pub(super) async fn drop_typed_about(
        write: &mut SqliteConnection,
        account: &str,
        book: &str,
    ) -> Result<(), Error> {
        sqlx::query("delete from typed_texts where account = $1 and (book is null or book = $2)")
            .bind(account)
            .bind(book)
            .execute(write)
            .await?;
        Ok(())
    }
}
