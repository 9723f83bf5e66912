//! The collected tips: each stored once, with its content and its status.

use serde::Serialize;
use sqlx::{FromRow, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::{Casebook, Error};
use crate::audit::Action;
use crate::open::Opened;
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

/// A tip from the casebook. Zeroized on drop.
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

impl Casebook {
    /// Stores a batch from `source` and its audit row, in one transaction that is on disk when this
    /// returns. A tip that is already stored stays unchanged. The results are in the order of the
    /// batch.
    ///
    /// # Errors
    /// If nothing of the batch was stored.
    pub async fn keep(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        action: Action,
    ) -> Result<Vec<Kept>, Error> {
        let mut write = self.write().await?;
        let mut kept = Vec::with_capacity(batch.len());
        for arrival in batch {
            let tip = &arrival.opened.tip;
            let added = sqlx::query(
                "insert into tips (id, topic, lane, priority, received, source, tip, sealed) values ($1, $2, $3, $4, $5, $6, $7, $8)
                 on conflict (id) do nothing",
            )
            .bind(arrival.id.0.as_slice())
            .bind(tip.topic)
            .bind(tip.lane)
            .bind(tip.priority)
            .bind(tip.received.as_str())
            .bind(source)
            .bind(arrival.opened.json.as_str())
            .bind(arrival.sealed)
            .execute(&mut *write)
            .await?;
            kept.push(if added.rows_affected() == 1 {
                Kept::New
            } else {
                let same = sqlx::query_scalar("select sealed = $2 from tips where id = $1");
                let same = same
                    .bind(arrival.id.0.as_slice())
                    .bind(arrival.sealed)
                    .fetch_one(&mut *write)
                    .await?;
                if same { Kept::Known } else { Kept::Clash }
            });
        }
        let new = kept.iter().filter(|k| **k == Kept::New).count();
        if new == 0 {
            return Ok(kept);
        }
        self.append(&mut write, action, source, &format!("{new} tips"))
            .await?;
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

    /// The only tip whose id begins with `prefix` (hex digits).
    ///
    /// # Errors
    /// [`Error::NoTip`] if there is none, [`Error::Ambiguous`] if there are several.
    pub async fn find(&self, prefix: &str) -> Result<TipId, Error> {
        // `%` and `_` would be wildcards; they are not hex digits.
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::NoTip(prefix.to_owned()));
        }
        let found: Vec<Vec<u8>> =
            sqlx::query_scalar("select id from tips where hex(id) like $1 || '%' limit 2")
                .bind(prefix)
                .fetch_all(&self.pool)
                .await?;
        match found.as_slice() {
            [one] => one.clone().try_into().map_err(|_| Error::Row),
            [] => Err(Error::NoTip(prefix.to_owned())),
            _ => Err(Error::Ambiguous(prefix.to_owned())),
        }
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
    /// [`Error::NoTip`].
    pub async fn sealed(&self, id: TipId) -> Result<Vec<u8>, Error> {
        let sealed = sqlx::query_scalar("select sealed from tips where id = $1")
            .bind(id.0.as_slice())
            .fetch_optional(&self.pool)
            .await?;
        sealed.ok_or_else(|| Error::NoTip(id.to_string()))
    }
}
