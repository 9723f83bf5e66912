//! Turns on duty that somebody else has taken over.

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;

impl Register {
    /// Records that an account handed its work over, and with `duty` its turn too. To the account
    /// itself, the turn goes back.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn hand_on_duty(
        &self,
        actor: &Actor,
        (from, to): (&str, &str),
        detail: &str,
        duty: bool,
    ) -> Result<(), Error> {
        let mut write = self.write().await?;
        if duty {
            sqlx::query("delete from duty_handed_on where name = $1")
                .bind(from)
                .execute(&mut *write)
                .await?;
        }
        if duty && from != to {
            sqlx::query("insert into duty_handed_on (name, to_name, on_day) values ($1, $2, $3)")
                .bind(from)
                .bind(to)
                .bind(self.clock.today())
                .execute(&mut *write)
                .await?;
        }
        self.append(&mut write, actor, Action::Account, from, detail)
            .await?;
        self.commit(write).await
    }

    /// The turns that were taken over: the name in the duty list, and the colleague.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn duty_handed_on(&self) -> Result<Vec<(String, String)>, Error> {
        let rows = sqlx::query_as("select name, to_name from duty_handed_on order by name");
        Ok(rows.fetch_all(&self.pool).await?)
    }
}
