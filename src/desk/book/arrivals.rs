//! Tips that arrive: each is stored once, with its place in the queue. A new fact wakes the tips that
//! wait for one.

use std::sync::Arc;

use serde::Serialize;
use sqlx::{QueryBuilder, Sqlite, SqliteConnection, Transaction};
use zeroize::Zeroizing;

use super::decisions::{How, only_failures};
use super::entered::Beside;
use super::triage::Decision;
use super::{Book, folds};
use crate::audit::Action;
use crate::clocks::Facts;
use crate::database::{self, Error};
use crate::open::Opened;
use crate::preparing::Prepared;
use crate::register::Effect;
use loke_core::tip::{FollowUp, Priority, Tip, TipId, YesNo, is_urgent};

/// A tip that is about to be stored.
pub struct Arrival<'a> {
    /// Its id.
    pub id: TipId,
    /// The age file.
    pub sealed: &'a [u8],
    /// Its contents.
    pub opened: &'a Opened,
}

/// The result for an [`Arrival`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The tip was stored.
    New,
    /// The same tip was already stored.
    Known,
    /// Another tip has this id: the tip was not stored.
    Clash,
}

impl Book {
    /// Stores a batch from `source` and its audit row. The sealed files are on disk first, then the
    /// rows in one transaction, which is on disk when this returns. A tip that is already stored
    /// stays unchanged. The results are in the order of the batch.
    ///
    /// # Errors
    /// If nothing of the batch was stored. Sealed files may be left; the next batch replaces them.
    pub async fn keep(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        action: Action,
    ) -> Result<Vec<Kept>, Error> {
        self.keep_from(source, batch, action, None, &[]).await
    }

    /// Stores entered reports, each with what belongs beside it.
    ///
    /// # Errors
    /// If nothing of the batch was stored.
    pub(crate) async fn keep_entered(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        beside: &[(TipId, Beside)],
    ) -> Result<(), Error> {
        self.keep_from(source, batch, Action::Enter, None, beside)
            .await?;
        Ok(())
    }

