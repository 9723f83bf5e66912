//! Verifies an audit log: every row, and its end against a head that was stored elsewhere. It never
//! repairs anything.

use std::path::{Path, PathBuf};

use futures_util::{Stream, TryStreamExt};
use sqlx::{FromRow, SqlitePool};

use super::{HEAD_FILE, Row, link};
use crate::database;
use loke_core::private_file;

/// Largest mail that is read, in bytes.
const MAIL_BYTES: u64 = 64 << 10;

/// The newest row's number and hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub struct Head {
    /// Its number.
    pub seq: i64,
    /// Its hash.
    #[sqlx(try_from = "Vec<u8>")]
    pub hash: [u8; 32],
}

/// Why a log is not intact.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// A row is missing, or one was inserted.
    #[error(
        "the audit log of {0} is broken: row {1} is missing. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Missing(String, i64),
    /// A row was changed.
    #[error(
        "the audit log of {0} is broken: row {1} was changed after it was written. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Changed(String, i64),
    /// The head has a row that the log does not have.
    #[error(
        "the audit log of {of} was shortened: it ends at row {ends}, but row {head} is known. Keep this machine as it is and tell the person who oversees the desk"
    )]
    Shortened {
        /// The register or the book.
        of: String,
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
    /// The file is not a daily mail.
    #[error(
        "{0} has no row and hash of an audit log in it. Save the whole daily mail of the desk as a file"
    )]
    NotAMail(PathBuf),
    /// The log could not be read.
    #[error(transparent)]
    Database(#[from] database::Error),
}

/// Verifies the log in `pool`, row by row as they are read. `of` names it in errors. `holds` is
/// asked for the number and the hash of each row. Row `head` must be there unless `head` is 0. Calls
/// `each` after every row. Returns the number of rows.
///
/// # Errors
/// The first difference.
pub async fn verify(
    of: &str,
    pool: &SqlitePool,
    head: i64,
    holds: impl Fn(i64, &[u8; 32]) -> bool,
    each: impl FnMut(),
) -> Result<i64, Broken> {
    let rows = sqlx::query_as::<_, Row>(
        "select seq, time, who, organisation, action, object, detail, hash from audit order by seq",
    );
    follow(of, rows.fetch(pool), head, holds, each).await
}

async fn follow(
    of: &str,
    rows: impl Stream<Item = Result<Row, sqlx::Error>>,
    head: i64,
    holds: impl Fn(i64, &[u8; 32]) -> bool,
    mut each: impl FnMut(),
) -> Result<i64, Broken> {
    let (mut before, mut ends) = ([0; 32], 0);
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(database::Error::from)? {
        if row.seq != ends + 1 {
            return Err(Broken::Missing(of.to_owned(), ends + 1));
        }
        if link(&before, &row) != row.hash || !holds(row.seq, &row.hash) {
            return Err(Broken::Changed(of.to_owned(), row.seq));
        }
        (before, ends) = (row.hash, row.seq);
        each();
    }
    if ends < head {
        return Err(Broken::Shortened {
            of: of.to_owned(),
            ends,
            head,
        });
    }
    Ok(ends)
}

/// Reads the head file of the register's log.
///
/// # Errors
/// [`Broken::NoHead`].
pub fn read_head(folder: &Path) -> Result<Head, Broken> {
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

/// Reads row and hash out of a daily mail that was saved as a file.
///
/// # Errors
/// [`Broken::NotAMail`].
pub fn read_mailed(file: &Path) -> Result<Head, Broken> {
    let text = private_file::read(file, MAIL_BYTES).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let field = |name: &str| {
        text.lines().find_map(|line| {
            let (key, value) = line.trim().split_once(' ')?;
            (key == name).then(|| value.trim().to_owned())
        })
    };
    let head = field("row").zip(field("hash")).and_then(|(row, hash)| {
        let mut bytes = [0; 32];
        hex::decode_to_slice(hash, &mut bytes).ok()?;
        Some(Head {
            seq: row.parse().ok()?,
            hash: bytes,
        })
    });
    head.ok_or_else(|| Broken::NotAMail(file.to_owned()))
}

/// Checks that the log in `pool` has this row with this hash.
pub(crate) async fn has_head(of: &str, pool: &SqlitePool, head: &Head) -> Result<(), Broken> {
    let found: Option<Vec<u8>> = sqlx::query_scalar("select hash from audit where seq = $1")
        .bind(head.seq)
        .fetch_optional(pool)
        .await
        .map_err(database::Error::from)?;
    match found {
        Some(hash) if hash == head.hash => Ok(()),
        Some(_) => Err(Broken::Changed(of.to_owned(), head.seq)),
        None => {
            let ends = sqlx::query_scalar("select coalesce(max(seq), 0) from audit")
                .fetch_one(pool)
                .await
                .map_err(database::Error::from)?;
            Err(Broken::Shortened {
                of: of.to_owned(),
                ends,
                head: head.seq,
            })
        }
    }
}
