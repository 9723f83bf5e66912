//! The one task that stores tips: it takes the waiting puts, stores the tips in random free slots,
//! commits once, then answers each caller. It must never answer before the commit, nor store a part
//! of a tip.

use std::time::Duration;

use sqlx::{query, query_as};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use super::collections;
use super::engine::{Engine, Tx, change, on};
use super::shares::{Refusal, Shares};
use super::slots::{FreeSlots, TipState, frame, used, write_bodies};
use super::statements::{ADD_ONCE, DROP_ONCE, MOST_ROWS, OCCUPY, padded, runs, with_rows};
use super::{Beat, Error, Put, QueueEntry, code_of};
use loke_core::random;
use loke_core::seal::{Sealed, SizeClass};

/// Most tips in one commit.
const MOST_TIPS: usize = 256;
/// Most sealed bytes in one commit; a single tip may be larger.
const MOST_BYTES: usize = 16 << 20;
/// Timeout of a commit. When it ends, all tips of the group get an error.
const PATIENCE: Duration = Duration::from_secs(6);
/// Attempts for a group when PostgreSQL breaks a deadlock.
const TRIES: usize = 4;

/// A tip to store, and the channel for the answer.
pub(super) struct Job {
    pub(super) sealed: Sealed,
    pub(super) entry: QueueEntry,
    /// The caller's timeout. After it the caller has already reported a failure.
    pub(super) until: Instant,
    pub(super) answer: oneshot::Sender<Result<Put, Error>>,
}

/// Count of each [`Beat`].
#[derive(Clone, Copy, Default)]
pub(super) struct Beats {
    minutes: u64,
    hours: u64,
    releases: u64,
}

impl Beats {
    pub(super) fn count(&mut self, beat: Beat) {
        match beat {
            Beat::Minute => self.minutes += 1,
            Beat::Hour => self.hours += 1,
            Beat::Release => self.releases += 1,
        }
    }
}

/// The task's view of the free slots and the quotas. Other processes may have changed both since.
struct Known {
    free: FreeSlots,
    shares: Shares,
    heard: Beats,
}

/// Stores tips until every sender is dropped, and signals each commit.
pub(super) async fn run(
    engine: Engine,
    mut jobs: mpsc::Receiver<Job>,
    commits: watch::Sender<()>,
    shares: Shares,
    mut beats: watch::Receiver<Beats>,
) {
    let mut known = Known {
        free: FreeSlots::default(),
        shares,
        heard: Beats::default(),
    };
    let mut next = None;
    loop {
        let first = match next.take() {
            Some(job) => Some(job),
            None => tokio::select! {
                job = jobs.recv() => job,
                Ok(()) = beats.changed() => {
                    let heard = *beats.borrow_and_update();
                    known.hear(&engine, heard).await;
                    continue;
                }
            },
        };
        let Some(first) = first else { return };
        // Those that came during the last commit: the slower the disk, the larger the group.
        let mut group = gather(first, &mut jobs, &mut next);
        while !group.is_empty() {
            group = store(&engine, &mut known, group).await;
            commits.send_replace(());
        }
    }
}

impl Known {
    /// Handles clock events. Ignores an unreachable database: the next tip reports it.
    async fn hear(&mut self, engine: &Engine, beats: Beats) {
        let heard = std::mem::replace(&mut self.heard, beats);
        (heard.hours..beats.hours).for_each(|_| self.shares.hour());
        (heard.releases..beats.releases).for_each(|_| self.shares.release());
        if heard.minutes < beats.minutes {
            let looking = async {
                let mut tx = engine.begin_read().await?;
                Ok::<_, Error>(
                    self.shares
                        .observe(used(&mut tx).await?, &mut random::below)?,
                )
            };
            if !matches!(timeout(PATIENCE, looking).await, Ok(Ok(()))) {
                tracing::debug!("could not read how full the queue is; will retry");
            }
        }
    }

    /// Reads how full the queue is, and which slots are free.
    async fn look(&mut self, tx: &mut Tx) -> Result<(), Error> {
        self.free.load(tx).await?;
        Ok(self.shares.observe(used(tx).await?, &mut random::below)?)
    }

    /// Chooses a free slot for a tip and counts it against its sender, or returns why not. If a
    /// photo class has no slot, the tip may use one of a larger class.
    fn choose(&mut self, item: &Item) -> Result<Result<(i64, SizeClass), Error>, Error> {
        let own = item.sealed.class;
        let larger = SizeClass::ALL
            .into_iter()
            .filter(|class| own != SizeClass::Text && *class > own);
        let mut refused = self.choose_in(own, item)?;
        for class in larger {
            if !refused.as_ref().is_err_and(Error::is_for_room) {
                break;
            }
            let other = self.choose_in(class, item)?;
            if other.is_ok() {
                refused = other;
            }
        }
        Ok(refused)
    }

