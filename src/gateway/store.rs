//! The queue: every SQL statement of the gateway. It accepts only [`Sealed`]; no type here can
//! carry a plain tip. The database must not reveal when a tip arrived: tips go into random slots
//! (rows and pages), and a deleted tip is overwritten.
//!
//! | file | contents |
//! |---|---|
//! | `cover` | overwrites rows each hour, so that "forget" does not show |
//! | `engine` | open SQLite or PostgreSQL, transactions on either, error codes |
//! | `error` | errors, with the engines' codes as one enum |
//! | `statements` | every SQL text |
//! | `capacity` | add and remove slots, spread tips over them |
//! | `slots` | choose free slots, write bytes into them |
//! | `shares` | each sender's quota while the queue fills |
//! | `writer` | the one task that inserts tips, in groups |
//! | `collections` | the day of each lane's last collection; whether the gateway is closed |
//! | `checkpoint` | the one task that empties SQLite's WAL after commits |
//! | `lease` | claim, ack, expiry |
//! | `processes` | the settings of the processes that serve this queue |
//! | `replies` | the reply rows of each book |
//! | `rewrite` | rewrites PostgreSQL's tables in random order |

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{query, query_as};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use loke_core::clock::Day;
use loke_core::pickup::{LeaseToken, Waiting};
use loke_core::random;
use loke_core::reply_rows::LOOK_BACK;
use loke_core::seal::{Sealed, SizeClass};
use loke_core::supervise;
use loke_core::tip::{Lane, Priority, TipId};

mod capacity;
mod checkpoint;
mod collections;
mod cover;
mod engine;
mod error;
mod facts;
mod lease;
mod processes;
mod replies;
mod rewrite;
pub mod shares;
mod slots;
mod statements;
mod writer;

pub use capacity::Capacity;
pub use engine::file_mode;
use engine::{Engine, Tx, change, on};
pub use error::{Cause, Error};
pub use processes::ServingProcess;
pub use replies::BOOKS_OF_A_DESK;
use shares::Shares;
pub use shares::Taker;
use writer::{Beats, Job};

/// Puts that may wait for the writer. Further callers wait until one finishes.
const MOST_WAITING: usize = 1_024;
/// Timeouts of a put and of a resident's other queries. Together ten seconds: the resident's text
/// stays in memory during that time, and the resident needs an honest answer.
const PUT_WITHIN: Duration = Duration::from_secs(7);
const ASK_WITHIN: Duration = Duration::from_secs(3);
/// Attempts of a claim or an ack when other desks conflict with it.
const TRIES: usize = 8;
/// Stored instead of a lease's end when there is no lease. It is before any real time.
const NO_LEASE: i64 = 1 << 39;

/// Result of [`Store::put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// The tip is durably committed.
    Stored,
    /// The same report was stored earlier. This one was not.
    Repeated,
}

/// Result of [`Store::ack`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deleted {
    /// Tips that still exist, without a lease or under another one; the others are deleted.
    pub left: Vec<TipId>,
    /// The lanes of the tips that this ack deleted.
    pub lanes: Vec<Lane>,
}

/// Deduplication value: a keyed hash of the fields that make two reports the same, or random bytes.
/// The queue keeps it until the given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// The value.
    pub value: [u8; 16],
    /// The last day that the queue keeps it.
    pub until: Day,
}

/// How a new tip enters the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueEntry {
    /// Prevents storing a report twice.
    pub once: Once,
    /// True if no check suspected a bot, or if the resident tapped a second time after a new
    /// waiting time. While the queue is filling, an unproven report from a page gets
    /// [`Error::Unproven`]. Otherwise the field has no effect.
    pub proven: bool,
    /// The sender that the slot is counted against.
    pub taker: Taker,
    /// Desks can claim it at once, without waiting for the next release time.
    pub released: bool,
}

