//! When each open tip is due, and who has it: for the reminders ([`crate::reminders`]).

use sqlx::{FromRow, SqliteConnection};

use super::Register;
use crate::database::Error;
use loke_core::tip::TipId;

/// Seconds before a deadline from which the reminders look at it: longer than any row of days without
/// work.
const AHEAD: i64 = 100 * 86_400;

/// An open tip with a deadline.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct DueTip {
    /// Its id.
    #[sqlx(try_from = "Vec<u8>")]
    pub(crate) tip: TipId,
    /// The account that has it.
    pub(crate) owner: Option<String>,
    /// Its deadline (seconds since 1970-01-01 UTC).
    pub(crate) due_at: i64,
    /// The mark at which somebody was told of this deadline.
    pub(crate) reminded_at: Option<i64>,
}

/// Notes when a tip is due, and who has it. Another deadline or another person is told anew. `None`
/// for a tip that is not open, or whose clock stands still.
pub(super) async fn note(
    write: &mut SqliteConnection,
    tip: TipId,
    owner: Option<&str>,
    at: Option<i64>,
) -> Result<(), Error> {
    let Some(at) = at else {
        sqlx::query("delete from due where tip = $1")
            .bind(tip.0.as_slice())
            .execute(write)
            .await?;
        return Ok(());
    };
    sqlx::query(
        "insert into due (tip, owner, due_at) values ($1, $2, $3) on conflict (tip) do update
             set reminded_at = iif(owner is $2 and due_at = $3, reminded_at, null), owner = $2, due_at = $3",
    )
    .bind(tip.0.as_slice())
    .bind(owner)
    .bind(at)
    .execute(write)
    .await?;
    Ok(())
}

/// Notes when new tips are due. Nobody has them.
pub(super) async fn note_new(
    write: &mut SqliteConnection,
    tips: &[(TipId, i64)],
) -> Result<(), Error> {
    let rows = serde_json::to_string(tips).map_err(|_| Error::Row)?;
    sqlx::query(
        "insert into due (tip, due_at) select unhex(value ->> 0), value ->> 1 from json_each($1) where true
         on conflict (tip) do update set owner = null, due_at = excluded.due_at, reminded_at = null",
    )
    .bind(rows)
    .execute(write)
    .await?;
    Ok(())
}

/// Notes when the first waiting reply of a tip is due; `None` if none waits in this book.
pub(super) async fn note_reply(
    write: &mut SqliteConnection,
    book: &str,
    tip: TipId,
    at: Option<i64>,
) -> Result<(), Error> {
    let note = match at {
        Some(_) => {
            "insert into due_replies (book, tip, due_at) values ($1, $2, $3) on conflict (book, tip) do update
                 set reminded_at = iif(due_at = $3, reminded_at, null), due_at = $3"
        }
        None => "delete from due_replies where book = $1 and tip = $2",
    };
    sqlx::query(note)
        .bind(book)
        .bind(tip.0.as_slice())
        .bind(at)
        .execute(write)
        .await?;
    Ok(())
}

/// Notes that the people of these tips, and of the replies of those, were told at `mark`.
pub(super) async fn note_reminded(
    write: &mut SqliteConnection,
    mark: i64,
    tips: &[TipId],
    replies: &[TipId],
) -> Result<(), Error> {
    for (note, tips) in [
        (
            "update due set reminded_at = $2 where tip in (select unhex(value) from json_each($1))",
            tips,
        ),
        (
            "update due_replies set reminded_at = $2 where tip in (select unhex(value) from json_each($1))",
            replies,
        ),
    ] {
        let tips = serde_json::to_string(tips).map_err(|_| Error::Row)?;
        sqlx::query(note)
            .bind(tips)
            .bind(mark)
            .execute(&mut *write)
            .await?;
    }
    Ok(())
}

impl Register {
    /// The open tips of the books whose deadlines are near or over.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn due_tips(&self, mark: i64) -> Result<Vec<DueTip>, Error> {
        let rows = sqlx::query_as(
            "select due.tip, owner, due_at, reminded_at from due join tips on tips.id = due.tip where due_at <= $1 order by due_at, due.tip",
        );
        Ok(rows
            .bind(mark.saturating_add(AHEAD))
            .fetch_all(&self.pool)
            .await?)
    }
    /// The tips with waiting replies whose deadlines are near or over. Nobody owns them: whoever is on duty
    /// is told. Nobody is told of a made-up one.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn due_replies(&self, mark: i64) -> Result<Vec<DueTip>, Error> {
        let rows = sqlx::query_as(
            "select tip, null as owner, due_at, reminded_at from due_replies join books on books.name = book
             where practice = 0 and due_at <= $1 order by due_at, tip",
        );
        Ok(rows
            .bind(mark.saturating_add(AHEAD))
            .fetch_all(&self.pool)
            .await?)
    }
}
