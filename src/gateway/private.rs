//! Files and folders that nobody but the gateway's own user may read: keys, enrolments, exports.
//! Nothing here overwrites a file.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use loke_core::config::ConfigError;
use loke_core::seal::MacKey;

/// Makes a folder of mode 0700, and those above it. One that is there stays; where it is empty it
/// becomes 0700 too.
///
/// # Errors
/// Where it cannot be made or read.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if std::fs::read_dir(folder)?.next().is_none() {
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Makes a new file of mode 0600.
///
/// # Errors
/// Where there is one already ([`io::ErrorKind::AlreadyExists`]) or it cannot be made.
pub fn create(file: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
}

/// Writes a new file of mode 0600, durably. Where the writing fails, no part of it stays.
///
/// # Errors
/// As [`create`], or where the disk does not take it.
pub fn write(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut made = create(file)?;
    let written = made.write_all(bytes).and_then(|()| made.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(file);
    }
    written
}

/// Whether users other than the owner may read or change what lies there. False where there is
/// nothing.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    is_wider(path, 0o700)
}

/// Whether more users may read or change what lies there than this mode lets. False where there is
/// nothing.
#[must_use]
pub fn is_wider(path: &Path, mode: u32) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 & !mode != 0)
}

/// The name of the file that the queue's MAC key is kept in: 64 hex digits.
pub const MAC_KEY: &str = "mac.key";

/// Reads the queue's MAC key from the gateway's folder.
///
/// # Errors
/// If the file is missing or does not hold 64 hex digits.
pub fn read_mac_key(folder: &Path) -> Result<MacKey, ConfigError> {
    let mend = "Put it back from the backup of the gateway's folder; without it desks refuse every tip that waits";
    key_of(&folder.join(MAC_KEY), "the queue's MAC key", mend).map(|key| MacKey::new(*key))
}

/// The end of the name of a file that is not written to its end yet.
pub const UNFINISHED: &str = ".new";

/// Reads a key that is of use only while it can be read: see [`write_key`].
///
/// # Errors
/// If the file is missing or does not hold 64 hex digits.
pub fn read_key(file: &Path) -> Result<Zeroizing<[u8; 32]>, ConfigError> {
    key_of(file, "the key", "Remove it")
}

/// Writes a key into a new file of mode 0600 that appears whole or not at all, durably.
///
/// # Errors
/// If the disk does not take it.
pub fn write_key(file: &Path, key: &[u8; 32]) -> io::Result<()> {
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(UNFINISHED);
    let unfinished = Path::new(&unfinished);
    // A crash left it behind.
    destroy(unfinished)?;
    write(
        unfinished,
        Zeroizing::new(hex::encode(key) + "\n").as_bytes(),
    )?;
    std::fs::rename(unfinished, file)?;
    sync_folder_of(file)
}

/// Overwrites a small file with zeros and removes it, durably. Nothing is done where there is none.
/// A disk that writes elsewhere than it read (SSD, copy-on-write) may still hold the old bytes.
///
/// # Errors
/// If it cannot be written or removed.
pub fn destroy(file: &Path) -> io::Result<()> {
    let opened = OpenOptions::new().write(true).open(file);
    let mut open = match opened {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
        opened => opened?,
    };
    let length = open.metadata()?.len();
    io::copy(&mut io::repeat(0).take(length), &mut open)?;
    open.sync_all()?;
    std::fs::remove_file(file)?;
    sync_folder_of(file)
}

/// Locks a file of mode 0600 for this process, which it makes where there is none. The lock ends
/// with the file that is returned.
///
/// # Errors
/// [`io::ErrorKind::WouldBlock`] where another process holds it; where it cannot be opened.
pub fn lock(file: &Path) -> io::Result<File> {
    let made = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(file)?;
    made.try_lock()?;
    Ok(made)
}

fn sync_folder_of(file: &Path) -> io::Result<()> {
    file.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Reads a key of 64 hex digits.
fn key_of(file: &Path, name: &str, mend: &str) -> Result<Zeroizing<[u8; 32]>, ConfigError> {
    let trouble = |what: String| ConfigError {
        file: file.to_owned(),
        line: None,
        what,
        mend: mend.into(),
    };
    let text = Zeroizing::new(
        std::fs::read_to_string(file)
            .map_err(|e| trouble(format!("{name} cannot be read ({})", e.kind())))?,
    );
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *key)
        .map_err(|_| trouble(format!("{name} is not 64 hex digits")))?;
    Ok(key)
}

/// What [`read_mac_key`] reads back.
#[must_use]
pub fn mac_key_text(key: &MacKey) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.expose()) + "\n")
}