/// Handle to the queue; cheap to clone.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    jobs: mpsc::Sender<Job>,
    beats: Arc<watch::Sender<Beats>>,
    forgotten: Arc<replies::Forgotten>,
    covered: Arc<cover::Covered>,
    collections: Arc<collections::Collections>,
}

/// A clock event for the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// A minute began: the shares read how full the queue is.
    Minute,
    /// An hour began: in the last eighth of a class, each sender may take one more slot.
    Hour,
    /// A release time came: each sender's limit is drawn again.
    Release,
}

impl Store {
    /// Opens the queue at `sqlite:PATH` or `postgres://…` and creates missing tables and slots.
    /// Adds or removes slots until each class has as many as `capacity`.
    ///
    /// # Errors
    /// If the database cannot be opened or is not a queue of this version, or if more slots are in
    /// use than `capacity` allows.
    pub async fn open(url: &str, capacity: Capacity) -> Result<Self, Error> {
        Self::make(url, capacity, &mut |_, _| {}).await
    }

    /// Like [`Store::open`]. Calls `told` with the bytes of slots created so far and in total.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn make(
        url: &str,
        capacity: Capacity,
        told: &mut (dyn FnMut(u64, u64) + Send),
    ) -> Result<Self, Error> {
        let engine = Engine::open(url).await?;
        capacity::fit(&engine, capacity, told).await?;
        let shares = Shares::new(capacity, &mut random::below)?;
        let (jobs, waiting) = mpsc::channel(MOST_WAITING);
        let (commits, told) = watch::channel(());
        let (beats, heard) = watch::channel(Beats::default());
        supervise::spawn(writer::run(engine.clone(), waiting, commits, shares, heard));
        supervise::spawn(checkpoint::run(engine.clone(), told));
        Ok(Self {
            engine,
            jobs,
            beats: Arc::new(beats),
            forgotten: Arc::default(),
            covered: Arc::default(),
            collections: Arc::default(),
        })
    }

    /// Passes a clock event to the writer. Does not wait.
    pub fn beat(&self, beat: Beat) {
        self.beats.send_modify(|beats| beats.count(beat));
    }

    /// Stores a sealed tip. Returns after the durable commit, or after seven seconds at the latest.
    /// After [`Error::Database`] the tip may still have been committed; a retry with the same
    /// `once` stores it only once.
    ///
    /// # Errors
    /// [`Error::Full`] if no slot is free. [`Error::Crowded`] or [`Error::Unproven`] if this sender
    /// gets no slot while the queue fills. [`Error::Closed`] if the operator closed the gateway.
    /// [`Error::Database`] if the database does not answer in time.
    pub async fn put(&self, sealed: Sealed, entry: QueueEntry) -> Result<Put, Error> {
        if sealed.bytes.len() > sealed.class.sealed() {
            return Err(Error::Unusable(
                "a sealed tip is larger than its class".to_owned(),
            ));
        }
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::Database(Cause::WriterStopped);
        let until = Instant::now() + PUT_WITHIN;
        let storing = async {
            self.jobs
                .send(Job {
                    sealed,
                    entry,
                    until,
                    answer,
                })
                .await
                .map_err(|_| stopped())?;
            answered.await.map_err(|_| stopped())?
        };
        let done = timeout_at(until, storing)
            .await
            .unwrap_or_else(|_| Err(Error::late()));
        if matches!(done, Err(Error::Closed)) {
            self.remember_closed();
        }
        done
    }

    /// Whether a tip with this `once` was stored.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn knows(&self, once: [u8; 16]) -> Result<bool, Error> {
        soon(async {
            let mut tx = self.engine.begin_read().await?;
            let (found,): (i64,) = on!(&mut tx, |connection| query_as(statements::KNOWS)
                .bind(once.to_vec())
                .fetch_one(connection)
                .await)?;
            Ok(found > 0)
        })
        .await
    }

    /// For each of these `once` values, in order: whether it is stored.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn which_are_known(&self, values: &[[u8; 16]]) -> Result<Vec<bool>, Error> {
        soon(async {
            let mut tx = self.engine.begin_read().await?;
            let mut found = std::collections::HashSet::new();
            for run in statements::runs(values, statements::MOST_ROWS) {
                let rows = on!(&mut tx, |connection| {
                    let mut q = query_as::<_, (Vec<u8>,)>(statements::with_rows(
                        statements::WHICH_KNOWN,
                        0,
                        1,
                        run.len(),
                    ));
                    for value in run {
                        q = q.bind(value.to_vec());
                    }
                    q.fetch_all(connection).await
                })?;
                found.extend(rows.into_iter().map(|(value,)| value));
            }
            Ok(values
                .iter()
                .map(|value| found.contains(value.as_slice()))
                .collect())
        })
        .await
    }

    /// Leases released tips of `lanes` until `until` (seconds since 1970): at most `most` tips and
    /// `most_bytes` bytes, but at least one tip. The most urgent come first; order is random within
    /// a priority. If `token` already leases tips, returns those instead and extends their lease to
    /// `until`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn claim(
        &self,
        lanes: &[Lane],
        token: LeaseToken,
        most: u16,
        most_bytes: usize,
        now: i64,
        until: i64,
    ) -> Result<Vec<Sealed>, Error> {
        let wanted = lease::Wanted {
            lanes,
            token,
            most,
            most_bytes,
            now,
            until,
        };
        for _ in 0..TRIES {
            match lease::claim(&self.engine, &wanted).await {
                Ok(None) => {}
                Err(error) if error.passes() => {}
                other => return other.map(Option::unwrap_or_default),
            }
        }
        Ok(Vec::new())
    }

    /// Deletes tips leased under `token`. A lapsed lease still covers each tip that nobody has
    /// claimed since.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn ack(&self, token: LeaseToken, ids: &[TipId]) -> Result<Deleted, Error> {
        let mut done = lease::ack(&self.engine, token, ids).await;
        for _ in 1..TRIES {
            if done.as_ref().is_err_and(Error::passes) {
                done = lease::ack(&self.engine, token, ids).await;
            }
        }
        done
    }

    /// Extends a lease to `until`. Returns the number of its tips: 0 for a lapsed lease.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn renew(&self, token: LeaseToken, now: i64, until: i64) -> Result<u64, Error> {
        let mut tx = self.engine.begin().await?;
        let held = change!(&mut tx, |connection| {
            let q = query(statements::RENEW)
                .bind(token.0.to_vec())
                .bind(moment(now))
                .bind(moment(until));
            q.execute(connection).await
        })?;
        self.finish(tx).await?;
        Ok(held)
    }

    /// Makes every stored tip claimable. Runs at the fixed release times.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn release(&self) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        change!(&mut tx, |connection| query(statements::RELEASE)
            .execute(connection)
            .await)?;
        self.finish(tx).await
    }

    /// Counts released tips of `lanes` without a lease at `now`.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn waiting(&self, lanes: &[Lane], now: i64) -> Result<u64, Error> {
        let [a, b, c, d, e] = lease::lane_codes(lanes);
        let mut tx = self.engine.begin_read().await?;
        let (waiting,): (i64,) = on!(&mut tx, |connection| {
            query_as(statements::WAITING)
                .bind(a)
                .bind(b)
                .bind(c)
                .bind(d)
                .bind(e)
                .bind(moment(now))
                .fetch_one(connection)
                .await
        })?;
        Ok(waiting.unsigned_abs())
    }

    /// Counts released tips of `lanes`, with a lease or without: every priority of each lane.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn released_by_kind(&self, lanes: &[Lane]) -> Result<Vec<Waiting>, Error> {
        let mut tx = self.engine.begin_read().await?;
        let counts: Vec<(i64, i64, i64)> =
            on!(&mut tx, |connection| query_as(statements::WAITING_BY_KIND)
                .fetch_all(connection)
                .await)?;
        let kinds = lanes.iter().flat_map(|lane| {
            Priority::ALL.iter().map(|priority| {
                let (of_lane, of_priority) = (code_of(*lane as u8), code_of(*priority as u8));
                let found = counts
                    .iter()
                    .find(|(lane, priority, _)| (*lane, *priority) == (of_lane, of_priority));
                Waiting {
                    lane: *lane,
                    priority: *priority,
                    tips: found.map_or(0, |(.., tips)| tips.unsigned_abs()),
                }
            })
        });
        Ok(kinds.collect())
    }

    /// Deletes tips and `once` values that expired before `today`, and the reply rows that no receipt
    /// can find any more. Counts the expired tips per lane. A tip that no desk ever held stays `grace` days longer.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn expire(&self, today: Day, grace: i32) -> Result<(), Error> {
        let never_held = i64::from(today.plus(-grace).0);
        lease::clear_before(&self.engine, i64::from(today.0), never_held, true).await?;
        let findable = i64::from(today.plus(1 - LOOK_BACK).0);
        self.forget_before(i64::from(today.0), findable).await
    }

    /// Rewrites the tables in random order and frees pages, so that PostgreSQL keeps neither
    /// deleted bytes nor the order of arrival. Does nothing on SQLite, which does not need it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn rewrite(&self) -> Result<(), Error> {
        rewrite::rewrite(&self.engine).await
    }

    /// Deletes every tip, reply row and `once` value. Returns the number of tips deleted.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn purge(&self) -> Result<u64, Error> {
        let tips = lease::clear_before(&self.engine, i64::MAX, i64::MAX, false).await?;
        self.forget_before(i64::MAX, i64::MAX).await?;
        Ok(tips)
    }

    /// Passes every sealed tip to `each`, one at a time, in the order of the ids. It is random, and a
    /// desk that imports in it writes fewer pages of its indexes. Leases and release times are ignored.
    ///
    /// # Errors
    /// If the database does not answer or `each` fails.
    pub async fn export(
        &self,
        each: &mut (dyn FnMut(Sealed) -> std::io::Result<()> + Send),
    ) -> Result<(), Error> {
        let mut tx = self.engine.begin_read().await?;
        let slots: Vec<(i64,)> = on!(&mut tx, |connection| query_as(statements::TIPS)
            .fetch_all(connection)
            .await)?;
        drop(tx);
        for (number,) in slots {
            let mut tx = self.engine.begin_read().await?;
            let tip: Option<lease::WholeRow> =
                on!(&mut tx, |connection| query_as(statements::TIP)
                    .bind(number)
                    .fetch_optional(connection)
                    .await)?;
            drop(tx);
            if let Some((number, class, id, lane, priority, expiry, mac, bytes)) = tip {
                let sealed = sealed_of(
                    (number, class, id, lane, priority, expiry, mac),
                    slots::unframe(bytes),
                );
                each(sealed).map_err(|e| {
                    Error::Unusable(format!(
                        "cannot write the export ({}): check that the disk has free space",
                        e.kind()
                    ))
                })?;
            }
        }
        Ok(())
    }

    /// Tips that expired unread since the queue was created, per lane.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn expired(&self) -> Result<BTreeMap<Lane, u64>, Error> {
        let mut tx = self.engine.begin_read().await?;
        let counts: Vec<(i64, i64)> = on!(&mut tx, |connection| query_as(statements::EXPIRED)
            .fetch_all(connection)
            .await)?;
        Ok(by_lane(counts))
    }

    /// Tips whose day of expiry is before `today` and that no desk ever held, per lane.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn overdue(&self, today: Day) -> Result<BTreeMap<Lane, u64>, Error> {
        let mut tx = self.engine.begin_read().await?;
        let counts: Vec<(i64, i64)> = on!(&mut tx, |connection| query_as(statements::OVERDUE)
            .bind(NO_LEASE)
            .bind(i64::from(today.0))
            .fetch_all(connection)
            .await)?;
        Ok(by_lane(counts))
    }

    /// Used and total slots, per class.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn room(&self) -> Result<BTreeMap<SizeClass, (u64, u64)>, Error> {
        slots::room(&mut self.engine.begin_read().await?).await
    }

    /// Whether released tips fill half of the text slots or half of the photo bytes. Unreleased
    /// tips do not count: otherwise repeated queries would reveal when a report arrived.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn fills(&self) -> Result<bool, Error> {
        let mut tx = self.engine.begin_read().await?;
        let classes: Vec<(i64, i64, i64)> =
            on!(&mut tx, |connection| query_as(statements::RELEASED)
                .fetch_all(connection)
                .await)?;
        let mut rooms = [(0, 0); 2];
        for (class, released, all) in classes {
            let [text, photos] = &mut rooms;
            let (room, size) = match class_of(class) {
                SizeClass::Text => (text, 1),
                photo => (photos, photo.plain() as i64),
            };
            (room.0, room.1) = (room.0 + released * size, room.1 + all * size);
        }
        Ok(rooms
            .into_iter()
            .any(|(released, all)| released > 0 && released * 2 >= all))
    }

    /// Deletes `once` values that expired before `day`, and the rows of books that were last
    /// replaced before `findable`.
    async fn forget_before(&self, day: i64, findable: i64) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        change!(&mut tx, |connection| query(statements::DROP_OLD_ONCE)
            .bind(day)
            .execute(connection)
            .await)?;
        self.drop_replies_before(&mut tx, findable).await?;
        self.finish(tx).await
    }

    /// Commits, then empties the WAL.
    async fn finish(&self, tx: Tx) -> Result<(), Error> {
        tx.commit().await?;
        self.engine.empty_wal().await
    }
}

