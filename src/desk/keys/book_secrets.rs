//! A book's secrets: the identities that its tips are sealed to, newest first, and the key of its
//! database. They are on disk only as age files (C2SP age), one for each member, sealed to the
//! member's recipient. A decrypted file is itself a standard age identity file, whose comment line
//! `# database key: HEX` has the SQLCipher key. So `age` and a SQLCipher 4 shell open a book
//! without Loke.

use std::io::Read;
use std::path::Path;

use age::secrecy::ExposeSecret;
use zeroize::Zeroizing;

use super::{DatabaseKey, Error, Identity};
use crate::age_header;
use loke_core::clock::Day;
use loke_core::private_file;
use loke_core::seal::{Recipient, encrypt_to};
use loke_core::zeroing_alloc::scrub_stack;

/// The comment that begins the line of the database key.
const KEY_LINE: &str = "# database key: ";
/// Largest key file, in bytes: about a hundred identities.
const LARGEST: u64 = 32 << 10;

/// A book's secrets. Zeroized on drop; `Debug` prints none of them.
#[derive(Clone)]
pub struct BookSecrets {
    /// The identities, newest first; at least one.
    pub identities: Vec<Identity>,
    /// The key of the book's database.
    pub database_key: DatabaseKey,
}

impl std::fmt::Debug for BookSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BookSecrets(…)")
    }
}

impl BookSecrets {
    /// The secrets of a new book.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, Error> {
        Ok(Self {
            identities: vec![Identity::generate()],
            database_key: DatabaseKey::random()?,
        })
    }

    /// The recipient that the gateway seals the book's tips to.
    ///
    /// # Errors
    /// If age fails.
    pub fn recipient(&self) -> Result<Recipient, Error> {
        self.identities.first().ok_or(Error::Wrap)?.recipient()
    }

    /// The secrets as an age file that each of `members` can open.
    ///
    /// # Errors
    /// If age fails.
    pub fn seal_to(&self, members: &[Recipient], today: Day) -> Result<Vec<u8>, Error> {
        let mut text = Zeroizing::new(String::with_capacity(LARGEST as usize));
        text.push_str(&format!("# created: {today}\n"));
        text.push_str(KEY_LINE);
        text.push_str(&self.database_key.hex());
        text.push('\n');
        for identity in &self.identities {
            text.push_str(&format!("# public key: {}\n", identity.recipient()?));
            text.push_str(identity.secret_line().expose_secret());
            text.push('\n');
        }
        encrypt_to(members, text.as_bytes()).map_err(|_| Error::Wrap)
    }

    /// Opens the key file of a member.
    ///
    /// # Errors
    /// [`Error::NotForThisMember`] if it is sealed to somebody else; [`Error::Damaged`] if it is
    /// not a key file.
    pub fn read(file: &Path, member: &[Identity]) -> Result<Self, Error> {
        let damaged = || Error::Damaged(file.to_owned());
        let sealed = match private_file::read(file, LARGEST) {
            Err(private_file::Error::Large(..)) => return Err(damaged()),
            sealed => sealed?,
        };
        age_header::check(&sealed).map_err(|_| damaged())?;
        let decryptor = age::Decryptor::new_buffered(sealed.as_slice()).map_err(|_| damaged())?;
        let opened = decryptor.decrypt(member.iter().map(Identity::as_age));
        // age multiplies with a copy of the secret key.
        scrub_stack();
        let mut reader = opened.map_err(|e| match e {
            age::DecryptError::NoMatchingKeys => Error::NotForThisMember(file.to_owned()),
            _ => damaged(),
        })?;
        let mut text = Zeroizing::new(String::with_capacity(sealed.len()));
        reader.read_to_string(&mut text).map_err(|_| damaged())?;
        let key = text.lines().find_map(|line| line.strip_prefix(KEY_LINE));
        let database_key = key.and_then(DatabaseKey::from_hex).ok_or_else(damaged)?;
        let identities = Identity::parse_all(&text).ok_or_else(damaged)?;
        Ok(Self {
            identities,
            database_key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_file_opens_for_its_member_alone_and_is_refused_if_it_is_anything_else() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("ann.age");
        let (ann, bob) = (Identity::generate(), Identity::generate());
        let secrets = BookSecrets::random().unwrap();
        let sealed = secrets
            .seal_to(&[ann.recipient().unwrap()], Day(20_000))
            .unwrap();
        std::fs::write(&file, &sealed).unwrap();
        let read = BookSecrets::read(&file, std::slice::from_ref(&ann)).unwrap();
        assert_eq!(read.database_key.expose(), secrets.database_key.expose());
        assert_eq!(
            read.recipient().unwrap().to_string(),
            secrets.recipient().unwrap().to_string()
        );
        let stranger = BookSecrets::read(&file, &[bob]).unwrap_err();
        assert!(matches!(stranger, Error::NotForThisMember(_)), "{stranger}");
        let many = "-> X25519 abc\n".repeat(4_000);
        let header = format!("age-encryption.org/v1\n{many}--- x\n");
        for bad in [&b""[..], b"age-encryption.org/v1\n", header.as_bytes()] {
            std::fs::write(&file, bad).unwrap();
            let refused = BookSecrets::read(&file, std::slice::from_ref(&ann)).unwrap_err();
            assert!(matches!(refused, Error::Damaged(_)), "{refused}");
        }
    }
}
