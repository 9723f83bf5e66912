//! Seals a tip: packs it as a tar, pads it to a size class and encrypts it to its lane's age
//! recipients. A MAC protects its queue row. It can seal but not open: `desk::open` opens,
//! and the gateway does not contain it.

mod archive;
mod recipients;

use std::io::Write;

use ring::hmac;
use zeroize::Zeroizing;

use crate::clock::Day;
use crate::digest::sha256;
use crate::random::{self, NoRandomness};
use crate::tip::{Lane, Photo, Priority, Tip, TipId};

pub use archive::{PADDING, SizeClass, is_padding, pack_files};
pub use recipients::{BadRecipient, Recipient, Recipients};

/// Most recipients of one lane, so that every sealed tip fits its slot in the queue.
pub const MAX_RECIPIENTS: usize = 12;

/// Why a tip could not be sealed. No variant contains anything of the tip.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The tar is larger than the largest size class.
    #[error("the tip is larger than the largest size class (8 MiB)")]
    TooBig,
    /// The lane has no recipient.
    #[error("lane {0} has no recipient: add a [[recipients]] entry that names it")]
    NoRecipient(Lane),
    /// age refused to encrypt.
    #[error("age could not encrypt")]
    Encrypt,
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// Encrypts `plain` to `recipients` as a binary age v1 file (C2SP age).
///
/// # Errors
/// [`Error::Encrypt`] if age refuses, for example without a recipient.
pub fn encrypt_to(recipients: &[Recipient], plain: &[u8]) -> Result<Vec<u8>, Error> {
    let mut out = Vec::with_capacity(plain.len() + SizeClass::ENVELOPE);
    let mut writer = encrypting(recipients, &mut out)?;
    writer.write_all(plain).map_err(|_| Error::Encrypt)?;
    writer.finish().map_err(|_| Error::Encrypt)?;
    Ok(out)
}

/// A writer that encrypts to `recipients` as a binary age v1 file (C2SP age). The file is complete
/// only after the writer's `finish`.
///
/// # Errors
/// [`Error::Encrypt`] if age refuses, for example without a recipient.
pub fn encrypting<W: Write>(
    recipients: &[Recipient],
    out: W,
) -> Result<age::stream::StreamWriter<W>, Error> {
    let keys = recipients.iter().map(|r| &r.0 as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(keys).map_err(|_| Error::Encrypt)?;
    encryptor.wrap_output(out).map_err(|_| Error::Encrypt)
}

/// The key of the queue rows' MAC, 32 bytes. The gateway stores it in its folder, and enrolled
/// desks have it.
#[derive(Clone)]
pub struct MacKey(Zeroizing<[u8; 32]>);

impl MacKey {
    /// A key from its bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new random key.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn random() -> Result<Self, NoRandomness> {
        random::bytes().map(Self::new)
    }

    /// The key's bytes, for the key file.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA256 (RFC 2104) of id, lane, priority, expiry day and the SHA-256 of the sealed
    /// bytes.
    fn over(
        &self,
        id: TipId,
        lane: Lane,
        priority: Priority,
        expiry: Day,
        sealed: &[u8],
    ) -> [u8; 32] {
        let tag = hmac::sign(&self.key(), &row(id, lane, priority, expiry, sealed));
        let mut out = [0; 32];
        out.iter_mut().zip(tag.as_ref()).for_each(|(o, b)| *o = *b);
        out
    }

    /// Whether the MAC matches this row. Runs in constant time.
    #[must_use]
    pub fn holds(&self, row_of: &Sealed) -> bool {
        let message = row(
            row_of.id,
            row_of.lane,
            row_of.priority,
            row_of.expiry,
            &row_of.bytes,
        );
        hmac::verify(&self.key(), &message, &row_of.mac).is_ok()
    }

    /// The key as a `ring` type.
    #[must_use]
    pub fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.as_slice())
    }
}

/// The message that the MAC covers. Every part has a fixed length.
fn row(id: TipId, lane: Lane, priority: Priority, expiry: Day, sealed: &[u8]) -> Vec<u8> {
    [
        b"loke queue row 1".as_slice(),
        &id.0,
        &[lane as u8, priority as u8],
        &expiry.0.to_le_bytes(),
        &sha256(sealed),
    ]
    .concat()
}

impl std::fmt::Debug for MacKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MacKey(…)")
    }
}

/// A sealed tip and the unencrypted columns of its queue row. `store` gets nothing else of a tip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The tip's random id.
    pub id: TipId,
    /// Who may read it.
    pub lane: Lane,
    /// How soon a person should look.
    pub priority: Priority,
    /// The day on which the gateway deletes it unread: the retention plus or minus some random
    /// days.
    pub expiry: Day,
    /// Its size class.
    pub class: SizeClass,
    /// The age file.
    pub bytes: Vec<u8>,
    /// HMAC-SHA256 of all fields above except the class, which `bytes` implies.
    pub mac: [u8; 32],
}

/// Seals a tip: a tar of `tip.json` and the photos, padded to its class, encrypted to its lane,
/// with a MAC.
///
/// # Errors
/// If the lane has no recipient, the photos do not fit the largest class, or there are no random
/// bytes.
pub fn seal(
    tip: &Tip,
    photos: &[Photo],
    recipients: &Recipients,
    mac_key: &MacKey,
    expiry: Day,
) -> Result<Sealed, Error> {
    let (class, plain) = pack(tip, photos)?;
    let bytes = recipients.encrypt(tip.lane, &plain)?;
    if bytes.len() > class.sealed() {
        return Err(Error::TooBig);
    }
    let mac = mac_key.over(tip.id, tip.lane, tip.priority, expiry, &bytes);
    Ok(Sealed {
        id: tip.id,
        lane: tip.lane,
        priority: tip.priority,
        expiry,
        class,
        bytes,
        mac,
    })
}

/// Packs a tip as a padded tar: `tip.json`, then its photos.
fn pack(tip: &Tip, photos: &[Photo]) -> Result<(SizeClass, Zeroizing<Vec<u8>>), Error> {
    let mut json = Zeroizing::new(Vec::with_capacity(SizeClass::Text.plain()));
    serde_json::to_writer(&mut *json, tip).map_err(|_| Error::Encrypt)?;
    let photos = photos
        .iter()
        .zip(&tip.photos)
        .map(|(photo, note)| (note.name.as_str(), photo.jpeg.as_slice()));
    let json = ("tip.json", json.as_slice());
    let files: Vec<_> = std::iter::once(json).chain(photos).collect();
    pack_files(&files)
}

/// The most days that a day of expiry is moved, either way: a fifth of the retention.
#[must_use]
pub fn expiry_spread(retention: u16) -> i32 {
    i32::from(retention / 5).max(1)
}

/// The day on which a tip is deleted unread: `retention` days after `today`, plus or minus a random
/// number of days up to a fifth of the retention.
///
/// # Errors
/// If the operating system returns no random bytes.
pub fn fuzz_expiry(today: Day, retention: u16) -> Result<Day, NoRandomness> {
    let spread = expiry_spread(retention);
    let moved = random::below(u64::from(spread.unsigned_abs()) * 2 + 1)?;
    Ok(today.plus(i32::from(retention) - spread + i32::try_from(moved).unwrap_or(0)))
}
