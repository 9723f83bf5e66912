//! The queue: every SQL statement of the gateway. It takes only [`Sealed`] and cannot name a tip.
//! Nothing in it may tell when a tip arrived: rows and pages are slots filled at random, and a
//! deleted tip is overwritten.

//!
//! | file | what happens there |
//! |---|---|
//! | `engine` | opening SQLite or PostgreSQL, transactions on either, error codes |
//! | `statements` | every SQL text |
//! | `capacity` | making and removing slots, spreading tips over them |
//! | `slots` | choosing free slots, writing bytes into them |
//! | `shares` | how much of a queue that fills each sender gets |
//! | `writer` | the one task that puts tips in, in groups |
//! | `checkpoint` | the one task that empties SQLite's WAL after each commit |
//! | `lease` | claim, ack, expiry |
//! | `replies` | what desks leave for residents, and residents look for |
//! | `rewrite` | PostgreSQL's tables in random order |

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use sqlx::{query, query_as};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout, timeout_at};

use loke_core::clock::Day;
use loke_core::pickup::LeaseToken;
use loke_core::random::{self, NoRandomness};
use loke_core::seal::{Sealed, SizeClass};
use loke_core::tip::{Lane, Priority, TipId};

mod capacity;
mod checkpoint;
mod engine;
mod lease;
mod replies;
mod rewrite;
pub mod shares;
mod slots;
mod statements;
mod writer;

pub use engine::file_mode;
use engine::{Engine, Tx, change, on};
pub use replies::REPLIES_IN_A_BOX;
use shares::Shares;
pub use shares::Taker;
use writer::{Beats, Job};

/// Puts that may wait for the writer; further callers wait until there is room.
const MOST_WAITING: usize = 1_024;
/// Longest that a put may take, and longest that a resident's other questions may: together ten
/// seconds, for somebody's words are in memory meanwhile, and an honest page is due.
const PUT_WITHIN: Duration = Duration::from_secs(7);
const ASK_WITHIN: Duration = Duration::from_secs(3);
/// How often a claim or an ack is tried while other desks are in the way.
const TRIES: usize = 8;
/// The name of the fact that says when a desk last collected.
const LAST_COLLECTION: i64 = 1;
/// The moment that means no lease: before any other.
const NO_LEASE: i64 = 1 << 39;

/// Why the queue could not do what was asked. It carries no value of any row.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The database refused, is gone, or its disk is full. Carries the engine's error code, never a
    /// value.
    #[error("the queue's database does not answer ({0})")]
    Database(String),
    /// No slot of this class is free.
    #[error("the queue has no room left")]
    Full(SizeClass),
    /// The queue fills, and this sender holds its share of this class already (or the network above
    /// does). Others' reports are taken, and this one may be when desks have collected: nothing was
    /// stored, and the same `once` may come again.
    #[error("this sender's share of the queue is used up")]
    Crowded(SizeClass),
    /// The queue fills, and the report was not [`Entry::proven`]. Nothing was stored: the page
    /// keeps the words and asks for a second tap.
    #[error("the queue fills, and the report has to be sent once more")]
    Unproven,
    /// A reply box holds [`REPLIES_IN_A_BOX`] replies already.
    #[error("the reply box is full")]
    BoxFull,
    /// There are as many replies as the queue has text slots.
    #[error("the queue has no room for replies left")]
    RepliesFull,
    /// The URL or what it points at is not a queue that this program can use. Says what to do.
    #[error("{0}")]
    Unusable(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl Error {
    /// Whether a class has no room for this sender now. The same report without its photos may find
    /// some.
    #[must_use]
    pub fn is_for_room(&self) -> bool {
        matches!(self, Self::Full(_) | Self::Crowded(_))
    }

    fn late() -> Self {
        Self::Database("no answer in time".to_owned())
    }
}

/// How many slots the queue has for each class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// Slots of the text class.
    pub text: u32,
    /// Slots of 1, 2, 4 and 8 MiB.
    pub photos: [u32; 4],
}

/// What became of a [`Store::put`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// It is durably committed.
    Stored,
    /// The same report was stored before; this one was not.
    Repeated,
}

/// A value that stops repeats: a keyed hash of what makes two reports the same, or random. It is
/// kept until the given day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Once {
    /// The value.
    pub value: [u8; 16],
    /// The day it is forgotten.
    pub until: Day,
}

