//! Cover for "forget". A forgotten row is overwritten at once, so of two copies of the database the
//! second has another row. In each hour exactly as many rows of each book are overwritten: the desk
//! puts rows among the empty ones whose names only this gateway's MAC key tells. A "forget" takes the
//! place of some of them, so a copy shows neither that somebody forgot nor which row it was.

use std::sync::{Mutex, PoisonError};

use sqlx::{query_as, query_scalar};

use super::engine::{Tx, on};
use super::replies::{ROWS_OF_A_BOOK, RUN};
use super::statements::{self, MOST_ROWS, runs, with_rows};
use super::{Error, Store};
use loke_core::clock::Day;
use loke_core::pickup::Row;
use loke_core::reply_rows::{COVER, RowName, cover_row};
use loke_core::seal::MacKey;

const HOUR: i64 = 3_600;

/// The hour whose rows were overwritten last, since 1970-01-01 UTC. In memory only.
#[derive(Default)]
pub(super) struct Covered(Mutex<i64>);

impl Covered {
    fn is_done(&self, hour: i64) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) >= hour
    }

    fn note(&self, hour: i64) {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *last = hour.max(*last);
    }
}

impl Store {
    /// Overwrites the rows of the hour that ends now, unless a "forget" did.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn cover_replies(&self, key: &MacKey, now: i64) -> Result<(), Error> {
        let hour = now.div_euclid(HOUR) - 1;
        if self.covered.is_done(hour) {
            return Ok(());
        }
        let mut tx = self.engine.begin().await?;
        tx.alone_with_replies().await?;
        let names = cover(&mut tx, key, hour, &[]).await?;
        overwrite(&mut tx, &names).await?;
        self.finish(tx).await?;
        self.covered.note(hour);
        Ok(())
    }

    /// Overwrites these rows, and of each book as many others that all books change by one number.
    pub(super) async fn overwrite_covered(
        &self,
        names: &[RowName],
        key: &MacKey,
        now: i64,
    ) -> Result<(), Error> {
        let hour = now.div_euclid(HOUR);
        let mut tx = self.engine.begin().await?;
        tx.alone_with_replies().await?;
        let forgotten = overwrite(&mut tx, names).await?;
        if !self.covered.is_done(hour) {
            let names = cover(&mut tx, key, hour, &forgotten).await?;
            overwrite(&mut tx, &names).await?;
        }
        self.finish(tx).await?;
        self.covered.note(hour);
        Ok(())
    }
}

/// The names of an hour in each book: fewer in a book with forgotten rows.
async fn cover(
    tx: &mut Tx,
    key: &MacKey,
    hour: i64,
    forgotten: &[i64],
) -> Result<Vec<RowName>, Error> {
    let books: Vec<(i64, Vec<u8>, i64)> = on!(tx, |connection| query_as(statements::BOOKS)
        .fetch_all(connection)
        .await)?;
    let mut names = Vec::new();
    for (place, book, replaced_on) in books {
        let (Ok(book), Ok(day)) = (book.try_into(), i32::try_from(replaced_on)) else {
            continue;
        };
        let of_book = |number: &&i64| *number / ROWS_OF_A_BOOK == place;
        let spent = forgotten.iter().filter(of_book).count();
        let left = (0..COVER).skip(spent);
        names.extend(left.map(|at| cover_row(key, &book, Day(day), hour, at)));
    }
    Ok(names)
}

/// Overwrites the rows of these names with random bytes under random names. Returns their numbers.
async fn overwrite(tx: &mut Tx, names: &[RowName]) -> Result<Vec<i64>, Error> {
    let mut found = Vec::new();
    for run in runs(names, RUN.min(MOST_ROWS)) {
        let rows = run
            .iter()
            .map(|_| Row::random())
            .collect::<Result<Vec<_>, _>>()?;
        let numbers: Vec<i64> = on!(&mut *tx, |connection| {
            let text = with_rows(statements::FORGET_ROWS, 0, 3, run.len());
            let mut q = query_scalar(text);
            for (name, row) in run.iter().zip(&rows) {
                q = q
                    .bind(name.0.to_vec())
                    .bind(row.name.0.to_vec())
                    .bind(row.sealed.clone());
            }
            q.fetch_all(connection).await
        })?;
        found.extend(numbers);
    }
    Ok(found)
}
