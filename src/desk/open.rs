//! Opens a sealed tip: the age file, then the tar, then `tip.json`. The input comes from the public
//! through a machine that an attacker may control, so everything is limited and checked before it
//! is used. This file must never write, and no error repeats the contents.

use std::io::Read;
use std::sync::OnceLock;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::age_header::{self, BadHeader};
use super::keys::Identity;
use super::preparing::Prepared;
use super::text::threats::Threats;
use loke_core::digest::sha256;
use loke_core::seal::{PADDING, SizeClass, is_padding};
use loke_core::tip::{SCHEMA, Tip, limits};
use loke_core::zeroing_alloc::scrub_stack;

/// Largest `tip.json`, in bytes: the plaintext of the text class.
const JSON_BYTES: u64 = SizeClass::Text.plain() as u64;
/// Largest photo, in bytes: the plaintext of the largest class.
const PHOTO_BYTES: u64 = SizeClass::Eight.plain() as u64;

/// Why a sealed file could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Larger than any sealed tip.
    #[error(
        "it is larger than any sealed tip. It did not come from a gateway of this version; keep the file for an investigation"
    )]
    Large,
    /// Not an age file, or a damaged one.
    #[error("it is not an age file, or it is damaged. Collect it again, or ask for a fresh copy")]
    NotAge,
    /// A header that would keep age busy.
    #[error(
        "its header is larger than any gateway writes. Someone made it to do harm: keep the file for an investigation"
    )]
    Header,
    /// Sealed to other keys.
    #[error(
        "it was sealed to other keys than this desk's. Open it at a desk whose key is in the gateway's lane, or with the backup identity"
    )]
    OtherKey,
    /// The seal opened, but its contents are not a tip.
    #[error(
        "its contents are not a tip as a gateway packs it ({0}). Keep the file for an investigation"
    )]
    NotATip(&'static str),
    /// An unknown schema.
    #[error(
        "its tip.json has schema {0}, and this program reads schema {SCHEMA}. Update loke-desk, then try again"
    )]
    Schema(u64),
}

/// One photo's bytes, zeroized on drop.
pub type Jpeg = Zeroizing<Vec<u8>>;

/// An opened tip. Zeroized on drop.
pub struct Opened {
    /// The parsed tip.
    pub tip: Tip,
    /// `tip.json` as it was in the seal.
    pub json: Zeroizing<String>,
    /// The JPEGs, in the order of `tip.photos`.
    pub photos: Vec<Jpeg>,
    /// The values computed from its words, once they were needed.
    prepared: OnceLock<Prepared>,
    /// SHA-256 of the seal, once it was needed.
    digest: OnceLock<[u8; 32]>,
}

impl Opened {
    /// SHA-256 of `sealed`, the file that this tip was opened from.
    pub(crate) fn digest(&self, sealed: &[u8]) -> [u8; 32] {
        *self.digest.get_or_init(|| sha256(sealed))
    }

    /// The values that are stored beside the tip for search and triage.
    pub(crate) fn prepared(&self, threats: &Threats) -> &Prepared {
        let prepare = || Prepared::of(&self.tip, threats);
        self.prepared.get_or_init(prepare)
    }
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Opened(…)")
    }
}

/// Opens a sealed tip with the first identity that fits.
///
/// # Errors
/// [`Error`]. A size or header over the limits is rejected before age reads the file.
pub fn tip(identities: &[Identity], sealed: &[u8]) -> Result<Opened, Error> {
    let plain = plain(identities, sealed)?;
    let (json, photos) = unpack(&plain)?;
    let tip = parse(&json)?;
    let named = tip
        .photos
        .iter()
        .enumerate()
        .all(|(i, note)| note.name == photo_name(i + 1));
    if tip.photos.len() != photos.len() || !named {
        return Err(Error::NotATip("tip.json and the photos do not match"));
    }
    Ok(Opened {
        tip,
        json,
        photos,
        prepared: OnceLock::new(),
        digest: OnceLock::new(),
    })
}

/// The name of photo `n` (from 1) in the tar.
#[must_use]
pub fn photo_name(n: usize) -> String {
    format!("photo-{n}.jpg")
}

