//! Tips that arrive: each is stored once, with its place in the queue. A new fact wakes the tips that
//! wait for one.

use std::collections::HashMap;

use sqlx::{QueryBuilder, Sqlite, SqliteConnection, Transaction};

use super::decisions::{How, only_failures};
use super::triage::Decision;
use super::{Book, folds, purge, sealed_files};
use crate::audit::Action;
use crate::clocks::Facts;
use crate::database::{self, Error};
use crate::open::Opened;
use crate::register::Effect;
use crate::text::likeness;
use crate::text::threats::{Found, Threats};
use crate::text::values::{self, Value};
use loke_core::digest::sha256;
use loke_core::tip::{Priority, Tip, TipId, YesNo, is_urgent};

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
        self.keep_from(source, batch, action, None).await
    }

    /// Stores a tip that comes from another book, with its notes and its deadline.
    ///
    /// # Errors
    /// As [`Self::keep`].
    pub(crate) async fn keep_moved(&self, arrival: Arrival<'_>, from: &Self) -> Result<(), Error> {
        let source = format!("the book {}", from.name());
        self.keep_from(&source, &[arrival], Action::Move, Some(from))
            .await?;
        Ok(())
    }

    async fn keep_from(
        &self,
        source: &str,
        batch: &[Arrival<'_>],
        action: Action,
        from: Option<&Self>,
    ) -> Result<Vec<Kept>, Error> {
        let mut write = self.write().await?;
        let digests = digests_of(&mut write, batch).await?;
        let gone = purge::purged_of(&mut write, batch.iter().map(|a| a.id)).await?;
        let mut kept: Vec<Kept> = batch
            .iter()
            .map(|arrival| match digests.get(&arrival.id) {
                // A purged tip comes back only from another book.
                None if action != Action::Move && gone.contains(&arrival.id) => Kept::Known,
                None => Kept::New,
                Some(there) if *there == sha256(arrival.sealed) => Kept::Known,
                Some(_) => Kept::Clash,
            })
            .collect();
        let mut new: Vec<&Arrival<'_>> = Vec::new();
        for (arrival, kept) in batch.iter().zip(&mut kept) {
            if *kept != Kept::New {
                continue;
            }
            // The same id twice in one batch.
            match new.iter().find(|other| other.id == arrival.id) {
                Some(other) if other.sealed == arrival.sealed => *kept = Kept::Known,
                Some(_) => *kept = Kept::Clash,
                None => new.push(arrival),
            }
        }
        if new.is_empty() {
            return Ok(kept);
        }
        sealed_files::write(&self.folder, new.iter().map(|a| (a.id, a.sealed)))?;
        let somebody_waits: bool = sqlx::query_scalar(
            "select exists (select 1 from triage where open = 1 and state = 'waiting')",
        )
        .fetch_one(&mut *write)
        .await?;
        for arrival in &new {
            let tip = &arrival.opened.tip;
            sqlx::query(
                "insert into tips (id, topic, lane, priority, received, source, digest, tip) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            )
            .bind(arrival.id.0.as_slice())
            .bind(tip.topic)
            .bind(tip.lane)
            .bind(tip.priority)
            .bind(tip.received.as_str())
            .bind(source)
            .bind(sha256(arrival.sealed).as_slice())
            .bind(arrival.opened.json.as_str())
            .execute(&mut *write)
            .await?;
            if action == Action::Move {
                self.forget_remains(&mut write, arrival.id).await?;
            }
            self.effect(&mut write, &Effect::Tip { id: arrival.id }, None)
                .await?;
            if is_urgent(tip.lane, tip.priority) {
                self.effect(&mut write, &Effect::Urgent { id: arrival.id }, None)
                    .await?;
            }
            self.begin_triage(&mut write, tip).await?;
            if somebody_waits {
                self.wake_for(&mut write, tip).await?;
            }
            if let Some(from) = from {
                self.take_over(&mut write, arrival.id, from).await?;
            }
        }
        let detail = format!("{} tips", new.len());
        self.append(&mut write, action, source, &detail).await?;
        self.commit(write).await?;
        Ok(kept)
    }

    /// Gives a stored tip its place in the queue.
    async fn begin_triage(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        let danger = tip.danger == Some(YesNo::Yes) || tip.priority == Priority::Now;
        let child = tip.child == Some(YesNo::Yes);
        let clock = self.register.clock();
        let today = clock.today();
        let facts = Facts {
            topic: tip.topic,
            lane: tip.lane,
            priority: tip.priority,
            offensive: tip.offensive == Some(true),
            danger,
            child,
            // A tip that says no day counts from today: it must not keep the others out.
            received: tip.received.parse().unwrap_or(today),
        };
        let clocks = self.register.clocks();
        let deadline = clocks.deadline(&clock.zone(), &facts, clock.now());
        // The texts of a thread are shown as one.
        let holder: Option<Vec<u8>> = match &tip.thread {
            None => None,
            Some(thread) => {
                sqlx::query_scalar(
                    "select triage.tip from triage join tips on tips.id = triage.tip where thread = $1 and open = 1 order by triage.received, triage.tip limit 1",
                )
                .bind(thread)
                .fetch_optional(&mut **write)
                .await?
            }
        };
        sqlx::query(
            "insert into triage (tip, received, language, hours, danger, child, threat, deadline, folded_into, urgent, due, ring_at, ring)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $5, $8, iif($5 or $6, 0, null), iif($5 or $6, 0, null))",
        )
        .bind(tip.id.0.as_slice())
        .bind(facts.received.to_string())
        .bind(&tip.language)
        .bind(facts.offensive)
        .bind(danger)
        .bind(child)
        .bind(threat(&self.register.threats(), tip))
        .bind(deadline)
        .bind(holder.as_deref())
        .execute(&mut **write)
        .await?;
        if let Some(holder) = holder {
            folds::refresh(write, holder.try_into().map_err(|_| Error::Row)?).await?;
            folds::touch_holders(write, tip.id, None).await?;
        }
        self.index_tip(write, tip).await?;
        self.note_values(write, tip).await?;
        self.note_bands(write, tip).await
    }

    /// Stores the places, plates and numbers of a tip.
    async fn note_values(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        let values = values_in(tip);
        if values.is_empty() {
            return Ok(());
        }
        let mut insert =
            QueryBuilder::<Sqlite>::new("insert into tip_values (kind, normal, tip, shown) ");
        insert.push_values(values, |mut row, value| {
            row.push_bind(value.kind)
                .push_bind(value.normal)
                .push_bind(tip.id.0.to_vec())
                .push_bind(value.shown);
        });
        insert.push(" on conflict do nothing");
        insert.build().execute(&mut **write).await?;
        Ok(())
    }

    /// Stores the keys by which texts that are alike are found.
    async fn note_bands(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        let bands = likeness::bands(&likeness::sketch(&tip.what));
        if bands.is_empty() {
            return Ok(());
        }
        let mut insert = QueryBuilder::<Sqlite>::new("insert into tip_bands (band, tip) ");
        insert.push_values(bands, |mut row, band| {
            row.push_bind(band.cast_signed())
                .push_bind(tip.id.0.to_vec());
        });
        insert.push(" on conflict do nothing");
        insert.build().execute(&mut **write).await?;
        Ok(())
    }

    /// Wakes the tips that wait and share a thread, a place, a plate or a number with this one.
    async fn wake_for(
        &self,
        write: &mut Transaction<'static, Sqlite>,
        tip: &Tip,
    ) -> Result<(), Error> {
        let waiting: Vec<Vec<u8>> = sqlx::query_scalar(
            "select tip from triage where open = 1 and state = 'waiting' and pending is null and tip <> $1 and (
                 tip in (select id from tips where thread = $2)
                 or tip in (select other.tip from tip_values as mine join tip_values as other using (kind, normal) where mine.tip = $1
                            and not exists (select 1 from ignored_values as i where i.kind = mine.kind and i.normal = mine.normal)))",
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

/// The digests of the sealed files of those that are stored already.
async fn digests_of(
    write: &mut SqliteConnection,
    batch: &[Arrival<'_>],
) -> Result<HashMap<TipId, [u8; 32]>, Error> {
    let mut digests = HashMap::new();
    for some in batch.chunks(500) {
        let mut query = QueryBuilder::<Sqlite>::new("select id, digest from tips where id in (");
        let mut ids = query.separated(", ");
        for arrival in some {
            ids.push_bind(arrival.id.0.to_vec());
        }
        query.push(")");
        let rows: Vec<(Vec<u8>, Vec<u8>)> = query.build_query_as().fetch_all(&mut *write).await?;
        for (id, digest) in rows {
            let id = id.try_into().map_err(|_| Error::Row)?;
            digests.insert(id, digest.try_into().map_err(|_| Error::Row)?);
        }
    }
    Ok(digests)
}

/// The word of a threat in a tip; empty if no list covers its language.
fn threat(threats: &Threats, tip: &Tip) -> Option<String> {
    let whole = [
        Some(tip.what.as_str()),
        tip.impact.as_deref(),
        tip.when.as_deref(),
    ];
    let text: Vec<&str> = whole.into_iter().flatten().collect();
    match threats.look(&tip.language, &text.join("\n")) {
        Found::Threat(word) => Some(word),
        Found::NotCovered => Some(String::new()),
        Found::Nothing => None,
    }
}

/// The places, plates and numbers of a tip.
fn values_in(tip: &Tip) -> Vec<Value> {
    let mut found = values::values(&tip.what);
    for text in [&tip.place, &tip.impact, &tip.vehicle]
        .into_iter()
        .flatten()
    {
        found.extend(values::values(text));
    }
    found.extend(tip.place.as_deref().and_then(values::place));
    found
}
