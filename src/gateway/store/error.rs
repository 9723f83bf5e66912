//! Errors of the queue. They carry an engine's code and never a value of a row: sqlx's own text may
//! contain values.

use std::io;

use loke_core::random::NoRandomness;
use loke_core::seal::SizeClass;

/// A queue error. It never carries a value of a row.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database refused, is unreachable, or its disk is full.
    #[error("the queue's database does not answer ({0})")]
    Database(Cause),
    /// No slot of this class is free.
    #[error("the queue is full")]
    Full(SizeClass),
    /// The queue is filling, and this sender (or the network above it) has used its share of this
    /// class. Other senders' reports are still stored. Nothing was stored: retry with the same
    /// `once` after desks have collected.
    #[error("this sender's share of the queue is used up")]
    Crowded(SizeClass),
    /// The queue is filling, and the report was not [`super::QueueEntry::proven`]. Nothing was stored: the page
    /// keeps the text and asks for a second tap.
    #[error("the queue is filling, and the report must be sent again")]
    Unproven,
    /// The operator closed the gateway. Nothing was stored.
    #[error("the gateway is closed")]
    Closed,
    /// The desk already has [`super::BOOKS_OF_A_DESK`] other books here.
    #[error("the desk has too many books here")]
    TooManyBooks,
    /// The book's rows are of a later day.
    #[error("the book has rows of a later day")]
    OlderRows,
    /// The URL, or the database behind it, cannot be used as a queue. The text includes the fix.
    #[error("{0}")]
    Unusable(String),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl Error {
    /// Whether this class has no slot for this sender now. The same report without photos may fit.
    #[must_use]
    pub fn is_for_room(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Crowded(_))
    }

    /// Whether a retry may succeed: PostgreSQL broke a deadlock, or another writer was active.
    pub(super) fn passes(&self) -> bool {
        matches!(self, Self::Database(Cause::Conflict(_)))
    }

    pub(super) fn late() -> Self {
        Self::Database(Cause::Late)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(Cause::of(&error))
    }
}

/// Why the database did not do what a statement asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// SQLite: another process writes (SQLITE_BUSY), or recovers the WAL that a third process left
    /// (SQLITE_BUSY_RECOVERY).
    #[error("{0}")]
    Busy(String),
    /// SQLite: the file cannot be opened (SQLITE_CANTOPEN).
    #[error("14")]
    CannotOpen,
    /// SQLite: the file is not a database (SQLITE_NOTADB).
    #[error("26")]
    NotADatabase,
    /// PostgreSQL broke a deadlock (40P01) or found a serialization conflict (40001).
    #[error("{0}")]
    Conflict(String),
    /// PostgreSQL refuses the user or the password (class 28).
    #[error("{0}")]
    Credentials(String),
    /// PostgreSQL has no database of this name.
    #[error("3D000")]
    NoDatabase,
    /// PostgreSQL's user lacks a privilege.
    #[error("42501")]
    Privilege,
    /// PostgreSQL has a table of this name already.
    #[error("42P07")]
    TableExists,
    /// Another code of the engine.
    #[error("{0}")]
    Code(String),
    /// The connection failed.
    #[error("{0}")]
    Io(io::ErrorKind),
    /// No connection was free in time.
    #[error("no connection in time")]
    NoConnection,
    /// There was no answer in time.
    #[error("no answer in time")]
    Late,
    /// The connection is closed.
    #[error("closed")]
    Closed,
    /// The TLS handshake failed.
    #[error("TLS")]
    Tls,
    /// The server broke PostgreSQL's protocol.
    #[error("protocol")]
    Protocol,
    /// The answer has another shape than expected.
    #[error("unexpected answer")]
    Unexpected,
    /// The task that writes tips has stopped.
    #[error("the writer stopped")]
    WriterStopped,
}

impl Cause {
    /// The one place that reads codes: SQLite's result codes (sqlite.org/rescode.html) and
    /// PostgreSQL's SQLSTATEs (its manual, appendix A).
    pub(super) fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(e) => e.code().map_or(Self::Code("no code".to_owned()), |code| {
                let own = || code.as_ref().to_owned();
                match code.as_ref() {
                    "5" | "261" => Self::Busy(own()),
                    "14" => Self::CannotOpen,
                    "26" => Self::NotADatabase,
                    "40P01" | "40001" => Self::Conflict(own()),
                    "28P01" | "28000" => Self::Credentials(own()),
                    "3D000" => Self::NoDatabase,
                    "42501" => Self::Privilege,
                    "42P07" => Self::TableExists,
                    _ => Self::Code(own()),
                }
            }),
            sqlx::Error::Io(e) => Self::Io(e.kind()),
            sqlx::Error::PoolTimedOut => Self::NoConnection,
            sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => Self::Closed,
            sqlx::Error::Tls(_) => Self::Tls,
            sqlx::Error::Protocol(_) => Self::Protocol,
            _ => Self::Unexpected,
        }
    }
}
