//! The names of tips at the desk: two short words, such as `amber-otter`, which can be said on a
//! phone. They are random, so they tell no count and no order, and unique in the desk.

use std::collections::HashMap;

use sqlx::SqliteConnection;

use super::Register;
use crate::database::{Error, tip_ids};
use crate::keys;
use loke_core::random::NoRandomness;
use loke_core::tip::TipId;

/// Attempts to find a free name. With 100,000 tips a third of the names are taken.
const ATTEMPTS: usize = 64;
/// Longest word of a name.
const LETTERS: usize = 6;

/// Notes that `book` has these tips, and gives each new one a name.
pub(super) async fn note_tips(
    write: &mut SqliteConnection,
    tips: &[TipId],
    book: &str,
) -> Result<(), Error> {
    let mut without: Vec<TipId> = tips.to_vec();
    for attempt in 0..=ATTEMPTS {
        let name = |tip: &TipId| match attempt {
            // More tips than pairs of words: the id is the name.
            ATTEMPTS => Ok(tip.to_string()),
            _ => keys::random_words(2, LETTERS).map(|words| words.replace(' ', "-")),
        };
        let rows: Result<Vec<(TipId, String)>, NoRandomness> =
            without.iter().map(|tip| Ok((*tip, name(tip)?))).collect();
        let rows = serde_json::to_string(&rows?).map_err(|_| Error::Row)?;
        sqlx::query(
            "insert into tips (id, book, name) select unhex(value ->> 0), $2, value ->> 1 from json_each($1) where true
             on conflict (id) do update set book = excluded.book, name = coalesce(name, excluded.name)
             on conflict (name) do nothing",
        )
        .bind(rows.as_str())
        .bind(book)
        .execute(&mut *write)
        .await?;
        // Those whose name is taken.
        let unnamed: Vec<Vec<u8>> = sqlx::query_scalar(
            "select unhex(value ->> 0) from json_each($1) where unhex(value ->> 0) not in (select id from tips)",
        )
        .bind(rows)
        .fetch_all(&mut *write)
        .await?;
        without = tip_ids(unnamed)?;
        if without.is_empty() {
            break;
        }
    }
    Ok(())
}

impl Register {
    /// The names of these tips.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn names_of(&self, tips: &[TipId]) -> Result<HashMap<TipId, String>, Error> {
        let ids = serde_json::to_string(tips).map_err(|_| Error::Row)?;
        let found: Vec<(Vec<u8>, String)> = sqlx::query_as(
            "select id, coalesce(name, lower(hex(id))) from tips where id in (select unhex(value) from json_each($1))",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        let mut names = HashMap::with_capacity(found.len());
        for (id, name) in found {
            names.insert(id.try_into().map_err(|_| Error::Row)?, name);
        }
        Ok(names)
    }

    /// The book with the tip of this name or id. `None` if it is neither.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn book_named(&self, tip: &str) -> Result<Option<String>, Error> {
        if let Some((_, book)) = self.named(tip).await? {
            return Ok(Some(book));
        }
        match tip.parse() {
            Ok(id) => self.book_with(id).await,
            Err(_) => Ok(None),
        }
    }

    /// The tip with this name, and the book that has it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn named(&self, name: &str) -> Result<Option<(TipId, String)>, Error> {
        let found: Option<(Vec<u8>, String)> =
            sqlx::query_as("select id, book from tips where name = $1")
                .bind(name.to_lowercase())
                .fetch_optional(&self.pool)
                .await?;
        found
            .map(|(id, book)| Ok((id.try_into().map_err(|_| Error::Row)?, book)))
            .transpose()
    }
}
