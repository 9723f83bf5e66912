//! Opens the desk's encrypted files (SQLCipher): the register and the books. A file must never open
//! without encryption.
//!
//! A file uses a rollback journal. SQLCipher 4.10 is SQLite 3.50.4, which can damage a file in WAL
//! mode if one connection carries the WAL into the file while another one commits (fixed in SQLite
//! 3.51.3).
//!
//! A process has one connection to a file. With a rollback journal, each commit of one connection
//! empties the page caches of the others, and a page costs a decryption and an HMAC to read again. So
//! no code may wait for a second connection while it has a transaction open on the same file.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::sqlite::{SqliteJournalMode, SqlitePoolOptions};
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::keys::DatabaseKey;
use loke_core::campaign::CampaignCode;
use loke_core::private_file;
use loke_core::sqlite;
use loke_core::tip::TipId;

/// How long a command waits for another process to finish writing.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a program waits for connections to close.
const CLOSING: Duration = Duration::from_secs(5);
/// Connections of one file.
const CONNECTIONS: u32 = 1;
/// The page cache of a file, in KiB; SQLite takes a negative number for KiB.
const CACHE: &str = "-49152";
/// Prepared statements that a connection keeps.
const STATEMENTS: usize = 300;

/// Why an operation on the register or a book failed. No variant contains anything of a tip.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// SQLite failed, with this error code.
    #[error(
        "the desk's database failed ({0}). Check the disk's space and its permissions; if it happens again, restore the backup"
    )]
    Database(String),
    /// The key does not open the file.
    #[error("{0} does not open with its key, or it is damaged. Restore it together with its keys")]
    Key(PathBuf),
    /// The tables are from another version.
    #[error("{0} was written by another version of this program. Use that version, or restore it")]
    Newer(PathBuf),
    /// A step of an update failed.
    #[error(
        "{0} was written by an earlier version, and bringing it up to date failed ({1}). It is as it was before. Free room on the disk and try again. If it happens again, use the earlier version, or restore the backup"
    )]
    NotUpdated(PathBuf, String),
    /// There is no such file.
    #[error(
        "there is no desk at {0}. Make one with `loke-desk init --dir DIR`, or correct --config"
    )]
    Missing(PathBuf),
    /// The program was built without SQLCipher.
    #[error(
        "this program was built without SQLCipher and would store tips unencrypted, so it stopped. Build it with `cargo build --release -p loke-desk`"
    )]
    NoCipher,
    /// No tip's id begins with these digits in any book that is open for this account.
    #[error("no tip's id begins with {0}. See `loke-desk list`")]
    NoTip(String),
    /// Several tips' ids begin with these digits.
    #[error("more than one tip's id begins with {0}. Give more of its digits")]
    Ambiguous(String),
    /// No campaign has this code.
    #[error("no campaign of this desk has the code {0}. See `loke-desk campaign list`")]
    NoCampaign(CampaignCode),
    /// No account has this name.
    #[error("there is no account named \"{0}\". See `loke-desk account list`")]
    NoAccount(String),
    /// An account with this name exists.
    #[error("there is an account named \"{0}\" already. Choose another name")]
    AccountExists(String),
    /// No book has this name, or it is not open for this account.
    #[error("there is no book named \"{0}\" that you can open. See `loke-desk book list`")]
    NoBook(String),
    /// A book with this name exists.
    #[error("there is a book named \"{0}\" already. Choose another name")]
    BookExists(String),
    /// A sealed file of a book is missing or was changed.
    #[error(
        "the sealed file of tip {0} is missing or was changed. Restore the book from the backup"
    )]
    Sealed(TipId),
    /// The accuracy of a tip is contested.
    #[error(
        "the accuracy of tip {0} is contested, so no report about it may leave. A supervisor can end that with `loke-desk unrestrict`"
    )]
    Restricted(TipId),
    /// A book for practice.
    #[error(
        "the book {0} is for practice: its tips are made up, and nothing of it leaves the desk"
    )]
    Practice(String),
    /// The keys of the book are being changed.
    #[error("the keys of the book {0} are being changed. Try again in a minute")]
    Rekeying(String),
    /// Somebody does not close the book.
    #[error(
        "somebody still has the book {0} open after a minute, so its keys were not changed. Stop `loke-desk serve`, and run this command again"
    )]
    StillOpen(String),
    /// There is too little room for a second copy of the book.
    #[error(
        "the disk has too little room for a second copy of the book {0}, so its keys were not changed. Free {1} MiB, and run this command again"
    )]
    NoRoom(String, u64),
    /// The copy differs from the book.
    #[error(
        "the new copy of the book {0} differs from the old one, so its keys were not changed. Check the disk, then run this command again"
    )]
    Differs(String),
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] loke_core::random::NoRandomness),
    /// A stored value is not one that this program writes.
    #[error(
        "a row of the desk's database cannot be read. It was written by another version or by hand: restore the backup"
    )]
    Row,
    /// A column of a row has a value of another kind, such as a day that is no date.
    #[error(
        "the column {0} of a row of the desk's database cannot be read. It was written by another version or by hand: restore the backup"
    )]
    Column(String),
    /// A file of the desk could not be read or written.
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
            sqlx::Error::PoolClosed => Self::Database("closed".into()),
            // A column of a query without names has only its number.
            sqlx::Error::ColumnDecode { index, .. } if index.starts_with('"') => {
                Self::Column(index.trim_matches('"').to_owned())
            }
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => Self::Row,
            _ => Self::Database("no answer".into()),
        }
    }
}