/// How a new tip enters the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Stops repeats.
    pub once: Once,
    /// Whether nothing spoke against a person at a keyboard, or the resident tapped a second time
    /// after a fresh dwell. While the queue is filling, an unproven report from a page is refused
    /// with [`Error::Unproven`]; otherwise it makes no difference.
    pub proven: bool,
    /// The taker of the place.
    pub taker: Taker,
    /// Given to desks at once, without waiting for the next release time.
    pub released: bool,
}

/// The queue.
#[derive(Clone)]
pub struct Store {
    engine: Engine,
    jobs: mpsc::Sender<Job>,
    beats: Arc<watch::Sender<Beats>>,
    most_replies: u64,
}

/// A time that the clock tells the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beat {
    /// A minute began: the shares look at how full the queue is.
    Minute,
    /// An hour began: in the last eighth of a class each sender gets one place more.
    Hour,
    /// A release time came: the senders' limits are drawn anew.
    Release,
}

impl Store {
    /// Opens the queue at `sqlite:PATH` or `postgres://…`, makes its tables and slots where they
    /// are missing. A class that has more or fewer slots than `capacity` says gains or loses some.
    ///
    /// # Errors
    /// Where the database cannot be opened or is not a queue of this version, or more slots are in
    /// use than `capacity` allows.
    pub async fn open(url: &str, capacity: Capacity) -> Result<Self, Error> {
        Self::make(url, capacity, &mut |_, _| {}).await
    }