    fn choose_in(
        &mut self,
        class: SizeClass,
        item: &Item,
    ) -> Result<Result<(i64, SizeClass), Error>, Error> {
        let QueueEntry { taker, proven, .. } = item.entry;
        Ok(
            match self
                .shares
                .admit(class, taker, proven, &mut random::below)?
            {
                Err(Refusal::Crowded) => Err(Error::Crowded(item.sealed.class)),
                Err(Refusal::Unproven) => Err(Error::Unproven),
                Ok(()) => match self.free.take(class)? {
                    Some(number) => Ok((number, class)),
                    None => {
                        self.shares.give_back(class, taker);
                        Err(Error::Full(item.sealed.class))
                    }
                },
            },
        )
    }
}

/// The first job and the jobs queued behind it, without jobs whose caller gave up. The first job
/// that no longer fits becomes `next`.
fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>, next: &mut Option<Job>) -> Vec<Job> {
    let mut bytes = first.sealed.bytes.len();
    let mut group = vec![first];
    while group.len() < MOST_TIPS
        && let Ok(job) = jobs.try_recv()
    {
        bytes += job.sealed.bytes.len();
        if bytes > MOST_BYTES {
            *next = Some(job);
            break;
        }
        group.push(job);
    }
    let now = Instant::now();
    group.retain(|job| now < job.until);
    group
}

/// Stores a group and answers its callers. Returns the jobs whose `once` appears earlier in the
/// group. They come later, so that they count as repeats only if the earlier one was stored.
async fn store(engine: &Engine, known: &mut Known, group: Vec<Job>) -> Vec<Job> {
    let mut seen = std::collections::HashSet::with_capacity(group.len());
    let (group, later): (Vec<Job>, Vec<Job>) = group
        .into_iter()
        .partition(|job| seen.insert(job.entry.once.value));
    let (waiting, mut items): (Vec<_>, Vec<_>) = group
        .into_iter()
        .map(|job| {
            (
                job.answer,
                Item {
                    slot: job.sealed.class,
                    sealed: job.sealed,
                    entry: job.entry,
                    number: None,
                    outcome: Ok(Put::Stored),
                },
            )
        })
        .unzip();
    let mut done = Ok(());
    let end = Instant::now() + PATIENCE;
    for _ in 0..TRIES {
        done = timeout_at(end, commit(engine, known, &mut items))
            .await
            .unwrap_or_else(|_| Err(Error::late()));
        if done.is_err() {
            known.free.forget();
            items
                .iter_mut()
                .for_each(|item| item.give_back(&mut known.shares));
        }
        if !done.as_ref().is_err_and(Error::passes) {
            break;
        }
    }
    for (answer, item) in waiting.into_iter().zip(items) {
        // The caller may be gone; the tip is stored all the same.
        let _unheard = answer.send(done.clone().and(item.outcome));
    }
    later
}

/// One tip of a group, its slot and its result.
struct Item {
    sealed: Sealed,
    entry: QueueEntry,
    number: Option<i64>,
    /// The class of its slot.
    slot: SizeClass,
    outcome: Result<Put, Error>,
}

impl Item {
    /// Whether it is new and has no slot yet; also true after a refusal.
    fn wants_slot(&self) -> bool {
        self.number.is_none() && !matches!(self.outcome, Ok(Put::Repeated))
    }

    /// Gives up its slot, if it has one, and takes it off the sender's count.
    fn give_back(&mut self, shares: &mut Shares) {
        if self.number.take().is_some() {
            shares.give_back(self.slot, self.entry.taker);
        }
    }
}

/// Stores a group in one transaction. If it fails, nothing of the group is stored.
async fn commit(engine: &Engine, known: &mut Known, items: &mut [Item]) -> Result<(), Error> {
    for item in items.iter_mut() {
        (item.number, item.outcome) = (None, Ok(Put::Stored));
    }
    let mut tx = engine.begin().await?;
    refuse_repeats(&mut tx, items).await?;
    // A repeat is answered as before: its tip is stored.
    if collections::is_closed(&mut tx).await? {
        for item in items.iter_mut().filter(|item| item.wants_slot()) {
            item.outcome = Err(Error::Closed);
        }
        return Ok(());
    }
    place(&mut tx, known, items).await?;
    if items.iter().all(|item| item.number.is_none()) {
        return Ok(());
    }
    forget_refused(&mut tx, items).await?;
    let mut stored: Vec<(i64, &Item)> = items
        .iter()
        .filter_map(|item| Some((item.number?, item)))
        .collect();
    stored.sort_unstable_by_key(|(number, _)| *number);
    let slots: Vec<_> = stored
        .iter()
        .map(|(number, item)| (*number, item.slot))
        .collect();
    write_bodies(&mut tx, &slots, |at| {
        stored.get(at).map_or(Ok(Vec::new()), |(_, item)| {
            Ok(frame(&item.sealed, item.slot)?)
        })
    })
    .await?;
    tx.commit().await
}

