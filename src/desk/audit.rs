//! The audit log: who did what, and when. Each row's hash covers the row before it, and the newest hash also stands in
//! `audit.head` beside the casebook, so that a changed, removed or cut-off row shows. Nothing of a tip's words is written.
//!
//! Who holds the casebook's key and this folder could still write a whole new log; that shows against a copy of the head
//! that was taken away before.

use std::path::{Path, PathBuf};

use ring::digest::{Context, SHA256};

use super::casebook::{self, Casebook, Row};
use super::files;

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

/// The newest row's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    pub hash: [u8; 32],
}

/// Why the log is not whole.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A row is missing, or one was put in.
    #[error("the audit log is broken: row {0} is missing. Keep this machine as it is and tell whoever oversees the desk")]
    Missing(i64),
    /// A row is not as it was written.
    #[error("the audit log is broken: row {0} was changed after it was written. Keep this machine as it is and tell whoever oversees the desk")]
    Changed(i64),
    /// The head knows rows that the log does not have.
    #[error(
        "the audit log was shortened: it ends at row {ends}, and {HEAD_FILE} knows row {head}. Keep this machine as it is and tell whoever oversees the desk"
    )]
    Shortened {
        /// The last row that is there.
        ends: i64,
        /// The last row that was.
        head: i64,
    },
    /// There is no head to check against.
    #[error("{0} is gone or cannot be read, so nobody can tell whether the audit log was shortened. Restore it from the copy that left this machine")]
    NoHead(PathBuf),
    /// The log could not be read.
    #[error(transparent)]
    Casebook(#[from] casebook::Error),
}

/// Checks the whole log and the head; returns the number of rows.
///
/// # Errors
/// The first thing that is not as it was written.
pub async fn verify(casebook: &Casebook) -> Result<i64, Broken> {
    // The head first: rows that are added meanwhile then make the log longer than it, which is no harm.
    let head = read_head(casebook.folder())?;
    let (mut before, mut ends, mut at_head) = ([0; 32], 0, None);
    for row in casebook.trail().await? {
        if row.seq != ends + 1 {
            return Err(Broken::Missing(ends + 1));
        }
        if link(&before, &row) != row.hash {
            return Err(Broken::Changed(row.seq));
        }
        if row.seq == head.seq {
            at_head = Some(row.hash);
        }
        (before, ends) = (row.hash, row.seq);
    }
    match at_head {
        None => Err(Broken::Shortened { ends, head: head.seq }),
        Some(hash) if hash != head.hash => Err(Broken::Changed(head.seq)),
        Some(_) => Ok(ends),
    }
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
    hash.iter_mut().zip(over.finish().as_ref()).for_each(|(h, d)| *h = *d);
    hash
}

/// Puts the head in its file.
pub(super) fn write_head(folder: &Path, head: &Head) -> Result<(), files::Error> {
    files::replace(&folder.join(HEAD_FILE), format!("{} {}\n", head.seq, hex::encode(head.hash)).as_bytes())
}

fn read_head(folder: &Path) -> Result<Head, Broken> {
    let file = folder.join(HEAD_FILE);
    let text = files::read(&file, 200).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text.as_deref().and_then(|text| text.trim_end().split_once(' '));
    let head = parts.and_then(|(seq, hash)| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash, &mut bytes).ok()?;
        Some(Head { seq: seq.parse().ok()?, hash: bytes })
    });
    head.ok_or(Broken::NoHead(file))
}

/// Who acts: the operating system's user, until the desk has accounts.
#[must_use]
pub(super) fn who() -> String {
    whoami::username().unwrap_or_else(|_| "unknown".into())
}
