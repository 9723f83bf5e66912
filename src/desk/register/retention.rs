//! What the register knows of retention: which books were searched, and which tips are restricted.

use std::collections::HashSet;

use super::Register;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// The last search of a book for tips over their period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookSearch {
    /// The book.
    pub book: String,
    /// The day.
    pub on: Day,
    /// Open tips that were over their period on that day.
    pub undecided: i64,
}

impl Register {
    /// Stores that somebody set the machine's clock by so many seconds.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_clock_jump(&self, seconds: i64) -> Result<(), Error> {
        sqlx::query("insert or replace into clock_jumps (seen_at, seconds) values ($1, $2)")
            .bind(self.clock.now())
            .bind(seconds)
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// When somebody set the machine's clock, and by how many seconds.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn clock_jumps(&self) -> Result<Vec<(i64, i64)>, Error> {
        let rows = sqlx::query_as("select seen_at, seconds from clock_jumps order by seen_at");
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Notes that a book was searched.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_searched(
        &self,
        book: &str,
        on: Day,
        undecided: i64,
    ) -> Result<(), Error> {
        // Most searches change nothing: they need no commit.
        sqlx::query(
            "insert into retention (book, looked_on, undecided) select $1, $2, $3
             where not exists (select 1 from retention where book = $1 and looked_on = $2 and undecided = $3)
             on conflict (book) do update set looked_on = $2, undecided = $3",
        )
        .bind(book)
        .bind(on)
        .bind(undecided)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The last search of each book.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn searches(&self) -> Result<Vec<BookSearch>, Error> {
        let rows: Vec<(String, Day, i64)> =
            sqlx::query_as("select book, looked_on, undecided from retention order by book")
                .fetch_all(&self.pool)
                .await?;
        let searches = rows.into_iter().map(|(book, on, undecided)| BookSearch {
            book,
            on,
            undecided,
        });
        Ok(searches.collect())
    }

    /// The day of a book's last search.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn searched_on(&self, book: &str) -> Result<Option<Day>, Error> {
        let searches = self.searches().await?;
        Ok(searches.into_iter().find(|s| s.book == book).map(|s| s.on))
    }

    /// The tips with a report that has not arrived yet.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn tips_with_waiting_reports(&self) -> Result<HashSet<TipId>, Error> {
        let tips: Vec<Vec<u8>> =
            sqlx::query_scalar(
            "select distinct delivery_tips.tip from delivery_tips join deliveries on id = delivery_id where done is null and taken_back_at is null",
        )
                .fetch_all(&self.pool)
                .await?;
        tips.into_iter()
            .map(|tip| tip.try_into().map_err(|_| Error::Row))
            .collect()
    }
}
