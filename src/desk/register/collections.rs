//! The day on which each lane was last collected, and the keys that the gateways seal to.

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::clock::Day;
use loke_core::tip::Lane;

impl Register {
    /// Notes that these lanes were collected today.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_collected(&self, lanes: &[Lane]) -> Result<(), Error> {
        let today = self.clock.today();
        for lane in lanes {
            // Most pulls change nothing: they need no commit.
            sqlx::query(
                "insert into collections (lane, last_on) select $1, $2
                 where not exists (select 1 from collections where lane = $1 and last_on = $2)
                 on conflict (lane) do update set last_on = $2",
            )
            .bind(*lane)
            .bind(today)
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// The day on which a lane was last collected.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn last_collected(&self, lane: Lane) -> Result<Option<Day>, Error> {
        let day = sqlx::query_scalar("select last_on from collections where lane = $1");
        Ok(day.bind(lane).fetch_optional(&self.pool).await?)
    }

    /// The keys that the gateways of this desk seal to, by their last answers: gateway, lane, key.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn gateway_keys(&self) -> Result<Vec<(String, Lane, String)>, Error> {
        let rows = sqlx::query_as(
            "select pickup, lane, recipient from gateway_keys join enrolments using (pickup) order by pickup, lane, recipient",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// The gateways whose last answer does not list this key, so that they seal no answer of a resident
    /// to it. A gateway that has listed none has not answered yet.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn gateways_without(&self, recipient: &str) -> Result<Vec<String>, Error> {
        let gateways = sqlx::query_scalar(
            "select pickup from listed_keys join enrolments using (pickup) group by pickup having not max(recipient = $1) order by pickup",
        );
        Ok(gateways.bind(recipient).fetch_all(&self.pool).await?)
    }

    /// Notes how many receipts of a book have no reply row at a gateway.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_full_rows(
        &self,
        book: &str,
        pickup: &str,
        receipts: i64,
    ) -> Result<(), Error> {
        let note = match receipts {
            0 => "delete from full_rows where book = $1 and pickup = $2",
            _ => {
                "insert into full_rows (book, pickup, receipts) values ($1, $2, $3) on conflict (book, pickup) do update set receipts = $3"
            }
        };
        let note = sqlx::query(note).bind(book).bind(pickup).bind(receipts);
        note.execute(&self.pool).await?;
        Ok(())
    }

    /// The books with too few reply rows: book, gateway, receipts without a row.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn full_rows(&self) -> Result<Vec<(String, String, i64)>, Error> {
        let rows = sqlx::query_as(
            "select book, pickup, receipts from full_rows join enrolments using (pickup) order by book, pickup",
        );
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// The keys that books had before: each with its book.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn retired_keys(&self) -> Result<Vec<(String, String)>, Error> {
        let rows = sqlx::query_as("select recipient, book from retired_keys");
        Ok(rows.fetch_all(&self.pool).await?)
    }

    /// The old keys of a book that were last used before a day. None while a gateway has not told what it
    /// seals to.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn retired_before(&self, book: &str, day: Day) -> Result<Vec<String>, Error> {
        let rows = sqlx::query_scalar(
            "select recipient from retired_keys where book = $1 and coalesce(last_on, retired_on) < $2
               and recipient not in (select recipient from gateway_keys)
               and not exists (select 1 from enrolments where pickup not in (select pickup from gateway_keys))",
        );
        Ok(rows.bind(book).bind(day).fetch_all(&self.pool).await?)
    }

    /// Notes that something still needs an old key.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_key_used(&self, recipient: &str) -> Result<(), Error> {
        sqlx::query("update retired_keys set last_on = $2 where recipient = $1")
            .bind(recipient)
            .bind(self.clock.today())
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Notes that no member of a book has these old keys any more.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn forget_retired(
        &self,
        actor: &Actor,
        book: &str,
        gone: &[String],
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        for recipient in gone {
            sqlx::query("delete from retired_keys where recipient = $1")
                .bind(recipient)
                .execute(&mut *write)
                .await?;
        }
        let detail = format!("old keys that nothing needs are gone: {}", gone.len());
        self.append(&mut write, actor, Action::Grant, book, &detail)
            .await?;
        self.commit(write).await
    }
}