    /// Stores a tip that comes from another book, with its notes and its deadline.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub(crate) async fn keep_moved(&self, arrival: Arrival<'_>, from: &Self) -> Result<(), Error> {
        let source = format!("the book {}", from.name());
        self.keep_from(&source, &[arrival], Action::Move, Some(from), &[])
            .await?;
        Ok(())
    }

    /// [`Self::keep`], for tips from another book or with notes beside them.
    async fn keep_from(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        action: Action,
        from: Option<&Self>,
        beside: &[(TipId, Beside)],
    ) -> Result<Vec<Kept>, Error> {
        let mut arriving = self.arriving(source, action, from).await?;
        let files = batch.iter().map(|a| Arc::new(a.sealed.to_vec()));
        let kept = arriving.add(batch, files.collect()).await?;
        if kept.contains(&Kept::New) {
            self.add_beside(arriving.write(), beside).await?;
        }
        arriving.commit().await?;
        Ok(kept)
    }

    /// Stores the rows of new tips: each table takes all of them by one statement. Returns whether a
    /// receipt of theirs is forgotten.
    pub(super) async fn add_rows(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        source: &str,
        new: &[&Arrival<'_>],
        action: Action,
        from: Option<&Self>,
    ) -> Result<bool, Error> {
        let somebody_waits: bool = sqlx::query_scalar(
            "select exists (select 1 from triage where open = 1 and state = 'waiting') or exists (select 1 from triage where pending is not null)",
        )
        .fetch_one(&mut **write)
        .await?;
        self.add_tips(write, source, new).await?;
        if action == Action::Move {
            for arrival in new {
                self.forget_remains(write, arrival.id).await?;
            }
        }
        let ids = new.iter().map(|arrival| arrival.id).collect();
        self.effect(write, &Effect::Tips { ids }, None).await?;
        for arrival in new {
            let tip = &arrival.opened.tip;
            if is_urgent(tip.lane, tip.priority) {
                self.effect(write, &Effect::Urgent { id: arrival.id }, None)
                    .await?;
            }
        }
        self.begin_triage(write, new).await?;
        let threats = self.register.threats();
        let prepared: Vec<(TipId, &Prepared)> = new
            .iter()
            .map(|arrival| (arrival.id, arrival.opened.prepared(&threats)))
            .collect();
        self.index_tips(write, &prepared).await?;
        note_values(write, &prepared).await?;
        let mut forgets = false;
        for arrival in new {
            let tip = &arrival.opened.tip;
            if tip.follow_up.is_some() && from.is_none() {
                self.hand_to_owner_of_box(write, tip).await?;
            }
            if somebody_waits {
                self.wake_for(write, tip).await?;
            }
            if let Some(from) = from {
                self.take_over(write, arrival.id, from).await?;
            }
            if tip.follow_up == Some(FollowUp::Forget) {
                self.forget_as_asked(write, tip).await?;
                forgets = true;
            } else {
                forgets |= self.forget_late(write, tip).await?;
            }
        }
        Ok(forgets)
    }

    /// Stores the tips themselves.
    async fn add_tips(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        source: &str,
        new: &[&Arrival<'_>],
    ) -> Result<(), Error> {
        for some in new.chunks(database::ROWS) {
            let mut add = QueryBuilder::new(
                "insert into tips (id, topic, lane, priority, received, source, digest, tip) ",
            );
            add.push_values(some, |mut row, arrival| {
                let tip = &arrival.opened.tip;
                row.push_bind(arrival.id.0.as_slice())
                    .push_bind(tip.topic.word())
                    .push_bind(tip.lane.word())
                    .push_bind(tip.priority.word())
                    .push_bind(&tip.received)
                    .push_bind(source)
                    .push_bind(arrival.opened.digest(arrival.sealed).as_slice())
                    .push_bind(arrival.opened.json.as_str());
            });
            database::execute_rows(add, some.len(), write).await?;
        }
        Ok(())
    }

    /// Gives stored tips their places in the queue.
    async fn begin_triage(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        new: &[&Arrival<'_>],
    ) -> Result<(), Error> {
        let clock = self.register.clock();
        let (zone, now, today) = (clock.zone(), clock.now(), clock.today());
        let (clocks, threats) = (self.register.clocks(), self.register.threats());
        let triage: Vec<_> = new
            .iter()
            .map(|arrival| {
                let tip = &arrival.opened.tip;
                let facts = Facts {
                    topic: tip.topic,
                    lane: tip.lane,
                    priority: tip.priority,
                    offensive: tip.offensive == Some(true),
                    danger: tip.danger == Some(YesNo::Yes) || tip.priority == Priority::Now,
                    child: tip.child == Some(YesNo::Yes),
                    // A tip that says no day counts from today: it must not keep the others out.
                    received: tip.received.parse().unwrap_or(today),
                };
                let deadline = clocks.deadline(&zone, &facts, now);
                (
                    arrival.id,
                    facts.received.to_string(),
                    &tip.language,
                    (facts.offensive, facts.danger, facts.child),
                    &arrival.opened.prepared(&threats).threat,
                    deadline,
                )
            })
            .collect();
        let due = Effect::DueNew {
            tips: triage.iter().map(|row| (row.0, row.5)).collect(),
        };
        self.effect(write, &due, None).await?;
        let texts = new.iter().map(|arrival| &arrival.opened.tip.thread);
        let (in_a_row, alone): (Vec<_>, Vec<_>) = triage
            .into_iter()
            .zip(texts)
            .partition(|(_, thread)| thread.is_some());
        add_triage(write, alone.into_iter().map(|(row, _)| row)).await?;
        // The texts of a thread are shown as one, so each needs to find those before it.
        for (row, thread) in in_a_row {
            let tip = row.0;
            let holder = oldest_open(write, thread.as_deref()).await?;
            add_triage(write, std::iter::once(row)).await?;
            if let Some(holder) = holder {
                fold_into(write, tip, holder).await?;
                self.note_due(write, tip).await?;
                self.note_due(write, holder).await?;
            }
        }
        Ok(())
    }

    /// Wakes the tips that wait and share a thread, a place, a plate or a number with this one. A name
    /// alone wakes none: it ties strangers. A decision about its holder that waits for a second person
    /// ends: it did not cover this text.
    async fn wake_for(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        let waiting: Vec<Vec<u8>> = sqlx::query_scalar(
            "select tip from triage where open = 1 and state = 'waiting' and pending is null and tip <> $1 and (
                 tip in (select id from tips where thread = $2)
                 or tip in (select other.tip from tip_values as mine join tip_values as other using (kind, normal) where mine.tip = $1 and mine.kind <> 'name'
                            and not exists (select 1 from ignored_values as i where i.kind = mine.kind and i.normal = mine.normal)))
             union select tip from triage where open = 1 and pending is not null and tip = (select folded_into from triage where tip = $1)",
        )
        .bind(tip.id.0.as_slice())
        .bind(&tip.thread)
        .fetch_all(&mut **write)
        .await?;
        let wake = Decision::Wake {
            why: "a new report may be about the same".into(),
        };
        for waiting in database::tip_ids(waiting)? {
            let desk = self.by_desk();
            only_failures(
                desk.decide_in(write, waiting.into(), &wake, How::default())
                    .await,
            )?;
        }
        Ok(())
    }
}

/// Rows of one table for `json_each`.
pub(super) fn as_rows<T: Serialize>(
    rows: impl Iterator<Item = T>,
) -> Result<Zeroizing<String>, Error> {
    let rows: Vec<T> = rows.collect();
    let json = serde_json::to_string(&rows).map_err(|_| Error::Row)?;
    Ok(Zeroizing::new(json))
}

/// Adds rows to `triage`: id, day, language, (hours, danger, child), threat, deadline.
async fn add_triage<T: Serialize>(
    write: &mut SqliteConnection,
    rows: impl Iterator<Item = T>,
) -> Result<(), Error> {
    let rows = as_rows(rows)?;
    sqlx::query(
        "insert into triage (tip, received, language, hours, danger, child, threat, deadline, urgent, due, ring_at, ring, unread)
         select tip, received, language, hours, danger, child, threat, deadline, danger, deadline, iif(danger or child, 0, null), iif(danger or child, 0, null), iif(language <> 'en', '|' || language || '|', null) from (
             select unhex(value ->> 0) as tip, value ->> 1 as received, value ->> 2 as language, value ->> '$[3][0]' as hours, value ->> '$[3][1]' as danger,
                    value ->> '$[3][2]' as child, value ->> 4 as threat, value ->> 5 as deadline from json_each($1))",
    )
    .bind(rows.as_str())
    .execute(write)
    .await?;
    Ok(())
}

/// The oldest open text of a thread.
async fn oldest_open(
    write: &mut SqliteConnection,
    thread: Option<&str>,
) -> Result<Option<TipId>, Error> {
    let holder: Option<Vec<u8>> = sqlx::query_scalar(
        "select triage.tip from triage join tips on tips.id = triage.tip where thread = $1 and open = 1 order by triage.received, triage.tip limit 1",
    )
    .bind(thread)
    .fetch_optional(write)
    .await?;
    holder
        .map(|holder| holder.try_into().map_err(|_| Error::Row))
        .transpose()
}

/// Folds a new text into the oldest open one of its thread.
async fn fold_into(write: &mut SqliteConnection, tip: TipId, holder: TipId) -> Result<(), Error> {
    sqlx::query("update triage set folded_into = $2 where tip = $1")
        .bind(tip.0.as_slice())
        .bind(holder.0.as_slice())
        .execute(&mut *write)
        .await?;
    folds::refresh(write, holder).await?;
    folds::touch_holders(write, tip, None).await
}

/// Stores the places, plates and numbers of tips.
async fn note_values(
    write: &mut Transaction<'static, Sqlite>,
    new: &[(TipId, &Prepared)],
) -> Result<(), Error> {
    let values = new.iter().flat_map(|(id, prepared)| {
        let found = prepared.values.iter();
        found.map(move |value| (id, value.kind.word(), &value.normal, &value.shown))
    });
    let rows = as_rows(values)?;
    sqlx::query(
        "insert into tip_values (kind, normal, tip, shown) select value ->> 1, value ->> 2, unhex(value ->> 0), value ->> 3 from json_each($1) where true on conflict do nothing",
    )
    .bind(rows.as_str())
    .execute(&mut **write)
    .await?;
    Ok(())
}
