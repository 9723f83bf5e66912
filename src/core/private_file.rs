//! Files and folders that only their owner may read: keys, enrolments, exports, opened tips. A new
//! file never replaces another one, and its bytes are on disk before a function here returns.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::Dir;
use zeroize::Zeroizing;

/// A file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The path is taken.
    #[error(
        "{0} already exists, and nothing is overwritten. Choose another place, or move it away first"
    )]
    Exists(PathBuf),
    /// The file or folder could not be written.
    #[error(
        "{0} cannot be written ({1}). Check the path, its permissions and the space on the disk"
    )]
    Write(PathBuf, io::Error),
    /// The file could not be read.
    #[error("{0} cannot be read ({1}). Check the path and its permissions")]
    Read(PathBuf, io::Error),
    /// The file is larger than such a file can be.
    #[error("{0} is larger than {1} bytes, so it is not the expected file. Check the path")]
    Large(PathBuf, u64),
    /// The file does not hold a key.
    #[error("{0} does not hold 64 hex digits")]
    NotAKey(PathBuf),
}

impl Error {
    /// The kind of the underlying I/O error.
    #[must_use]
    pub fn kind(&self) -> io::ErrorKind {
        match self {
            Self::Exists(_) => io::ErrorKind::AlreadyExists,
            Self::Write(_, e) | Self::Read(_, e) => e.kind(),
            Self::Large(..) => io::ErrorKind::FileTooLarge,
            Self::NotAKey(_) => io::ErrorKind::InvalidData,
        }
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

fn write_error(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |e| match e.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_owned()),
        _ => Error::Write(path.to_owned(), e),
    }
}

/// Creates a folder of mode 0700, and its parents. An existing folder stays; if it is empty, it
/// becomes 0700 too.
///
/// # Errors
/// [`Error::Write`].
pub fn make_folder(path: &Path) -> Result<(), Error> {
    let step = || {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        if is_empty(path)? {
            std::fs::set_permissions(path, Permissions::from_mode(0o700))?;
        }
        Ok(())
    };
    step().map_err(write_error(path))
}

/// Creates a folder of mode 0700, or takes an empty one.
///
/// # Errors
/// [`Error::Exists`] if the folder has contents, [`Error::Write`] if it cannot be created.
pub fn new_folder(path: &Path) -> Result<(), Error> {
    make_folder(path)?;
    match is_empty(path).map_err(write_error(path))? {
        false => Err(Error::Exists(path.join("…"))),
        true => Ok(()),
    }
}

/// Whether a folder has no contents. [`Path::read_dir`] would leave the names of its files in a buffer
/// of the C library, which wipes nothing.
fn is_empty(folder: &Path) -> io::Result<bool> {
    for entry in Dir::read_from(File::open(folder)?)? {
        if !matches!(entry?.file_name().to_bytes(), b"." | b"..") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Creates a file of mode 0600.
///
/// # Errors
/// [`Error::Exists`], [`Error::Write`].
pub fn create(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(write_error(path))
}

/// Writes a new file of mode 0600, durably. If that fails, no part of it stays.
///
/// # Errors
/// [`Error::Exists`], [`Error::Write`].
pub fn write_new(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut file = create(path)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| sync_folder_of(path));
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written.map_err(write_error(path))
}

/// The end of the name of a file whose bytes are not all on disk yet.
pub const UNFINISHED: &str = ".new";

/// Replaces a file in one step: a reader sees the old bytes or the new ones. After a power cut it
/// may be the old file.
///
/// # Errors
/// [`Error::Write`].
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = Path::new(&unfinished);
    // A crash may have left one.
    destroy(unfinished)?;
    let mut file = create(unfinished)?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(unfinished, path))
        .map_err(write_error(path))
}

/// [`replace`], durably: after a power cut it is the new file.
///
/// # Errors
/// [`Error::Write`].
pub fn replace_durably(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    replace(path, bytes)?;
    sync_folder_of(path).map_err(write_error(path))
}