    /// As [`Store::open`]; `told` is told how many bytes of slots were made, of how many.
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
        tokio::spawn(writer::run(engine.clone(), waiting, commits, shares, heard));
        tokio::spawn(checkpoint::run(engine.clone(), told));
        Ok(Self {
            engine,
            jobs,
            beats: Arc::new(beats),
            most_replies: u64::from(capacity.text),
        })
    }

    /// Tells the queue what the clock says. It waits for nothing.
    pub fn beat(&self, beat: Beat) {
        self.beats.send_modify(|beats| beats.count(beat));
    }

    /// Stores a sealed tip and answers once it is durably committed, within seven seconds. After
    /// [`Error::Database`] it may have been committed all the same: the same `once` again is stored
    /// once.
    ///
    /// # Errors
    /// [`Error::Full`] if there is no slot for it, [`Error::Crowded`] and [`Error::Unproven`] if
    /// there is none for this sender while the queue fills, [`Error::Database`] if the database
    /// does not answer in time.
    pub async fn put(&self, sealed: Sealed, entry: Entry) -> Result<Put, Error> {
        if sealed.bytes.len() > sealed.class.sealed() {
            return Err(Error::Unusable(
                "a sealed tip is larger than its class".to_owned(),
            ));
        }
        let (answer, answered) = oneshot::channel();
        let stopped = || Error::Database("the writer stopped".to_owned());
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
        timeout_at(until, storing)
            .await
            .unwrap_or_else(|_| Err(Error::late()))
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

    /// Which of these `once` values are stored, in their order.
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

    /// Leases up to `most` released tips of `lanes` until `until` (seconds since 1970), most urgent
    /// first, the rest in random order, at most `most_bytes` of them but at least one. Tips already
    /// leased under `token` are given again instead, and their lease lasts until `until` too.
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

    /// Deletes tips leased under `token`. Returns those that are still there under another lease or
    /// none; the rest are gone. A lease that lapsed still holds what nobody else claimed since.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn ack(&self, token: LeaseToken, ids: &[TipId]) -> Result<Vec<TipId>, Error> {
        let mut done = lease::ack(&self.engine, token, ids).await;
        for _ in 1..TRIES {
            if done.as_ref().is_err_and(Error::passes) {
                done = lease::ack(&self.engine, token, ids).await;
            }
        }
        done
    }

    /// Makes a lease last until `until`. Returns how many tips it holds; a lapsed lease holds none.
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

    /// Gives every waiting tip to the desks: called at the fixed release times.
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

    /// Released tips of `lanes` that no lease holds at `now`.
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

    /// Deletes what expired before `today` (tips, replies, values that stop repeats) and counts the
    /// tips per lane.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn expire(&self, today: Day) -> Result<(), Error> {
        lease::clear_before(&self.engine, i64::from(today.0), true).await?;
        self.forget_before(i64::from(today.0)).await
    }

    /// Rewrites the tables in random order and gives free pages back, so that PostgreSQL keeps
    /// neither deleted bytes nor the order of arrival. SQLite needs none of it.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn rewrite(&self) -> Result<(), Error> {
        rewrite::rewrite(&self.engine).await
    }

    /// Deletes every tip, reply and value. Returns how many tips there were.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn purge(&self) -> Result<u64, Error> {
        let tips = lease::clear_before(&self.engine, i64::MAX, false).await?;
        self.forget_before(i64::MAX).await?;
        Ok(tips)
    }

    /// Every sealed tip, in random order, one at a time to `each`; leases and release times do not
    /// matter.
    ///
    /// # Errors
    /// If the database does not answer or `each` fails.
    pub async fn export(
        &self,
        each: &mut (dyn FnMut(Sealed) -> std::io::Result<()> + Send),
    ) -> Result<(), Error> {
        let mut tx = self.engine.begin_read().await?;
        let mut slots: Vec<(i64,)> = on!(&mut tx, |connection| query_as(statements::TIPS)
            .fetch_all(connection)
            .await)?;
        drop(tx);
        random::shuffle(&mut slots)?;
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
                        "the export cannot be written ({}): see that its disk has room",
                        e.kind()
                    ))
                })?;
            }
        }
        Ok(())
    }

    /// Notes that a desk collected.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn note_collection(&self, now: i64) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        slots::write_fact(&mut tx, LAST_COLLECTION, now).await?;
        self.finish(tx).await
    }

    /// When a desk last collected (seconds since 1970); none where it never did.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn last_collection(&self) -> Result<Option<i64>, Error> {
        slots::read_fact(&mut self.engine.begin_read().await?, LAST_COLLECTION).await
    }

    /// Tips that expired unread, per lane, since the queue was made.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn expired(&self) -> Result<BTreeMap<Lane, u64>, Error> {
        let mut tx = self.engine.begin_read().await?;
        let counts: Vec<(i64, i64)> = on!(&mut tx, |connection| query_as(statements::EXPIRED)
            .fetch_all(connection)
            .await)?;
        Ok(counts
            .into_iter()
            .filter_map(|(lane, tips)| Some((*of_code(Lane::ALL, lane)?, tips.unsigned_abs())))
            .collect())
    }

    /// Slots in use and slots in all, per class.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn room(&self) -> Result<BTreeMap<SizeClass, (u64, u64)>, Error> {
        slots::room(&mut self.engine.begin_read().await?).await
    }

    /// Whether tips that desks may collect fill half of the text slots, or half of the photos'
    /// room. Only what was released counts, so that nobody who asks again and again learns when a
    /// report came.
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

    /// Forgets the values that stop repeats and the replies whose last day is before `day`.
    async fn forget_before(&self, day: i64) -> Result<(), Error> {
        let mut tx = self.engine.begin().await?;
        for text in [statements::DROP_OLD_ONCE, statements::DROP_OLD_REPLIES] {
            change!(&mut tx, |connection| query(text)
                .bind(day)
                .execute(connection)
                .await)?;
        }
        self.finish(tx).await
    }

    /// Commits, and leaves nothing of it in the WAL.
    async fn finish(&self, tx: Tx) -> Result<(), Error> {
        tx.commit().await?;
        self.engine.empty_wal().await
    }
}

/// Asks the queue while a resident waits.
async fn soon<T>(asking: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    timeout(ASK_WITHIN, asking)
        .await
        .unwrap_or_else(|_| Err(Error::late()))
}

/// A value's code in the database: its place in its list, plus 2, since SQLite stores 0 and 1 in no
/// bytes at all.
const fn code_of(place: u8) -> i64 {
    place as i64 + 2
}

/// The value of a list that a code stands for.
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

/// Seconds since 1970 as the database has them: moved, so that each takes 6 bytes in SQLite.
fn moment(seconds: i64) -> i64 {
    seconds.clamp(1 - NO_LEASE, 1 << 46) + (1 << 40)
}

/// A tip from its row. A row that someone tampered with is passed on as well as can be: the desk's
/// check of the MAC raises the alarm.
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
