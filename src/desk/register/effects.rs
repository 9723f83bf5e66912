//! The changes of the register that a book causes. The book writes each change in its own transaction, as a
//! row of `effects`; then the register copies the rows by their ids, each once. So nothing is lost
//! if the program is killed between the two commits, and nothing is done twice.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};

use super::{
    Ended, Incident, Register, WaitingLine, deliveries, due, forgets, illegal_pictures, incidents,
    names, transfers,
};
use crate::audit::{self, Actor, Entry};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::pickup::as_hex;
use loke_core::tip::TipId;

/// One change for the register. It contains nothing of a tip's text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Effect {
    /// The book wrote an audit row.
    Audit {
        /// The row's number in the book.
        seq: i64,
        /// Its time.
        time: i64,
        /// The account that acted.
        who: String,
        /// Its organisation.
        organisation: String,
        /// The action's word.
        action: String,
        /// HMAC-SHA256 of the row's hash under the book's salt.
        #[serde(with = "as_hex")]
        seal: [u8; 32],
    },
    /// The book holds this tip: as earlier versions wrote it.
    Tip {
        /// Its id.
        id: TipId,
    },
    /// The book holds these tips.
    Tips {
        /// Their ids.
        ids: Vec<TipId>,
    },
    /// The book purged this tip.
    Purged {
        /// Its id.
        tip: TipId,
    },
    /// A tip is restricted, or no longer.
    Restricted {
        /// The tip.
        tip: TipId,
        /// Whether it is.
        active: bool,
    },
    /// The tip is urgent: alerts go on until somebody takes it.
    Urgent {
        /// Its id.
        id: TipId,
    },
    /// Somebody took the tip, or it is open again.
    Taken {
        /// Its id.
        id: TipId,
        /// Whether somebody has it.
        is_taken: bool,
    },
    /// When an open tip is due, and who has it.
    Due {
        /// Its id.
        id: TipId,
        /// The account.
        owner: Option<String>,
        /// The deadline; none if the tip is not open, or its clock stands still.
        at: Option<i64>,
    },
    /// When new tips are due.
    DueNew {
        /// Their ids and deadlines.
        tips: Vec<(TipId, i64)>,
    },
    /// When the first waiting reply of a tip is due. A trigger of the book writes it.
    ReplyDue {
        /// The tip.
        id: TipId,
        /// The moment; none if no reply waits.
        at: Option<i64>,
    },
    /// A member gave a grant, and a second member must agree.
    GrantWaits {
        /// The account that is let in.
        account: String,
        /// The member.
        given_by: String,
        /// The day.
        given_on: Day,
        /// The last day.
        until_on: Option<Day>,
        /// The fingerprint of the account's key.
        fingerprint: String,
    },
    /// A grant does not wait any more.
    GrantSettled {
        /// The account.
        account: String,
    },
    /// The tip goes to a book that may not be open. It is in the row's `data`, sealed to that book.
    Transfer {
        /// The tip.
        tip: TipId,
        /// The book.
        to: String,
    },
    /// A writer's wish to forget, for another book. It is in the row's `data`, sealed to that book.
    Forget {
        /// The other book.
        to: String,
    },
    /// The reports of such a tip. They are in the row's `data`, sealed to that book.
    TransferReports {
        /// The tip.
        tip: TipId,
    },
    /// A photo of the tip is an illegal picture.
    Illegal {
        /// The tip.
        tip: TipId,
        /// When (seconds since 1970-01-01 UTC).
        at: i64,
    },
    /// A report reached the wrong partner.
    Incident(Incident),
    /// Such an incident was closed.
    IncidentClosed {
        /// The report's reference.
        reference: String,
        /// How.
        ended: Ended,
        /// By whom.
        by: String,
        /// When (seconds since 1970-01-01 UTC).
        at: i64,
    },
    /// A partner's own answer confirmed a withdrawal or a correction.
    Confirmed {
        /// The reference of the withdrawal or correction.
        reference: String,
        /// When (seconds since 1970-01-01 UTC).
        at: i64,
    },
    /// A report waits to leave. Its sealed bytes are in the row's `data`.
    Delivery(NewDelivery),
}

/// A report that is about to be queued.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct NewDelivery {
    /// The tips that it is about. The first one shows the others.
    pub(crate) tips: Vec<TipId>,
    /// The partner's name.
    pub(crate) partner: String,
    /// The report's reference.
    pub(crate) reference: String,
    /// The way it travels: `folder`, `mail` or `print`.
    pub(crate) way: String,
    /// The partner's key.
    pub(crate) sealed_to: Option<String>,
    /// When its batch leaves (seconds since 1970-01-01 UTC).
    pub(crate) leaves_at: i64,
    /// The tips whose photos are in it.
    #[serde(default)]
    pub(crate) photos_of: Vec<TipId>,
    /// Whether the partner shall act.
    pub(crate) is_lead: bool,
    /// The report that it withdraws or corrects.
    pub(crate) replaces: Option<String>,
    /// The account that ordered it.
    pub(crate) ordered_by: String,
}

/// A row of a book's `effects`.
#[derive(FromRow)]
pub(crate) struct EffectRow {
    pub(crate) id: i64,
    /// An [`Effect`], as JSON.
    pub(crate) body: String,
    pub(crate) data: Option<Vec<u8>>,
}

