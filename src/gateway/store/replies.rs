//! Replies to residents: a desk stores them, a receipt finds them. There is a limit per box and a
//! limit in total.

use sqlx::{query, query_as};

use super::engine::{change, on};
use super::{Error, Store, soon, statements};
use loke_core::clock::Day;
use loke_core::receipt::{REPLY_SEALED, ReplyBox};

/// Most replies in one box.
pub const REPLIES_IN_A_BOX: u64 = 8;

impl Store {
    /// Stores a sealed reply in a box until `expiry`. A repeat with the same `once` changes
    /// nothing. A box has room for [`REPLIES_IN_A_BOX`] replies; all boxes together for as many as
    /// there are text slots.
    ///
    /// # Errors
    /// [`Error::BoxFull`], [`Error::RepliesFull`]; [`Error::Unusable`] if the reply does not have
    /// the one size of replies; [`Error::Database`] if the database does not answer.
    pub async fn leave_reply(
        &self,
        to: ReplyBox,
        once: [u8; 16],
        sealed: &[u8],
        expiry: Day,
    ) -> Result<(), Error> {
        if sealed.len() != REPLY_SEALED {
            return Err(Error::Unusable(format!(
                "a sealed reply must have {REPLY_SEALED} bytes"
            )));
        }
        let mut tx = self.engine.begin().await?;
        tx.alone_with_replies().await?;
        let (same, in_box, all): (i64, i64, i64) = on!(&mut tx, |connection| {
            query_as(statements::COUNT_REPLIES)
                .bind(once.to_vec())
                .bind(to.0.to_vec())
                .fetch_one(connection)
                .await
        })?;
        if same > 0 {
            return Ok(());
        }
        if in_box.unsigned_abs() >= REPLIES_IN_A_BOX {
            return Err(Error::BoxFull);
        }
        if all.unsigned_abs() >= self.most_replies {
            return Err(Error::RepliesFull);
        }
        change!(&mut tx, |connection| {
            let q = query(statements::ADD_REPLY)
                .bind(once.to_vec())
                .bind(to.0.to_vec());
            q.bind(i64::from(expiry.0))
                .bind(sealed.to_vec())
                .execute(connection)
                .await
        })?;
        self.finish(tx).await
    }

    /// Returns the sealed replies in a box.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn replies(&self, from: ReplyBox) -> Result<Vec<Vec<u8>>, Error> {
        soon(async {
            let mut tx = self.engine.begin_read().await?;
            let found: Vec<(Vec<u8>,)> = on!(&mut tx, |connection| query_as(statements::REPLIES)
                .bind(from.0.to_vec())
                .fetch_all(connection)
                .await)?;
            Ok(found.into_iter().map(|(sealed,)| sealed).collect())
        })
        .await
    }
}
