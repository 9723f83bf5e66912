//! Delivers into a folder that the partner's own tool watches. The partner sees a complete
//! `REFERENCE.age` or nothing: the file is written under a hidden name, flushed, and then renamed.
//!
//! It must never create the folder: if a share is not mounted, the files would go to the local disk
//! unnoticed. Other users may write to the folder, so no link in it is followed: a planted link
//! must not lead to a file of the desk.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{
    AtFlags, CWD, Dir, FileType, Mode, OFlags, fstat, fsync, openat, renameat, unlinkat,
};

use crate::register::Failure;
use loke_core::random;

/// Writes `sealed` into `folder` as `REFERENCE.age`. Writing it again replaces it with the same
/// bytes.
///
/// # Errors
/// [`Failure`] if the folder is missing, full or not writable. The copy stays in the outbox: an
/// officer can fix any of these.
pub fn put(folder: &Path, reference: &str, sealed: &[u8]) -> Result<(), Failure> {
    put_as(folder, reference, "age", sealed)
}

/// Writes `NAME.END` in the same way.
///
/// # Errors
/// As [`put`].
pub(crate) fn put_as(folder: &Path, name: &str, end: &str, bytes: &[u8]) -> Result<(), Failure> {
    write(folder, (name, end), bytes).map_err(|error| explain(folder, &error))
}

/// Write, flush, rename, flush the folder: after a power failure the file is complete or absent.
fn write(folder: &Path, (reference, end): (&str, &str), sealed: &[u8]) -> io::Result<()> {
    // The folder itself may be a link, which is common for shares. It is resolved once; every later
    // step is relative to the result.
    let directory = open(folder)?;
    remove_parts(&directory, reference)?;
    let hidden = format!(
        ".{reference}.{}.part",
        hex::encode(random::bytes::<8>().map_err(io::Error::other)?)
    );
    let new = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    // The usual mode for new files. The umask decides whether the partner's tool can read it.
    let file = File::from(openat(
        &directory,
        &hidden,
        new,
        Mode::from_raw_mode(0o666),
    )?);
    // A rename replaces a link at the final name and does not follow it.
    let done = fill(file, sealed).and_then(|()| {
        Ok(renameat(
            &directory,
            &hidden,
            &directory,
            format!("{reference}.{end}"),
        )?)
    });
    if done.is_err() {
        let _ = unlinkat(&directory, &hidden, AtFlags::empty());
        return done;
    }
    match fsync(&directory).map_err(io::Error::from) {
        // Some network shares cannot flush a folder. The file itself is flushed.
        Err(e)
            if e.kind() == io::ErrorKind::InvalidInput
                || e.kind() == io::ErrorKind::Unsupported =>
        {
            Ok(())
        }
        other => other,
    }
}

fn fill(mut file: File, sealed: &[u8]) -> io::Result<()> {
    file.write_all(sealed)?;
    file.sync_all()
}

/// Removes hidden files that an earlier attempt left after a power failure.
fn remove_parts(directory: &OwnedFd, reference: &str) -> io::Result<()> {
    let begins = format!(".{reference}.");
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_bytes().starts_with(begins.as_bytes()) && name.to_bytes().ends_with(b".part") {
            let _ = unlinkat(directory, name, AtFlags::empty());
        }
    }
    Ok(())
}

/// Opens a folder in which others leave files. The folder itself may be a link.
pub(crate) fn open(folder: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(openat(CWD, folder, flags, Mode::empty())?)
}

/// At most `most` names of a folder with this end. A hidden file is still being written.
pub(crate) fn names(directory: &OwnedFd, ends: &str, most: usize) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().to_str() else {
            continue;
        };
        if name.ends_with(ends) && !name.starts_with('.') {
            names.push(name.to_owned());
        }
        if names.len() == most {
            break;
        }
    }
    Ok(names)
}

/// The bytes of a plain file of at most `most` bytes; `None` for anything else. No link is followed.
pub(crate) fn read(directory: &OwnedFd, name: &str, most: u64) -> io::Result<Option<Vec<u8>>> {
    // A pipe must not make the program wait.
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match openat(directory, name, flags, Mode::empty()) {
        Ok(file) => file,
        Err(rustix::io::Errno::LOOP) => return Ok(None),
        Err(problem) => return Err(problem.into()),
    };
    let stat = fstat(&file)?;
    if !FileType::from_raw_mode(stat.st_mode).is_file() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    File::from(file).take(most + 1).read_to_end(&mut bytes)?;
    Ok((bytes.len() as u64 <= most).then_some(bytes))
}

/// What happened and what to do, for the officer.
fn explain(folder: &Path, error: &io::Error) -> Failure {
    let place = folder.display();
    let (what, needs_officer) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => (
            format!(
                "the partner's folder {place} does not exist: mount the share, or correct the folder in desk.toml"
            ),
            true,
        ),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            format!(
                "the partner's folder {place} is not writable: ask its owner for write permission"
            ),
            true,
        ),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => (
            format!("the partner's folder {place} is full: ask its owner to make room"),
            false,
        ),
        kind => (
            format!("the partner's folder {place} could not be written ({kind})"),
            false,
        ),
    };
    Failure {
        code: "folder".into(),
        what,
        needs_officer,
    }
}
