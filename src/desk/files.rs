//! Files that hold secrets or what a resident wrote: readable by their owner alone, on disk before
//! they are spoken of, and never written over another file.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A file could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something stands there already.
    #[error(
        "{0} is there already, and nothing is overwritten. Choose another place, or move it away first"
    )]
    Exists(PathBuf),
    /// It could not be written.
    #[error(
        "{0} cannot be written ({1}). Check the path, its permissions and the space on the disk"
    )]
    Write(PathBuf, io::Error),
    /// It could not be read.
    #[error("{0} cannot be read ({1}). Check the path and its permissions")]
    Read(PathBuf, io::Error),
    /// It is larger than such a file can be.
    #[error("{0} is larger than {1} bytes, so it is not what this command takes. Check the path")]
    Large(PathBuf, u64),
}

/// Makes a folder that only its owner may enter; one that is there and empty is taken over.
///
/// # Errors
/// [`Error::Exists`] where the folder holds anything, [`Error::Write`] where it cannot be made.
pub fn make_folder(path: &Path) -> Result<(), Error> {
    let failed = |e| Error::Write(path.to_owned(), e);
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(failed)?;
    if path.read_dir().map_err(failed)?.next().is_some() {
        return Err(Error::Exists(path.join("…")));
    }
    std::fs::set_permissions(path, Permissions::from_mode(0o700)).map_err(failed)
}

/// Writes a new file with mode 0600 and waits until it is on disk.
///
/// # Errors
/// [`Error::Exists`] where there is one, [`Error::Write`] where it cannot be written.
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|e| match e.kind() {
            io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
            _ => Error::Write(path.to_owned(), e),
        })?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder(path))
        .map_err(|e| Error::Write(path.to_owned(), e))
}

/// Puts `bytes` in the place of a file in one step: a reader sees the old or the new, never a part.
///
/// # Errors
/// [`Error::Write`] where it cannot be written.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let new = path.with_added_extension("new");
    let step = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, path)
    };
    step().map_err(|e| Error::Write(path.to_owned(), e))
}

/// Reads a file of at most `most` bytes. The buffer is made once, so that no copy is left behind by
/// growing.
///
/// # Errors
/// [`Error::Read`] where it cannot be read, [`Error::Large`] where it is larger.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let failed = |e| Error::Read(path.to_owned(), e);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    if size > most {
        return Err(Error::Large(path.to_owned(), most));
    }
    let mut bytes = Vec::with_capacity(size as usize + 1);
    io::Read::read_to_end(&mut io::Read::take(file, most + 1), &mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        Err(Error::Large(path.to_owned(), most))
    } else {
        Ok(bytes)
    }
}

/// A new file's name is on disk only when its folder is.
fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}
