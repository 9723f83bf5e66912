//! How both programs open SQLite: durable (WAL, full sync), and overwriting what it deletes.

use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

/// Options for an existing file. A statement waits at most `patience` for another writer.
#[must_use]
pub fn options(file: &Path, patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(patience)
        .pragma("secure_delete", "ON")
        // Temporary tables and indices reach no disk.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging()
}

/// Whether a connection that returns to its pool can be used again. If the disk is full, SQLite
/// rolls back by itself; sqlx's own rollback then fails, and sqlx takes the connection to be in
/// that transaction for ever.
///
/// # Errors
/// If the connection does not answer.
pub async fn is_usable(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback may still be on its way to SQLite: the ping comes after it.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}
