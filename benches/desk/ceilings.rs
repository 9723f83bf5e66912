//! The least that storing tips can cost: bare rows with a full-text index in an encrypted file.

use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

use super::words;

/// Rows of one commit, as in an import.
const TOGETHER: usize = 10_000;

/// Rows a second: as many tips as the import has, each with its text and its entry in the index. A
/// batch is two statements, and the cache is as large as that of a book.
pub(crate) async fn rows_with_index(tips: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("bare.db"))
        .create_if_missing(true)
        .pragma("key", format!("\"x'{}'\"", "5a".repeat(32)))
        .pragma("cache_size", "-49152")
        .journal_mode(SqliteJournalMode::Delete);
    let mut db = options.connect().await.unwrap();
    for statement in [
        "create table tips (id integer primary key, tip text not null) strict",
        "create virtual table words using fts5 (tip, content = 'tips', content_rowid = 'id')",
    ] {
        sqlx::query(statement).execute(&mut db).await.unwrap();
    }
    let mut took = Duration::ZERO;
    for from in (0..tips).step_by(TOGETHER) {
        let texts: Vec<String> = (from..tips.min(from + TOGETHER))
            .map(|n| serde_json::to_string(&words::tip(n)).unwrap())
            .collect();
        let rows = serde_json::to_string(&texts).unwrap();
        let began = Instant::now();
        let mut write = db.begin().await.unwrap();
        sqlx::query("insert into tips (id, tip) select key + $2, value from json_each($1)")
            .bind(&rows)
            .bind(i64::try_from(from).unwrap())
            .execute(&mut *write)
            .await
            .unwrap();
        sqlx::query("insert into words (rowid, tip) select id, tip from tips where id >= $1")
            .bind(i64::try_from(from).unwrap())
            .execute(&mut *write)
            .await
            .unwrap();
        write.commit().await.unwrap();
        took += began.elapsed();
    }
    tips as f64 / took.as_secs_f64()
}
