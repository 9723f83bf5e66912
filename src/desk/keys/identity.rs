//! The identity: an age X25519 secret key in a standard age identity file (as `age-keygen` writes
//! it; C2SP age), which is encrypted with the passphrase. So `age -d -i identity.age` opens a tip
//! on a machine without Loke.

use std::io::{Read, Write};
use std::path::Path;

use age::secrecy::{ExposeSecret, SecretString};
use age::{scrypt, x25519};
use zeroize::Zeroizing;

use super::{Error, Passphrase};
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::seal::Recipient;
use loke_core::zeroing_alloc::scrub_stack;

/// scrypt work factor of files that this program writes: 2^17, which needs 128 MiB and much less
/// than a second.
const WORK: u8 = 17;
/// Highest scrypt work factor that this program accepts: 2^18, which needs 256 MiB. A person waits
/// for it at each sign-in, and a copied file must not be able to fill the machine's memory.
const MOST_WORK: u8 = 18;
/// Largest identity file, in bytes.
const LARGEST: u64 = 64 << 10;

/// A secret key that opens tips. Zeroized on drop (by age).
#[derive(Clone)]
pub struct Identity(x25519::Identity);

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// A new random identity.
    #[must_use]
    pub fn generate() -> Self {
        Self(x25519::Identity::generate())
    }

    /// The recipient of this identity: the `age1…` line that tips are sealed to.
    ///
    /// # Errors
    /// [`Error::Wrap`], which age's own recipients never cause.
    pub fn recipient(&self) -> Result<Recipient, Error> {
        let public = self.0.to_public().to_string();
        scrub_stack();
        public.parse().map_err(|_| Error::Wrap)
    }

    /// The identity's `AGE-SECRET-KEY-1…` line.
    pub(super) fn secret_line(&self) -> SecretString {
        let line = self.0.to_string();
        scrub_stack();
        line
    }

    /// The identities in the text of an identity file, in file order; `None` if there is none, or
    /// a line that is not one.
    pub(super) fn parse_all(text: &str) -> Option<Vec<Self>> {
        let lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let identities: Result<Vec<Self>, _> = lines.map(|line| line.parse().map(Self)).collect();
        // Each was decoded on the stack.
        scrub_stack();
        identities.ok().filter(|found| !found.is_empty())
    }

    /// The identity as the trait object that age expects.
    pub(crate) fn as_age(&self) -> &dyn age::Identity {
        &self.0
    }

    /// The bytes of a passphrase-encrypted identity file (binary age, scrypt).
    ///
    /// # Errors
    /// If age fails.
    pub fn sealed_with(&self, passphrase: &Passphrase, today: Day) -> Result<Vec<u8>, Error> {
        let secret = self.secret_line();
        let text = Zeroizing::new(format!(
            "# created: {today}\n# public key: {}\n{}\n",
            self.0.to_public(),
            secret.expose_secret()
        ));
        let mut recipient = scrypt::Recipient::new(passphrase.secret());
        recipient.set_work_factor(WORK);
        let encryptor =
            age::Encryptor::with_recipients([&recipient as &dyn age::Recipient].into_iter())
                .map_err(|_| Error::Wrap)?;
        let mut out = Vec::new();
        let mut writer = encryptor.wrap_output(&mut out).map_err(|_| Error::Wrap)?;
        writer.write_all(text.as_bytes()).map_err(|_| Error::Wrap)?;
        writer.finish().map_err(|_| Error::Wrap)?;
        scrub_stack();
        Ok(out)
    }

    /// Writes a new passphrase-encrypted identity file with mode 0600.
    ///
    /// # Errors
    /// If the file already exists or cannot be written.
    pub fn write(&self, file: &Path, passphrase: &Passphrase, today: Day) -> Result<(), Error> {
        Ok(private_file::write_new(
            file,
            &self.sealed_with(passphrase, today)?,
        )?)
    }

    /// The identities in a passphrase-encrypted identity file, in file order; at least one.
    ///
    /// # Errors
    /// [`Error::Wrong`] if the passphrase does not open it, [`Error::Damaged`] if it is not an
    /// identity file.
    pub fn read(file: &Path, passphrase: &Passphrase) -> Result<Vec<Self>, Error> {
        let bytes = private_file::read(file, LARGEST)?;
        let damaged = || Error::Damaged(file.to_owned());
        let decryptor = age::Decryptor::new_buffered(bytes.as_slice()).map_err(|_| damaged())?;
        if !decryptor.is_scrypt() {
            return Err(damaged());
        }
        let mut key = scrypt::Identity::new(passphrase.secret());
        key.set_max_work_factor(MOST_WORK);
        let opened = decryptor.decrypt([&key as &dyn age::Identity].into_iter());
        scrub_stack();
        let mut reader = opened.map_err(|e| match e {
            age::DecryptError::DecryptionFailed
            | age::DecryptError::KeyDecryptionFailed
            | age::DecryptError::NoMatchingKeys => Error::Wrong(file.to_owned()),
            _ => damaged(),
        })?;
        let mut text = Zeroizing::new(String::with_capacity(bytes.len()));
        reader.read_to_string(&mut text).map_err(|_| damaged())?;
        Self::parse_all(&text).ok_or_else(damaged)
    }
}
