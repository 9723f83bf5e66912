//! The sealed files of a book's tips, `sealed/ID.age`. A file is on disk before the row that names
//! it.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use loke_core::private_file::{self, Error};
use loke_core::seal::SizeClass;
use loke_core::tip::TipId;

/// The folder in the book's folder.
pub(super) const FOLDER: &str = "sealed";

/// Files that are open at once.
const TOGETHER: usize = 256;

/// Writes sealed files durably. A file that is there belongs to no row: it is replaced.
///
/// # Errors
/// If a file could not be written.
pub(super) fn write<'a>(
    book: &Path,
    files: impl Iterator<Item = (TipId, &'a [u8])>,
) -> Result<(), Error> {
    let folder = book.join(FOLDER);
    let mut written = Vec::new();
    for (id, sealed) in files {
        let path = file_of(book, id);
        let failed = |e| Error::Write(path.clone(), e);
        match std::fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(failed(e)),
            _ => {}
        }
        let mut file = private_file::create(&path)?;
        file.write_all(sealed).map_err(failed)?;
        written.push((path, file));
        if written.len() == TOGETHER {
            flush(&mut written)?;
        }
    }
    flush(&mut written)?;
    // The names are on disk when the folder is.
    File::open(&folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|e| Error::Write(folder, e))
}

/// Waits until these files are on disk. They were all handed to the system before, so the disk can
/// take them together.
fn flush(written: &mut Vec<(PathBuf, File)>) -> Result<(), Error> {
    for (path, file) in written.drain(..) {
        file.sync_all().map_err(|e| Error::Write(path, e))?;
    }
    Ok(())
}

/// Reads a sealed file.
///
/// # Errors
/// If it cannot be read, or is larger than any sealed tip.
pub(super) fn read(book: &Path, id: TipId) -> Result<Vec<u8>, Error> {
    private_file::read(&file_of(book, id), SizeClass::Eight.sealed() as u64)
}

/// Overwrites and removes a sealed file, durably. A missing file is no error.
///
/// # Errors
/// If it cannot be removed.
pub(super) fn delete(book: &Path, id: TipId) -> Result<(), Error> {
    private_file::destroy(&file_of(book, id))
}

fn file_of(book: &Path, id: TipId) -> PathBuf {
    book.join(FOLDER).join(format!("{id}.age"))
}
