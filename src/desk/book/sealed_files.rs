//! The sealed files of a book's tips, `sealed/ID.age`. A file is on disk before the row that names
//! it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use super::{SealedBytes, folder_of};
use loke_core::private_file::{self, Error};
use loke_core::seal::SizeClass;
use loke_core::tip::TipId;

/// The folder in the book's folder.
pub(crate) const FOLDER: &str = "sealed";
/// Seconds after which a sealed file must have its row.
pub(crate) const SETTLES: i64 = 3_600;

/// Most files that wait for the disk one by one. More of them wait for the whole file system once:
/// each wait of its own costs a commit of the file system's journal.
const ONE_BY_ONE: usize = 3;

/// Writes sealed files durably. A file that is there belongs to no row: it is replaced.
///
/// # Errors
/// If a file could not be written.
pub(super) fn write(book: &Path, files: &[(TipId, SealedBytes)]) -> Result<(), Error> {
    let path = book.join(FOLDER);
    let failed = |e| Error::Write(path.clone(), e);
    let folder = File::open(&path).map_err(failed)?;
    let one_by_one = files.len() <= ONE_BY_ONE;
    let mut written = Vec::new();
    for (id, sealed) in files {
        let path = file_of(book, *id);
        let failed = |e| Error::Write(path.clone(), e);
        let mut file = match private_file::create(&path) {
            Err(Error::Exists(_)) => {
                std::fs::remove_file(&path).map_err(failed)?;
                private_file::create(&path)?
            }
            created => created?,
        };
        file.write_all(sealed).map_err(failed)?;
        if one_by_one {
            written.push((path, file));
        }
    }
    if !one_by_one {
        // Linux reports what it could not write here as `fsync` does (syncfs(2), since 5.8).
        rustix::fs::syncfs(&folder).map_err(|e| failed(e.into()))?;
        drop_from_cache(book, files);
        return Ok(());
    }
    for (path, file) in written {
        file.sync_all().map_err(|e| Error::Write(path, e))?;
    }
    // The names are on disk when the folder is.
    folder.sync_all().map_err(failed)
}

/// Tells the kernel that these files need not stay in its cache: an officer reads few of them again,
/// and the memory serves the database. An import whose files stay in the cache takes new memory for
/// each, which costs a virtual machine more than writing them.
fn drop_from_cache(book: &Path, files: &[(TipId, SealedBytes)]) {
    for (id, _) in files {
        if let Ok(file) = File::open(file_of(book, *id)) {
            // It is advice: nothing is lost if the kernel does not take it.
            let _ = rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed);
        }
    }
}

/// Reads a sealed file.
///
/// # Errors
/// If it cannot be read, or is larger than any sealed tip.
pub(super) fn read(book: &Path, id: TipId) -> Result<Vec<u8>, Error> {
    private_file::read(&file_of(book, id), SizeClass::Eight.sealed() as u64)
}

/// Puts other bytes in the place of a sealed file, durably: a crash leaves one of the two.
///
/// # Errors
/// If the file could not be written.
pub(super) fn replace(book: &Path, id: TipId, sealed: &[u8]) -> Result<(), Error> {
    private_file::replace_durably(&file_of(book, id), sealed)
}

/// Overwrites and removes a sealed file, durably. A missing file is no error.
///
/// # Errors
/// If it cannot be removed.
pub(super) fn delete(book: &Path, id: TipId) -> Result<(), Error> {
    private_file::destroy(&file_of(book, id))
}

/// The sealed files of a book, each with the second in which it was written. It needs no key.
///
/// # Errors
/// If the folder cannot be read.
pub fn sealed_files(desk: &Path, book: &str) -> Result<Vec<(TipId, i64)>, Error> {
    all(&folder_of(desk, book))
}

/// The number of files in the folder.
pub(super) fn count(book: &Path) -> Result<usize, Error> {
    let folder = book.join(FOLDER);
    let entries = folder.read_dir().map_err(|e| Error::Read(folder, e))?;
    Ok(entries.count())
}

/// The sealed files in the folder of a book.
pub(super) fn all(book: &Path) -> Result<Vec<(TipId, i64)>, Error> {
    let folder = book.join(FOLDER);
    let mut files = Vec::new();
    let read = |e| Error::Read(folder.clone(), e);
    for entry in folder.read_dir().map_err(read)? {
        let entry = entry.map_err(read)?;
        let name = entry.file_name();
        let id = name.to_str().and_then(|name| name.strip_suffix(".age"));
        let Some(id) = id.and_then(|id| id.parse().ok()) else {
            continue;
        };
        // A file that is deleted meanwhile is none.
        let Ok(written) = entry.metadata().and_then(|data| data.modified()) else {
            continue;
        };
        let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
        files.push((id, i64::try_from(since.as_secs()).unwrap_or(i64::MAX)));
    }
    Ok(files)
}

pub(super) fn file_of(book: &Path, id: TipId) -> PathBuf {
    book.join(FOLDER).join(format!("{id}.age"))
}
