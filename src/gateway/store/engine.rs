//! The two database engines: how to open them, and the code that is specific to one of them. An
//! error from this file carries the engine's code, never a value, and never a URL's password.

use std::fs::{OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::pool::PoolOptions;
use sqlx::postgres::{PgConnectOptions, PgPool};
use sqlx::sqlite::SqlitePool;
use sqlx::{ConnectOptions, Connection, Postgres, Sqlite, SqliteConnection, Transaction};

use tokio::time::Instant;

use super::error::{Cause, Error};
use super::facts::Fact;
use loke_core::sqlite;

static ON_SQLITE: Migrator = sqlx::migrate!("../../migrations/queue/sqlite");
static ON_POSTGRES: Migrator = sqlx::migrate!("../../migrations/queue/postgres");

/// Timeout for getting a connection.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait on SQLite while another process writes. It counts towards the timeout of a put
/// in `store.rs`.
const TURN: Duration = Duration::from_secs(5);
/// SQLite's own busy timeout in milliseconds. SQLite's waits between two attempts grow to 100 ms,
/// and a caller that waits so long may never find a busy queue free. So SQLite gives up early and
/// the caller retries until [`TURN`] ends.
const ONE_LOOK: u32 = 10;

/// The database. SQLite has one connection that writes and one that checkpoints the WAL beside it.
#[derive(Clone)]
pub(super) enum Engine {
    Sqlite {
        writer: SqlitePool,
        checkpointer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// Checkpoint mode: <https://www.sqlite.org/pragma.html#pragma_wal_checkpoint>.
#[derive(Clone, Copy)]
pub(super) enum Checkpoint {
    /// Copies as much as possible without waiting for anybody.
    Passive,
    /// Copies everything; the next commit overwrites the WAL from its start.
    Restart,
    /// Copies everything and truncates the WAL.
    Truncate,
}

/// A transaction on either engine. Drop without [`Tx::commit`] rolls it back.
pub(super) enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs the same code on the connection of a `&mut Tx` of either engine. It is compiled once for
/// each.
macro_rules! on {
    ($tx:expr, |$connection:ident| $lines:expr) => {
        match $tx {
            $crate::store::engine::Tx::Sqlite(tx) => {
                let $connection = &mut **tx;
                $lines.map_err($crate::store::Error::from)
            }
            $crate::store::engine::Tx::Postgres(tx) => {
                let $connection = &mut **tx;
                $lines.map_err($crate::store::Error::from)
            }
        }
    };
}
pub(super) use on;

/// Like [`on!`], for a statement without result rows. Returns the number of changed rows.
macro_rules! change {
    ($tx:expr, |$connection:ident| $lines:expr) => {
        $crate::store::engine::on!($tx, |$connection| $lines.map(|done| done.rows_affected()))
    };
}
pub(super) use change;

impl Tx {
    /// Makes the changes durable.
    pub(super) async fn commit(self) -> Result<(), Error> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }

    /// Blocks every other writer of slots until the commit. SQLite has only one writer at a time
    /// anyway.
    pub(super) async fn alone(&mut self) -> Result<(), Error> {
        if let Self::Postgres(tx) = self {
            sqlx::raw_sql("lock table slot, body in exclusive mode")
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }
}

impl Tx {
    /// Blocks other writers of reply rows until the commit.
    pub(super) async fn alone_with_replies(&mut self) -> Result<(), Error> {
        if let Self::Postgres(tx) = self {
            sqlx::raw_sql("lock table reply_book, reply_row in exclusive mode")
                .execute(&mut **tx)
                .await?;
        }
        Ok(())
    }
}

impl Engine {
    /// Opens the database at `url` and migrates its tables to this version.
    pub(super) async fn open(url: &str) -> Result<Self, Error> {
        if let Some(path) = url.strip_prefix("sqlite:") {
            Self::open_sqlite(Path::new(path.strip_prefix("//").unwrap_or(path))).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else {
            Err(Error::Unusable(
                "the database URL is neither \"sqlite:PATH\" nor \"postgres://…\": correct `database`"
                    .into(),
            ))
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, Error> {
        make_private(path)?;
        let options = sqlite::options(path, TURN)
            // A text tip takes three pages of this size and five of the default size: fewer writes
            // per commit.
            .page_size(8_192)
            .pragma("wal_autocheckpoint", "0");
        let mut first = options
            .clone()
            .connect()
            .await
            .map_err(|e| unusable_file(path, e))?;
        let (ours, all): (i64, i64) = sqlx::query_as(
            "select count(*) filter (where name = '_sqlx_migrations'), count(*) from sqlite_master",
        )
        .fetch_one(&mut first)
        .await
        .map_err(|e| unusable_file(path, e))?;
        if ours == 0 && all > 0 {
            return Err(Error::Unusable(format!(
                "{} is another program's database: name a separate file for the queue",
                path.display()
            )));
        }
        ON_SQLITE.run(&mut first).await.map_err(wrong_version)?;
        let pool = |connections| {
            let pool = PoolOptions::new()
                .max_connections(connections)
                .acquire_timeout(TURN)
                .max_lifetime(None)
                .idle_timeout(None);
            pool.test_before_acquire(false)
                .after_release(|connection, _| Box::pin(sqlite::is_usable(connection)))
        };
        let impatient = || pool(1).after_connect(|connection, _| Box::pin(look_often(connection)));
        let writer = impatient().connect_with(options.clone()).await?;
        let checkpointer = impatient().connect_lazy_with(options.clone());
        // They read a few rows now and then; a small cache each saves memory.
        let readers = pool(3).connect_lazy_with(
            options
                .pragma("query_only", "ON")
                .pragma("cache_size", "-256"),
        );
        first.close().await?;
        Ok(Self::Sqlite {
            writer,
            checkpointer,
            readers,
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, Error> {
        // Drop the parser's error text: it may repeat the URL, and with it the password.
        let options = PgConnectOptions::from_str(url)
            .map_err(|_| Error::Unusable("the PostgreSQL URL cannot be read: write postgres://USER:PASSWORD@HOST:PORT/DATABASE".into()))?
            .application_name("loke")
            .disable_statement_logging();
        let pool = PoolOptions::new()
            .max_connections(8)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await
            .map_err(refused)?;
        for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
            let (value,): (String,) = sqlx::query_as("select current_setting($1)")
                .bind(setting)
                .fetch_one(&pool)
                .await?;
            if value == "off" {
                return Err(Error::Unusable(format!(
                    "PostgreSQL's {setting} is off, so a tip that was acknowledged could be lost: turn it on"
                )));
            }
        }
        ON_POSTGRES.run(&pool).await.map_err(wrong_version)?;
        Ok(Self::Postgres(pool))
    }

    /// Begins a transaction that may write.
    pub(super) async fn begin(&self) -> Result<Tx, Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(begin_immediate(writer).await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Begins a read-only transaction. It must be short: the WAL cannot be emptied while it lasts.
    pub(super) async fn begin_read(&self) -> Result<Tx, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Checkpoints and truncates SQLite's WAL, so that it reveals neither recent nor deleted tips.
    pub(super) async fn empty_wal(&self) -> Result<(), Error> {
        self.checkpoint(Checkpoint::Passive).await?;
        self.checkpoint(Checkpoint::Truncate).await
    }

    /// Checkpoints SQLite's WAL. A mode that blocks writers runs on the writer's connection: on
    /// another connection it would have to retry until it met a gap between two commits. While
    /// another process reads or writes, the checkpoint may stay incomplete: that process or the
    /// next commit completes it.
    pub(super) async fn checkpoint(&self, how: Checkpoint) -> Result<(), Error> {
        let Self::Sqlite {
            writer,
            checkpointer,
            ..
        } = self
        else {
            return Ok(());
        };
        let text = match how {
            Checkpoint::Passive => {
                return Ok(sqlx::query("pragma wal_checkpoint(passive)")
                    .execute(checkpointer)
                    .await
                    .map(|_| ())?);
            }
            Checkpoint::Restart => "pragma wal_checkpoint(restart)",
            Checkpoint::Truncate => "pragma wal_checkpoint(truncate)",
        };
        let end = Instant::now() + TURN;
        loop {
            let (busy, ..): (i64, i64, i64) = sqlx::query_as(text).fetch_one(writer).await?;
            if busy == 0 || Instant::now() >= end {
                return Ok(());
            }
        }
    }

    /// Overwrites what SQLite's shared memory file (`-shm`) keeps of the last commit: its page
    /// numbers, which would reveal the slots of the latest tips. A commit of one page unrelated to
    /// tips replaces them.
    pub(super) async fn blur(&self) -> Result<(), Error> {
        if let Self::Sqlite { writer, .. } = self {
            sqlx::query("insert into fact (name, value) values ($1, 2) on conflict (name) do update set value = 5 - value")
                .bind(Fact::Blur.key())
                .execute(writer)
                .await?;
        }
        self.empty_wal().await
    }
}

async fn look_often(connection: &mut SqliteConnection) -> Result<(), sqlx::Error> {
    let text = format!("pragma busy_timeout = {ONE_LOOK}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(text))
        .execute(connection)
        .await
        .map(|_| ())
}

/// Waits up to [`TURN`] for other writing processes.
async fn begin_immediate(writer: &SqlitePool) -> Result<Transaction<'static, Sqlite>, Error> {
    let end = Instant::now() + TURN;
    loop {
        match writer.begin_with("begin immediate").await {
            Err(error) if Instant::now() < end && matches!(Cause::of(&error), Cause::Busy(_)) => {}
            other => return Ok(other?),
        }
    }
}

/// Mode of a queue file: only its user may access it, unless its folder belongs to a group
/// (setgid). Then several gateways on this machine, each with its own user, share the file.
#[must_use]
pub fn file_mode(path: &Path) -> u32 {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if std::fs::metadata(folder).is_ok_and(|folder| folder.mode() & 0o2000 != 0) {
        0o660
    } else {
        0o600
    }
}

/// Creates the file if it is missing, and sets its mode. The WAL gets the same mode. An existing
/// file is not opened here: closing it would release all locks that this process has on it (POSIX).
/// Another process would then believe that it is alone and delete the WAL. A correct mode is not
/// set again, since only the owner of the file can do that.
fn make_private(path: &Path) -> Result<(), Error> {
    let mode = file_mode(path);
    let made = match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
    {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    };
    let kept = made
        .and_then(|()| std::fs::metadata(path))
        .and_then(|is| match is.is_dir() {
            true => Err(ErrorKind::IsADirectory.into()),
            false if is.mode() & 0o777 == mode => Ok(()),
            false => std::fs::set_permissions(path, Permissions::from_mode(mode)),
        });
    kept.map_err(|e| {
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir());
        match folder {
            Some(folder) => Error::Unusable(format!(
                "the queue's folder {} is missing: create it, or correct `database`",
                folder.display()
            )),
            None => cannot_be_opened(path, &e.kind().to_string()),
        }
    })
}

fn cannot_be_opened(path: &Path, why: &str) -> Error {
    Error::Unusable(format!(
        "cannot open the queue's file {} ({why}): check its owner, and that it is not a folder",
        path.display()
    ))
}

fn unusable_file(path: &Path, error: sqlx::Error) -> Error {
    match Cause::of(&error) {
        Cause::NotADatabase => Error::Unusable(format!(
            "{} is not an SQLite file: name a separate file for the queue",
            path.display()
        )),
        cause @ Cause::CannotOpen => cannot_be_opened(path, &cause.to_string()),
        _ => error.into(),
    }
}

/// PostgreSQL errors that the operator can fix, by SQLSTATE.
fn refused(error: sqlx::Error) -> Error {
    Error::Unusable(match Cause::of(&error) {
        Cause::Credentials(_) => "PostgreSQL refuses this user or password: correct the URL in `database`".into(),
        Cause::NoDatabase => "PostgreSQL has no database of this name: create it (createdb), or correct the URL in `database`".into(),
        Cause::Privilege => "PostgreSQL's user may not use this database: make it the database's owner".into(),
        _ => return error.into(),
    })
}

fn wrong_version(error: MigrateError) -> Error {
    match error {
        MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => match Cause::of(&e) {
            Cause::Privilege => refused(e),
            Cause::TableExists => Error::Unusable("another program's tables are in this PostgreSQL database: give the queue a database of its own".into()),
            _ => e.into(),
        },
        _ => Error::Unusable("the queue was made by another version of Loke: use that version, or name a new queue for this version".into()),
    }
}
