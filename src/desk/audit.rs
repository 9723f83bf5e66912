//! The audit log: who did what, and when. The register and each book have one. A row is written in
//! the transaction of the change that it records. Each row's hash covers the previous row, so a
//! changed, removed or inserted row is detected. The log contains nothing of a tip's text.
//!
//! A book's rows are also in the register's log, with a salted hash in place of what they say. The
//! register's newest hash is in `audit.head` beside it: a cut-off log is detected by it, and a
//! completely new log by a copy of it that was stored elsewhere.

mod select;
mod verify;

use std::path::Path;

use ring::digest::{Context, SHA256};
use sqlx::{FromRow, SqliteConnection};

use super::database::Error;
use loke_core::private_file;

pub use select::Wanted;
pub(crate) use select::select;
pub(crate) use verify::has_head;
pub use verify::{Broken, Head, read_head, read_mailed, verify};

/// The head file in the desk's folder: number and hash of the register's newest row, on one line.
pub const HEAD_FILE: &str = "audit.head";

loke_core::words! {
    /// An audited action, by its word in the log.
    Action {
        /// The desk or a book was created.
        Init = "init",
        /// Someone signed in.
        SignIn = "sign-in",
        /// Someone could not sign in.
        Refused = "refused",
        /// Someone signed out, or a session ended.
        SignOut = "sign-out",
        /// An account was created, changed or disabled.
        Account = "account",
        /// Someone was let into a book, or removed from it.
        Grant = "grant",
        /// The desk was connected to a gateway.
        Connect = "connect",
        /// Tips were collected.
        Pull = "pull",
        /// Tips were imported from a file.
        Import = "import",
        /// Someone entered a report.
        Enter = "enter",
        /// Someone looked at a tip, or at the accounts, the access review or an audit log.
        View = "view",
        /// Someone looked at a photo or saved it.
        Photo = "photo",
        /// Someone covered parts of a photo.
        Cover = "cover",
        /// Someone decided something about a tip, or undid it.
        Decide = "decide",
        /// Someone wrote a note, or marked a tip.
        Note = "note",
        /// Someone rang, or tried to ring, about a person at risk.
        Call = "call",
        /// Someone searched.
        Search = "search",
        /// A partner was imported, or its key was confirmed.
        Partner = "partner",
        /// A report to a partner was ordered, taken back, withdrawn or corrected.
        Route = "route",
        /// A partner answered, by a code or in words that an officer wrote down, or somebody decided
        /// about the answer.
        Answer = "answer",
        /// A report reached the wrong partner: an incident began, or was closed.
        Incident = "incident",
        /// A report arrived, or could not be delivered yet.
        Deliver = "deliver",
        /// A sealed file was opened outside the books.
        Open = "open",
        /// A row did not match the MAC of the gateway.
        Alarm = "alarm",
        /// An alert began or ended, somebody was told, or the end of this log left by mail.
        Alert = "alert",
        /// A reply to a resident was written, agreed to, released or dropped, or left; or a stage was
        /// released; or somebody decided about a wish to forget.
        Reply = "reply",
        /// A tip was moved to another book.
        Move = "move",
        /// A campaign was created or ended, or its sheets were printed.
        Campaign = "campaign",
        /// A legal hold was placed on a tip.
        Hold = "hold",
        /// A legal hold was lifted.
        Unhold = "unhold",
        /// A tip's accuracy is contested: it is kept and not used.
        Restrict = "restrict",
        /// A tip may be used again.
        Unrestrict = "unrestrict",
        /// Figures were published, or their pages were written.
        Publish = "publish",
        /// A tip over its period was deleted.
        Purge = "purge",
        /// A report of `loke-gateway prove` with a build tag was dropped.
        Prove = "prove",
    }
}

/// The person, or the program, that acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account's name.
    pub name: String,
    /// The account's organisation.
    pub organisation: String,
}

