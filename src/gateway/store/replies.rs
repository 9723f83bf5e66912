//! Reply rows: a desk replaces all rows of a book at once, a receipt finds its own by their names,
//! and "forget" overwrites them where they are. Nothing adds or removes a single row.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use sqlx::{query, query_as};

use super::engine::{Tx, change, on};
use super::slots::STATEMENT_BYTES;
use super::statements::{self, MOST_ROWS, runs, with_rows};
use super::{Error, Store, soon};
use loke_core::clock::Day;
use loke_core::pickup::Row;
use loke_core::receipt::ReplyBox;
use loke_core::reply_rows::{LETTERS, LOOK_BACK, ROW_SEALED, RowName};
use loke_core::seal::MacKey;
use loke_core::zeroing_alloc::scrub_stack;

/// Most books whose rows one desk may keep here.
pub const BOOKS_OF_A_DESK: u64 = 16;
/// Numbers of rows between two books. Every number takes 4 bytes in SQLite.
pub(super) const ROWS_OF_A_BOOK: i64 = 1 << 20;
/// The first book's place, so that every number takes as many bytes.
const FIRST_PLACE: i64 = 16;
/// Rows in one statement.
pub(super) const RUN: usize = STATEMENT_BYTES / ROW_SEALED;
/// Most names in [`Forgotten`]: 2,300 boxes, in some ten megabytes.
const MOST_FORGOTTEN: usize = 1 << 18;

/// The names of forgotten rows that a desk may still send in the days to come: the tip that tells it
/// waits until somebody opens its book, and another open book may have a reply. In memory only: a
/// name tells nothing without its box.
#[derive(Default)]
pub(super) struct Forgotten(Mutex<HashMap<RowName, Day>>);

impl Forgotten {
    fn note(&self, forgotten: &ReplyBox, today: Day) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        names.retain(|_, day| *day >= today);
        let coming = (0..LOOK_BACK)
            .map(|ahead| today.plus(ahead))
            .flat_map(|day| (0..LETTERS).map(move |letter| (forgotten.row(day, letter), day)));
        if names.len() < MOST_FORGOTTEN {
            names.extend(coming);
        }
    }

    /// Replaces forgotten rows by empty ones.
    fn blank(&self, rows: &mut [Row]) -> Result<(), Error> {
        let names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for row in rows.iter_mut().filter(|row| names.contains_key(&row.name)) {
            *row = Row::random()?;
        }
        Ok(())
    }
}

