//! Tips about staff: the book for them, and the tips that wait until it opens.

use sqlx::{FromRow, SqliteConnection};

use super::{Register, names};
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::tip::TipId;

/// A tip on its way to a book.
#[derive(FromRow)]
pub(crate) struct Transfer {
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) tip: TipId,
    /// The tip, sealed to the book.
    pub(crate) sealed: Vec<u8>,
    /// Its reports, sealed to the book. An earlier version stored none.
    pub(crate) reports: Option<Vec<u8>>,
}

impl Register {
    /// The name of the book for tips about staff.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn about_staff(&self) -> Result<Option<String>, Error> {
        let book = sqlx::query_scalar("select book from about_staff");
        Ok(book.fetch_optional(&self.pool).await?)
    }

    /// Makes this the book for tips about staff.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn set_about_staff(&self, actor: &Actor, book: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("insert into about_staff (one, book) values (1, $1) on conflict (one) do update set book = $1")
            .bind(book)
            .execute(&mut *write)
            .await?;
        let detail = "it is for tips about staff";
        self.append(&mut write, actor, Action::Grant, book, detail)
            .await?;
        self.commit(write).await
    }

    /// The tips that wait for this book, each sealed to it.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn transfers(&self, book: &str) -> Result<Vec<Transfer>, Error> {
        let rows = sqlx::query_as(
            "select tip, sealed, reports from transfers where book = $1 order by tip",
        );
        Ok(rows.bind(book).fetch_all(&self.pool).await?)
    }

    /// The book has this tip now.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn end_transfer(&self, tip: TipId) -> Result<(), Error> {
        sqlx::query("delete from transfers where tip = $1")
            .bind(tip.0.as_slice())
            .execute(&self.pool)
            .await?;
        Ok(())
    }
}

/// Adds the reports of a tip that is on its way.
pub(super) async fn add_reports(
    write: &mut SqliteConnection,
    tip: TipId,
    sealed: &[u8],
) -> Result<(), Error> {
    sqlx::query("update transfers set reports = $2 where tip = $1")
        .bind(tip.0.as_slice())
        .bind(sealed)
        .execute(write)
        .await?;
    Ok(())
}

/// Takes a tip on its way: from now on the register points to the other book. Nobody who could take
/// it is told of it until that book opens.
pub(super) async fn begin(
    write: &mut SqliteConnection,
    tip: TipId,
    book: &str,
    sealed: &[u8],
) -> Result<(), Error> {
    sqlx::query(
        "insert into transfers (tip, book, sealed) values ($1, $2, $3) on conflict (tip) do update set book = $2, sealed = $3",
    )
    .bind(tip.0.as_slice())
    .bind(book)
    .bind(sealed)
    .execute(&mut *write)
    .await?;
    sqlx::query("delete from urgent where tip = $1")
        .bind(tip.0.as_slice())
        .execute(&mut *write)
        .await?;
    names::note_tips(write, &[tip], book).await
}
