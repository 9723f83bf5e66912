//! A book's part of the gateways' reply rows: its name there, and the letters of its live boxes.

use std::collections::BTreeMap;

use sqlx::FromRow;

use super::{Book, ReplyState};
use crate::audit::Action;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::random;
use loke_core::receipt::{ReplyBox, ReplyKey};
use loke_core::reply_rows::Stage;
use loke_core::tip::Lane;

/// A reply left on day `$2`.
const SENT: &str =
    "update replies set state = 'sent', sent_on = $2 where id = $1 and state = 'ready'";

/// A box that can be answered.
pub(crate) struct LiveBox {
    pub(crate) reply_box: ReplyBox,
    pub(crate) key: ReplyKey,
    /// Whether another book answers it.
    pub(crate) is_elsewhere: bool,
    /// The lane of its newest report.
    pub(crate) lane: Lane,
    /// The day of its first report.
    pub(crate) first: Day,
    /// The day of its newest report.
    pub(crate) newest: Day,
    /// The stage that a supervisor released, and the day from which it is shown.
    pub(crate) released: Option<(Stage, Day)>,
    /// Its replies, newest first.
    pub(crate) replies: Vec<LiveReply>,
}

/// A reply that leaves, or left.
#[derive(FromRow)]
pub(crate) struct LiveReply {
    pub(crate) id: i64,
    /// When it was written (seconds since 1970-01-01 UTC).
    pub(crate) at: i64,
    pub(crate) reply_box: String,
    pub(crate) text: String,
    pub(crate) state: ReplyState,
    pub(crate) sent_on: Option<Day>,
}

impl LiveReply {
    /// The day on which it left, or today.
    pub(crate) fn day(&self, today: Day) -> Day {
        self.sent_on.unwrap_or(today)
    }
}

#[derive(FromRow)]
struct TipRow {
    reply_box: String,
    reply_key: String,
    lane: Lane,
    /// As the tip says it: nobody checked it.
    received: String,
}

impl Book {
    /// The boxes of this book's reports, with the replies that may leave on this day.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn live_boxes(&self, today: Day) -> Result<Vec<LiveBox>, Error> {
        let tips: Vec<TipRow> = sqlx::query_as(
            "select reply_box, tip ->> 'reply_key' as reply_key, lane, received from tips
             where reply_box is not null and reply_key is not null and id not in (select tip from moves)
             order by received, id",
        )
        .fetch_all(&self.pool)
        .await?;
        let is_elsewhere = self.moved_boxes().await?;
        let mut boxes: BTreeMap<String, LiveBox> = BTreeMap::new();
        for tip in tips {
            let received: Day = tip.received.parse().unwrap_or(today);
            if let Some(live) = boxes.get_mut(&tip.reply_box) {
                live.newest = live.newest.max(received);
                live.lane = tip.lane;
                continue;
            }
            let (mut reply_box, mut key) = ([0; 16], [0; 32]);
            // A tip whose key is damaged cannot be answered. It must not keep the others out.
            if hex::decode_to_slice(&tip.reply_box, &mut reply_box).is_err()
                || hex::decode_to_slice(&tip.reply_key, &mut key).is_err()
            {
                continue;
            }
            let live = LiveBox {
                reply_box: ReplyBox::new(reply_box),
                key: ReplyKey::new(key),
                is_elsewhere: is_elsewhere(&tip.reply_box),
                lane: tip.lane,
                first: received,
                newest: received,
                released: None,
                replies: Vec::new(),
            };
            boxes.insert(tip.reply_box, live);
        }
        let stages: Vec<(String, Stage, Day)> =
            sqlx::query_as("select box, stage, shown_from from stages")
                .fetch_all(&self.pool)
                .await?;
        for (reply_box, stage, from) in stages {
            if let Some(live) = boxes.get_mut(&reply_box) {
                live.released = Some((stage, from));
            }
        }
        let replies: Vec<LiveReply> = sqlx::query_as(
            "select replies.id, at, reply_box, text, state, sent_on from replies join tips on tips.id = replies.tip
             where reply_box is not null and (state = 'sent' or (state = 'ready' and leaves_on <= $1)) order by written desc",
        )
        .bind(today)
        .fetch_all(&self.pool)
        .await?;
        for reply in replies {
            if let Some(live) = boxes.get_mut(&reply.reply_box) {
                live.replies.push(reply);
            }
        }
        Ok(boxes.into_values().collect())
    }

    /// Notes that replies left in the rows of another book with the same receipt.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_sent(&self, sent: &[i64], today: Day) -> Result<(), Error> {
        let mut write = self.write().await?;
        for id in sent {
            sqlx::query(SENT)
                .bind(id)
                .bind(today)
                .execute(&mut *write)
                .await?;
        }
        let detail = format!("{} replies left", sent.len());
        self.append(&mut write, Action::Reply, &self.name, &detail)
            .await?;
        self.commit(write).await
    }

    /// The book's name for its rows at a gateway, and when they were last replaced.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn rows_at(&self, pickup: &str) -> Result<([u8; 16], Option<i64>), Error> {
        let known = "select book, replaced_at from rows_at_gateways where pickup = $1";
        let known = sqlx::query_as(known).bind(pickup);
        let known: Option<(Vec<u8>, Option<i64>)> = known.fetch_optional(&self.pool).await?;
        let (book, replaced_at) = match known {
            Some(known) => known,
            None => self.begin_rows_at(pickup).await?,
        };
        Ok((book.try_into().map_err(|_| Error::Row)?, replaced_at))
    }

    /// Gives this book a random name at a gateway.
    async fn begin_rows_at(&self, pickup: &str) -> Result<(Vec<u8>, Option<i64>), Error> {
        let fresh: [u8; 16] = random::bytes()?;
        let mut write = self.write().await?;
        sqlx::query(
            "insert into rows_at_gateways (pickup, book) values ($1, $2) on conflict do nothing",
        )
        .bind(pickup)
        .bind(fresh.as_slice())
        .execute(&mut *write)
        .await?;
        let named =
            sqlx::query_as("select book, replaced_at from rows_at_gateways where pickup = $1")
                .bind(pickup)
                .fetch_one(&mut *write)
                .await?;
        self.commit(write).await?;
        Ok(named)
    }

    /// Notes that the rows at a gateway were replaced, with these replies in them.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_replaced(
        &self,
        pickup: &str,
        sent: &[i64],
        today: Day,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query("update rows_at_gateways set replaced_at = $2 where pickup = $1")
            .bind(pickup)
            .bind(self.register.clock().now())
            .execute(&mut *write)
            .await?;
        let mut left = 0;
        for id in sent {
            let changed = sqlx::query(SENT)
                .bind(id)
                .bind(today)
                .execute(&mut *write)
                .await?;
            left += changed.rows_affected();
        }
        let detail = format!("rows replaced, {left} replies left");
        self.append(&mut write, Action::Reply, pickup, &detail)
            .await?;
        self.commit(write).await
    }
}
