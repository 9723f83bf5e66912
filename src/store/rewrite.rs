//! PostgreSQL keeps what it deletes until it is vacuumed, and appends what it changes: the order of a table's pages is the
//! order of arrival. This file writes the tables anew in random order, so that neither is left in them.

use super::Error;
use super::engine::{Engine, code};

/// In the order in which a put touches them, so that neither waits for the other forever.
const TABLES: [&str; 4] = ["once", "slot", "body", "reply"];

/// Writes every table of tips anew. Puts and claims wait meanwhile; none is lost.
pub(super) async fn rewrite(engine: &Engine) -> Result<(), Error> {
    let Engine::Postgres(pool) = engine else { return Ok(()) };
    let mut tx = pool.begin().await?;
    sqlx::raw_sql("lock table once, slot, body, reply in access exclusive mode").execute(&mut *tx).await?;
    for table in TABLES {
        let text = format!(
            "create table {table}_anew (like {table} including all);
             insert into {table}_anew select * from {table} order by random();
             drop table {table};
             alter table {table}_anew rename to {table};"
        );
        // Every word of it stands in this file.
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    sqlx::raw_sql("vacuum").execute(pool).await?;
    // A checkpoint removes the old tables' files at once. Only some users may ask for one; it comes by itself otherwise.
    match sqlx::raw_sql("checkpoint").execute(pool).await {
        Err(error) if code(&error) != "42501" => Err(error.into()),
        _ => Ok(()),
    }
}
