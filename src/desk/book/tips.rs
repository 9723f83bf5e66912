//! The collected tips: each stored once, with its content and its status.

use std::cmp::Reverse;

use serde::Serialize;
use sqlx::{FromRow, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::{Book, sealed_files};
use crate::audit::Action;
use crate::database::Error;
use crate::open::Opened;
use crate::register::{Effect, NewDelivery};
use loke_core::digest::sha256;
use loke_core::tip::{Lane, Priority, TipId, Topic};

loke_core::words! {
    /// A tip's status at this desk.
    Status {
        /// Nobody has read it.
        New = "new",
        /// Someone has read it.
        Read = "read",
        /// A partner's copy was made.
        Routed = "routed",
    }
}

/// A tip that is about to be stored.
pub struct Arrival<'a> {
    /// Its id.
    pub id: TipId,
    /// The age file.
    pub sealed: &'a [u8],
    /// Its contents.
    pub opened: &'a Opened,
}

/// The result for an [`Arrival`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The tip was stored.
    New,
    /// The same tip was already stored.
    Known,
    /// Another tip has this id: the tip was not stored.
    Clash,
}

/// One line in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub struct TipLine {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// Its topic.
    pub topic: Topic,
    /// Who may read it.
    pub lane: Lane,
    /// How soon a person should look.
    pub priority: Priority,
    /// The day it arrived.
    pub received: String,
    /// Its status.
    pub status: Status,
    /// The random id of its thread.
    pub thread: Option<String>,
}

impl TipLine {
    /// The line's place among the lines of all books.
    pub(crate) fn place(&self) -> impl Ord + use<> {
        let routed = self.status == Status::Routed;
        (
            routed,
            self.priority,
            Reverse(self.received.clone()),
            self.id.0,
        )
    }
}

/// A tip from a book. Zeroized on drop.
#[derive(FromRow)]
pub struct Held {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub id: TipId,
    /// `tip.json` as it was in the seal.
    #[sqlx(rename = "tip", try_from = "String")]
    pub json: Zeroizing<String>,
    /// Its status.
    pub status: Status,
}

impl Book {
    /// Stores a batch from `source` and its audit row. The sealed files are on disk first, then the
    /// rows in one transaction, which is on disk when this returns. A tip that is already stored
    /// stays unchanged. The results are in the order of the batch.
    ///
    /// # Errors
    /// If nothing of the batch was stored. Sealed files may be left; the next batch replaces them.
    pub async fn keep(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        action: Action,
    ) -> Result<Vec<Kept>, Error> {
        let mut write = self.write().await?;
        let mut kept = Vec::with_capacity(batch.len());
        for arrival in batch {
            let digest = sha256(arrival.sealed);
            let there: Option<Vec<u8>> =
                sqlx::query_scalar("select digest from tips where id = $1")
                    .bind(arrival.id.0.as_slice())
                    .fetch_optional(&mut *write)
                    .await?;
            kept.push(match there {
                None => Kept::New,
                Some(there) if there == digest => Kept::Known,
                Some(_) => Kept::Clash,
            });
        }
        let mut new: Vec<&Arrival<'_>> = Vec::new();
        for (arrival, kept) in batch.iter().zip(&mut kept) {
            if *kept != Kept::New {
                continue;
            }
            // The same id twice in one batch.
            match new.iter().find(|other| other.id == arrival.id) {
                Some(other) if other.sealed == arrival.sealed => *kept = Kept::Known,
                Some(_) => *kept = Kept::Clash,
                None => new.push(arrival),
            }
        }
        if new.is_empty() {
            return Ok(kept);
        }
        sealed_files::write(&self.folder, new.iter().map(|a| (a.id, a.sealed)))?;
        for arrival in &new {
            let tip = &arrival.opened.tip;
            sqlx::query(
                "insert into tips (id, topic, lane, priority, received, source, digest, tip) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(arrival.id.0.as_slice())
            .bind(tip.topic)
            .bind(tip.lane)
            .bind(tip.priority)
            .bind(tip.received.as_str())
            .bind(source)
            .bind(sha256(arrival.sealed).as_slice())
            .bind(arrival.opened.json.as_str())
            .execute(&mut *write)
            .await?;
            self.effect(&mut write, &Effect::Tip { id: arrival.id }, None)
                .await?;
        }
        let detail = format!("{} tips", new.len());
        self.append(&mut write, action, source, &detail).await?;
        self.commit(write).await?;
        Ok(kept)
    }

    /// All tips: those not routed first, then by urgency, then the newest day first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn list(&self) -> Result<Vec<TipLine>, Error> {
        let rows = sqlx::query_as(
            "select id, topic, lane, priority, received, status, thread from tips
             order by status = 'routed', case priority when 'now' then 0 when 'soon' then 1 else 2 end, received desc, id",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// The tips whose ids begin with `prefix` (hex digits); at most two.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn find(&self, prefix: &str) -> Result<Vec<TipId>, Error> {
        // `%` and `_` would be wildcards; they are not hex digits.
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(Vec::new());
        }
        let found: Vec<Vec<u8>> =
            sqlx::query_scalar("select id from tips where hex(id) like $1 || '%' limit 2")
                .bind(prefix)
                .fetch_all(&self.pool)
                .await?;
        found
            .into_iter()
            .map(|id| id.try_into().map_err(|_| Error::Row))
            .collect()
    }

