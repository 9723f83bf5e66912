//! The names of tips at the desk: two short words, such as `amber-otter`, which can be said on a
//! phone. They are random, so they tell no count and no order, and unique in the desk.

use std::collections::HashMap;

use sqlx::{QueryBuilder, SqliteConnection};

use super::Register;
use crate::database::Error;
use crate::keys;
use loke_core::tip::TipId;

/// Attempts to find a free name. With 100,000 tips a third of the names are taken.
const ATTEMPTS: usize = 64;
/// Longest word of a name.
const LETTERS: usize = 6;

/// Notes that `book` has a tip, and gives a new tip a name.
pub(super) async fn note_tip(
    write: &mut SqliteConnection,
    tip: TipId,
    book: &str,
) -> Result<(), Error> {
    for attempt in 0..=ATTEMPTS {
        let name = match attempt {
            // More tips than pairs of words: the id is the name.
            ATTEMPTS => tip.to_string(),
            _ => keys::random_words(2, LETTERS)?.replace(' ', "-"),
        };
        let noted = sqlx::query(
            "insert into tips (id, book, name) values ($1, $2, $3) on conflict (id) do update set book = $2, name = coalesce(name, $3)
             on conflict (name) do nothing",
        )
        .bind(tip.0.as_slice())
        .bind(book)
        .bind(name)
        .execute(&mut *write)
        .await?;
        if noted.rows_affected() > 0 {
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
        let mut names = HashMap::with_capacity(tips.len());
        for some in tips.chunks(500) {
            let mut query = QueryBuilder::new(
                "select id, coalesce(name, lower(hex(id))) from tips where id in (",
            );
            let mut ids = query.separated(", ");
            for tip in some {
                ids.push_bind(tip.0.to_vec());
            }
            query.push(")");
            let found: Vec<(Vec<u8>, String)> =
                query.build_query_as().fetch_all(&self.pool).await?;
            for (id, name) in found {
                names.insert(id.try_into().map_err(|_| Error::Row)?, name);
            }
        }
        Ok(names)
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
