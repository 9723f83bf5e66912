//! A queue for tests, and tips of random bytes. PostgreSQL comes from `tests/postgres` through the
//! environment variable LOKE_TEST_POSTGRES; each queue creates its own database there.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU16, Ordering};

use crate::house::skip::skipped;
use loke::clock::Day;
use loke::pickup::LeaseToken;
use loke::random;
use loke::seal::{Sealed, SizeClass};
pub(crate) use loke::store::QueueEntry;
use loke::store::{Capacity, Once, Store, Taker};
use loke::tip::{Lane, Priority, TipId};
use sqlx::Connection;

/// The tests' current time, in seconds since 1970.
pub(crate) const NOW: i64 = 1_795_305_600;
pub(crate) const DAY: Day = Day(20_779);
/// Room for a handful of tips.
pub(crate) const SMALL: Capacity = Capacity {
    text: 64,
    photos: [8, 1, 1, 1],
};

/// An open queue. Its folder is deleted with it.
pub(crate) struct Queue {
    pub(crate) name: &'static str,
    pub(crate) store: Store,
    pub(crate) url: String,
    pub(crate) folder: tempfile::TempDir,
}

impl Queue {
    /// A queue in a file of its own.
    pub(crate) async fn on_sqlite(capacity: Capacity) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("queue.db").display());
        Self {
            name: "SQLite",
            store: Store::open(&url, capacity).await.unwrap(),
            url,
            folder,
        }
    }

    /// A queue in a PostgreSQL database of its own; if there is no PostgreSQL, prints a note and
    /// returns `None`.
    pub(crate) async fn on_postgres(capacity: Capacity) -> Option<Self> {
        let url = new_database().await?;
        Some(Self {
            name: "PostgreSQL",
            store: Store::open(&url, capacity).await.unwrap(),
            url,
            folder: tempfile::tempdir().unwrap(),
        })
    }

    /// Every file of the SQLite queue: its name and bytes.
    pub(crate) fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let paths = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path());
        paths
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }
}

/// The URL of a new PostgreSQL database; `None` if LOKE_TEST_POSTGRES is not set.
pub(crate) async fn new_database() -> Option<String> {
    let Ok(url) = std::env::var("LOKE_TEST_POSTGRES") else {
        skipped!("LOKE_TEST_POSTGRES is not set (see tests/postgres)");
        return None;
    };
    let name = format!("test_{}", TipId::random().unwrap());
    let mut connection = sqlx::PgConnection::connect(&url).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{name}"))
}

/// A new queue on each available engine.
pub(crate) async fn engines(capacity: Capacity) -> Vec<Queue> {
    let mut queues = vec![Queue::on_sqlite(capacity).await];
    queues.extend(Queue::on_postgres(capacity).await);
    queues
}

pub(crate) fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    random::fill(&mut bytes).unwrap();
    bytes
}

/// A sealed tip of random bytes, as long as an age file of its class.
pub(crate) fn sealed(lane: Lane, priority: Priority, class: SizeClass) -> Sealed {
    let length = class.plain() + 400 + random::below(600).unwrap() as usize;
    let (id, mac) = (TipId::random().unwrap(), random::bytes().unwrap());
    Sealed {
        id,
        lane,
        priority,
        expiry: DAY.plus(30),
        class,
        bytes: bytes(length),
        mac,
    }
}

pub(crate) fn a_tip(expiry: Day) -> Sealed {
    Sealed { expiry, ..text() }
}

pub(crate) fn text() -> Sealed {
    sealed(Lane::Drugs, Priority::Routine, SizeClass::Text)
}

/// A new taker: the first 4,096 share no bits.
pub(crate) fn another() -> Taker {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let bits = NEXT.fetch_add(1, Ordering::Relaxed) % 4_096;
    Taker::Network {
        bucket: bits,
        parent: bits,
    }
}

/// The entry of an ordinary tip: proven, released, with its own `once`.
pub(crate) fn entry() -> QueueEntry {
    QueueEntry {
        once: Once {
            value: random::bytes().unwrap(),
            until: DAY.plus(3),
        },
        proven: true,
        taker: another(),
        released: true,
    }
}

/// A lease token that a test names by a number.
pub(crate) fn token(by: u8) -> LeaseToken {
    LeaseToken([by; 16])
}

/// The number of tips in the queue.
pub(crate) async fn held(store: &Store) -> u64 {
    store
        .room()
        .await
        .unwrap()
        .values()
        .map(|(used, _)| used)
        .sum()
}
