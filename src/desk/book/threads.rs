//! The tips that one page shows together: a tip, what is folded into it, and the texts that one phone sent
//! in a row. They share a random id inside the
//! seal; nothing here shows whose phone it was.

use super::{Book, Held};
use crate::database::Error;
use loke_core::tip::TipId;

/// Most texts that are shown together: a phone may send thousands.
pub const TOGETHER: i64 = 100;

/// Some texts of one thread, oldest day first. Their order within a day is unknown, so they are
/// sorted by their random ids.
pub struct TextsInARow {
    /// These texts. A tip without a thread is alone here.
    pub held: Vec<Held>,
    /// Number of texts before these.
    pub before: i64,
    /// Number of texts in the thread.
    pub all: i64,
}

/// The ids of the tips that one page shows.
macro_rules! together {
    () => {
        "with recursive tree (id) as (
             select $1 union select triage.tip from triage join tree on folded_into = tree.id
         ), together (id) as (
             select id from tree union select id from tips where thread = (select thread from tips where id = $1)
         ) "
    };
}

impl Book {
    /// Reads a tip with everything that is folded into it, and with the texts of its thread: at most
    /// a hundred, skipping the first `before`. Each is viewed as in [`Self::view`], all in one
    /// transaction.
    ///
    /// # Errors
    /// [`Error::NoTip`]. If the database fails, nothing is shown.
    pub async fn view_with_row(&self, id: TipId, before: u32) -> Result<TextsInARow, Error> {
        let mut write = self.write().await?;
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(concat!(
            together!(),
            "select id from together join tips using (id) order by received, id limit $2 offset $3"
        ))
        .bind(id.0.as_slice())
        .bind(TOGETHER)
        .bind(before)
        .fetch_all(&mut *write)
        .await?;
        let all = sqlx::query_scalar(concat!(together!(), "select count(*) from together"))
            .bind(id.0.as_slice())
            .fetch_one(&mut *write)
            .await?;
        let mut held = Vec::with_capacity(ids.len());
        for id in ids {
            let id = id.try_into().map_err(|_| Error::Row)?;
            held.push(self.view_in(&mut write, id).await?);
        }
        if held.is_empty() {
            return Err(Error::NoTip(id.to_string()));
        }
        self.commit(write).await?;
        Ok(TextsInARow {
            held,
            before: before.into(),
            all,
        })
    }
}
