//! Tips that may be about the same: they share a place, a plate, a number or an address. The desk
//! only proposes; an officer folds.

use sqlx::FromRow;

use super::Book;
use crate::audit::Action;
use crate::database::Error;
use crate::text::values::ValueKind;
use loke_core::tip::TipId;

/// Most proposals for one tip.
const MOST: i64 = 20;

/// Another tip that may be about the same.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Alike {
    /// The other tip.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// The kind of the value that both have.
    pub kind: ValueKind,
    /// The value as the other tip has it.
    pub shown: String,
    /// The value in one spelling.
    pub normal: String,
    /// The day the other tip arrived.
    pub received: String,
    /// The first characters of its text.
    pub words: String,
    /// Whether it is open or sent, so that this one can be folded into it.
    pub can_hold: bool,
}

impl Book {
    /// Tips that share a value with this one, newest first. Left out: tips that are folded together
    /// already, pairs that an officer said are not the same, and ignored values.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn alike(&self, tip: TipId) -> Result<Vec<Alike>, Error> {
        let found = sqlx::query_as(
            "with recursive tree (id) as (
                 select $1 union select triage.tip from triage join tree on folded_into = tree.id
             )
             select other.tip, other.kind, other.shown, other.normal, tips.received, substr(tips.tip ->> 'what', 1, 300) as words,
                    state <> 'closed' as can_hold
             from tip_values as mine join tip_values as other using (kind, normal)
             join tips on tips.id = other.tip join triage on triage.tip = other.tip
             where mine.tip = $1 and other.tip not in (select id from tree) and triage.folded_into is null
               and (tips.thread is null or tips.thread is not (select thread from tips where id = $1))
               and not exists (select 1 from ignored_values as i where i.kind = other.kind and i.normal = other.normal)
               and not exists (select 1 from not_same where one = min($1, other.tip) and other = max($1, other.tip))
               and other.tip not in (select tip from recusals where who = $3)
             group by other.tip order by tips.received desc, other.tip limit $2",
        );
        Ok(found
            .bind(tip.0.as_slice())
            .bind(MOST)
            .bind(&self.actor.name)
            .fetch_all(&self.pool)
            .await?)
    }

    /// Remembers that two tips are not about the same: they are not proposed again.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn not_same(&self, tip: TipId, other: TipId) -> Result<(), Error> {
        let (one, two) = (tip.min(other), tip.max(other));
        let mut write = self.write().await?;
        sqlx::query(
            "insert into not_same (one, other, who) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(one.0.as_slice())
        .bind(two.0.as_slice())
        .bind(&self.actor.name)
        .execute(&mut *write)
        .await?;
        let detail = format!("not the same as {other}");
        self.append(&mut write, Action::Note, &tip.to_string(), &detail)
            .await?;
        self.commit(write).await
    }

    /// Ignores a value that ties strangers, such as a shop or a station.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ignore_value(&self, kind: ValueKind, normal: &str) -> Result<(), Error> {
        let mut write = self.write().await?;
        sqlx::query(
            "insert into ignored_values (kind, normal, who) values ($1, $2, $3) on conflict do nothing",
        )
        .bind(kind)
        .bind(normal)
        .bind(&self.actor.name)
        .execute(&mut *write)
        .await?;
        self.append(&mut write, Action::Note, "a value", "ignored from now on")
            .await?;
        self.commit(write).await
    }
}