impl Register {
    /// Copies a book's effects that were not copied yet, in one transaction.
    ///
    /// # Errors
    /// If nothing was copied.
    pub(crate) async fn copy_effects(&self, book: &str, rows: &[EffectRow]) -> Result<(), Error> {
        let mut write = self.write().await?;
        let copied: Option<i64> = sqlx::query_scalar("select id from copied where book = $1")
            .bind(book)
            .fetch_optional(&mut *write)
            .await?;
        let copied = copied.unwrap_or(0);
        let fresh = rows.iter().filter(|row| row.id > copied);
        let Some(last) = rows
            .iter()
            .map(|row| row.id)
            .max()
            .filter(|id| *id > copied)
        else {
            return Ok(());
        };
        for row in fresh {
            self.apply(&mut write, book, row).await?;
        }
        sqlx::query("insert into copied (book, id) values ($1, $2) on conflict (book) do update set id = $2")
            .bind(book)
            .bind(last)
            .execute(&mut *write)
            .await?;
        self.commit(write).await
    }

    async fn apply(
        &self,
        write: &mut SqliteConnection,
        book: &str,
        row: &EffectRow,
    ) -> Result<(), Error> {
        let sealed = row.data.as_deref().unwrap_or_default();
        match serde_json::from_str(&row.body).map_err(|_| Error::Row)? {
            Effect::Audit {
                seq,
                time,
                who,
                organisation,
                action,
                seal,
            } => {
                let actor = Actor {
                    name: who,
                    organisation,
                };
                let detail = format!("row {seq} {}", hex::encode(seal));
                let entry = Entry {
                    action: &action,
                    object: book,
                    detail: &detail,
                };
                audit::append(&mut *write, time, &actor, entry).await?;
                sqlx::query(
                    "insert into heads (book, seq, seal) values ($1, $2, $3) on conflict (book) do update set seq = $2, seal = $3",
                )
                .bind(book)
                .bind(seq)
                .bind(seal.as_slice())
                .execute(write)
                .await?;
            }
            Effect::Tip { id } => names::note_tips(write, &[id], book).await?,
            Effect::Tips { ids } => names::note_tips(write, &ids, book).await?,
            Effect::Purged { tip } => {
                sqlx::query("delete from due where tip in (select id from tips where id = $1 and book = $2)")
                    .bind(tip.0.as_slice())
                    .bind(book)
                    .execute(&mut *write)
                    .await?;
                illegal_pictures::forget(write, tip, book).await?;
                sqlx::query("delete from tips where id = $1 and book = $2")
                    .bind(tip.0.as_slice())
                    .bind(book)
                    .execute(write)
                    .await?;
            }
            Effect::Restricted { tip, active } => {
                let change = if active {
                    "insert into restricted (tip) values ($1) on conflict (tip) do nothing"
                } else {
                    "delete from restricted where tip = $1"
                };
                sqlx::query(change)
                    .bind(tip.0.as_slice())
                    .execute(write)
                    .await?;
            }
            Effect::GrantWaits {
                account,
                given_by,
                given_on,
                until_on,
                fingerprint,
            } => {
                let line = WaitingLine {
                    book: book.to_owned(),
                    account,
                    given_by,
                    given_on,
                    until_on,
                    fingerprint,
                    row: 0,
                };
                self.note_waiting(write, line).await?;
            }
            Effect::GrantSettled { account } => self.note_settled(write, book, &account).await?,
            Effect::Urgent { id } => self.note_urgent(write, id).await?,
            Effect::Taken { id, is_taken } => self.note_taken(write, id, is_taken).await?,
            Effect::Due { id, owner, at } => due::note(write, id, owner.as_deref(), at).await?,
            Effect::DueNew { tips } => due::note_new(write, &tips).await?,
            Effect::ReplyDue { id, at } => due::note_reply(write, book, id, at).await?,
            Effect::Transfer { tip, to } => transfers::begin(write, tip, &to, sealed).await?,
            Effect::Forget { to } => forgets::begin(write, &to, sealed).await?,
            Effect::TransferReports { tip } => transfers::add_reports(write, tip, sealed).await?,
            Effect::Illegal { tip, at } => illegal_pictures::note(write, tip, at).await?,
            Effect::Incident(incident) => incidents::open(write, &incident).await?,
            Effect::IncidentClosed {
                reference,
                ended,
                by,
                at,
            } => incidents::close(write, &reference, ended, (&by, at)).await?,
            Effect::Confirmed { reference, at } => {
                deliveries::confirm(write, &reference, at).await?
            }
            Effect::Delivery(new) => deliveries::add(write, &new, sealed).await?,
        }
        Ok(())
    }

    /// The seals of a book's audit rows, as the register's own log has them. If it has one row twice, the
    /// older one counts.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn seals_of(&self, book: &str) -> Result<HashMap<i64, [u8; 32]>, Error> {
        let mut rows = sqlx::query_scalar::<_, String>(
            "select detail from audit where object = $1 and detail like 'row %' order by seq",
        )
        .bind(book)
        .fetch(&self.pool);
        let mut seals = HashMap::new();
        while let Some(detail) = rows.try_next().await? {
            let words = detail.strip_prefix("row ").and_then(|d| d.split_once(' '));
            let Some((seq, seal)) = words else { continue };
            let mut bytes = [0; 32];
            if let (Ok(seq), Ok(())) = (seq.parse(), hex::decode_to_slice(seal, &mut bytes)) {
                seals.entry(seq).or_insert(bytes);
            }
        }
        Ok(seals)
    }

    /// The newest audit row of a book that the register knows: its number and its seal.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn head_of(&self, book: &str) -> Result<Option<(i64, [u8; 32])>, Error> {
        let head: Option<(i64, Vec<u8>)> =
            sqlx::query_as("select seq, seal from heads where book = $1")
                .bind(book)
                .fetch_optional(&self.pool)
                .await?;
        head.map(|(seq, seal)| Ok((seq, seal.try_into().map_err(|_| Error::Row)?)))
            .transpose()
    }
}