/// Decrypts the whole plaintext, and so verifies the seal to its end.
///
/// # Errors
/// [`Error`].
pub fn plain(identities: &[Identity], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    if sealed.len() > SizeClass::Eight.sealed() {
        return Err(Error::Large);
    }
    age_header::check(sealed).map_err(|bad| match bad {
        BadHeader::NotAge => Error::NotAge,
        BadHeader::Large => Error::Header,
    })?;
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| Error::NotAge)?;
    let opened = decryptor.decrypt(identities.iter().map(Identity::as_age));
    // age multiplies with a copy of the secret key.
    scrub_stack();
    let mut reader = opened.map_err(|e| {
        if matches!(e, age::DecryptError::NoMatchingKeys) {
            Error::OtherKey
        } else {
            Error::NotAge
        }
    })?;
    // Full capacity from the start, so growing leaves no copies in memory: the plaintext is shorter
    // than the file.
    let mut plain = Zeroizing::new(Vec::with_capacity(sealed.len()));
    reader.read_to_end(&mut plain).map_err(|_| Error::NotAge)?;
    Ok(plain)
}

/// Reads the tar: `tip.json` first, then `photo-1.jpg` …, regular files only, padding before the
/// first file or after the last, nothing else. The entries are raw: no long names, no sparse files.
/// Versions before 0.2 padded with zeros after the end blocks; nothing else may follow them.
fn unpack(plain: &[u8]) -> Result<(Zeroizing<String>, Vec<Jpeg>), Error> {
    let mut archive = tar::Archive::new(plain);
    let broken = |_| Error::NotATip("the tar is damaged");
    let (mut json, mut photos, mut padded) = (None, Vec::new(), false);
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let mut entry = entry.map_err(broken)?;
        if entry.header().entry_type() == tar::EntryType::XGlobalHeader {
            if !is_padding(&contents(&mut entry, PADDING as u64)?) {
                return Err(Error::NotATip(
                    "the tar's padding is not what a gateway writes",
                ));
            }
            padded = json.is_some();
            continue;
        }
        if entry.header().entry_type() != tar::EntryType::Regular {
            return Err(Error::NotATip(
                "the tar contains something that is not a regular file",
            ));
        }
        let (expected, most) = if json.is_none() {
            ("tip.json".to_owned(), JSON_BYTES)
        } else {
            (photo_name(photos.len() + 1), PHOTO_BYTES)
        };
        if padded || photos.len() == limits::PHOTOS || *entry.path_bytes() != *expected.as_bytes() {
            return Err(Error::NotATip(
                "the tar contains a file that does not belong there",
            ));
        }
        let bytes = contents(&mut entry, most)?;
        if json.is_some() {
            photos.push(bytes);
        } else {
            let text =
                std::str::from_utf8(&bytes).map_err(|_| Error::NotATip("tip.json is not text"))?;
            json = Some(Zeroizing::new(text.to_owned()));
        }
    }
    let rest = archive.into_inner().iter();
    if rest.fold(0, |any, byte| any | byte) != 0 {
        return Err(Error::NotATip("there is data after the tar's end"));
    }
    Ok((json.ok_or(Error::NotATip("there is no tip.json"))?, photos))
}

/// Reads one whole entry of at most `most` bytes.
fn contents(entry: &mut tar::Entry<'_, &[u8]>, most: u64) -> Result<Jpeg, Error> {
    let broken = |_| Error::NotATip("the tar is damaged");
    let size = entry.header().entry_size().map_err(broken)?;
    if size > most {
        return Err(Error::NotATip("a file in the tar is too large"));
    }
    // Full capacity from the start, so growing leaves no copies in memory.
    let mut bytes = Zeroizing::new(Vec::with_capacity(size as usize + 1));
    entry.read_to_end(&mut bytes).map_err(broken)?;
    if bytes.len() as u64 == size {
        Ok(bytes)
    } else {
        Err(Error::NotATip("the tar is cut short"))
    }
}

/// Parses `tip.json`. Checks the schema number before the fields that depend on it.
fn parse(json: &str) -> Result<Tip, Error> {
    #[derive(Deserialize)]
    struct Numbered {
        schema: u64,
    }
    let numbered: Numbered =
        serde_json::from_str(json).map_err(|_| Error::NotATip("tip.json has no schema number"))?;
    if numbered.schema != u64::from(SCHEMA) {
        return Err(Error::Schema(numbered.schema));
    }
    serde_json::from_str(json)
        .map_err(|_| Error::NotATip("tip.json lacks a field or has an unknown word"))
}
