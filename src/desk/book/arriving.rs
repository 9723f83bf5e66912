//! Tips that arrive in one transaction, batch by batch. While the rows of one batch are written, the
//! disk takes the sealed files of the one before. Nothing is committed before every file is on disk.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection, Transaction};
use tokio::task::JoinHandle;

use super::arrivals::as_rows;
use super::{Arrival, Book, Kept, purge, sealed_files};
use crate::audit::Action;
use crate::database::Error;
use loke_core::private_file;
use loke_core::tip::TipId;

/// Most batches whose files are written at the same time: each keeps its files in memory.
const WRITING: usize = 2;

/// The bytes of a sealed file. The thread that writes the file shares them.
pub(crate) type SealedBytes = Arc<Vec<u8>>;

/// A transaction that stores tips.
pub(crate) struct Arriving<'a> {
    book: &'a Book,
    write: Transaction<'static, Sqlite>,
    source: &'a str,
    action: Action,
    /// The book that the tips come from.
    from: Option<&'a Book>,
    /// The files of the latest batches, oldest first.
    files: VecDeque<JoinHandle<Result<(), private_file::Error>>>,
    /// New tips.
    count: usize,
    /// Whether a receipt of theirs is forgotten.
    forgets: bool,
}

impl Book {
    /// Begins to store tips from `source`. The book is locked until the commit.
    ///
    /// # Errors
    /// If the database fails.
    pub(crate) async fn arriving<'a>(
        &'a self,
        source: &'a str,
        action: Action,
        from: Option<&'a Self>,
    ) -> Result<Arriving<'a>, Error> {
        Ok(Arriving {
            book: self,
            write: self.write().await?,
            source,
            action,
            from,
            files: VecDeque::with_capacity(WRITING),
            count: 0,
            forgets: false,
        })
    }
}

impl Arriving<'_> {
    /// Adds a batch. `files` are its sealed files, in its order, and so are the results.
    ///
    /// # Errors
    /// If the database fails, or files of an earlier batch could not be written.
    pub(crate) async fn add(
        &mut self,
        batch: &[Arrival<'_>],
        files: Vec<SealedBytes>,
    ) -> Result<Vec<Kept>, Error> {
        let (kept, new) = self.compare(batch).await?;
        if new.is_empty() {
            return Ok(kept);
        }
        self.count += new.len();
        if self.files.len() == WRITING {
            self.next_files().await?;
        }
        let files = batch.iter().zip(files).zip(&kept);
        let files: Vec<(TipId, SealedBytes)> = files
            .filter(|(_, kept)| **kept == Kept::New)
            .map(|((arrival, file), _)| (arrival.id, file))
            .collect();
        let folder = self.book.folder.clone();
        self.files.push_back(tokio::task::spawn_blocking(move || {
            sealed_files::write(&folder, &files)
        }));
        let book = self.book;
        self.forgets |= book
            .add_rows(&mut self.write, self.source, &new, self.action, self.from)
            .await?;
        Ok(kept)
    }

    /// The transaction, for rows that belong to its tips.
    pub(super) fn write(&mut self) -> &mut Transaction<'static, Sqlite> {
        &mut self.write
    }

    /// Commits the tips with one audit row; they are on disk when this returns. Without a new tip,
    /// nothing is written.
    ///
    /// # Errors
    /// If nothing was stored. Sealed files may be left; the next arrival of their tips replaces them.
    pub(crate) async fn commit(self) -> Result<(), Error> {
        let book = self.book;
        self.commit_rows().await?;
        book.copy_effects().await
    }

    /// [`Self::commit`], but the effects are still to be copied to the register: see
    /// [`Book::uncopied`].
    ///
    /// # Errors
    /// As [`Self::commit`].
    pub(crate) async fn commit_rows(mut self) -> Result<(), Error> {
        while !self.files.is_empty() {
            self.next_files().await?;
        }
        if self.count == 0 {
            return Ok(());
        }
        let detail = format!("{} tips", self.count);
        self.book
            .append(&mut self.write, self.action, self.source, &detail)
            .await?;
        self.book.commit_rows(self.write).await?;
        if self.forgets {
            self.book.reseal_forgotten().await?;
        }
        Ok(())
    }

    /// Waits for the files of the oldest batch.
    async fn next_files(&mut self) -> Result<(), Error> {
        match self.files.pop_front() {
            Some(files) => Ok(files.await.map_err(|_| Error::Row)??),
            None => Ok(()),
        }
    }

    /// Compares a batch with the stored tips. Returns a result for each, and the new ones.
    async fn compare<'b, 'c>(
        &mut self,
        batch: &'b [Arrival<'c>],
    ) -> Result<(Vec<Kept>, Vec<&'b Arrival<'c>>), Error> {
        let digests = digests_of(&mut self.write, batch).await?;
        let gone = purge::purged_of(&mut self.write, batch.iter().map(|a| a.id)).await?;
        let mut new = Vec::new();
        let mut seen: HashMap<TipId, &[u8]> = HashMap::new();
        let kept = batch.iter().map(|arrival| {
            match digests.get(&arrival.id) {
                Some(there) if *there == arrival.opened.digest(arrival.sealed) => {
                    return Kept::Known;
                }
                Some(_) => return Kept::Clash,
                // A purged tip comes back only from another book.
                None if self.action != Action::Move && gone.contains(&arrival.id) => {
                    return Kept::Known;
                }
                None => {}
            }
            // The same id twice in one batch.
            match seen.entry(arrival.id) {
                Entry::Occupied(other) if *other.get() == arrival.sealed => Kept::Known,
                Entry::Occupied(_) => Kept::Clash,
                Entry::Vacant(place) => {
                    place.insert(arrival.sealed);
                    new.push(arrival);
                    Kept::New
                }
            }
        });
        Ok((kept.collect(), new))
    }
}

/// The digests of the sealed files of those that are stored already.
async fn digests_of(
    write: &mut SqliteConnection,
    batch: &[Arrival<'_>],
) -> Result<HashMap<TipId, [u8; 32]>, Error> {
    let ids = as_rows(batch.iter().map(|arrival| arrival.id))?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(
        "select id, digest from tips where id in (select unhex(value) from json_each($1))",
    )
    .bind(ids.as_str())
    .fetch_all(&mut *write)
    .await?;
    let mut digests = HashMap::with_capacity(rows.len());
    for (id, digest) in rows {
        let id = id.try_into().map_err(|_| Error::Row)?;
        digests.insert(id, digest.try_into().map_err(|_| Error::Row)?);
    }
    Ok(digests)
}
