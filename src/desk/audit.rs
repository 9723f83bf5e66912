//! The audit log: who did what, and when. Each row's hash covers the previous row. The newest hash
//! is also in `audit.head` beside the casebook. So a changed, removed or cut-off row is detected.
//! The log contains nothing of a tip's text.
//!
//! A person with the casebook's key and this folder could still write a completely new log. A copy
//! of the head that was stored elsewhere detects that.

use std::path::Path;

use ring::digest::{Context, SHA256};
use sqlx::FromRow;

use loke_core::private_file;

/// The head file in the desk's folder: number and hash of the newest row, on one line.
pub const HEAD_FILE: &str = "audit.head";

loke_core::words! {
    /// An audited action, by its word in the log.
    Action {
        /// The desk was created.
        Init = "init",
        /// The desk was connected to a gateway.
        Connect = "connect",
        /// Tips were collected.
        Pull = "pull",
        /// Tips were imported from a file.
        Import = "import",
        /// Someone looked at a tip.
        View = "view",
        /// Someone looked at a photo or saved it.
        Photo = "photo",
        /// A partner's copy was made.
        Route = "route",
        /// A partner's copy arrived, or could not be delivered yet.
        Deliver = "deliver",
        /// A sealed file was opened outside the casebook.
        Open = "open",
        /// A row did not match the MAC of the gateway.
        Alarm = "alarm",
        /// A campaign was created or ended, or its sheets were printed.
        Campaign = "campaign",
        /// A report of `loke-gateway prove` with a build tag was dropped.
        Prove = "prove",
    }
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Row {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// The time of the action (seconds since 1970-01-01 UTC).
    pub time: i64,
    /// The person who acted.
    pub who: String,
    /// The action's word. A later version may have written one that this version does not know.
    pub action: String,
    /// The object of the action: a tip's id, a gateway, a file.
    pub object: String,
    /// More details; never a tip's text.
    pub detail: String,
    /// SHA-256 over the previous hash and this row.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: [u8; 32],
}

/// The newest row's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: [u8; 32],
}

/// SHA-256 over the previous hash and the row's fields, each after its length.
#[must_use]
pub fn link(before: &[u8; 32], row: &Row) -> [u8; 32] {
    let mut over = Context::new(&SHA256);
    over.update(b"loke audit row 1");
    over.update(before);
    over.update(&row.seq.to_le_bytes());
    over.update(&row.time.to_le_bytes());
    for field in [&row.who, &row.action, &row.object, &row.detail] {
        over.update(&(field.len() as u64).to_le_bytes());
        over.update(field.as_bytes());
    }
    let mut hash = [0; 32];
    hash.iter_mut()
        .zip(over.finish().as_ref())
        .for_each(|(h, d)| *h = *d);
    hash
}

/// Writes the head file.
pub(super) fn write_head(folder: &Path, head: &Head) -> Result<(), private_file::Error> {
    private_file::replace(
        &folder.join(HEAD_FILE),
        format!("{} {}\n", head.seq, hex::encode(head.hash)).as_bytes(),
    )
}

/// The acting person: the user of the operating system, until the desk has accounts.
#[must_use]
pub(super) fn who() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".into())
}
