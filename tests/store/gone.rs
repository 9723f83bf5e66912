//! Promise P7 on the bytes of the files: after a desk's ack, after expiry and after a purge, no 32
//! consecutive bytes of a sealed tip are left in any file of the queue's database, whatever the
//! tip's size.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};

use loke::pickup::Row;
use loke::seal::{Sealed, SizeClass};
use loke::store::{Capacity, Store};
use loke::tip::{Lane, Priority};
use sqlx::Connection;

use super::cluster::Cluster;
use super::queue::{DAY, NOW, Queue, bytes, sealed, token};
use super::{claim, ids, put};
use crate::house::sweep::Sweep;

const ROOM: Capacity = Capacity {
    text: 64,
    photos: [4, 2, 2, 2],
};

const BOOK: [u8; 16] = [7; 16];

/// Searches for parts of sealed bytes: every run of 32 bytes contains a whole block of 16.
struct Traces {
    blocks: HashSet<[u8; 8]>,
    /// Whether some block begins with these three bytes: a quick filter that excludes most
    /// positions.
    begin: Vec<bool>,
}

impl Traces {
    fn of<'a>(sealed: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let blocks: HashSet<[u8; 8]> = sealed
            .into_iter()
            .flat_map(|bytes| bytes.chunks_exact(16))
            .map(|b| b[..8].try_into().unwrap())
            .collect();
        let mut begin = vec![false; 1 << 24];
        blocks.iter().for_each(|b| begin[beginning(b)] = true);
        Self { blocks, begin }
    }

    /// The number of blocks in these bytes.
    fn count(&self, bytes: &[u8]) -> usize {
        bytes
            .windows(8)
            .filter(|window| self.begin[beginning(window)] && self.blocks.contains(*window))
            .count()
    }

    /// The files with such blocks, and the number in each.
    fn in_files(&self, files: &[(PathBuf, Vec<u8>)]) -> BTreeMap<PathBuf, usize> {
        files
            .iter()
            .map(|(path, bytes)| (path.clone(), self.count(bytes)))
            .filter(|(_, count)| *count > 0)
            .collect()
    }
}

fn beginning(bytes: &[u8]) -> usize {
    usize::from(bytes[0]) | usize::from(bytes[1]) << 8 | usize::from(bytes[2]) << 16
}

/// A sealed tip of this size. A large one repeats random bytes, so that there are few blocks to
/// search for.
fn tip(class: SizeClass) -> Sealed {
    let tip = sealed(Lane::Drugs, Priority::Routine, class);
    let turn = bytes(313 * 16);
    Sealed {
        bytes: turn.iter().copied().cycle().take(tip.bytes.len()).collect(),
        expiry: DAY,
        ..tip
    }
}

fn tips() -> Vec<Sealed> {
    let of = |class, count: usize| std::iter::repeat_with(move || tip(class)).take(count);
    let photos = SizeClass::ALL
        .into_iter()
        .skip(1)
        .flat_map(|class| of(class, 1));
    of(SizeClass::Text, 20).chain(photos).collect()
}

#[derive(Debug, Clone, Copy)]
enum Leave {
    Ack,
    Expiry,
    Purge,
}

impl Leave {
    async fn delete(self, store: &Store, tips: &[Sealed]) {
        match self {
            Self::Ack => {
                assert_eq!(claim(store, 1, 60, NOW).await.len(), tips.len());
                assert_eq!(store.ack(token(1), &ids(tips)).await.unwrap().left, []);
                store.expire(DAY.plus(60), 0).await.unwrap();
            }
            Self::Expiry => store.expire(DAY.plus(60), 0).await.unwrap(),
            Self::Purge => assert_eq!(store.purge().await.unwrap(), tips.len() as u64),
        }
    }
}

/// Stores tips and reply rows. Returns what must be gone later: the sealed bytes, and the clear values
/// stored with them.
async fn fill(store: &Store, tips: &[Sealed]) -> (Traces, Sweep) {
    for tip in tips {
        put(store, tip).await;
    }
    let rows: Vec<Row> = (0..40).map(|_| Row::random().unwrap()).collect();
    store
        .replace_replies("desk", BOOK, DAY, rows.clone())
        .await
        .unwrap();
    let mut narrow: Vec<(String, Vec<u8>)> = rows
        .iter()
        .map(|row| ("a reply row's name".into(), row.name.0.to_vec()))
        .collect();
    narrow.extend(tips.iter().flat_map(|tip| {
        [
            ("an id".into(), tip.id.0.to_vec()),
            ("a MAC".into(), tip.mac.to_vec()),
        ]
    }));
    (
        Traces::of(
            tips.iter()
                .map(|tip| tip.bytes.as_slice())
                .chain(rows.iter().map(|row| row.sealed.as_slice())),
        ),
        Sweep::raw(narrow).unwrap(),
    )
}