/// Inserts each `once`. A tip whose value already exists is a repeat.
async fn refuse_repeats(tx: &mut Tx, items: &mut [Item]) -> Result<(), Error> {
    let mut new = std::collections::HashSet::with_capacity(items.len());
    for run in items.chunks(MOST_ROWS) {
        let added = on!(&mut *tx, |connection| {
            let (rows, run) = padded(run);
            let mut q = query_as::<_, (Vec<u8>,)>(with_rows(ADD_ONCE, 0, 2, rows));
            for item in run {
                q = q
                    .bind(item.entry.once.value.to_vec())
                    .bind(i64::from(item.entry.once.until.0));
            }
            q.fetch_all(connection).await
        })?;
        new.extend(added.into_iter().map(|(value,)| value));
    }
    for item in items
        .iter_mut()
        .filter(|item| !new.contains(item.entry.once.value.as_slice()))
    {
        item.outcome = Ok(Put::Repeated);
    }
    Ok(())
}

/// Gives each new tip a slot. If another process took the slot meanwhile, it tries another one. It
/// refuses nothing before it has read the current free slots.
async fn place(tx: &mut Tx, known: &mut Known, items: &mut [Item]) -> Result<(), Error> {
    let mut fresh = !known.free.is_loaded();
    if fresh {
        known.look(tx).await?;
    }
    for _ in 0..TRIES {
        let mut chosen = Vec::with_capacity(items.len());
        for item in items.iter_mut().filter(|item| item.wants_slot()) {
            match known.choose(item)? {
                Ok((number, slot)) => {
                    (item.number, item.slot, item.outcome) = (Some(number), slot, Ok(Put::Stored));
                    chosen.push((number, item));
                }
                Err(why) => item.outcome = Err(why),
            }
        }
        chosen.sort_unstable_by_key(|(number, _)| *number);
        let lost = occupy(tx, &chosen).await?;
        for (_, item) in chosen
            .iter_mut()
            .filter(|(number, _)| lost.contains(number))
        {
            item.give_back(&mut known.shares);
            item.outcome = Err(Error::Full(item.sealed.class));
        }
        if !items.iter().any(Item::wants_slot) || (fresh && lost.is_empty()) {
            break;
        }
        known.look(tx).await?;
        fresh = true;
    }
    Ok(())
}

/// Writes the rows of table `slot`. Returns the slots that were not free.
async fn occupy(tx: &mut Tx, chosen: &[(i64, &mut Item)]) -> Result<Vec<i64>, Error> {
    let mut lost = Vec::new();
    for run in chosen.chunks(MOST_ROWS) {
        let got = on!(&mut *tx, |connection| {
            let (rows, run) = padded(run);
            let mut q = query_as::<_, (i64,)>(with_rows(OCCUPY, 0, 7, rows));
            for (number, item) in run {
                let Sealed {
                    id,
                    lane,
                    priority,
                    expiry,
                    mac,
                    ..
                } = &item.sealed;
                let state = if item.entry.released {
                    TipState::Released
                } else {
                    TipState::Waiting
                };
                q = q.bind(*number).bind(state.code()).bind(id.0.to_vec());
                q = q
                    .bind(code_of(*lane as u8))
                    .bind(code_of(*priority as u8))
                    .bind(i64::from(expiry.0))
                    .bind(mac.to_vec());
            }
            q.fetch_all(connection).await
        })?;
        if got.len() < run.len() {
            lost.extend(
                run.iter()
                    .map(|(number, _)| *number)
                    .filter(|number| !got.contains(&(*number,))),
            );
        }
    }
    Ok(lost)
}

/// Deletes the `once` of each refused tip, so that the caller can retry.
async fn forget_refused(tx: &mut Tx, items: &[Item]) -> Result<(), Error> {
    let refused: Vec<&Item> = items.iter().filter(|item| item.outcome.is_err()).collect();
    for run in runs(&refused, MOST_ROWS) {
        change!(&mut *tx, |connection| {
            let mut q = query(with_rows(DROP_ONCE, 0, 1, run.len()));
            for item in run {
                q = q.bind(item.entry.once.value.to_vec());
            }
            q.execute(connection).await
        })?;
    }
    Ok(())
}
