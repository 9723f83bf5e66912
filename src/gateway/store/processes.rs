//! The settings with which each process of this gateway serves, so that two processes of one queue
//! cannot disagree unnoticed. A process writes them when it starts and removes them when it stops.
//! Nothing here depends on tips.

use sqlx::{query, query_as};

use super::engine::{change, on};
use super::{Error, Store, soon, statements};

/// A process that serves a listener, as it is in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServingProcess {
    /// The code of its listener.
    pub listener: i64,
    /// Its settings, one a line.
    pub settings: String,
}

impl Store {
    /// Records the settings of this process, for each of its listeners.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn announce(&self, listeners: &[i64], settings: &str) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        for listener in listeners {
            change!(&mut tx, |connection| query(statements::ANNOUNCE)
                .bind(*listener)
                .bind(settings.as_bytes().to_vec())
                .execute(connection)
                .await)?;
        }
        self.finish(tx).await
    }

    /// Removes the settings of a process that stops.
    ///
    /// # Errors
    /// If the database does not answer in time.
    pub async fn withdraw(&self, listeners: &[i64]) -> Result<(), Error> {
        soon(async {
            let mut tx = self.engine.begin().await?;
            for listener in listeners {
                change!(&mut tx, |connection| query(statements::WITHDRAW)
                    .bind(*listener)
                    .execute(connection)
                    .await)?;
            }
            self.finish(tx).await
        })
        .await
    }

    /// The processes that serve this queue. One that was killed stays until it starts again.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn processes(&self) -> Result<Vec<ServingProcess>, Error> {
        let mut tx = self.engine.begin_read().await?;
        let rows: Vec<(i64, Vec<u8>)> = on!(&mut tx, |connection| query_as(statements::PROCESSES)
            .fetch_all(connection)
            .await)?;
        Ok(rows
            .into_iter()
            .map(|(listener, settings)| ServingProcess {
                listener,
                settings: String::from_utf8_lossy(&settings).into_owned(),
            })
            .collect())
    }
}
