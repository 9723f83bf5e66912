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

/// Gives a tip a name, unless it has one.
pub(super) async fn give(write: &mut SqliteConnection, tip: TipId) -> Result<(), Error> {
    for _ in 0..ATTEMPTS {
        let name = keys::random_words(2, LETTERS)?.replace(' ', "-");
        let given =
            sqlx::query("update or ignore tips set name = $2 where id = $1 and name is null")
                .bind(tip.0.as_slice())
                .bind(name)
                .execute(&mut *write)
                .await?;
        let named: Option<String> = sqlx::query_scalar("select name from tips where id = $1")
            .bind(tip.0.as_slice())
            .fetch_one(&mut *write)
            .await?;
        if given.rows_affected() > 0 || named.is_some() {
            return Ok(());
        }
    }
    // More tips than pairs of words: the id is the name.
    sqlx::query("update tips set name = lower(hex(id)) where id = $1 and name is null")
        .bind(tip.0.as_slice())
        .execute(write)
        .await?;
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