/// Runs a query with the timeout for a waiting resident.
async fn soon<T>(asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ASK_WITHIN, asking)
        .await
        .unwrap_or_else(|_| Err(Error::late()))
}

/// Database code of an enum value: its index plus 2, since SQLite stores 0 and 1 in no bytes at
/// all.
const fn code_of(place: u8) -> i64 {
    place as i64 + 2
}

/// Counts per lane, from rows with the lanes' codes.
fn by_lane(counts: Vec<(i64, i64)>) -> BTreeMap<Lane, u64> {
    counts
        .into_iter()
        .filter_map(|(lane, tips)| Some((*of_code(Lane::ALL, lane)?, tips.unsigned_abs())))
        .collect()
}

/// The enum value of a database code.
fn of_code<T>(all: &[T], code: i64) -> Option<&T> {
    usize::try_from(code.checked_sub(2)?)
        .ok()
        .and_then(|place| all.get(place))
}

fn class_of(code: i64) -> SizeClass {
    of_code(&SizeClass::ALL, code)
        .copied()
        .unwrap_or(SizeClass::Text)
}

/// Seconds since 1970 as stored: shifted, so that each takes 6 bytes in SQLite.
fn moment(seconds: i64) -> i64 {
    seconds.clamp(1 - NO_LEASE, 1 << 46) + (1 << 40)
}

/// Builds a tip from its row. A tampered row is passed on as far as possible: the desk's MAC check
/// raises the alarm.
fn sealed_of(row: lease::Row, bytes: Vec<u8>) -> Sealed {
    let (_, class, id, lane, priority, expiry, mac) = row;
    Sealed {
        id: TipId(id.try_into().unwrap_or_default()),
        lane: of_code(Lane::ALL, lane).copied().unwrap_or(Lane::Other),
        priority: of_code(Priority::ALL, priority)
            .copied()
            .unwrap_or(Priority::Routine),
        expiry: Day(i32::try_from(expiry).unwrap_or_default()),
        class: slots::class_in(class_of(class), bytes.len()),
        bytes,
        mac: mac.try_into().unwrap_or([0; 32]),
    }
}
