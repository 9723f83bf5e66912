//! The queue: every SQL statement of the gateway. It takes only [`Sealed`] and cannot name a tip. Nothing in it may tell when
//! a tip arrived: rows and pages are slots filled at random, and a deleted tip is overwritten.

use std::collections::BTreeMap;

use crate::clock::Day;
use crate::pickup::LeaseToken;
use crate::random::NoRandomness;
use crate::receipt::ReplyBox;
use crate::seal::{Sealed, SizeClass};
use crate::tip::{Lane, TipId};

/// Why the queue could not do what was asked. It carries no value of any row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, is gone, or its disk is full. Carries the engine's error code, never a value.
    #[error("the queue's database does not answer ({0})")]
    Database(String),
    /// No slot of this class is free.
    #[error("the queue has no room left")]
    Full(SizeClass),
    /// The URL or what it points at is not a queue that this program can use. Says what to do.
    #[error("{0}")]
    Unusable(String),
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
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

/// A value that stops repeats: a keyed hash of what makes two reports the same, or random. It is kept until the given day.
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
    /// Unproven tips may fill half of a class's slots, unproven tips with photos a quarter; proven ones may fill all.
    pub proven: bool,
    /// Given to desks at once, without waiting for the next release time.
    pub released: bool,
}

/// The queue.
#[derive(Clone)]
pub struct Store {}

#[expect(unused_variables, clippy::todo, reason = "the interface stands before the rooms behind it are built")]
impl Store {
    /// Opens the queue at `sqlite:PATH` or `postgres://…`, makes its tables and slots where they are missing.
    ///
    /// # Errors
    /// Where the database cannot be opened or is not a queue of this version.
    pub async fn open(url: &str, capacity: Capacity) -> Result<Self, Error> {
        todo!()
    }

    /// Stores a sealed tip and answers once it is durably committed.
    ///
    /// # Errors
    /// [`Error::Full`] where there is no slot for it, [`Error::Database`] where nothing was stored.
    pub async fn put(&self, sealed: Sealed, entry: Entry) -> Result<Put, Error> {
        todo!()
    }

    /// Leases up to `most` released tips of `lanes` until `until` (seconds since 1970), most urgent first, the rest in random
    /// order, at most `most_bytes` of them but at least one. Tips already leased under `token` are given again instead.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn claim(&self, lanes: &[Lane], token: LeaseToken, most: u16, most_bytes: usize, now: i64, until: i64) -> Result<Vec<Sealed>, Error> {
        todo!()
    }

    /// Deletes tips leased under `token`. Returns those that are still there under another lease or none; the rest are gone.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn ack(&self, token: LeaseToken, ids: &[TipId]) -> Result<Vec<TipId>, Error> {
        todo!()
    }

    /// Makes a lease last until `until`. Returns how many tips it holds; a lapsed lease holds none.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn renew(&self, token: LeaseToken, now: i64, until: i64) -> Result<u64, Error> {
        todo!()
    }

    /// Gives every waiting tip to the desks: called at the fixed release times.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn release(&self) -> Result<(), Error> {
        todo!()
    }

    /// Released tips of `lanes` that no lease holds at `now`.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn waiting(&self, lanes: &[Lane], now: i64) -> Result<u64, Error> {
        todo!()
    }

    /// Deletes what expired before `today` (tips, replies, values that stop repeats) and counts the tips per lane.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn expire(&self, today: Day) -> Result<(), Error> {
        todo!()
    }

    /// Rewrites the tables in random order and gives free pages back, so that PostgreSQL keeps neither deleted bytes nor the
    /// order of arrival. SQLite needs none of it.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn rewrite(&self) -> Result<(), Error> {
        todo!()
    }

    /// Deletes every tip, reply and value. Returns how many tips there were.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn purge(&self) -> Result<u64, Error> {
        todo!()
    }

    /// Every sealed tip, in random order, one at a time to `each`; leases and release times do not matter.
    ///
    /// # Errors
    /// Where the database does not answer or `each` fails.
    pub async fn export(&self, each: &mut (dyn FnMut(Sealed) -> std::io::Result<()> + Send)) -> Result<(), Error> {
        todo!()
    }

    /// Leaves a sealed reply in a box until `expiry`. The same `once` again changes nothing.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn leave_reply(&self, to: ReplyBox, once: [u8; 16], sealed: &[u8], expiry: Day) -> Result<(), Error> {
        todo!()
    }

    /// The sealed replies in a box.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn replies(&self, from: ReplyBox) -> Result<Vec<Vec<u8>>, Error> {
        todo!()
    }

    /// Notes that a desk collected.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn note_collection(&self, now: i64) -> Result<(), Error> {
        todo!()
    }

    /// When a desk last collected (seconds since 1970); none where it never did.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn last_collection(&self) -> Result<Option<i64>, Error> {
        todo!()
    }

    /// Tips that expired unread, per lane, since the queue was made.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn expired(&self) -> Result<BTreeMap<Lane, u64>, Error> {
        todo!()
    }

    /// Slots in use and slots in all, per class.
    ///
    /// # Errors
    /// Where the database does not answer.
    pub async fn room(&self) -> Result<BTreeMap<SizeClass, (u64, u64)>, Error> {
        todo!()
    }
}
