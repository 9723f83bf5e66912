//! Files and folders that nobody but the gateway's own user may read: keys, enrolments, exports. Nothing here overwrites a file.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use crate::config::Trouble;
use crate::random;
use crate::seal::MacKey;

/// Makes a folder of mode 0700, and those above it. One that is there stays; where it is empty it becomes 0700 too.
///
/// # Errors
/// Where it cannot be made or read.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
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
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)
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

/// Whether users other than the owner may read or change what lies there. False where there is nothing.
#[must_use]
pub fn is_open_to_others(path: &Path) -> bool {
    is_wider(path, 0o700)
}

/// Whether more users may read or change what lies there than this mode lets. False where there is nothing.
#[must_use]
pub fn is_wider(path: &Path, mode: u32) -> bool {
    std::fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o077 & !mode != 0)
}

/// The name of the file that the queue's MAC key is kept in: 64 hex digits.
pub const MAC_KEY: &str = "mac.key";

/// Reads the queue's MAC key from the gateway's folder.
///
/// # Errors
/// Where the file is missing or does not hold 64 hex digits.
pub fn read_mac_key(folder: &Path) -> Result<MacKey, Trouble> {
    let mend = "Put it back from the backup of the gateway's folder; without it desks refuse every tip that waits";
    read_key(&folder.join(MAC_KEY), "the queue's MAC key", mend).map(|key| MacKey::new(*key))
}

/// The name of the file that the key is kept in which stops repeated texts: 64 hex digits.
pub const SMS_KEY: &str = "sms.key";

/// Reads the key that stops repeated texts. Where there is none it is made: then only what is repeated across that moment is kept twice.
///
/// # Errors
/// Where it cannot be read or made, or does not hold 64 hex digits.
pub fn read_or_make_sms_key(folder: &Path) -> Result<Zeroizing<[u8; 32]>, Trouble> {
    let file = folder.join(SMS_KEY);
    let mend = "Put it back from the backup of the gateway's folder, or remove it: then the next start makes another, and texts of the last days \
         that come again are kept twice";
    if !file.exists() {
        let made = random::bytes::<32>().map(|key| Zeroizing::new(hex::encode(key) + "\n"));
        let made = made.map_err(|_| io::ErrorKind::Other.into()).and_then(|text| write(&file, text.as_bytes()));
        made.map_err(|e| Trouble {
            file: file.clone(),
            line: None,
            what: format!("the key of text messages cannot be made ({})", e.kind()),
            mend: mend.into(),
        })?;
    }
    read_key(&file, "the key of text messages", mend)
}

/// Reads a key of 64 hex digits.
fn read_key(file: &Path, name: &str, mend: &str) -> Result<Zeroizing<[u8; 32]>, Trouble> {
    let trouble = |what: String| Trouble { file: file.to_owned(), line: None, what, mend: mend.into() };
    let text = Zeroizing::new(std::fs::read_to_string(file).map_err(|e| trouble(format!("{name} cannot be read ({})", e.kind())))?);
    let mut key = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *key).map_err(|_| trouble(format!("{name} is not 64 hex digits")))?;
    Ok(key)
}

/// What [`read_mac_key`] reads back.
#[must_use]
pub fn mac_key_text(key: &MacKey) -> Zeroizing<String> {
    Zeroizing::new(hex::encode(key.expose()) + "\n")
}
