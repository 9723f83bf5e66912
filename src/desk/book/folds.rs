//! Folds: a tip is shown with another one, its holder. A holder may be folded in turn, so that
//! unfolding is the exact inverse of folding; the *open holder* is the last one of the chain.

use sqlx::SqliteConnection;

use super::Book;
use crate::database::{self, Error};
use loke_core::tip::TipId;

/// `tree`: the tip `$1` and everything that is folded into it.
macro_rules! tree {
    () => {
        "with recursive tree (tip) as (
             select $1 union select triage.tip from triage join tree on folded_into = tree.tip
         )"
    };
}
pub(super) use tree;

/// `up`: the tip `$1` and every tip that shows it.
macro_rules! up {
    () => {
        "with recursive up (tip) as (
             select $1 union select folded_into from triage join up on triage.tip = up.tip where folded_into is not null
         )"
    };
}

/// The tip that shows this one: itself if it is not folded.
pub(super) async fn holder_of(
    connection: &mut SqliteConnection,
    tip: TipId,
) -> Result<TipId, Error> {
    let holder: Option<Vec<u8>> = sqlx::query_scalar(concat!(
        up!(),
        " select up.tip from up join triage on triage.tip = up.tip where folded_into is null"
    ))
    .bind(tip.0.as_slice())
    .fetch_optional(connection)
    .await?;
    match holder {
        Some(id) => id.try_into().map_err(|_| Error::Row),
        None => Err(Error::NoTip(tip.to_string())),
    }
}

/// A tip after everything that is folded into it, the deepest first.
pub(super) async fn with_folded(
    connection: &mut SqliteConnection,
    holder: TipId,
) -> Result<Vec<TipId>, Error> {
    let ids: Vec<Vec<u8>> = sqlx::query_scalar(
        "with recursive tree (tip, depth) as (
             select $1, 0 union select triage.tip, depth + 1 from triage join tree on folded_into = tree.tip
         ) select tip from tree order by depth desc, tip",
    )
    .bind(holder.0.as_slice())
    .fetch_all(connection)
    .await?;
    database::tip_ids(ids)
}

/// Computes the urgency, the due time, the next call and the translations of a holder anew, from itself and everything that is
/// folded into it.
pub(super) async fn refresh(connection: &mut SqliteConnection, holder: TipId) -> Result<(), Error> {
    sqlx::query(
        concat!(tree!(), ", whole as (
             select max(danger) as urgent, coalesce(min(deadline), 0) as due, min(ring_at) as ring,
                    replace(group_concat(distinct iif(translated = 0 and language <> 'en', '|' || language || '|', null)), ',', '') as unread,
                    min(iif(translated = 0, translation_due, null)) as translate_due
             from triage where tip in (select tip from tree)
         )
         update triage set (urgent, due, ring, unread, translate_due) = (select urgent, due, ring, unread, translate_due from whole) where tip = $1"),
    )
    .bind(holder.0.as_slice())
    .execute(connection)
    .await?;
    Ok(())
}

/// Gives every tip that shows this one a new version: a page that was opened before, and an undo of
/// what was decided before, must not close what this tip brings.
pub(super) async fn touch_holders(
    connection: &mut SqliteConnection,
    tip: TipId,
    changed_by: Option<&str>,
) -> Result<(), Error> {
    sqlx::query(
        concat!(up!(), " update triage set version = version + 1, changed_by = $2 where tip in (select tip from up) and tip <> $1"),
    )
    .bind(tip.0.as_slice())
    .bind(changed_by)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether anything was decided, after this decision, about a tip that shows this one.
pub(super) async fn holders_changed_since(
    connection: &mut SqliteConnection,
    tip: TipId,
    decision: i64,
) -> Result<bool, Error> {
    let changed = sqlx::query_scalar(
        concat!(up!(), " select exists (select 1 from decisions where tip in (select tip from up) and tip <> $1 and id > $2 and undone = 0)"),
    )
    .bind(tip.0.as_slice())
    .bind(decision)
    .fetch_one(connection)
    .await?;
    Ok(changed)
}

/// Unfolds everything that is folded into a tip that leaves the book: each is on its own again, and
/// open if it was. Returns these tips.
pub(super) async fn release(
    connection: &mut SqliteConnection,
    holder: TipId,
) -> Result<Vec<TipId>, Error> {
    let folded: Vec<Vec<u8>> = sqlx::query_scalar(
        "update triage set folded_into = null, version = version + 1 where folded_into = $1 returning tip",
    )
    .bind(holder.0.as_slice())
    .fetch_all(&mut *connection)
    .await?;
    let released = database::tip_ids(folded)?;
    for tip in &released {
        refresh(connection, *tip).await?;
    }
    Ok(released)
}

impl Book {
    /// Every tip that is shown with this one, oldest day first, without itself.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn folded_into(&self, holder: TipId) -> Result<Vec<TipId>, Error> {
        let ids: Vec<Vec<u8>> = sqlx::query_scalar(concat!(
            tree!(),
            " select tip from tree join triage using (tip) where tip <> $1 order by received, tip"
        ))
        .bind(holder.0.as_slice())
        .fetch_all(&self.pool)
        .await?;
        database::tip_ids(ids)
    }

    /// The tip that shows this one: itself if it is not folded.
    ///
    /// # Errors
    /// [`Error::NoTip`].
    pub async fn holder(&self, tip: TipId) -> Result<TipId, Error> {
        holder_of(&mut *self.pool.acquire().await?, tip).await
    }
}
