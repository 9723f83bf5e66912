//! Wishes to forget on their way to other books: each waits, sealed to its book, until that book is
//! open.

use sqlx::SqliteConnection;

use super::Register;
use crate::database::Error;

impl Register {
    /// The wishes that wait for this book, each sealed to it.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn forgets(&self, book: &str) -> Result<Vec<(i64, Vec<u8>)>, Error> {
        let rows = sqlx::query_as("select id, sealed from forgets where book = $1 order by id");
        Ok(rows.bind(book).fetch_all(&self.pool).await?)
    }

    /// The book carried this wish out.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn end_forget(&self, id: i64) -> Result<(), Error> {
        sqlx::query("delete from forgets where id = $1")
            .bind(id)
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Takes a wish on its way.
pub(super) async fn begin(
    write: &mut SqliteConnection,
    book: &str,
    sealed: &[u8],
) -> Result<(), Error> {
    sqlx::query("insert into forgets (book, sealed) values ($1, $2)")
        .bind(book)
        .bind(sealed)
        .execute(write)
        .await?;
    Ok(())
}
