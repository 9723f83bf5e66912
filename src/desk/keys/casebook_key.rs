//! The casebook's key: 32 random bytes, on disk only encrypted with the passphrase. It is encrypted
//! separately from the identity, so that listing tips needs no key that opens them.
//!
//! File format (JSON, schema 1): argon2id (RFC 9106; 64 MiB, 3 passes, 1 lane) of the passphrase
//! and `salt` gives a key. ChaCha20-Poly1305 (RFC 8439) encrypts the casebook's key with it.

use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Error, Passphrase};
use loke_core::pickup::as_hex;
use loke_core::private_file;
use loke_core::random;
use loke_core::zeroing_alloc::scrub_stack;

/// Largest key file, in bytes.
const LARGEST: u64 = 4_096;
/// Associated data that binds the ciphertext to its purpose.
const LABEL: &[u8] = b"loke casebook key 1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wrapped {
    schema: u8,
    #[serde(with = "as_hex")]
    salt: [u8; 16],
    #[serde(with = "as_hex")]
    nonce: [u8; 12],
    #[serde(with = "as_hex")]
    key: [u8; 48],
}

/// The casebook's key, 32 bytes. Zeroized on drop; `Debug` prints none of it.
#[derive(Clone)]
pub struct CasebookKey(Zeroizing<[u8; 32]>);

impl std::fmt::Debug for CasebookKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CasebookKey(…)")
    }
}

impl CasebookKey {
    /// A new random key.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self(Zeroizing::new(random::bytes()?)))
    }

    /// The key's bytes, for reading a casebook with other tools.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// SQLCipher's raw-key form: `"x'64 hex digits'"`, quotes included.
    pub(crate) fn pragma(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(hex::encode(self.0.as_slice()));
        Zeroizing::new(format!("\"x'{}'\"", *digits))
    }

    /// Writes the encrypted key to a new file with mode 0600.
    ///
    /// # Errors
    /// If the file already exists or cannot be written.
    pub fn write(&self, file: &Path, passphrase: &Passphrase) -> Result<(), Error> {
        let (salt, nonce) = (random::bytes()?, random::bytes()?);
        let mut sealed = self.0.to_vec();
        let wrap = wrapping_key(passphrase, &salt)?;
        wrap.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(LABEL),
            &mut sealed,
        )
        .map_err(|_| Error::Wrap)?;
        let key = sealed.try_into().map_err(|_| Error::Wrap)?;
        let text = serde_json::to_vec_pretty(&Wrapped {
            schema: 1,
            salt,
            nonce,
            key,
        })
        .map_err(|_| Error::Wrap)?;
        Ok(private_file::write_new(file, &text)?)
    }

    /// Reads and decrypts the key.
    ///
    /// # Errors
    /// [`Error::Wrong`] if the passphrase does not open it, [`Error::Damaged`] if it is not a key
    /// file.
    pub fn read(file: &Path, passphrase: &Passphrase) -> Result<Self, Error> {
        let wrapped: Wrapped = serde_json::from_slice(&private_file::read(file, LARGEST)?)
            .map_err(|_| Error::Damaged(file.to_owned()))?;
        if wrapped.schema != 1 {
            return Err(Error::Damaged(file.to_owned()));
        }
        let mut sealed = Zeroizing::new(wrapped.key);
        let wrap = wrapping_key(passphrase, &wrapped.salt)?;
        let nonce = Nonce::assume_unique_for_key(wrapped.nonce);
        let plain = wrap
            .open_in_place(nonce, Aad::from(LABEL), sealed.as_mut_slice())
            .map_err(|_| Error::Wrong(file.to_owned()))?;
        let mut key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(plain).for_each(|(k, p)| *k = *p);
        Ok(Self(key))
    }
}

/// Derives the encryption key from the passphrase with argon2id.
fn wrapping_key(passphrase: &Passphrase, salt: &[u8; 16]) -> Result<LessSafeKey, Error> {
    let parameters = Params::new(64 << 10, 3, 1, Some(32)).map_err(|_| Error::Wrap)?;
    let mut key = Zeroizing::new([0; 32]);
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
    let hashed = argon2.hash_password_into(passphrase.bytes(), salt, key.as_mut_slice());
    scrub_stack();
    hashed.map_err(|_| Error::Wrap)?;
    UnboundKey::new(&CHACHA20_POLY1305, key.as_slice())
        .map(LessSafeKey::new)
        .map_err(|_| Error::Wrap)
}
