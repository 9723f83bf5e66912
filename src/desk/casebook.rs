//! The casebook: the desk's encrypted database (SQLCipher), and every SQL statement of the desk. It
//! must never run without its cipher, and nothing is in it that was not also written to the audit
//! log.

mod campaigns;
mod deliveries;
mod enrolments;
mod glance;
mod threads;
mod tips;
mod trail;
mod verify;

pub use deliveries::{Delivery, Failure, NewDelivery, Outcome};
pub use glance::{Counts, Glance};
pub use threads::{TOGETHER, Texts};
pub use tips::{Arrival, Held, Kept, Line, Status};
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

/// The casebook's file in the desk's folder.
pub const FILE: &str = "casebook.db";
/// Oldest first; a schema that was once released is never edited.
static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/casebook");
/// How long a command waits for another one to finish writing.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the end of a program waits for its connections to close.
const CLOSING: Duration = Duration::from_secs(5);

/// Why the casebook could not do what was asked. It carries nothing of any tip.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite refused. Carries its error code.
    #[error(
        "the casebook's database does not answer ({0}). Check the disk's space and its permissions; if it goes on, restore the casebook"
    )]
    Database(String),
    /// The key does not open it.
    #[error(
        "{0} does not open with this desk's key, or it is damaged. Restore it together with casebook.key"
    )]
    Key(PathBuf),
    /// Its tables are another version's.
    #[error(
        "{0} was written by another version of this program. Use that version, or restore the casebook"
    )]
    Newer(PathBuf),
    /// There is none.
    #[error(
        "there is no casebook at {0}. Make the desk with `loke-desk init --dir DIR`, or correct --config"
    )]
    Missing(PathBuf),
    /// The program was built without the cipher.
    #[error(
        "this program was built without SQLCipher and would keep tips in the clear: it stops here. Use a build with the feature `desk`"
    )]
    NoCipher,
    /// No tip's id begins so.
    #[error("no tip's id begins with {0}. See `loke-desk list`")]
    NoTip(String),
    /// More than one tip's id begins so.
    #[error("more than one tip's id begins with {0}. Give more of its digits")]
    Ambiguous(String),
    /// No campaign has this code.
    #[error("no campaign of this desk has the code {0}. See `loke-desk campaign list`")]
    NoCampaign(CampaignCode),
    /// The operating system gave no random bytes.
    #[error(transparent)]
    Random(#[from] loke_core::random::NoRandomness),
    /// A stored value is not what this program writes.
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

/// The casebook. Clones share one pool; other processes may have it open too.
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
    /// Makes the casebook of a new desk in `folder`, under `key`.
    ///
    /// # Errors
    /// Where a file is there already, or the database cannot be made.
    pub async fn create(folder: &Path, key: &CasebookKey, clock: Clock) -> Result<Self, Error> {
        // SQLite gives its side files the mode of this one.
        private_file::write_new(&folder.join(FILE), b"")?;
        Self::open(folder, key, clock).await
    }

    /// Opens the casebook in `folder`.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Key`] where `key` is not its key, [`Error::NoCipher`] in a
    /// build that could not encrypt.
    pub async fn open(folder: &Path, key: &CasebookKey, clock: Clock) -> Result<Self, Error> {
        let file = folder.join(FILE);
        if !file.exists() {
            return Err(Error::Missing(file));
        }
        let options = sqlite::options(&file, PATIENCE).pragma("key", key.pragma().to_string());
        // A SQLite without the cipher would take the key without a word and write in the clear.
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

    /// Waits until every connection is closed, for a few seconds at the most.
    pub async fn close(&self) {
        let _in_time = tokio::time::timeout(CLOSING, self.pool.close()).await;
    }

    /// The folder that the casebook lies in.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The clock that rows are dated by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Starts writing: waits for other writers, so that what is read in it still holds when it is
    /// committed.
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

/// Refuses a connection that does not encrypt.
async fn cipher_is_there(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let version: Option<String> = sqlx::query_scalar("pragma cipher_version")
        .fetch_optional(connection)
        .await?;
    version
        .filter(|v| !v.is_empty())
        .map(drop)
        .ok_or_else(|| sqlx::Error::Configuration("no cipher".into()))
}

/// What a refusal to open means: SQLite's code 26 ("not a database") is what a wrong key looks
/// like.
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