/// Creates an empty file for [`open`], with mode 0600: SQLite gives its journal the same mode.
///
/// # Errors
/// If the file already exists.
pub fn create(file: &Path) -> Result<(), Error> {
    Ok(private_file::write_new(file, b"")?)
}

/// Opens an encrypted file and brings its tables up to date.
///
/// # Errors
/// [`Error::Missing`]; [`Error::Key`] if `key` is not its key; [`Error::NoCipher`] if this build
/// cannot encrypt; [`Error::Newer`].
pub async fn open(
    file: &Path,
    key: &DatabaseKey,
    tables: &'static Migrator,
) -> Result<SqlitePool, Error> {
    if !file.exists() {
        return Err(Error::Missing(file.to_owned()));
    }
    let options = sqlite::options(file, PATIENCE)
        .journal_mode(SqliteJournalMode::Delete)
        .pragma("key", key.pragma().to_string())
        .pragma("cache_size", CACHE)
        .statement_cache_capacity(STATEMENTS);
    // A SQLite without SQLCipher would accept the key silently and write unencrypted.
    let pool = SqlitePoolOptions::new()
        .max_connections(CONNECTIONS)
        // The cache goes with its connection. Closing the pool ends both.
        .idle_timeout(None)
        .max_lifetime(None)
        // A file does not hang up; `is_usable` looks at each connection that comes back.
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(cipher_is_there(connection)))
        .after_release(|connection, _| Box::pin(sqlite::is_usable(connection)));
    let pool = pool
        .connect_with(options)
        .await
        .map_err(|e| refused(e, file))?;
    if let Err(why) = migrate(&pool, tables, file).await {
        close(&pool).await;
        return Err(why);
    }
    Ok(pool)
}

/// Starts a write transaction. It waits for other writers, so a value that it reads is still valid
/// at commit.
///
/// # Errors
/// If another process writes for too long.
pub async fn write(pool: &SqlitePool) -> Result<Transaction<'static, Sqlite>, Error> {
    Ok(pool.begin_with("begin immediate").await?)
}

/// Rows of one statement that inserts several: few enough to keep it prepared.
pub(crate) const ROWS: usize = 100;

/// Runs a statement that inserts `rows` rows. It is kept prepared only if they are one or [`ROWS`]:
/// there is a text for each number of rows, and all of them would drop the statements of the pages.
///
/// # Errors
/// If the database fails.
pub(crate) async fn execute_rows(
    mut insert: QueryBuilder<Sqlite>,
    rows: usize,
    write: &mut SqliteConnection,
) -> Result<(), Error> {
    let insert = insert.build().persistent(rows == ROWS || rows == 1);
    insert.execute(write).await?;
    Ok(())
}

/// The ids of tips in a column.
///
/// # Errors
/// [`Error::Row`].
pub(crate) fn tip_ids(column: Vec<Vec<u8>>) -> Result<Vec<TipId>, Error> {
    let ids = column.into_iter();
    ids.map(|id| id.try_into().map_err(|_| Error::Row))
        .collect()
}

/// Waits until all connections are closed, for a few seconds at most.
pub async fn close(pool: &SqlitePool) {
    let _in_time = tokio::time::timeout(CLOSING, pool.close()).await;
}

/// Runs the migrations that the file lacks: all of them or none, so that the version before this one
/// still reads the file after a failure. The write lock keeps a second process from doing the same.
async fn migrate(pool: &SqlitePool, tables: &'static Migrator, file: &Path) -> Result<(), Error> {
    // Most openings find nothing to do. They wait for no writer.
    if is_up_to_date(pool, tables).await {
        return Ok(());
    }
    let begun = pool.begin_with("begin immediate").await;
    let mut write = begun.map_err(|e| refused(e, file))?;
    // `Migrator::run` takes no connection inside a future that moves between threads.
    let connection: &mut SqliteConnection = &mut write;
    let run = tables.run_direct(None, connection, false).await;
    run.map_err(|e| match e {
        MigrateError::ExecuteMigration(e, _) => not_updated(e, file),
        MigrateError::Execute(e) => refused(e, file),
        other => refused(sqlx::Error::Migrate(Box::new(other)), file),
    })?;
    write.commit().await.map_err(|e| not_updated(e, file))
}

/// Whether the file has had exactly these migrations. An error is no: the update itself reports it.
async fn is_up_to_date(pool: &SqlitePool, tables: &'static Migrator) -> bool {
    let had: Result<Vec<(i64, bool, Vec<u8>)>, sqlx::Error> =
        sqlx::query_as("select version, success, checksum from _sqlx_migrations order by version")
            .fetch_all(pool)
            .await;
    had.is_ok_and(|had| {
        let known = tables.iter().map(|step| (step.version, &step.checksum));
        had.iter()
            .map(|(version, success, checksum)| (*version, *success, checksum.as_slice()))
            .eq(known.map(|(version, checksum)| (version, true, checksum.as_ref())))
    })
}

fn not_updated(e: sqlx::Error, file: &Path) -> Error {
    match Error::from(e) {
        Error::Database(code) => Error::NotUpdated(file.to_owned(), code),
        other => other,
    }
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
