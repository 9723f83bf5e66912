//! The tips that were collected: kept once each, with what they said and how far they have come.

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, Transaction};
use zeroize::Zeroizing;

use super::{Casebook, Error};
use crate::audit::Action;
use crate::open::Opened;
use loke_core::tip::TipId;

loke_core::words! {
    /// How far a tip has come at this desk.
    Status {
        /// Nobody has looked at it.
        New = "new",
        /// Someone has.
        Read = "read",
        /// A partner's copy was made.
        Routed = "routed",
    }
}

/// A tip that is about to be kept.
pub struct Arrival<'a> {
    /// Its id.
    pub id: TipId,
    /// The age file.
    pub sealed: &'a [u8],
    /// What was in it.
    pub opened: &'a Opened,
}

/// What became of an [`Arrival`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It is in the casebook now.
    New,
    /// It was before, the same.
    Known,
    /// Another tip has its id: it was not kept.
    Clash,
}

/// One tip's line in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its id.
    pub id: TipId,
    /// What it is about.
    pub topic: String,
    /// Who may read it.
    pub lane: String,
    /// How soon.
    pub priority: String,
    /// The day it came in.
    pub received: String,
    /// How far it has come.
    pub status: Status,
    /// The random word that it shares with the texts that came in a row with it.
    pub thread: Option<String>,
}

/// A tip as the casebook holds it. Wiped on drop.
pub struct Held {
    /// Its id.
    pub id: TipId,
    /// `tip.json` as it stood in the seal.
    pub json: Zeroizing<String>,
    /// How far it has come.
    pub status: Status,
}

impl Casebook {
    /// Keeps a batch from `source` with its audit row, in one transaction that is on disk when this
    /// returns. A tip that is there already stays as it is; the answers are in the batch's order.
    ///
    /// # Errors
    /// Where nothing of the batch was kept.
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
            .bind(tip.topic.word())
            .bind(tip.lane.word())
            .bind(tip.priority.word())
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

    /// Every tip: those that no partner has first, of them the most urgent, of them the newest day.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn list(&self) -> Result<Vec<Line>, Error> {
        let rows = sqlx::query(
            "select id, topic, lane, priority, received, status, thread from tips
             order by status = 'routed', case priority when 'now' then 0 when 'soon' then 1 else 2 end, received desc, id",
        );
        let line = |row: SqliteRow| {
            let (id, status) = (id_of(&row)?, status_of(&row)?);
            Ok(Line {
                id,
                status,
                topic: row.try_get("topic")?,
                lane: row.try_get("lane")?,
                priority: row.try_get("priority")?,
                received: row.try_get("received")?,
                thread: row.try_get("thread")?,
            })
        };
        rows.fetch_all(&self.pool)
            .await?
            .into_iter()
            .map(line)
            .collect()
    }

    /// The one tip whose id begins with `prefix` (hex digits).
    ///
    /// # Errors
    /// [`Error::NoTip`] where there is none, [`Error::Ambiguous`] where there are several.
    pub async fn find(&self, prefix: &str) -> Result<TipId, Error> {
        // `%` and `_` would stand for anything; they are no hex digits.
        if prefix.is_empty() || !prefix.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(Error::NoTip(prefix.to_owned()));
        }
        let found = sqlx::query("select id from tips where hex(id) like $1 || '%' limit 2")
            .bind(prefix)
            .fetch_all(&self.pool)
            .await?;
        match found.as_slice() {
            [one] => id_of(one),
            [] => Err(Error::NoTip(prefix.to_owned())),
            _ => Err(Error::Ambiguous(prefix.to_owned())),
        }
    }

    /// Shows a tip: writes who looked to the audit log, marks it read where it was new, and gives
    /// it.
    ///
    /// # Errors
    /// [`Error::NoTip`]; where the database does not answer nothing is shown.
    pub async fn view(&self, id: TipId) -> Result<Held, Error> {
        let mut write = self.write().await?;
        let held = self.view_in(&mut write, id).await?;
        self.commit(write).await?;
        Ok(held)
    }

    /// [`Self::view`], as a part of what is written.
    pub(super) async fn view_in(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        id: TipId,
    ) -> Result<Held, Error> {
        sqlx::query("update tips set status = 'read' where id = $1 and status = 'new'")
            .bind(id.0.as_slice())
            .execute(&mut **write)
            .await?;
        let row = sqlx::query("select status, tip from tips where id = $1")
            .bind(id.0.as_slice())
            .fetch_optional(&mut **write)
            .await?;
        let row = row.ok_or_else(|| Error::NoTip(id.to_string()))?;
        let held = Held {
            id,
            json: Zeroizing::new(row.try_get("tip")?),
            status: status_of(&row)?,
        };
        self.append(write, Action::View, &id.to_string(), "")
            .await?;
        Ok(held)
    }

    /// A tip's age file, for opening its photos or making a partner's copy. The caller writes the
    /// audit row that fits.
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

pub(super) fn id_of(row: &SqliteRow) -> Result<TipId, Error> {
    let bytes: &[u8] = row.try_get(0)?;
    bytes.try_into().map(TipId).map_err(|_| Error::Row)
}

pub(super) fn status_of(row: &SqliteRow) -> Result<Status, Error> {
    row.try_get::<&str, _>("status")?
        .parse()
        .map_err(|_| Error::Row)
}
