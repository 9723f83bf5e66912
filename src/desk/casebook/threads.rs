//! Texts that one phone sent in a row, looked at together. What they share is a random word inside
//! the seal; nothing here says whose phone it was.

use super::tips::id_of;
use super::{Casebook, Error, Held};
use loke_core::tip::TipId;

/// Most texts that are looked at together: a phone may send thousands.
pub const TOGETHER: i64 = 100;

/// Some of the texts of one thread, oldest day first. Within a day their order is not known: they
/// stand by their random ids.
pub struct Texts {
    /// These texts; a tip that is in no thread is one alone.
    pub held: Vec<Held>,
    /// How many come before them.
    pub before: i64,
    /// How many there are in all.
    pub all: i64,
}

impl Casebook {
    /// Shows a tip with the texts that were sent in a row with it, a hundred at most, from the one
    /// with number `before` on. Each is viewed as by [`Self::view`], all or none.
    ///
    /// # Errors
    /// [`Error::NoTip`]; where the database does not answer nothing is shown.
    pub async fn view_with_row(&self, id: TipId, before: u32) -> Result<Texts, Error> {
        let mut write = self.write().await?;
        let ids = sqlx::query(
            "select id from tips where id = $1 or thread = (select thread from tips where id = $1) order by received, id limit $2 offset $3",
        );
        let ids = ids
            .bind(id.0.as_slice())
            .bind(TOGETHER)
            .bind(before)
            .fetch_all(&mut *write)
            .await?;
        let all = sqlx::query_scalar(
            "select count(*) from tips where id = $1 or thread = (select thread from tips where id = $1)",
        );
        let all = all.bind(id.0.as_slice()).fetch_one(&mut *write).await?;
        let mut held = Vec::with_capacity(ids.len());
        for row in &ids {
            held.push(self.view_in(&mut write, id_of(row)?).await?);
        }
        if held.is_empty() {
            return Err(Error::NoTip(id.to_string()));
        }
        self.commit(write).await?;
        Ok(Texts {
            held,
            before: before.into(),
            all,
        })
    }
}
