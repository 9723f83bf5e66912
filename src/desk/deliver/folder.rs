//! Delivery into a folder that the partner's own tool watches. The partner sees a whole `REFERENCE.age` or nothing: it is
//! written under a hidden name, flushed, and only then renamed. It must never make the folder: a share that is not mounted
//! would be filled behind its back.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::Failure;

/// Puts `sealed` into `folder` as `REFERENCE.age`. Putting it again replaces it by the same bytes.
///
/// # Errors
/// [`Failure`] where the folder is missing, full or not writable. It stays in the outbox: an officer can mend any of these.
pub fn put(folder: &Path, reference: &str, sealed: &[u8]) -> Result<(), Failure> {
    let hidden = folder.join(format!(".{reference}.age.part"));
    let done = write(folder, &hidden, &folder.join(format!("{reference}.age")), sealed);
    done.map_err(|error| {
        let _ = std::fs::remove_file(&hidden);
        explain(folder, &error)
    })
}

/// Write, flush, rename, flush the folder: after a power cut the file is whole or absent.
fn write(folder: &Path, hidden: &Path, shown: &Path, sealed: &[u8]) -> io::Result<()> {
    let directory = File::open(folder)?;
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(hidden)?;
    file.write_all(sealed)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(hidden, shown)?;
    match directory.sync_all() {
        // Some network shares cannot flush a folder. The file itself is flushed.
        Err(e) if e.kind() == io::ErrorKind::InvalidInput || e.kind() == io::ErrorKind::Unsupported => Ok(()),
        other => other,
    }
}

/// What went wrong and what to do, for the officer.
fn explain(folder: &Path, error: &io::Error) -> Failure {
    let place = folder.display();
    let (what, needs_officer) = match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            (format!("the partner's folder {place} is not there: mount the share, or correct the folder in desk.toml"), true)
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            (format!("the partner's folder {place} may not be written to: ask its owner for write permission"), true)
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            (format!("the partner's folder {place} is full: ask its owner to make room"), false)
        }
        kind => (format!("the partner's folder {place} could not be written ({kind})"), false),
    };
    Failure { code: "folder".into(), what, needs_officer }
}
