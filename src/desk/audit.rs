//! The audit log: who did what, and when. Each row's hash covers the row before it, and the newest
//! hash also stands in `audit.head` beside the casebook, so that a changed, removed or cut-off row
//! shows. Nothing of a tip's words is written.
//!
//! Who holds the casebook's key and this folder could still write a whole new log; that shows
//! against a copy of the head that was taken away before.

use std::path::Path;

use ring::digest::{Context, SHA256};

use loke_core::private_file;

/// The head's file in the desk's folder: the newest row's number and hash, in one line.
pub const HEAD_FILE: &str = "audit.head";

/// What is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// The desk was made.
    Init,
    /// It was pointed at a gateway.
    Connect,
    /// Tips were collected.
    Pull,
    /// Tips were taken from a file.
    Import,
    /// Someone looked at a tip.
    View,
    /// Someone looked at a photo or saved it.
    Photo,
    /// Someone changed what is known of a tip.
    Edit,
    /// A partner's copy was made.
    Route,
    /// A partner's copy arrived, or could not be delivered yet.
    Deliver,
    /// Something left the casebook for a file.
    Export,
    /// A sealed file was opened outside the casebook.
    Open,
    /// Something was not as the gateway wrote it.
    Alarm,
    /// A campaign was made or ended, or its sheets were printed.
    Campaign,
    /// A marked report of `loke-gateway prove` was dropped.
    Prove,
}

impl Action {
    /// Its word in the log.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Init => "init",
            Self::Connect => "connect",
            Self::Pull => "pull",
            Self::Import => "import",
            Self::View => "view",
            Self::Photo => "photo",
            Self::Edit => "edit",
            Self::Route => "route",
            Self::Deliver => "deliver",
            Self::Export => "export",
            Self::Open => "open",
            Self::Alarm => "alarm",
            Self::Campaign => "campaign",
            Self::Prove => "prove",
        }
    }
}

/// One row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its number, from 1 without gaps.
    pub seq: i64,
    /// When it was written (seconds since 1970-01-01 UTC).
    pub time: i64,
    /// Who acted.
    pub who: String,
    /// What they did.
    pub action: String,
    /// What they did it to: a tip's id, a gateway, a file.
    pub object: String,
    /// More about it; never a tip's words.
    pub detail: String,
    /// SHA-256 over the hash before it and the row.
    pub hash: [u8; 32],
}

/// The newest row's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// SHA-256 over the hash before and the row's fields, each with its length before it.
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

/// Puts the head in its file.
pub(super) fn write_head(folder: &Path, head: &Head) -> Result<(), private_file::Error> {
    private_file::replace(
        &folder.join(HEAD_FILE),
        format!("{} {}\n", head.seq, hex::encode(head.hash)).as_bytes(),
    )
}

/// Who acts: the operating system's user, until the desk has accounts.
#[must_use]
pub(super) fn who() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".into())
}
