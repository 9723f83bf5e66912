//! Imports sealed tips from a tar that `loke-gateway export` wrote, for a desk without a network.
//! The tar does not contain the rows' MACs, and the audit row says so.

use std::fs::File;
use std::io::{BufReader, Read};
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::mpsc::SyncSender;

use tokio::sync::mpsc;

use super::{Collector, Error, Gateway, OpenedTip, Storing, Tally, open_all};
use crate::audit::Action;
use crate::book::Book;
use loke_core::private_file;
use loke_core::seal::SizeClass;
use loke_core::tip::{Lane, TipId};

/// Tips after which a transaction ends: more of them share the pages of the indexes, and officers
/// wait for it.
const TOGETHER: usize = 10_000;
/// Bytes of the last transaction, if the file has several: nothing is opened beside its commit.
const LAST: u64 = 32 << 20;
/// Most tips that are opened together.
const BATCH: usize = 1_000;
/// Most and least bytes of sealed tips that are opened together: the first batches and the last ones
/// are small, because nothing is opened beside the reading of the first one, nor beside the storing of
/// the last one. The first tip of a batch is read even if it is larger.
const BATCH_BYTES: RangeInclusive<u64> = 2 << 20..=16 << 20;
/// Most opened batches that wait while a transaction is committed.
const WAITING: usize = 2;
/// Bytes that are read from the file at once.
const READ: usize = 256 << 10;

/// Stores every tip of an export. A tip that is already in a book stays unchanged. The tally
/// lists the tips that do not open.
///
/// # Errors
/// [`Error::NotAnExport`] at the first entry that is not a sealed tip. The tips before it are
/// stored.
pub async fn import(into: &Collector, file: &Path) -> Result<Tally, Error> {
    let failed = |e| private_file::Error::Read(file.to_owned(), e);
    let opened = File::open(file).map_err(failed)?;
    let size = opened.metadata().map_err(failed)?.len();
    let mut left = size;
    // Since the last commit.
    let (mut tips, mut bytes) = (0, 0);
    let source = format!(
        "{} (an export carries no MAC: nothing ties it to the gateway)",
        file.file_name().unwrap_or_default().display()
    );
    let mut tally = Tally::default();
    let mut mac_keys = Vec::new();
    for (enrolment, _) in into.register.enrolments().await? {
        mac_keys.push(Gateway::new(&enrolment)?.mac_key);
    }
    // Batches are opened while earlier ones are stored.
    let (send, mut batches) = mpsc::channel(WAITING);
    let books = into.books.clone();
    let reading = tokio::task::spawn_blocking(move || open_each((opened, size), &books, &send));
    let mut storing = Storing::new(into, Action::Import, &source, &mac_keys);
    while let Some(batch) = batches.recv().await {
        let added: u64 = batch.iter().map(|(_, _, sealed)| bytes_of(sealed)).sum();
        (left, bytes) = (left.saturating_sub(added), bytes + added);
        tips += batch.len();
        storing.add(&batch, &mut tally).await?;
        if tips >= TOGETHER || left <= LAST && bytes > LAST {
            storing.commit_some().await?;
            (tips, bytes) = (0, 0);
        }
    }
    storing.commit(&mut tally).await?;
    match reading.await.map_err(|_| Error::Interrupted)? {
        End::Odd => Err(Error::NotAnExport(file.to_owned())),
        End::More | End::Whole => Ok(tally),
    }
}

/// Reads and opens the tips of an export (its file and its size), batch by batch, until its end or
/// until nobody stores them.
fn open_each(
    export: (File, u64),
    books: &[(Book, Vec<Lane>)],
    batches: &mpsc::Sender<Vec<OpenedTip>>,
) -> End {
    // One batch is read while the one before it is opened.
    let (send, read) = std::sync::mpsc::sync_channel(0);
    std::thread::scope(|scope| {
        scope.spawn(move || read_each(export, &send));
        for (batch, end) in read {
            let opened = open_all(books, batch);
            if batches.blocking_send(opened).is_err() || !matches!(end, End::More) {
                return end;
            }
        }
        End::Odd
    })
}

/// Reads the tips of an export, batch by batch, until its end or until nobody opens them.
fn read_each((file, size): (File, u64), batches: &SyncSender<Batch>) {
    let mut archive = tar::Archive::new(BufReader::with_capacity(READ, file));
    let Ok(entries) = archive.entries() else {
        return;
    };
    let mut entries = entries.raw(true);
    let mut done = 0;
    loop {
        let most = done.min(size.saturating_sub(done));
        let most = most.clamp(*BATCH_BYTES.start(), *BATCH_BYTES.end());
        let (batch, end) = next_batch(&mut entries, most);
        done += batch
            .iter()
            .map(|(_, sealed)| bytes_of(sealed))
            .sum::<u64>();
        let is_last = !matches!(end, End::More);
        if batches.send((batch, end)).is_err() || is_last {
            return;
        }
    }
}

/// Sealed tips, and the state after them.
type Batch = (Vec<(TipId, Vec<u8>)>, End);

/// The state after a batch.
enum End {
    /// There may be another batch.
    More,
    /// The end of the file.
    Whole,
    /// An entry that is not a sealed tip.
    Odd,
}

/// Reads the tips of one batch, until it has `most` bytes.
fn next_batch<R: Read>(entries: &mut tar::Entries<'_, R>, most: u64) -> Batch {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH && bytes < most {
        let Some(entry) = entries.next() else {
            return (batch, End::Whole);
        };
        let Some((id, sealed)) = entry.ok().and_then(read) else {
            return (batch, End::Odd);
        };
        bytes += bytes_of(&sealed);
        batch.push((id, sealed));
    }
    (batch, End::More)
}

fn bytes_of(sealed: &[u8]) -> u64 {
    sealed.len() as u64
}

/// Reads one entry, `ID.age`; `None` if it is anything else.
fn read<R: Read>(mut entry: tar::Entry<'_, R>) -> Option<(TipId, Vec<u8>)> {
    let id = std::str::from_utf8(&entry.path_bytes())
        .ok()?
        .strip_suffix(".age")?
        .parse()
        .ok()?;
    let size = entry.header().entry_size().ok()?;
    if entry.header().entry_type() != tar::EntryType::Regular
        || size > SizeClass::Eight.sealed() as u64
    {
        return None;
    }
    let mut sealed = Vec::with_capacity(size as usize + 1);
    entry.read_to_end(&mut sealed).ok()?;
    (sealed.len() as u64 == size).then_some((id, sealed))
}
