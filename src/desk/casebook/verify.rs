//! Verifies the audit log: every row, and the head file beside the casebook. It never repairs
//! anything.

use std::path::{Path, PathBuf};

use super::{Casebook, Error};
use crate::audit::{HEAD_FILE, Head, link};
use loke_core::private_file;

/// Why the log is not intact.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A row is missing, or one was inserted.
    #[error(
        "the audit log is broken: row {0} is missing. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Missing(i64),
    /// A row was changed.
    #[error(
        "the audit log is broken: row {0} was changed after it was written. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Changed(i64),
    /// The head has a row that the log does not have.
    #[error(
        "the audit log was shortened: it ends at row {ends}, but {HEAD_FILE} has row {head}. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Shortened {
        /// The last row in the log.
        ends: i64,
        /// The last row by the head.
        head: i64,
    },
    /// There is no head to check against.
    #[error(
        "{0} is missing or cannot be read, so nobody can check whether the audit log was shortened. Restore it from the copy on another machine"
    )]
    NoHead(PathBuf),
    /// The log could not be read.
    #[error(transparent)]
    Casebook(#[from] Error),
}

/// Verifies the whole log and the head. Returns the number of rows.
///
/// # Errors
/// The first difference.
pub async fn verify(casebook: &Casebook) -> Result<i64, Broken> {
    // Read the head first. A row appended meanwhile makes the log longer than the head, which is
    // harmless.
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
        None => Err(Broken::Shortened {
            ends,
            head: head.seq,
        }),
        Some(hash) if hash != head.hash => Err(Broken::Changed(head.seq)),
        Some(_) => Ok(ends),
    }
}

fn read_head(folder: &Path) -> Result<Head, Broken> {
    let file = folder.join(HEAD_FILE);
    let text = private_file::read(&file, 200)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    let parts = text
        .as_deref()
        .and_then(|text| text.trim_end().split_once(' '));
    let head = parts.and_then(|(seq, hash)| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash, &mut bytes).ok()?;
        Some(Head {
            seq: seq.parse().ok()?,
            hash: bytes,
        })
    });
    head.ok_or(Broken::NoHead(file))
}
