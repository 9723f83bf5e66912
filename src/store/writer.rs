//! The one task that puts tips in: it takes what waits, stores it in free slots chosen at random, commits once, then answers
//! each. It must never answer before the commit, nor store a part of a tip.

use std::time::Duration;

use sqlx::{query, query_as};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout;

use super::engine::{Engine, Tx, change, on};
use super::slots::{FreeSlots, frame, write_bodies};
use super::statements::{ADD_ONCE, DROP_ONCE, MOST_ROWS, OCCUPY, padded, runs, with_rows};
use super::{Entry, Error, Put, code_of};
use crate::seal::Sealed;

/// Most tips in one commit.
const MOST_TIPS: usize = 256;
/// Most sealed bytes in one commit; a single tip may be larger.
const MOST_BYTES: usize = 16 << 20;
/// Longest a commit may take before the tips in it are answered with an error.
const PATIENCE: Duration = Duration::from_secs(15);
/// How often a group is tried where PostgreSQL broke a deadlock.
const TRIES: usize = 4;

/// A tip on its way in, and who waits for the answer.
pub(super) struct Job {
    pub(super) sealed: Sealed,
    pub(super) entry: Entry,
    pub(super) answer: oneshot::Sender<Result<Put, Error>>,
}

/// Stores what comes until every sender is gone, and tells of each commit.
pub(super) async fn run(engine: Engine, mut jobs: mpsc::Receiver<Job>, commits: watch::Sender<()>) {
    let mut free = FreeSlots::default();
    let mut next = None;
    while let Some(first) = match next.take() {
        Some(job) => Some(job),
        None => jobs.recv().await,
    } {
        let mut group = gather(first, &mut jobs, &mut next);
        while !group.is_empty() {
            group = store(&engine, &mut free, group).await;
            commits.send_replace(());
        }
    }
}

/// The first job and those that wait behind it. The one that no longer fits becomes `next`.
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
    group
}

/// Stores a group and answers it. Gives back the jobs whose `once` another one of the group has: they come after it, so that
/// they are repeats only if that one was stored.
async fn store(engine: &Engine, free: &mut FreeSlots, group: Vec<Job>) -> Vec<Job> {
    let mut seen = std::collections::HashSet::with_capacity(group.len());
    let (group, later): (Vec<Job>, Vec<Job>) = group.into_iter().partition(|job| seen.insert(job.entry.once.value));
    let (waiting, mut items): (Vec<_>, Vec<_>) =
        group.into_iter().map(|job| (job.answer, Item { sealed: job.sealed, entry: job.entry, number: None, outcome: Ok(Put::Stored) })).unzip();
    let mut done = Ok(());
    for _ in 0..TRIES {
        done = timeout(PATIENCE, commit(engine, free, &mut items)).await.unwrap_or_else(|_| Err(Error::Database("no answer in time".to_owned())));
        if done.is_err() {
            free.forget();
        }
        if !done.as_ref().is_err_and(Error::passes) {
            break;
        }
    }
    for (answer, item) in waiting.into_iter().zip(items) {
        // Who asked may be gone; the tip is stored all the same.
        let _unheard = answer.send(done.clone().and(item.outcome));
    }
    later
}

/// One tip of a group, where it goes, and what became of it.
struct Item {
    sealed: Sealed,
    entry: Entry,
    number: Option<i64>,
    outcome: Result<Put, Error>,
}

impl Item {
    fn wants_slot(&self) -> bool {
        self.number.is_none() && matches!(self.outcome, Ok(Put::Stored))
    }
}

