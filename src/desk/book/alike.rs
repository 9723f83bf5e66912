//! Tips that may be about the same: they share a place, a plate, a number or an address, or have
//! much the same words. The desk only proposes; an officer folds.

use std::collections::HashSet;

use sqlx::FromRow;

use super::{Book, holds};
use crate::audit::Action;
use crate::database::Error;
use crate::text::likeness::{Near, is_like};
use crate::text::values::ValueKind;
use loke_core::clock::Day;
use loke_core::tip::{Tip, TipId};

/// Most proposals for one tip, and most texts that are compared with one.
const MOST: i64 = 20;
const COMPARED: i64 = 40;
/// Newest texts with a key of the tip's that are looked at. Some of them are folded already, or hidden.
const LOOKED_AT: i64 = 2 * COMPARED;

/// Another tip that may be about the same.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Alike {
    /// The other tip.
    #[sqlx(try_from = "Vec<u8>")]
    pub tip: TipId,
    /// The kind of the value that both have; `None` if the words are alike.
    pub kind: Option<ValueKind>,
    /// The value as the other tip has it, or why the two may be about the same.
    pub shown: String,
    /// The value in one spelling.
    pub normal: String,
    /// The day the other tip arrived.
    pub received: Day,
    /// The first characters of its text.
    pub words: String,
    /// Whether it is open, so that this one can be folded into it.
    pub can_hold: bool,
}

/// A tip whose words are compared.
#[derive(FromRow)]
struct Compared {
    #[sqlx(try_from = "Vec<u8>")]
    id: TipId,
    tip: String,
    received: Day,
    can_hold: bool,
}

/// Other tips that may be proposed for the tip `$1` to the account `$3`: not folded together with it
/// already, not of its thread, not said to be another matter, and not hidden from the account.
macro_rules! others {
    () => {
        "triage.folded_into is null and triage.tip not in (
             with recursive tree (id) as (
                 select $1 union select t.tip from triage as t join tree on t.folded_into = tree.id
             ) select id from tree)
           and (tips.thread is null or tips.thread is not (select thread from tips where id = $1))
           and not exists (select 1 from not_same where one = min($1, triage.tip) and other = max($1, triage.tip))
           and triage.tip not in (select tip from hidden_from where who = $3)"
    };
}

impl Book {
    /// Tips that may be about the same as this one: first those that share a value, newest first,
    /// then those with much the same words. Values that tie strangers are left out.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn alike(&self, tip: TipId) -> Result<Vec<Alike>, Error> {
        let mut found: Vec<Alike> = sqlx::query_as(concat!(
            "select tips.id as tip, other.kind, other.shown, other.normal, triage.received, substr(tips.tip ->> 'what', 1, 300) as words,
                    state not in ('closed', 'routed') as can_hold
             from tip_values as mine join tip_values as other using (kind, normal)
             join tips on tips.id = other.tip join triage on triage.tip = other.tip
             where mine.tip = $1 and mine.kind <> 'name' and not exists (select 1 from ignored_values as i where i.kind = other.kind and i.normal = other.normal) and ",
            others!(),
            " group by tips.id order by tips.received desc, tips.id limit $2"
        ))
        .bind(tip.0.as_slice())
        .bind(MOST)
        .bind(&self.actor.name)
        .fetch_all(&self.pool)
        .await?;
        let mut there: HashSet<TipId> = found.iter().map(|alike| alike.tip).collect();
        let compared: Vec<Compared> = sqlx::query_as(concat!(
            "select tips.id, tips.tip, triage.received, state not in ('closed', 'routed') as can_hold from tips join triage on triage.tip = tips.id
             where tips.id in (
                 select tip from search_texts where id in (
                     select rowid from alike_keys where alike_keys match coalesce((select replace(keys, ' ', ' OR ') from search_texts where tip = $1 and keys is not null), 'none')
                     order by rowid desc limit $4)
                 union select same.id from tips as one join tips as same on same.received = one.received and same.tip ->> 'campaign' = one.tip ->> 'campaign'
                       where one.id = $1) and ",
            others!(),
            " order by tips.received desc, tips.id limit $2"
        ))
        .bind(tip.0.as_slice())
        .bind(COMPARED)
        .bind(&self.actor.name)
        .bind(LOOKED_AT)
        .fetch_all(&self.pool)
        .await?;
        if compared.is_empty() {
            return Ok(found);
        }
        let json: String = sqlx::query_scalar("select tip from tips where id = $1")
            .bind(tip.0.as_slice())
            .fetch_one(&self.pool)
            .await?;
        let ignored: Vec<(ValueKind, String)> =
            sqlx::query_as("select kind, normal from ignored_values")
                .fetch_all(&self.pool)
                .await?;
        let near = |json: &str| -> Result<(Tip, Near), Error> {
            let tip: Tip = serde_json::from_str(json).map_err(|_| Error::Row)?;
            let mut near = near(&tip);
            let tied = |kind, normal: &str| ignored.iter().any(|(k, n)| *k == kind && n == normal);
            near.place = near.place.filter(|place| !tied(ValueKind::Place, place));
            near.plates.retain(|plate| !tied(ValueKind::Plate, plate));
            Ok((tip, near))
        };
        let (_, mine) = near(&json)?;
        for other in compared {
            let (its_tip, its) = near(&other.tip)?;
            if let Some(why) = is_like(&mine, &its).filter(|_| there.insert(other.id)) {
                found.push(Alike {
                    tip: other.id,
                    kind: None,
                    shown: why.to_owned(),
                    normal: String::new(),
                    received: other.received,
                    words: its_tip.what.chars().take(300).collect(),
                    can_hold: other.can_hold,
                });
            }
            if found.len() >= usize::try_from(MOST).unwrap_or(usize::MAX) {
                break;
            }
        }
        Ok(found)
    }

    /// Other tips that name the same person, newest first: links to look at, no proposals to fold.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn namesakes(&self, tip: TipId) -> Result<Vec<Alike>, Error> {
        let found = sqlx::query_as(concat!(
            "select tips.id as tip, other.kind, other.shown, other.normal, tips.received, ",
            holds::shown!("substr(tips.tip ->> 'what', 1, 300)"),
            " as words, false as can_hold
             from tip_values as mine join tip_values as other using (kind, normal)
             join tips on tips.id = other.tip join triage on triage.tip = other.tip
             where mine.tip = $1 and mine.kind = 'name' and not exists (select 1 from ignored_values as i where i.kind = other.kind and i.normal = other.normal) and ",
            others!(),
            " group by tips.id order by tips.received desc, tips.id limit $2"
        ));
        let found = found
            .bind(tip.0.as_slice())
            .bind(MOST)
            .bind(&self.actor.name);
        Ok(found.fetch_all(&self.pool).await?)
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
}

/// The parts of a tip that decide whether it is like another one.
pub(super) fn near(tip: &Tip) -> Near {
    let place = tip.place.as_deref().unwrap_or_default();
    let vehicle = tip.vehicle.as_deref().unwrap_or_default();
    let day = tip.received.parse().unwrap_or(Day(0));
    Near::of(
        (&tip.what, place, vehicle),
        tip.campaign.as_deref(),
        tip.topic,
        day,
    )
}
