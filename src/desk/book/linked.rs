//! Values that tie tips together: a plate, a number, an address, a place or a name that more than one tip
//! of the book has. A value that ties strangers, such as a shop, is ignored until somebody takes that
//! back.

use sqlx::FromRow;

use super::Book;
use crate::audit::Action;
use crate::database::{self, Error};
use crate::text::values::ValueKind;
use loke_core::tip::TipId;

/// A value that several tips have, or that is ignored.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Linked {
    /// Its kind.
    pub kind: ValueKind,
    /// In one spelling.
    pub normal: String,
    /// As one of the tips has it.
    pub shown: String,
    /// How many tips have it.
    pub tips: i64,
    /// The account that said that it ties strangers.
    pub ignored_by: Option<String>,
}

/// The tips of a value that this account may see: those of `$1` whose words are not restricted.
macro_rules! seen {
    () => {
        "tip_values.tip not in (select tip from hidden_from where who = $1)
         and not exists (select 1 from holds where holds.tip = tip_values.tip and kind = 'restricted' and lifted_on is null)"
    };
}

impl Book {
    /// The values that more than one tip has, by kind and spelling, after one of them.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn linked_values(
        &self,
        after: Option<(ValueKind, &str)>,
        most: u32,
    ) -> Result<Vec<Linked>, Error> {
        self.record(Action::View, "linked values", "").await?;
        let (kind, normal) = after.map_or(("", ""), |(kind, normal)| (kind.word(), normal));
        let found = sqlx::query_as(concat!(
            "select kind, normal, min(shown) as shown, count(*) as tips, null as ignored_by from tip_values
             where (kind, normal) > ($2, $3) and not exists (select 1 from ignored_values as i where i.kind = tip_values.kind and i.normal = tip_values.normal) and ",
            seen!(),
            " group by kind, normal having count(*) > 1 order by kind, normal limit $4"
        ));
        let found = found
            .bind(&self.actor.name)
            .bind(kind)
            .bind(normal)
            .bind(most);
        Ok(found.fetch_all(&self.pool).await?)
    }

    /// The values that are ignored, whether a tip still has them or not.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn ignored_values(&self) -> Result<Vec<Linked>, Error> {
        let found = sqlx::query_as(concat!(
            "select i.kind, i.normal, coalesce(min(shown), i.normal) as shown, count(tip_values.tip) as tips, i.who as ignored_by
             from ignored_values as i left join tip_values on tip_values.kind = i.kind and tip_values.normal = i.normal and ",
            seen!(),
            " group by i.kind, i.normal order by i.kind, i.normal"
        ));
        let found = found.bind(&self.actor.name);
        Ok(found.fetch_all(&self.pool).await?)
    }

    /// The newest tips that have this value.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn tips_with(
        &self,
        kind: ValueKind,
        normal: &str,
        most: u32,
    ) -> Result<Vec<TipId>, Error> {
        let tips = sqlx::query_scalar(concat!(
            "select tip_values.tip from tip_values join tips on tips.id = tip_values.tip where kind = $2 and normal = $3 and ",
            seen!(),
            " order by tips.received desc, tips.id limit $4"
        ));
        let tips: Vec<Vec<u8>> = tips
            .bind(&self.actor.name)
            .bind(kind)
            .bind(normal)
            .bind(most)
            .fetch_all(&self.pool)
            .await?;
        database::tip_ids(tips)
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

    /// Takes that back: the value ties tips together again. False if it is not ignored.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn heed_value(&self, kind: ValueKind, normal: &str) -> Result<bool, Error> {
        let mut write = self.write().await?;
        let gone = sqlx::query("delete from ignored_values where kind = $1 and normal = $2")
            .bind(kind)
            .bind(normal)
            .execute(&mut *write)
            .await?;
        if gone.rows_affected() == 0 {
            return Ok(false);
        }
        self.append(&mut write, Action::Note, "a value", "not ignored any more")
            .await?;
        self.commit(write).await?;
        Ok(true)
    }
}
