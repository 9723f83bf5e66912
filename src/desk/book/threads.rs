//! Threads: texts that one phone sent in a row, shown together. They share a random id inside the
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

impl Book {
    /// Reads a tip with the texts of its thread: at most a hundred, skipping the first `before`.
    /// Each is viewed as in [`Self::view`], all in one transaction.
    ///
    /// # Errors
    /// [`Error::NoTip`]. If the database fails, nothing is shown.
    pub async fn view_with_row(&self, id: TipId, before: u32) -> Result<TextsInARow, Error> {
        let mut write = self.write().await?;
        let ids = sqlx::query_scalar(
            "select id from tips where id = $1 or thread = (select thread from tips where id = $1) order by received, id limit $2 offset $3",
        );
        let ids: Vec<Vec<u8>> = ids
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
