//! A copy of a book that somebody has open, without its key. SQLite writes a file only with a lock that a
//! reader's lock keeps off ("File Locking And Concurrency In SQLite Version 3"), so the file is whole
//! while this process has a reader's lock on it. Such a lock belongs to the whole process, so a program that
//! has the book open itself must never call this. Sealed files never change in place: a second name keeps
//! each as it is.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{FlockOperation, fcntl_lock};

use super::Error;
use crate::book;
use loke_core::private_file;

/// The folder of the copies, in the desk's folder.
const FOLDER: &str = "backup.part";
/// The book's files that are copied under the lock. The journal is there if a writer was killed.
const FILES: [&str; 2] = ["book.db", "book.db-journal"];
/// How often the lock is tried while somebody writes.
const PAUSE: Duration = Duration::from_millis(1);
/// How often at most: half a minute.
const TRIES: u32 = 30_000;

/// Removes copies that a killed backup left.
pub(super) fn clear(desk: &Path) -> Result<(), private_file::Error> {
    let folder = desk.join(FOLDER);
    match std::fs::remove_dir_all(&folder) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(private_file::Error::Write(folder, e)),
        _ => Ok(()),
    }
}

/// A book that nobody can write until this is dropped.
pub(super) struct Held {
    locked: File,
    from: PathBuf,
    to: PathBuf,
}

impl Held {
    /// Waits until nobody writes a book, and keeps writers off.
    pub(super) async fn book(desk: &Path, name: &str) -> Result<Self, Error> {
        let from = book::folder_of(desk, name);
        let database = from.join(FILES[0]);
        let locked = File::open(&database).map_err(|e| private_file::Error::Read(database, e))?;
        lock(&locked, name).await?;
        let to = desk.join(FOLDER).join(name);
        Ok(Self { locked, from, to })
    }

    /// Copies the database and gives the sealed files a second name. Returns the book's folder, and the
    /// folder with the copy.
    pub(super) fn copy(self, desk: &Path) -> Result<(PathBuf, PathBuf), Error> {
        private_file::make_folder(&desk.join(FOLDER))?;
        private_file::make_folder(&self.to)?;
        private_file::make_folder(&self.to.join(book::SEALED))?;
        let copied = copy(&self.locked, &self.from, &self.to);
        copied.map_err(|e| private_file::Error::Write(self.to.clone(), e))?;
        Ok((self.from, self.to))
    }
}

/// Waits until nobody writes the file.
async fn lock(file: &File, name: &str) -> Result<(), Error> {
    for _ in 0..TRIES {
        match fcntl_lock(file, FlockOperation::NonBlockingLockShared) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::ACCESS) => {
                tokio::time::sleep(PAUSE).await;
            }
            Err(e) => return Err(private_file::Error::Read(PathBuf::from(name), e.into()).into()),
        }
    }
    Err(Error::Busy(name.to_owned()))
}

/// The database is read through the locked file itself: a process loses its lock when it closes any
/// other handle of the same file (fcntl(2)).
fn copy(mut locked: &File, from: &Path, to: &Path) -> io::Result<()> {
    io::copy(&mut locked, &mut private(&to.join(FILES[0]))?)?;
    match File::open(from.join(FILES[1])) {
        Ok(mut journal) => {
            io::copy(&mut journal, &mut private(&to.join(FILES[1]))?)?;
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(e),
    }
    for entry in from.join(book::SEALED).read_dir()? {
        let file = entry?;
        let name = to.join(book::SEALED).join(file.file_name());
        match std::fs::hard_link(file.path(), name) {
            // A purge deletes the file after its row: the copy of the database has no such row.
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            linked => linked?,
        }
    }
    Ok(())
}

fn private(path: &Path) -> io::Result<File> {
    private_file::create(path).map_err(io::Error::other)
}
