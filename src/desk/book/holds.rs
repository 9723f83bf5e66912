//! Legal holds and restrictions. A tip under either is not purged. A restricted tip (its accuracy is
//! contested, DPA 2018 section 47) is also not shown in lists, not searched and not sent.
//!
//! The typed reason is in the table `holds` and goes with the tip. The audit log has a keyed hash of
//! it, so that a reason cannot be changed afterwards.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, SqliteConnection};

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use crate::register::Effect;
use loke_core::clock::Day;
use loke_core::tip::TipId;

/// A column with words of a row of `tips`, for a list: a restricted tip shows none.
macro_rules! shown {
    ($words:literal) => {
        concat!(
            "iif(exists (select 1 from holds where holds.tip = tips.id and kind = 'restricted' and lifted_on is null), 'Restricted: do not use.', ",
            $words,
            ")"
        )
    };
}
pub(super) use shown;

loke_core::words! {
    /// The reasons that keep a tip from its purge.
    HoldKind {
        /// A legal hold.
        Legal = "hold",
        /// The accuracy is contested.
        Restricted = "restricted",
    }
}

impl HoldKind {
    /// The audit words for placing and lifting it.
    fn actions(self) -> (Action, Action) {
        match self {
            Self::Legal => (Action::Hold, Action::Unhold),
            Self::Restricted => (Action::Restrict, Action::Unrestrict),
        }
    }
}

/// An active hold.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Serialize, Deserialize)]
pub struct Hold {
    /// Its effect.
    pub kind: HoldKind,
    /// Why, as somebody typed it.
    pub reason: String,
    /// The account that placed it.
    pub placed_by: String,
    /// The day.
    pub placed_on: Day,
}

impl Book {
    /// Places a hold on a tip. False if the tip has one of this kind: then nothing changes.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub(crate) async fn place_hold(
        &self,
        id: TipId,
        kind: HoldKind,
        reason: &str,
    ) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let placed = sqlx::query(
            "insert into holds (tip, kind, reason, placed_by, placed_on) select id, $2, $3, $4, $5 from tips where id = $1
             on conflict (tip, kind) where lifted_on is null do nothing",
        )
        .bind(id.0.as_slice())
        .bind(kind)
        .bind(reason)
        .bind(&self.actor.name)
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        if placed.rows_affected() == 0 {
            write.rollback().await?;
            return match self.holds(id).await? {
                true => Ok(false),
                false => Err(Error::NoTip(id.to_string())),
            };
        }
        let detail = self.reason(reason);
        self.append(&mut write, kind.actions().0, &id.to_string(), &detail)
            .await?;
        self.note_restriction(&mut write, id, kind, true).await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// Lifts a hold. False if the tip has none of this kind.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn lift_hold(&self, id: TipId, kind: HoldKind) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let lifted = sqlx::query(
            "update holds set lifted_by = $3, lifted_on = $4 where tip = $1 and kind = $2 and lifted_on is null",
        )
        .bind(id.0.as_slice())
        .bind(kind)
        .bind(&self.actor.name)
        .bind(self.day())
        .execute(&mut *write)
        .await?;
        if lifted.rows_affected() == 0 {
            return Ok(false);
        }
        self.append(&mut write, kind.actions().1, &id.to_string(), "")
            .await?;
        self.note_restriction(&mut write, id, kind, false).await?;
        self.commit(write).await?;
        Ok(true)
    }

    /// The active holds of a tip, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn holds_of(&self, id: TipId) -> Result<Vec<Hold>, Error> {
        let rows = sqlx::query_as(
            "select kind, reason, placed_by, placed_on from holds where tip = $1 and lifted_on is null order by id",
        );
        Ok(rows.bind(id.0.as_slice()).fetch_all(&self.pool).await?)
    }

    /// Refuses a restricted tip.
    ///
    /// # Errors
    /// [`Error::Restricted`].
    pub(crate) async fn refuse_restricted(&self, id: TipId) -> Result<(), Error> {
        let mut connection = self.pool.acquire().await?;
        refuse_restricted(&mut connection, id).await
    }

    async fn note_restriction(
        &self,
        write: &mut SqliteConnection,
        tip: TipId,
        kind: HoldKind,
        active: bool,
    ) -> Result<(), Error> {
        match kind {
            HoldKind::Legal => Ok(()),
            HoldKind::Restricted => {
                let effect = Effect::Restricted { tip, active };
                self.effect(write, &effect, None).await
            }
        }
    }

    /// Today, by the desk's clock.
    pub(crate) fn day(&self) -> Day {
        self.register.clock().today()
    }
}

/// Stores the holds of a tip that comes from another book.
pub(super) async fn store(
    write: &mut SqliteConnection,
    id: TipId,
    holds: &[Hold],
) -> Result<(), Error> {
    for hold in holds {
        sqlx::query(
            "insert into holds (tip, kind, reason, placed_by, placed_on) values ($1, $2, $3, $4, $5)
             on conflict (tip, kind) where lifted_on is null do nothing",
        )
        .bind(id.0.as_slice())
        .bind(hold.kind)
        .bind(&hold.reason)
        .bind(&hold.placed_by)
        .bind(hold.placed_on)
        .execute(&mut *write)
        .await?;
    }
    Ok(())
}

/// The same, in a transaction.
pub(super) async fn refuse_restricted(
    connection: &mut SqliteConnection,
    id: TipId,
) -> Result<(), Error> {
    let is = sqlx::query_scalar(
        "select exists (select 1 from holds where tip = $1 and kind = 'restricted' and lifted_on is null)",
    );
    match is.bind(id.0.as_slice()).fetch_one(connection).await? {
        true => Err(Error::Restricted(id)),
        false => Ok(()),
    }
}
