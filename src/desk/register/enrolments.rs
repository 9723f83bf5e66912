//! The gateways of this desk, with the last lease of each.

use sqlx::FromRow;

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::pickup::{Enrolment, LeaseToken};
use zeroize::Zeroizing;

/// A row of `enrolments`.
#[derive(FromRow)]
struct EnrolmentRow {
    #[sqlx(try_from = "String")]
    enrolment: Zeroizing<String>,
    lease: Option<Vec<u8>>,
}

impl Register {
    /// Stores a gateway's enrolment. Replaces an earlier one with the same address. Returns true if
    /// the gateway is new.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn connect(&self, actor: &Actor, enrolment: &Enrolment) -> Result<bool, Error> {
        let text = Zeroizing::new(toml::to_string(enrolment).map_err(|_| Error::Row)?);
        let mut write = self.write().await?;
        let gone = sqlx::query("delete from enrolments where pickup = $1")
            .bind(&enrolment.pickup)
            .execute(&mut *write)
            .await?;
        let added = sqlx::query("insert into enrolments (pickup, enrolment) values ($1, $2)")
            .bind(&enrolment.pickup)
            .bind(text.as_str());
        added.execute(&mut *write).await?;
        self.append(
            &mut write,
            actor,
            Action::Connect,
            &enrolment.pickup,
            &enrolment.desk,
        )
        .await?;
        self.commit(write).await?;
        Ok(gone.rows_affected() == 0)
    }

    /// The gateways, each with its last lease.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn enrolments(&self) -> Result<Vec<(Enrolment, Option<LeaseToken>)>, Error> {
        let rows: Vec<EnrolmentRow> =
            sqlx::query_as("select enrolment, lease from enrolments order by pickup")
                .fetch_all(&self.pool)
                .await?;
        rows.into_iter()
            .map(|row| {
                let enrolment = toml::from_str(&row.enrolment).map_err(|_| Error::Row)?;
                let lease = row.lease.map(|bytes| bytes.try_into().map(LeaseToken));
                Ok((enrolment, lease.transpose().map_err(|_| Error::Row)?))
            })
            .collect()
    }

    /// Stores the lease of the next claim, so that a pull that was killed continues with it.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn note_lease(&self, pickup: &str, lease: LeaseToken) -> Result<(), Error> {
        let update = sqlx::query("update enrolments set lease = $2 where pickup = $1")
            .bind(pickup)
            .bind(lease.0.as_slice());
        update.execute(&self.pool).await?;
        Ok(())
    }
}
