//! A weekly sample of closed tips, which somebody else reads again: a wrong close hurts more than
//! any missing feature.

use super::Book;
use crate::audit::Action;
use crate::database::{self, Error};
use loke_core::clock::Day;
use loke_core::random;
use loke_core::tip::TipId;

impl Book {
    /// Draws `percent` of each whole week, Monday to Sunday, since the last one that was drawn.
    ///
    /// # Errors
    /// If the database fails. Then the next call does it.
    pub async fn draw_sample(&self, today: Day, percent: u8) -> Result<(), Error> {
        let weekday = i32::try_from(today.weekday()).unwrap_or_default();
        let newest = today.plus(-weekday - 7);
        let drawn: Option<Day> = sqlx::query_scalar("select max(monday) from sample_weeks")
            .fetch_one(&self.pool)
            .await?;
        let mut monday = match drawn {
            Some(monday) => monday.plus(7),
            None => newest,
        };
        while monday <= newest {
            self.draw_week(monday, today, percent).await?;
            monday = monday.plus(7);
        }
        Ok(())
    }

    /// Draws the sample of one week, at least one tip.
    async fn draw_week(&self, monday: Day, today: Day, percent: u8) -> Result<(), Error> {
        let mut write = self.write().await?;
        let fresh =
            sqlx::query("insert into sample_weeks (monday) values ($1) on conflict do nothing")
                .bind(monday)
                .execute(&mut *write)
                .await?;
        if fresh.rows_affected() == 0 {
            return Ok(());
        }
        let closed: Vec<Vec<u8>> = sqlx::query_scalar(
            "select tip from triage where closed_on between $1 and $2 and state = 'closed' and folded_into is null order by tip",
        )
        .bind(monday)
        .bind(monday.plus(6))
        .fetch_all(&mut *write)
        .await?;
        let mut closed = database::tip_ids(closed)?;
        for _ in 0..(closed.len() * usize::from(percent)).div_ceil(100) {
            let at = random::below(closed.len() as u64)?;
            let tip = closed.swap_remove(usize::try_from(at).unwrap_or_default());
            sqlx::query(
                "insert into samples (tip, drawn_on) values ($1, $2) on conflict do nothing",
            )
            .bind(tip.0.as_slice())
            .bind(today)
            .execute(&mut *write)
            .await?;
        }
        self.commit(write).await
    }

    /// Notes that this person read a closed tip of the sample again, and agrees.
    ///
    /// # Errors
    /// [`Error::NoTip`] if it is not in the sample, was read again, or this person closed it, or agreed to it.
    pub async fn note_reread(&self, tip: TipId) -> Result<(), Error> {
        let mut write = self.write().await?;
        let noted = sqlx::query(
            "update samples set reread_by = $2, reread_on = $3 where tip = $1 and reread_by is null
                 and not exists (select 1 from decisions where decisions.tip = $1 and who = $2 and undone = 0 and decision ->> 'kind' in ('close', 'agree'))",
        )
        .bind(tip.0.as_slice())
        .bind(&self.actor.name)
        .bind(self.register.clock().today())
        .execute(&mut *write)
        .await?;
        if noted.rows_affected() == 0 {
            return Err(Error::NoTip(tip.to_string()));
        }
        self.append(&mut write, Action::Note, &tip.to_string(), "read again")
            .await?;
        self.commit(write).await
    }
}
