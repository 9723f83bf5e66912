//! PostgreSQL keeps deleted rows until a vacuum, and appends changed rows: the order of a table's
//! pages is the order of arrival. This file rewrites the tables in random order and flushes the
//! write-ahead log (WAL), so that neither the tables nor the WAL keep deleted bytes or that order.

use super::Error;
use super::engine::Engine;
use super::error::Cause;

/// In the order in which a put locks them, to avoid a deadlock. Beside each table: the columns for
/// which PostgreSQL must not keep sample values (statistics). Samples would stay in PostgreSQL's
/// system tables, which only PostgreSQL can clean. A copied table loses this setting.
const TABLES: [(&str, &[&str]); 5] = [
    ("once", &["value"]),
    ("slot", &["id", "mac", "lease_token"]),
    ("body", &["bytes"]),
    ("reply_book", &["book"]),
    ("reply_row", &["name", "sealed"]),
];
/// The one index beside the primary keys. A copied table gives it another name.
const INDEX: &str = "alter index reply_row_anew_name_idx rename to reply_row_name_idx";

/// Fills the WAL's current segment. A checkpoint removes only the segments before its own, so the
/// tips would otherwise stay in the current one. (`pg_switch_wal` would not need to write, but only
/// a superuser may call it.)
const NEXT_SEGMENT: &str = "select pg_logical_emit_message(false, 'loke', repeat('0', pg_size_bytes(current_setting('wal_segment_size'))::int))";

/// Rewrites every table with tips. Puts and claims wait meanwhile; none is lost.
pub(super) async fn rewrite(engine: &Engine) -> Result<(), Error> {
    let Engine::Postgres(pool) = engine else {
        return Ok(());
    };
    let mut tx = pool.begin().await?;
    sqlx::raw_sql("lock table once, slot, body, reply_book, reply_row in access exclusive mode")
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
        // Safe: the text consists of constants of this file.
        sqlx::raw_sql(sqlx::AssertSqlSafe(text))
            .execute(&mut *tx)
            .await?;
    }
    sqlx::raw_sql(INDEX).execute(&mut *tx).await?;
    tx.commit().await?;
    sqlx::raw_sql("vacuum").execute(pool).await?;
    sqlx::raw_sql(NEXT_SEGMENT).execute(pool).await?;
    // A checkpoint removes the old tables' files and the WAL at once. Not every user may request
    // one; otherwise PostgreSQL makes one on schedule.
    match sqlx::raw_sql("checkpoint").execute(pool).await {
        Err(error) if Cause::of(&error) != Cause::Privilege => Err(error.into()),
        _ => Ok(()),
    }
}
