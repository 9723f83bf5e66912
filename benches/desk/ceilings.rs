//! The least that storing tips can cost: bare rows with a full-text index in an encrypted file.

use std::time::Instant;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection};

/// Rows a second: each with its text and its entry in the index, 500 a commit.
pub(crate) async fn rows_with_index(texts: &[String]) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new()
        .filename(folder.path().join("bare.db"))
        .create_if_missing(true)
        .pragma("key", format!("\"x'{}'\"", "5a".repeat(32)))
        .journal_mode(SqliteJournalMode::Delete);
    let mut db = options.connect().await.unwrap();
    for statement in [
        "create table tips (id integer primary key, tip text not null) strict",
        "create virtual table words using fts5 (tip, content = 'tips', content_rowid = 'id')",
    ] {
        sqlx::query(statement).execute(&mut db).await.unwrap();
    }
    let began = Instant::now();
    for some in texts.chunks(500) {
        let mut write = db.begin().await.unwrap();
        for text in some {
            let id: i64 = sqlx::query_scalar("insert into tips (tip) values ($1) returning id")
                .bind(text)
                .fetch_one(&mut *write)
                .await
                .unwrap();
            sqlx::query("insert into words (rowid, tip) values ($1, $2)")
                .bind(id)
                .bind(text)
                .execute(&mut *write)
                .await
                .unwrap();
        }
        write.commit().await.unwrap();
    }
    texts.len() as f64 / began.elapsed().as_secs_f64()
}
