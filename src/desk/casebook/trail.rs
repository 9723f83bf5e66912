//! The rows of the audit log. `desk::audit` contains the hash chain and the head.

use sqlx::{Sqlite, SqliteConnection, Transaction};

use super::{Casebook, Error};
use crate::audit::{self, Action, Head, Row};

impl Casebook {
    /// Writes one row to the audit log. It is on disk when this returns.
    ///
    /// # Errors
    /// If the row was not written. Then the action must not happen.
    pub async fn record(&self, action: Action, object: &str, detail: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        self.append(&mut write, action, object, detail).await?;
        self.commit(write).await
    }

    /// Like [`Self::record`], but does nothing if the log already has this action on this object.
    /// For events that would repeat at every pull.
    ///
    /// # Errors
    /// If the row was not written.
    pub async fn record_once(
        &self,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        let before = sqlx::query("select 1 from audit where action = $1 and object = $2 limit 1")
            .bind(action)
            .bind(object);
        if before.fetch_optional(&mut *write).await?.is_some() {
            return Ok(());
        }
        self.append(&mut write, action, object, detail).await?;
        self.commit(write).await
    }

    /// The whole audit log, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn trail(&self) -> Result<Vec<Row>, Error> {
        let rows = sqlx::query_as(
            "select seq, time, who, action, object, detail, hash from audit order by seq",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// Appends a row in a transaction that also writes something else.
    pub(super) async fn append(
        &self,
        write: &mut SqliteConnection,
        action: Action,
        object: &str,
        detail: &str,
    ) -> Result<(), Error> {
        let before = last(write).await?;
        let mut row = Row {
            seq: before.seq + 1,
            time: self.clock.now(),
            who: self.who.clone(),
            action: action.word().to_owned(),
            object: object.to_owned(),
            detail: detail.to_owned(),
            hash: [0; 32],
        };
        row.hash = audit::link(&before.hash, &row);
        sqlx::query("insert into audit (seq, time, who, action, object, detail, hash) values ($1, $2, $3, $4, $5, $6, $7)")
            .bind(row.seq)
            .bind(row.time)
            .bind(&row.who)
            .bind(&row.action)
            .bind(&row.object)
            .bind(&row.detail)
            .bind(row.hash.as_slice())
            .execute(write)
            .await?;
        Ok(())
    }

    /// Commits a transaction that appended audit rows, then updates the head file. The head is
    /// written second. After a crash it may be behind the log, which is harmless. It is never ahead
    /// of the log, which would look like removed rows.
    pub(super) async fn commit(&self, write: Transaction<'static, Sqlite>) -> Result<(), Error> {
        write.commit().await?;
        // The write lock makes the later head of two processes the one that is written last.
        let mut lock = self.write().await?;
        let head = last(&mut lock).await?;
        Ok(audit::write_head(&self.folder, &head)?)
    }
}

/// The last row of the log. Before the first row: number 0 and a hash of zeros.
async fn last(connection: &mut SqliteConnection) -> Result<Head, Error> {
    let head = sqlx::query_as("select seq, hash from audit order by seq desc limit 1")
        .fetch_optional(connection)
        .await?;
    Ok(head.unwrap_or(Head {
        seq: 0,
        hash: [0; 32],
    }))
}
