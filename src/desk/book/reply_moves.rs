//! The replies that go with a tip to another book, and the decisions about its receipt.

use std::collections::HashSet;

use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::Book;
use crate::database::Error;
use loke_core::tip::TipId;

/// Before the box, so that the digest is of no other value.
const MOVED: &[u8] = b"loke moved box\0";

impl Book {
    /// Notes the box of a tip that goes to another book: that book answers the receipt from now on.
    pub(super) async fn note_moved_box(
        &self,
        write: &mut SqliteConnection,
        tip: TipId,
    ) -> Result<(), Error> {
        let reply_box: Option<String> =
            sqlx::query_scalar("select reply_box from tips where id = $1")
                .bind(tip.0.as_slice())
                .fetch_one(&mut *write)
                .await?;
        if let Some(reply_box) = reply_box {
            self.add_moved_box(write, &reply_box).await?;
        }
        Ok(())
    }

    async fn add_moved_box(
        &self,
        write: &mut SqliteConnection,
        reply_box: &str,
    ) -> Result<(), Error> {
        sqlx::query("insert into moved_boxes (digest) values ($1) on conflict do nothing")
            .bind(self.digest_under(MOVED, reply_box))
            .execute(write)
            .await?;
        Ok(())
    }

    /// Forgets that a report of this receipt went to another book.
    pub(super) async fn forget_moved_box(
        &self,
        write: &mut SqliteConnection,
        reply_box: &str,
    ) -> Result<(), Error> {
        sqlx::query("delete from moved_boxes where digest = $1")
            .bind(self.digest_under(MOVED, reply_box))
            .execute(write)
            .await?;
        Ok(())
    }

    /// Whether another book answers this receipt.
    pub(super) async fn is_moved_box(
        &self,
        read: &mut SqliteConnection,
        reply_box: &str,
    ) -> Result<bool, Error> {
        let is_moved = "select exists (select 1 from moved_boxes where digest = $1)";
        let is_moved = sqlx::query_scalar(is_moved).bind(self.digest_under(MOVED, reply_box));
        Ok(is_moved.fetch_one(read).await?)
    }

    /// Whether another book answers a receipt, for each box.
    pub(super) async fn moved_boxes(&self) -> Result<impl Fn(&str) -> bool, Error> {
        let digests: Vec<Vec<u8>> = sqlx::query_scalar("select digest from moved_boxes")
            .fetch_all(&self.pool)
            .await?;
        let digests: HashSet<Vec<u8>> = digests.into_iter().collect();
        let book = self.clone();
        Ok(move |reply_box: &str| {
            !digests.is_empty() && digests.contains(&book.digest_under(MOVED, reply_box))
        })
    }

    /// Puts digests in the place of the boxes that an earlier version stored.
    pub(super) async fn digest_moved_boxes(&self) -> Result<(), Error> {
        let boxes: Vec<String> = sqlx::query_scalar("select box from boxes_elsewhere")
            .fetch_all(&self.pool)
            .await?;
        if boxes.is_empty() {
            return Ok(());
        }
        let mut write = self.write().await?;
        for reply_box in boxes {
            self.add_moved_box(&mut write, &reply_box).await?;
        }
        sqlx::query("delete from boxes_elsewhere")
            .execute(&mut *write)
            .await?;
        self.commit(write).await
    }

    /// Takes over the replies of a tip that comes from another book, and what was decided about its
    /// box.
    pub(super) async fn take_over_replies(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: TipId,
        from: &Self,
    ) -> Result<(), Error> {
        let thread = from.thread(tip).await?;
        replace_soon(write, tip).await?;
        if let Some(reply_box) = &thread.reply_box {
            self.forget_moved_box(write, reply_box).await?;
        }
        for reply in thread.replies.iter().filter(|reply| reply.tip == tip) {
            sqlx::query(
                "insert into replies (id, tip, written, at, who, state, language, library, text, meaning, leaves_on, interpreter, by, why, sent_on, due_at)
                 select iif(exists (select 1 from replies where id = $1), null, $1), $2, coalesce((select max(written) from replies), 0) + 1,
                        $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15",
            )
            .bind(reply.id)
            .bind(tip.0.as_slice())
            .bind(reply.at)
            .bind(&reply.who)
            .bind(reply.state)
            .bind(&reply.language)
            .bind(&reply.library)
            .bind(&reply.text)
            .bind(&reply.meaning)
            .bind(reply.leaves_on)
            .bind(&reply.interpreter)
            .bind(&reply.by)
            .bind(&reply.why)
            .bind(reply.sent_on)
            .bind(reply.due_at)
            .execute(&mut **write)
            .await?;
        }
        if let Some(reply_box) = &thread.reply_box {
            if let Some((stage, from_day)) = thread.released {
                sqlx::query("insert into stages (box, stage, who, shown_from) values ($1, $2, $3, $4) on conflict do nothing")
                    .bind(reply_box)
                    .bind(stage)
                    .bind(&self.actor.name)
                    .bind(from_day)
                    .execute(&mut **write)
                    .await?;
            }
            if let Some(authorised) = &thread.authorised {
                sqlx::query("insert into authorisations (box, at, who, decision, why, written, reports) values ($1, $2, $3, $4, $5, (select coalesce(max(written), 0) from replies), $6)")
                    .bind(reply_box)
                    .bind(authorised.at)
                    .bind(&authorised.who)
                    .bind(authorised.decision)
                    .bind(&authorised.why)
                    .bind(authorised.reports)
                    .execute(&mut **write)
                    .await?;
            }
            if thread.is_young {
                sqlx::query("insert into young_writers (box, who, noted_on) values ($1, $2, $3) on conflict do nothing")
                    .bind(reply_box)
                    .bind(&self.actor.name)
                    .bind(self.day())
                    .execute(&mut **write)
                    .await?;
            }
        }
        if let Some(forget) = &thread.forget {
            sqlx::query("insert into forget_requests (tip, asked_on, not_before, resealed, proposed_by, decision) values ($1, $2, $3, 1, $4, $5) on conflict do nothing")
                .bind(tip.0.as_slice())
                .bind(forget.asked_on)
                .bind(forget.not_before)
                .bind(&forget.proposed_by)
                .bind(&forget.decision)
                .execute(&mut **write)
                .await?;
        }
        Ok(())
    }
}

/// Makes the book's reply rows due, if a tip with a receipt moves: the letter in the old rows still
/// names the key of the book that the tip leaves.
pub(super) async fn replace_soon(write: &mut SqliteConnection, tip: TipId) -> Result<(), Error> {
    sqlx::query("update rows_at_gateways set replaced_at = null where exists (select 1 from tips where id = $1 and reply_box is not null)")
        .bind(tip.0.as_slice())
        .execute(write)
        .await?;
    Ok(())
}