/// Reads a file of at most `most` bytes. The buffer does not grow, so no copy of a secret is left
/// behind.
///
/// # Errors
/// [`Error::Read`], [`Error::Large`].
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Error> {
    let failed = |e| Error::Read(path.to_owned(), e);
    let file = File::open(path).map_err(failed)?;
    let size = file.metadata().map_err(failed)?.len();
    let large = || Error::Large(path.to_owned(), most);
    if size > most {
        return Err(large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or_default() + 1);
    let mut limited = Read::take(file, most + 1);
    limited.read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(large());
    }
    Ok(bytes)
}

/// Reads a key of 64 hex digits.
///
/// # Errors
/// [`Error::Read`], [`Error::NotAKey`].
pub fn read_key(path: &Path) -> Result<Zeroizing<[u8; 32]>, Error> {
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|e| Error::Read(path.to_owned(), e))?;
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| Error::NotAKey(path.to_owned()))?;
    Ok(key)
}

/// The text of a key file: 64 hex digits and a line end.
#[must_use]
pub fn key_text(key: &[u8; 32]) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key) + "\n")
}

/// Overwrites a small file with zeros and removes it, durably. A missing file is no error. A disk
/// that writes to another place than it read (SSD, copy-on-write) may keep the old bytes.
///
/// # Errors
/// [`Error::Write`].
pub fn destroy(path: &Path) -> Result<(), Error> {
    let step = || {
        let mut file = match OpenOptions::new().write(true).open(path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            opened => opened?,
        };
        let length = file.metadata()?.len();
        io::copy(&mut io::repeat(0).take(length), &mut file)?;
        file.sync_all()?;
        std::fs::remove_file(path)?;
        sync_folder_of(path)
    };
    step().map_err(write_error(path))
}

/// Locks a file of mode 0600 for this process; creates it if there is none. The lock lasts as long
/// as the returned file.
///
/// # Errors
/// [`Error::Write`], of kind [`io::ErrorKind::WouldBlock`] if another process holds the lock.
pub fn lock(path: &Path) -> Result<File, Error> {
    let step = || {
        let file = lock_file(path)?;
        file.try_lock()?;
        Ok(file)
    };
    step().map_err(write_error(path))
}

/// Shares the lock of a file of mode 0600 with other processes; creates it if there is none. The
/// lock lasts as long as the returned file.
///
/// # Errors
/// [`Error::Write`], of kind [`io::ErrorKind::WouldBlock`] if a process holds it alone.
pub fn share(path: &Path) -> Result<File, Error> {
    let step = || {
        let file = lock_file(path)?;
        file.try_lock_shared()?;
        Ok(file)
    };
    step().map_err(write_error(path))
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
}

/// Whether users other than the owner may read or change the file or folder. False if there is
/// none.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    is_wider(path, 0o700)
}

/// Whether users beyond those of this mode may read or change the file or folder. False if there
/// is none.
#[must_use]
pub fn is_wider(path: &Path, mode: u32) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 & !mode != 0)
}

/// A new file's name is on disk only when its folder is.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_its_owners_alone_and_replaces_nothing() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("key");
        write_new(&file, b"one").unwrap();
        assert!(!is_open_to_others(&file));
        assert!(matches!(write_new(&file, b"two"), Err(Error::Exists(_))));
        replace(&file, b"two").unwrap();
        assert_eq!(read(&file, 3).unwrap(), b"two");
        assert!(matches!(read(&file, 2), Err(Error::Large(..))));
        assert!(matches!(new_folder(place.path()), Err(Error::Exists(_))));
        std::fs::set_permissions(&file, Permissions::from_mode(0o640)).unwrap();
        assert!(is_open_to_others(&file), "the control");
    }

    #[test]
    fn a_key_is_read_back_and_destroyed() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("key");
        replace(&file, key_text(&[7; 32]).as_bytes()).unwrap();
        assert_eq!(*read_key(&file).unwrap(), [7; 32]);
        destroy(&file).unwrap();
        destroy(&file).unwrap();
        assert!(matches!(read_key(&file), Err(Error::Read(..))));
        write_new(&file, b"7").unwrap();
        assert!(matches!(read_key(&file), Err(Error::NotAKey(_))));
    }
}
