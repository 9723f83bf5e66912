//! Decisions about a receipt's box: its stage, the authorising officer's decision, "under 18".
//! Free words that it forbids, and that have not left, are dropped in the same transaction.

use sqlx::SqliteConnection;

use super::{Authorised, Book, Thread};
use crate::audit::Action;
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::reply_rows::Stage;
use loke_core::tip::TipId;

impl Book {
    /// Releases a stage for a box, from this day on.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn release_stage(
        &self,
        tip: TipId,
        reply_box: &str,
        stage: Stage,
        from: Day,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into stages (box, stage, who, shown_from) values ($1, $2, $3, $4)
             on conflict (box) do update set stage = excluded.stage, who = excluded.who, shown_from = excluded.shown_from",
        )
        .bind(reply_box)
        .bind(stage)
        .bind(&self.actor.name)
        .bind(from.to_string())
        .execute(&mut *write)
        .await?;
        let detail = format!("stage {stage}, shown from {from}");
        self.append(&mut write, Action::Reply, &tip.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Records the authorising officer's decision. What has not left is dropped, but for these texts of
    /// the library; after "no relationship" it stays.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn add_authorisation(
        &self,
        tip: TipId,
        thread: &Thread,
        decision: Authorised,
        why: &str,
        keep: &[&str],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into authorisations (box, at, who, decision, why, written, reports) values ($1, $2, $3, $4, $5, $6, $7)",
        )
        .bind(&thread.reply_box)
        .bind(self.register.clock().now())
        .bind(&self.actor.name)
        .bind(decision)
        .bind(why)
        .bind(thread.newest())
        .bind(i64::try_from(thread.incidents.len()).unwrap_or(i64::MAX))
        .execute(&mut *write)
        .await?;
        if let Some(reply_box) = &thread.reply_box
            && decision != Authorised::NoRelationship
        {
            let why = format!("the authorising officer decided: {decision}");
            self.drop_unsent(&mut write, reply_box, keep, &why).await?;
        }
        let detail = format!("authorising officer: {decision}, {}", self.reason(why));
        self.append(&mut write, Action::Reply, &tip.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Drops the replies to a box that have not left, but for these texts of the library.
    async fn drop_unsent(
        &self,
        write: &mut SqliteConnection,
        reply_box: &str,
        keep: &[&str],
        why: &str,
    ) -> Result<(), Error> {
        sqlx::query(
            "update replies set state = 'dropped', by = $2, by_at = $3, why = $4
             where state in ('waiting', 'held', 'ready') and tip in (select id from tips where reply_box = $1)
               and (library is null or library not in (select value from json_each($5)))",
        )
        .bind(reply_box)
        .bind(&self.actor.name)
        .bind(self.register.clock().now())
        .bind(why)
        .bind(serde_json::to_string(keep).map_err(|_| Error::Row)?)
        .execute(write)
        .await?;
        Ok(())
    }

    /// Notes that the writer of a box is under 18. What has not left is dropped, but for these texts of
    /// the library.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_young(
        &self,
        tip: TipId,
        reply_box: &str,
        keep: &[&str],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into young_writers (box, who, noted_on) values ($1, $2, $3) on conflict (box) do nothing",
        )
        .bind(reply_box)
        .bind(&self.actor.name)
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        let why = "the writer is under 18";
        self.drop_unsent(&mut write, reply_box, keep, why).await?;
        self.append(&mut write, Action::Reply, &tip.to_string(), "under 18")
            .await?;
        self.commit(write).await
    }
}
