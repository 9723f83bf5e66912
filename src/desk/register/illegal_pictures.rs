//! Tips with an illegal picture: their reports do not leave, and the supervisors are told. Nothing of
//! the picture is here.

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::audit::{Action, Actor};
use crate::database::Error;
use loke_core::tip::TipId;

/// A mark that no supervisor has seen yet.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct IllegalPicture {
    /// The tip.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) tip: TipId,
    /// Its name at this desk.
    pub(crate) name: String,
    /// When an officer marked it (seconds since 1970-01-01 UTC).
    pub(crate) marked_at: i64,
}

/// Notes a mark, and takes every report back that waits with a photo of the tip, whatever its book. A
/// report that is on its way at this moment may still arrive.
pub(super) async fn note(write: &mut SqliteConnection, tip: TipId, at: i64) -> Result<(), Error> {
    sqlx::query(
        "insert into illegal_pictures (tip, marked_at) values ($1, $2) on conflict do nothing",
    )
    .bind(tip.0.as_slice())
    .bind(at)
    .execute(&mut *write)
    .await?;
    sqlx::query(
        "update deliveries set taken_back_at = $2, sealed = x'' where done is null and taken_back_at is null
             and id in (select delivery_id from delivery_tips where tip = $1 and has_photo = 1)",
    )
    .bind(tip.0.as_slice())
    .bind(at)
    .execute(write)
    .await?;
    Ok(())
}

/// Forgets the mark of a tip that its book deleted.
pub(super) async fn forget(
    write: &mut SqliteConnection,
    tip: TipId,
    book: &str,
) -> Result<(), Error> {
    sqlx::query("delete from illegal_pictures where tip in (select id from tips where id = $1 and book = $2)")
        .bind(tip.0.as_slice())
        .bind(book)
        .execute(write)
        .await?;
    Ok(())
}

impl Register {
    /// The marks that no supervisor has seen yet, oldest first.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn unseen_illegal_pictures(&self) -> Result<Vec<IllegalPicture>, Error> {
        let unseen = sqlx::query_as(
            "select tip, coalesce(name, lower(hex(tip))) as name, marked_at from illegal_pictures join tips on tips.id = tip where seen_by is null order by marked_at, tip",
        );
        Ok(unseen.fetch_all(&self.pool).await?)
    }

    /// Notes that a supervisor has seen the mark. False if somebody else was faster.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn note_illegal_seen(&self, actor: &Actor, tip: TipId) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let seen = sqlx::query(
            "update illegal_pictures set seen_by = $2 where tip = $1 and seen_by is null",
        )
        .bind(tip.0.as_slice())
        .bind(&actor.name)
        .execute(&mut *write)
        .await?;
        if seen.rows_affected() == 0 {
            return Ok(false);
        }
        let detail = "an illegal picture: the supervisor knows";
        self.append(&mut write, actor, Action::Note, &tip.to_string(), detail)
            .await?;
        self.commit(write).await?;
        Ok(true)
    }
}