impl Actor {
    /// The desk itself: what it does by the clock.
    #[must_use]
    pub fn desk() -> Self {
        Self {
            name: "desk".into(),
            organisation: "desk".into(),
        }
    }
}

/// One row of an audit log.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Row {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// The time of the action (seconds since 1970-01-01 UTC).
    pub time: i64,
    /// The account that acted.
    pub who: String,
    /// Its organisation.
    pub organisation: String,
    /// The action's word. A later version may have written one that this version does not know.
    pub action: String,
    /// The object of the action: a tip's id, a book, a gateway, a file.
    pub object: String,
    /// More details; never a tip's text.
    pub detail: String,
    /// SHA-256 over the previous hash and this row.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: [u8; 32],
}

/// SHA-256 over the previous hash and the row's fields, each after its length.
#[must_use]
pub fn link(before: &[u8; 32], row: &Row) -> [u8; 32] {
    let mut over = Context::new(&SHA256);
    over.update(b"loke audit row 2");
    over.update(before);
    over.update(&row.seq.to_le_bytes());
    over.update(&row.time.to_le_bytes());
    for field in [
        &row.who,
        &row.organisation,
        &row.action,
        &row.object,
        &row.detail,
    ] {
        over.update(&(field.len() as u64).to_le_bytes());
        over.update(field.as_bytes());
    }
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(over.finish().as_ref())
        .for_each(|(h, d)| *h = *d);
    hash
}

/// The contents of a new row.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// The action's word.
    pub action: &'a str,
    /// Its object.
    pub object: &'a str,
    /// More details.
    pub detail: &'a str,
}

impl<'a> Entry<'a> {
    /// An entry of one of this version's actions.
    #[must_use]
    pub fn new(action: Action, object: &'a str, detail: &'a str) -> Self {
        Self {
            action: action.word(),
            object,
            detail,
        }
    }
}

/// Appends a row in the caller's transaction. `now` is in seconds since 1970-01-01 UTC.
///
/// # Errors
/// If the row was not written. Then the action must not happen.
pub(super) async fn append(
    write: &mut SqliteConnection,
    now: i64,
    actor: &Actor,
    entry: Entry<'_>,
) -> Result<Row, Error> {
    let before = last(write).await?;
    let mut row = Row {
        seq: before.seq + 1,
        time: now,
        who: actor.name.clone(),
        organisation: actor.organisation.clone(),
        action: entry.action.to_owned(),
        object: entry.object.to_owned(),
        detail: entry.detail.to_owned(),
        hash: [0; 32],
    };
    row.hash = link(&before.hash, &row);
    sqlx::query(
        "insert into audit (seq, time, who, organisation, action, object, detail, hash) values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(row.seq)
    .bind(row.time)
    .bind(&row.who)
    .bind(&row.organisation)
    .bind(&row.action)
    .bind(&row.object)
    .bind(&row.detail)
    .bind(row.hash.as_slice())
    .execute(write)
    .await?;
    Ok(row)
}

/// The last row of the log. Before the first row: number 0 and a hash of zeros.
pub(super) async fn last(connection: &mut SqliteConnection) -> Result<Head, Error> {
    let head = sqlx::query_as("select seq, hash from audit order by seq desc limit 1")
        .fetch_optional(connection)
        .await?;
    Ok(head.unwrap_or(Head {
        seq: 0,
        hash: [0; 32],
    }))
}

/// The whole log, oldest first.
pub(super) async fn trail(pool: &sqlx::SqlitePool) -> Result<Vec<Row>, Error> {
    let rows = sqlx::query_as(
        "select seq, time, who, organisation, action, object, detail, hash from audit order by seq",
    );
    Ok(rows.fetch_all(pool).await?)
}

/// Writes the head file.
pub(super) fn write_head(folder: &Path, head: &Head) -> Result<(), private_file::Error> {
    private_file::replace(
        &folder.join(HEAD_FILE),
        format!("{} {}\n", head.seq, hex::encode(head.hash)).as_bytes(),
    )
}