/// Stores a group in one transaction. Where it fails, nothing of the group is stored.
async fn commit(engine: &Engine, free: &mut FreeSlots, items: &mut [Item]) -> Result<(), Error> {
    for item in items.iter_mut() {
        (item.number, item.outcome) = (None, Ok(Put::Stored));
    }
    let mut tx = engine.begin().await?;
    refuse_repeats(&mut tx, items).await?;
    place(&mut tx, free, items).await?;
    if items.iter().all(|item| item.number.is_none()) {
        return Ok(());
    }
    forget_refused(&mut tx, items).await?;
    let mut stored: Vec<(i64, &Sealed)> = items.iter().filter_map(|item| Some((item.number?, &item.sealed))).collect();
    stored.sort_unstable_by_key(|(number, _)| *number);
    let slots: Vec<_> = stored.iter().map(|(number, sealed)| (*number, sealed.class)).collect();
    write_bodies(&mut tx, &slots, |at| stored.get(at).map_or(Ok(Vec::new()), |(_, sealed)| Ok(frame(sealed)?))).await?;
    tx.commit().await
}

/// Notes each `once`; a tip whose value is there already was stored before.
async fn refuse_repeats(tx: &mut Tx, items: &mut [Item]) -> Result<(), Error> {
    let mut new = std::collections::HashSet::with_capacity(items.len());
    for run in items.chunks(MOST_ROWS) {
        let added = on!(&mut *tx, |connection| {
            let (rows, run) = padded(run);
            let mut q = query_as::<_, (Vec<u8>,)>(with_rows(ADD_ONCE, 0, 2, rows));
            for item in run {
                q = q.bind(item.entry.once.value.to_vec()).bind(i64::from(item.entry.once.until.0));
            }
            q.fetch_all(connection).await
        })?;
        new.extend(added.into_iter().map(|(value,)| value));
    }
    for item in items.iter_mut().filter(|item| !new.contains(item.entry.once.value.as_slice())) {
        item.outcome = Ok(Put::Repeated);
    }
    Ok(())
}

/// Gives each new tip a slot. A slot that another process took meanwhile is noticed, and another one is tried.
async fn place(tx: &mut Tx, free: &mut FreeSlots, items: &mut [Item]) -> Result<(), Error> {
    let mut fresh = free.load(tx).await?;
    for _ in 0..TRIES {
        let mut chosen = Vec::with_capacity(items.len());
        for item in items.iter_mut().filter(|item| item.wants_slot()) {
            item.number = free.take(item.sealed.class, item.entry.proven)?;
            chosen.extend(item.number.map(|number| (number, item)));
        }
        chosen.sort_unstable_by_key(|(number, _)| *number);
        let lost = occupy(tx, &chosen).await?;
        for (number, item) in &mut chosen {
            item.number.take_if(|_| lost.contains(number));
        }
        if !items.iter().any(Item::wants_slot) || (fresh && lost.is_empty()) {
            break;
        }
        free.reload(tx).await?;
        fresh = true;
    }
    for item in items.iter_mut().filter(|item| item.wants_slot()) {
        item.outcome = Err(Error::Full(item.sealed.class));
    }
    Ok(())
}

/// Writes the narrow rows. Gives back the slots that were not free.
async fn occupy(tx: &mut Tx, chosen: &[(i64, &mut Item)]) -> Result<Vec<i64>, Error> {
    let mut lost = Vec::new();
    for run in chosen.chunks(MOST_ROWS) {
        let got = on!(&mut *tx, |connection| {
            let (rows, run) = padded(run);
            let mut q = query_as::<_, (i64,)>(with_rows(OCCUPY, 0, 7, rows));
            for (number, item) in run {
                let Sealed { id, lane, priority, expiry, mac, .. } = &item.sealed;
                q = q.bind(*number).bind(if item.entry.released { 4_i64 } else { 3 }).bind(id.0.to_vec());
                q = q.bind(code_of(*lane as u8)).bind(code_of(*priority as u8)).bind(i64::from(expiry.0)).bind(mac.to_vec());
            }
            q.fetch_all(connection).await
        })?;
        if got.len() < run.len() {
            lost.extend(run.iter().map(|(number, _)| *number).filter(|number| !got.contains(&(*number,))));
        }
    }
    Ok(lost)
}

/// A tip that got no slot leaves no `once`: it may come again.
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