fn narrow_finds(sweep: &Sweep, files: &[(PathBuf, Vec<u8>)]) -> Vec<String> {
    files
        .iter()
        .flat_map(|(path, bytes)| {
            sweep
                .finds(bytes)
                .into_iter()
                .map(move |find| format!("{find} in {}", path.display()))
        })
        .collect()
}

#[tokio::test]
async fn p7_on_sqlite_nothing_is_left_of_tips_of_any_size_however_they_leave() {
    for leave in [Leave::Ack, Leave::Expiry, Leave::Purge] {
        let queue = Queue::on_sqlite(ROOM).await;
        let tips = tips();
        let (traces, narrow) = fill(&queue.store, &tips).await;
        let blocks: usize = tips.iter().map(|tip| tip.bytes.len() / 16).sum();
        let before: usize = traces.in_files(&queue.files()).values().sum();
        assert!(
            before * 100 > blocks * 99,
            "the search finds what is there: {before} of {blocks} blocks"
        );
        leave.delete(&queue.store, &tips).await;
        let files = queue.files();
        println!(
            "{leave:?}: {blocks} blocks of 16 bytes looked for in {} MiB",
            files.iter().map(|(_, f)| f.len()).sum::<usize>() >> 20
        );
        assert_eq!(traces.in_files(&files), BTreeMap::new(), "{leave:?}");
        assert_eq!(
            narrow_finds(&narrow, &files),
            Vec::<String>::new(),
            "{leave:?}"
        );
    }
}

#[tokio::test]
async fn p7_an_sqlite_file_without_secure_delete_keeps_what_was_deleted() {
    for (setting, kept) in [("off", true), ("on", false)] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plain.db");
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .pragma("secure_delete", setting);
        let mut plain = sqlx::SqliteConnection::connect_with(&options)
            .await
            .unwrap();
        sqlx::raw_sql("create table plain (bytes blob)")
            .execute(&mut plain)
            .await
            .unwrap();
        let tips = tips();
        for tip in &tips {
            sqlx::query("insert into plain values ($1)")
                .bind(tip.bytes.clone())
                .execute(&mut plain)
                .await
                .unwrap();
        }
        sqlx::raw_sql("delete from plain")
            .execute(&mut plain)
            .await
            .unwrap();
        plain.close().await.unwrap();
        let found = Traces::of(tips.iter().map(|tip| tip.bytes.as_slice()))
            .count(&std::fs::read(&path).unwrap());
        assert_eq!(
            found > 0,
            kept,
            "secure_delete {setting}: {found} blocks found"
        );
    }
}

/// Sums the counts by folder of PostgreSQL's data directory: `base`, `pg_wal`.
fn by_folder(found: &BTreeMap<PathBuf, usize>, data: &Path) -> BTreeMap<String, usize> {
    let mut folders = BTreeMap::new();
    for (path, count) in found {
        let within = path.strip_prefix(data).unwrap_or(path);
        *folders
            .entry(within.components().nth(1).map_or_else(String::new, |c| {
                c.as_os_str().to_string_lossy().into_owned()
            }))
            .or_default() += count;
    }
    folders
}

#[tokio::test(flavor = "multi_thread")]
async fn p7_on_postgres_nothing_is_left_of_tips_of_any_size_after_the_nights_rewrite() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let store = Store::open(&cluster.url(), ROOM).await.unwrap();
    for leave in [Leave::Ack, Leave::Expiry, Leave::Purge] {
        let tips = tips();
        let (traces, narrow) = fill(&store, &tips).await;
        // The server does these itself every few minutes: a checkpoint, and samples of the values.
        cluster.say("checkpoint").await;
        cluster.say("analyze slot, body, once, reply_row").await;
        leave.delete(&store, &tips).await;
        let before = cluster.files();
        let found = by_folder(&traces.in_files(&before), cluster.folder.path());
        let narrow_before = narrow_finds(&narrow, &before).len();
        println!(
            "{leave:?}, before the rewrite: {found:?}, ids, MACs and the like: {narrow_before}"
        );
        assert!(
            found["base"] > 0 && found["pg_wal"] > 0 && narrow_before > 0,
            "the control"
        );
        store.rewrite().await.unwrap();
        let files = cluster.files();
        println!(
            "{leave:?}, after: {} files, {} MiB",
            files.len(),
            files.iter().map(|(_, f)| f.len()).sum::<usize>() >> 20
        );
        assert_eq!(traces.in_files(&files), BTreeMap::new(), "{leave:?}");
        assert_eq!(
            narrow_finds(&narrow, &files),
            Vec::<String>::new(),
            "{leave:?}"
        );
    }
}