    /// Whether this book holds the tip.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn holds(&self, id: TipId) -> Result<bool, Error> {
        let found = sqlx::query_scalar("select exists (select 1 from tips where id = $1)");
        Ok(found.bind(id.0.as_slice()).fetch_one(&self.pool).await?)
    }

    /// How many tips have each campaign code.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn campaign_counts(&self) -> Result<Vec<(String, i64)>, Error> {
        let counts = sqlx::query_as(
            "select upper(tip ->> 'campaign') as code, count(*) from tips where tip ->> 'campaign' is not null group by code",
        );
        Ok(counts.fetch_all(&self.pool).await?)
    }

    /// Reads a tip. Writes the view to the audit log and changes the status from new to read.
    ///
    /// # Errors
    /// [`Error::NoTip`]. If the database fails, nothing is shown.
    pub async fn view(&self, id: TipId) -> Result<Held, Error> {
        let mut write = self.write().await?;
        let held = self.view_in(&mut write, id).await?;
        self.commit(write).await?;
        Ok(held)
    }

    /// [`Self::view`] inside a transaction.
    pub(super) async fn view_in(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        id: TipId,
    ) -> Result<Held, Error> {
        sqlx::query("update tips set status = 'read' where id = $1 and status = 'new'")
            .bind(id.0.as_slice())
            .execute(&mut **write)
            .await?;
        let held = sqlx::query_as("select id, status, tip from tips where id = $1")
            .bind(id.0.as_slice())
            .fetch_optional(&mut **write)
            .await?
            .ok_or_else(|| Error::NoTip(id.to_string()))?;
        self.append(write, Action::View, &id.to_string(), "")
            .await?;
        Ok(held)
    }

    /// A tip's age file, for opening its photos or making a partner's copy. The caller must write
    /// the audit row.
    ///
    /// # Errors
    /// [`Error::NoTip`]; [`Error::Sealed`] if the file is missing or was changed.
    pub async fn sealed(&self, id: TipId) -> Result<Vec<u8>, Error> {
        let digest: Option<Vec<u8>> = sqlx::query_scalar("select digest from tips where id = $1")
            .bind(id.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        let digest = digest.ok_or_else(|| Error::NoTip(id.to_string()))?;
        sealed_files::read(&self.folder, id)
            .ok()
            .filter(|sealed| sha256(sealed).as_slice() == digest)
            .ok_or(Error::Sealed(id))
    }

    /// Marks the tips whose copies arrived as routed.
    ///
    /// # Errors
    /// If the database fails. Then the next call does it.
    pub async fn note_arrivals(&self) -> Result<(), Error> {
        for (delivery, tip) in self.register.unnoted_arrivals(&self.name).await? {
            sqlx::query("update tips set status = 'routed' where id = $1")
                .bind(tip.0.as_slice())
                .execute(&self.pool)
                .await?;
            self.register.note_arrival(delivery).await?;
        }
        Ok(())
    }

    /// Queues a partner's sealed copy of a tip, with its audit row.
    ///
    /// # Errors
    /// If nothing was queued.
    pub(crate) async fn queue_copy(&self, new: NewDelivery, sealed: &[u8]) -> Result<(), Error> {
        let mut write = self.write().await?;
        let detail = format!(
            "to {} by {}, reference {}",
            new.partner, new.way, new.reference
        );
        let tip = new.tip.to_string();
        self.effect(&mut write, &Effect::Delivery(new), Some(sealed))
            .await?;
        self.append(&mut write, Action::Route, &tip, &detail)
            .await?;
        self.commit(write).await
    }

    /// Notes that a tip goes to another book.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn note_move(&self, id: TipId, target: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        let noted = sqlx::query(
            "insert into moves (tip, target) select id, $2 from tips where id = $1 on conflict (tip) do update set target = $2",
        )
        .bind(id.0.as_slice())
        .bind(target)
        .execute(&mut *write)
        .await?;
        if noted.rows_affected() == 0 {
            return Err(Error::NoTip(id.to_string()));
        }
        let detail = format!("to the book {target}");
        self.append(&mut write, Action::Move, &id.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// The tips of this book that are in another book now.
    ///
    /// # Errors
    /// If a database fails.
    pub(crate) async fn moved(&self) -> Result<Vec<TipId>, Error> {
        let moves: Vec<(Vec<u8>, String)> = sqlx::query_as("select tip, target from moves")
            .fetch_all(&self.pool)
            .await?;
        let mut moved = Vec::new();
        for (tip, target) in moves {
            let id: TipId = tip.try_into().map_err(|_| Error::Row)?;
            if self.register.book_with(id).await?.as_ref() == Some(&target) {
                moved.push(id);
            }
        }
        Ok(moved)
    }

    /// Deletes the tips that are in another book now: the row, then the sealed file.
    ///
    /// # Errors
    /// If a database or a file fails. Then the next opening does it.
    pub(crate) async fn finish_moves(&self) -> Result<(), Error> {
        for id in self.moved().await? {
            let mut write = self.write().await?;
            sqlx::query("delete from tips where id = $1")
                .bind(id.0.as_slice())
                .execute(&mut *write)
                .await?;
            self.commit(write).await?;
            sealed_files::delete(&self.folder, id)?;
            sqlx::query("delete from moves where tip = $1")
                .bind(id.0.as_slice())
                .execute(&self.pool)
                .await?;
        }
        Ok(())
    }
}