impl Store {
    /// The day of a book's last replacement; `None` if it has no rows here.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn replies_replaced_on(&self, book: [u8; 16]) -> Result<Option<Day>, Error> {
        let found = book_of(&mut self.engine.begin_read().await?, book).await?;
        Ok(found.and_then(|(_, day)| i32::try_from(day).ok().map(Day)))
    }

    /// Replaces all rows of a book in one transaction. A repeat writes the same rows. A book with
    /// another number of rows, or without any, gets new ones.
    ///
    /// # Errors
    /// [`Error::Unusable`] if a row does not have the one size; [`Error::OlderRows`] if the rows
    /// here are of a later day; [`Error::TooManyBooks`] if the desk has [`BOOKS_OF_A_DESK`] others;
    /// [`Error::Database`] if the database does not answer.
    pub async fn replace_replies(
        &self,
        desk: &str,
        book: [u8; 16],
        day: Day,
        mut rows: Vec<Row>,
    ) -> Result<(), Error> {
        let fits = i64::try_from(rows.len()).is_ok_and(|number| number < ROWS_OF_A_BOOK);
        if !fits || rows.iter().any(|row| row.sealed.len() != ROW_SEALED) {
            return Err(Error::Unusable(format!(
                "a reply row must have {ROW_SEALED} bytes"
            )));
        }
        self.forgotten.blank(&mut rows)?;
        let mut tx = self.engine.begin().await?;
        tx.alone_with_replies().await?;
        let place = enter_book(&mut tx, desk, book, day).await?;
        let first = place * ROWS_OF_A_BOOK;
        let (there,): (i64,) = on!(&mut tx, |connection| query_as(statements::COUNT_ROWS)
            .bind(first)
            .bind(first + ROWS_OF_A_BOOK)
            .fetch_one(connection)
            .await)?;
        let text = if there.unsigned_abs() == rows.len() as u64 {
            statements::REPLACE_ROWS
        } else {
            drop_rows(&mut tx, place).await?;
            statements::ADD_ROWS
        };
        let numbered: Vec<(i64, Row)> = (first..).zip(rows).collect();
        for run in runs(&numbered, RUN.min(MOST_ROWS)) {
            change!(&mut tx, |connection| {
                let mut q = query(with_rows(text, 0, 3, run.len()));
                for (number, row) in run {
                    q = q
                        .bind(*number)
                        .bind(row.name.0.to_vec())
                        .bind(row.sealed.clone());
                }
                q.execute(connection).await
            })?;
        }
        self.finish(tx).await
    }

    /// The sealed bytes of the rows with these names. The work depends only on how many names there
    /// are.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn reply_rows(&self, names: &[RowName]) -> Result<HashMap<RowName, Vec<u8>>, Error> {
        soon(async {
            let mut tx = self.engine.begin_read().await?;
            let mut found = HashMap::new();
            for run in runs(names, MOST_ROWS) {
                let rows = on!(&mut tx, |connection| {
                    let text = with_rows(statements::ROWS, 0, 1, run.len());
                    let mut q = query_as::<_, (Vec<u8>, Vec<u8>)>(text);
                    for name in run {
                        q = q.bind(name.0.to_vec());
                    }
                    q.fetch_all(connection).await
                })?;
                found.extend(
                    rows.into_iter().filter_map(|(name, sealed)| {
                        Some((RowName(name.try_into().ok()?), sealed))
                    }),
                );
            }
            Ok(found)
        })
        .await
    }

    /// Overwrites every row of a box with random bytes under a random name, and as many other rows
    /// that the change does not show. The work is the same for a box without a row.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn forget_replies(
        &self,
        of: &ReplyBox,
        today: Day,
        key: &MacKey,
        now: i64,
    ) -> Result<(), Error> {
        self.forgotten.note(of, today);
        let days = (0..LOOK_BACK).map(|back| today.plus(-back));
        let names: Vec<RowName> = days
            .flat_map(|day| (0..LETTERS).map(move |letter| of.row(day, letter)))
            .collect();
        // Before an await: the next poll may be on another thread's stack.
        scrub_stack();
        soon(self.overwrite_covered(&names, key, now)).await
    }

    /// Deletes the rows of books that were last replaced before `day`: no receipt can find them any
    /// more.
    pub(super) async fn drop_replies_before(&self, tx: &mut Tx, day: i64) -> Result<(), Error> {
        tx.alone_with_replies().await?;
        let old: Vec<(i64,)> = on!(&mut *tx, |connection| query_as(statements::OLD_BOOKS)
            .bind(day)
            .fetch_all(connection)
            .await)?;
        for (place,) in old {
            drop_rows(tx, place).await?;
            change!(&mut *tx, |connection| query(statements::DROP_BOOK)
                .bind(place)
                .execute(connection)
                .await)?;
        }
        Ok(())
    }
}

/// A book's place and the day of its last replacement.
async fn book_of(tx: &mut Tx, book: [u8; 16]) -> Result<Option<(i64, i64)>, Error> {
    on!(tx, |connection| query_as(statements::BOOK)
        .bind(book.to_vec())
        .fetch_optional(connection)
        .await)
}

/// Notes the replacement. Returns the place of the book's rows.
async fn enter_book(tx: &mut Tx, desk: &str, book: [u8; 16], day: Day) -> Result<i64, Error> {
    let desk = desk.as_bytes().to_vec();
    if let Some((place, replaced_on)) = book_of(tx, book).await? {
        if replaced_on > i64::from(day.0) {
            return Err(Error::OlderRows);
        }
        change!(tx, |connection| query(statements::BOOK_REPLACED)
            .bind(desk)
            .bind(i64::from(day.0))
            .bind(place)
            .execute(connection)
            .await)?;
        return Ok(place);
    }
    let (of_desk, last): (i64, Option<i64>) =
        on!(&mut *tx, |connection| query_as(statements::COUNT_BOOKS)
            .bind(desk.clone())
            .fetch_one(connection)
            .await)?;
    if of_desk.unsigned_abs() >= BOOKS_OF_A_DESK {
        return Err(Error::TooManyBooks);
    }
    let place = last.map_or(FIRST_PLACE, |last| last + 1);
    change!(tx, |connection| query(statements::ADD_BOOK)
        .bind(place)
        .bind(book.to_vec())
        .bind(desk)
        .bind(i64::from(day.0))
        .execute(connection)
        .await)?;
    Ok(place)
}

async fn drop_rows(tx: &mut Tx, place: i64) -> Result<(), Error> {
    let first = place * ROWS_OF_A_BOOK;
    change!(tx, |connection| query(statements::DROP_ROWS)
        .bind(first)
        .bind(first + ROWS_OF_A_BOOK)
        .execute(connection)
        .await)?;
    Ok(())
}
