//! The key of an encrypted database (SQLCipher): 32 random bytes. A book's key is in the book's
//! sealed secrets ([`super::BookSecrets`]); the register's key is a private file.

use std::path::Path;

use zeroize::Zeroizing;

use super::Error;
use loke_core::private_file;
use loke_core::random;

/// A database key. Zeroized on drop; `Debug` prints none of it. It is boxed, because a value that moves
/// leaves a copy on the stack.
#[derive(Clone)]
pub struct DatabaseKey(Box<Zeroizing<[u8; 32]>>);

impl std::fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DatabaseKey(…)")
    }
}

impl DatabaseKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(Box::new(Zeroizing::new(random::bytes()?))))
    }

    /// The key's bytes, for reading a database with other tools.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// Reads a key from 64 hex digits; `None` if they are anything else.
    pub(super) fn from_hex(digits: &str) -> Option<Self> {
        let mut key = Box::new(Zeroizing::new([0; 32]));
        hex::decode_to_slice(digits, key.as_mut_slice()).ok()?;
        Some(Self(key))
    }

    /// The key as 64 hex digits.
    pub(super) fn hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(self.0.as_slice()))
    }

    /// SQLCipher's raw-key form: `"x'64 hex digits'"`, quotes included.
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("\"x'{}'\"", *self.hex()))
    }

    /// Writes the key to a new file with mode 0600.
    ///
    /// # Errors
    /// If the file already exists or cannot be written.
    pub fn write(&self, file: &Path) -> Result<(), Error> {
        Ok(private_file::write_new(
            file,
            private_file::key_text(&self.0).as_bytes(),
        )?)
    }

    /// Reads the key from a file.
    ///
    /// # Errors
    /// If the file cannot be read or is not a key.
    pub fn read(file: &Path) -> Result<Self, Error> {
        match private_file::read_key(file) {
            Err(private_file::Error::NotAKey(file)) => Err(Error::Damaged(file)),
            key => Ok(Self(Box::new(key?))),
        }
    }
}
