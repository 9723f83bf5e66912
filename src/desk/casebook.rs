//! The casebook: the desk's encrypted database (SQLCipher), with every SQL statement of the desk.
//! It must never run without encryption, and every change in it is also in the audit log.

mod campaigns;
mod deliveries;
mod enrolments;
mod glance;
mod threads;
mod tips;
mod trail;
mod verify;

pub use deliveries::{Delivery, DueDelivery, Failure, NewDelivery, Outcome};
pub use glance::{Counts, Glance};
pub use threads::{TOGETHER, TextsInARow};
pub use tips::{Arrival, Held, Kept, Status, TipLine};
pub use verify::{Broken, verify};

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::{audit, keys::CasebookKey};
use loke_core::campaign::CampaignCode;
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::sqlite;

/// The casebook file in the desk's folder.
pub const FILE: &str = "casebook.db";
/// Oldest first. Never edit a schema that was released.
static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/casebook");
/// How long a command waits for another process to finish writing.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a program waits at its end for connections to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Why a casebook operation failed. No variant contains anything of a tip.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite failed, with this error code.
    #[error(
        "the casebook's database failed ({0}). Check the disk's space and its permissions; if it happens again, restore the casebook"
    )]
    Database(String),
    /// The key does not open the casebook.
    #[error(
        "{0} does not open with this desk's key, or it is damaged. Restore it together with casebook.key"
    )]
    Key(PathBuf),
    /// The tables are from another version.
    #[error(
        "{0} was written by another version of this program. Use that version, or restore the casebook"
    )]
    Newer(PathBuf),
    /// There is no casebook.
    #[error(
        "there is no casebook at {0}. Make the desk with `loke-desk init --dir DIR`, or correct --config"
    )]
    Missing(PathBuf),
    /// The program was built without SQLCipher.
    #[error(
        "this program was built without SQLCipher and would store tips unencrypted, so it stopped. Build it with `cargo build --release -p loke-desk`"
    )]
    NoCipher,
    /// No tip's id begins with these digits.
    #[error("no tip's id begins with {0}. See `loke-desk list`")]
    NoTip(String),
    /// Several tips' ids begin with these digits.
    #[error("more than one tip's id begins with {0}. Give more of its digits")]
    Ambiguous(String),
    /// No campaign has this code.
    #[error("no campaign of this desk has the code {0}. See `loke-desk campaign list`")]
    NoCampaign(CampaignCode),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] loke_core::random::NoRandomness),
    /// A stored value is not one that this program writes.
    #[error(
        "a row of the casebook cannot be read. It was written by another version or by hand: restore the casebook"
    )]
    Row,
    /// The audit head, or the file itself, could not be written.
    #[error(transparent)]
    File(#[from] private_file::Error),
}

impl From<sqlx::Error> for Error {
    fn from(e: sqlx::Error) -> Self {
        match &e {
            sqlx::Error::Database(d) => {
                Self::Database(d.code().unwrap_or(Cow::Borrowed("no code")).into_owned())
            }
            sqlx::Error::PoolTimedOut => Self::Database("busy".into()),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Row,
            _ => Self::Database("no answer".into()),
        }
    }
}

/// The casebook. Clones share one pool. Other processes may have the file open too.
#[derive(Clone)]
pub struct Casebook {
    pool: SqlitePool,
    folder: PathBuf,
    clock: Clock,
    who: String,
}

impl std::fmt::Debug for Casebook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Casebook(…)")
    }
}

impl Casebook {
    /// Creates the casebook of a new desk in `folder`, encrypted with `key`.
    ///
    /// # Errors
    /// If the file already exists, or the database cannot be created.
    pub async fn create(folder: &Path, key: &CasebookKey, clock: Clock) -> Result<Self, Error> {
        // SQLite gives its side files the mode of this file.
        private_file::write_new(&folder.join(FILE), b"")?;
        Self::open(folder, key, clock).await
    }

    /// Opens the casebook in `folder`.
    ///
    /// # Errors
    /// [`Error::Missing`]; [`Error::Key`] if `key` is not its key; [`Error::NoCipher`] if this
    /// build cannot encrypt.
    pub async fn open(folder: &Path, key: &CasebookKey, clock: Clock) -> Result<Self, Error> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Err(Error::Missing(file));
        }
        let options = sqlite::options(&file, PATIENCE).pragma("key", key.pragma().to_string());
        // A SQLite without SQLCipher would accept the key silently and write unencrypted.
        let pool = SqlitePoolOptions::new()
            .max_connections(4)
            .after_connect(|connection, _| Box::pin(cipher_is_there(connection)));
        let pool = pool.after_release(|connection, _| Box::pin(sqlite::is_usable(connection)));
        let pool = pool
            .connect_with(options)
            .await
            .map_err(|e| refused(e, &file))?;
        migrate(&pool).await.map_err(|e| refused(e, &file))?;
        Ok(Self {
            pool,
            folder: folder.to_owned(),
            clock,
            who: audit::who(),
        })
    }

    /// Waits until all connections are closed, for a few seconds at most.
    pub async fn close(&self) {
        let _in_time = tokio::time::timeout(CLOSING, self.pool.close()).await;
    }

    /// The folder of the casebook.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The clock for the times of rows.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Starts a write transaction. It waits for other writers, so a value that it reads is still
    /// valid at commit.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, Error> {
        Ok(self.pool.begin_with("begin immediate").await?)
    }
}

async fn migrate(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    MIGRATIONS.run(pool).await.map_err(|e| match e {
        sqlx::migrate::MigrateError::Execute(e)
        | sqlx::migrate::MigrateError::ExecuteMigration(e, _) => e,
        other => sqlx::Error::Migrate(Box::new(other)),
    })
}

/// Refuses a connection without encryption.
async fn cipher_is_there(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let version: Option<String> = sqlx::query_scalar("pragma cipher_version")
        .fetch_optional(connection)
        .await?;
    version
        .filter(|v| !v.is_empty())
        .map(drop)
        .ok_or_else(|| sqlx::Error::Configuration("no cipher".into()))
}

/// Maps a failure to open. SQLite returns code 26 ("not a database") for a wrong key.
fn refused(e: sqlx::Error, file: &Path) -> Error {
    match &e {
        sqlx::Error::Configuration(_) => Error::NoCipher,
        sqlx::Error::Database(d) if d.code().as_deref() == Some("26") => {
            Error::Key(file.to_owned())
        }
        sqlx::Error::Migrate(_) => Error::Newer(file.to_owned()),
        _ => e.into(),
    }
}
