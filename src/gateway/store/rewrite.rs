//! PostgreSQL keeps what it deletes until it is vacuumed, and appends what it changes: the order of
//! a table's pages is the order of arrival. This file writes the tables anew in random order, so
//! that neither is left in them, nor in the log of writes (WAL) that they came by.

use super::Error;
use super::engine::{Engine, code};

/// In the order in which a put touches them, so that neither waits for the other forever. With
/// each, the columns of which PostgreSQL must not note sample values: they would stay in its own
/// tables, which only it can clean. A copy loses that mark.
const TABLES: [(&str, &[&str]); 4] = [
    ("once", &["value"]),
    ("slot", &["id", "mac", "lease_token"]),
    ("body", &["bytes"]),
    ("reply", &["once", "box", "sealed"]),
];

/// Fills the WAL's last segment. A checkpoint removes those before the one that it stands in: the
/// tips would be left in that one otherwise. (`pg_switch_wal` would do it without writing, and only
/// a superuser may call it.)
const NEXT_SEGMENT: &str = "select pg_logical_emit_message(false, 'loke', repeat('0', pg_size_bytes(current_setting('wal_segment_size'))::int))";

/// Writes every table of tips anew. Puts and claims wait meanwhile; none is lost.
pub(super) async fn rewrite(engine: &Engine) -> Result<(), Error> {
    let Engine::Postgres(pool) = engine else {
        return Ok(());
    };
    let mut tx = pool.begin().await?;
    sqlx::raw_sql("lock table once, slot, body, reply in access exclusive mode")
        .execute(&mut *tx)
        .await?;
    for (table, unsampled) in TABLES {
        let marks: Vec<String> = unsampled
            .iter()
            .map(|column| format!("alter column {column} set statistics 0"))
            .collect();
        let text = format!(
            "create table {table}_anew (like {table} including all);
             alter table {table}_anew {};
             insert into {table}_anew select * from {table} order by random();
             drop table {table};
             alter table {table}_anew rename to {table};
             alter index {table}_anew_pkey rename to {table}_pkey;",
            marks.join(", ")
        );
        // Every word of it stands in this file.
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await?;
    sqlx::raw_sql("vacuum").execute(pool).await?;
    sqlx::raw_sql(NEXT_SEGMENT).execute(pool).await?;
    // A checkpoint removes the old tables' files and the WAL at once. Only some users may ask for
    // one; it comes by itself otherwise.
    match sqlx::raw_sql("checkpoint").execute(pool).await {
        Err(error) if code(&error) != "42501" => Err(error.into()),
        _ => Ok(()),
    }
}
