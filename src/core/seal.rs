//! Seals a tip: packs it as a tar, pads it to a size class and encrypts it to its lane's age
//! recipients. A MAC protects its queue row. This file can seal but not open: `desk::open` opens,
//! and the gateway does not contain it.

use std::collections::BTreeMap;
use std::io::Write;
use std::str::FromStr;

use age::x25519;
use ring::hmac;
use zeroize::Zeroizing;

use crate::clock::Day;
use crate::digest::sha256;
use crate::random::{self, NoRandomness};
use crate::tip::{Lane, Photo, Priority, Tip, TipId};

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

/// The text is not an age X25519 recipient. The error never repeats the text, because it may be a
/// secret in the wrong place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadRecipient {
    /// The text is a secret key, not a public one.
    #[error(
        "this is an age secret key: the gateway must never have one. Put the age1… recipient here and delete the key from this machine"
    )]
    Secret,
    /// Any other text.
    #[error(
        "this is not an age recipient: use the age1… line that `loke-desk init` or `age-keygen` printed"
    )]
    Unreadable,
}

/// One public key that tips are sealed to.
#[derive(Clone)]
pub struct Recipient(x25519::Recipient);

impl FromStr for Recipient {
    type Err = BadRecipient;
    fn from_str(text: &str) -> Result<Self, BadRecipient> {
        if text
            .trim_start()
            .to_ascii_uppercase()
            .starts_with("AGE-SECRET-KEY-")
        {
            return Err(BadRecipient::Secret);
        }
        text.trim()
            .parse()
            .map(Self)
            .map_err(|_| BadRecipient::Unreadable)
    }
}

impl Recipient {
    /// The fingerprint for comparing keys by eye, as the gateway's page and the desk show it: the
    /// first and last characters of the line, and the first 64 bits of its SHA-256, in groups of
    /// four.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let line = self.to_string();
        let (begins, ends) = (
            line.get(..12).unwrap_or(&line),
            line.get(line.len().saturating_sub(8)..).unwrap_or_default(),
        );
        let digest = hex::encode(sha256(line.as_bytes()));
        format!(
            "{} … {}, {}",
            fours(begins),
            fours(ends),
            fours(digest.get(..16).unwrap_or_default())
        )
    }
}

/// Splits a text into groups of four characters.
fn fours(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    characters
        .chunks(4)
        .map(String::from_iter)
        .collect::<Vec<_>>()
        .join(" ")
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::fmt::Display for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The recipients of each lane.
#[derive(Clone, Default)]
pub struct Recipients(BTreeMap<Lane, Vec<Recipient>>);

impl Recipients {
    /// Adds a recipient to a lane. Opening a tip tries the first recipient first.
    pub fn add(&mut self, lane: Lane, recipient: Recipient) {
        self.0.entry(lane).or_default().push(recipient);
    }

    /// The recipients of a lane; empty if it has none.
    #[must_use]
    pub fn of(&self, lane: Lane) -> &[Recipient] {
        self.0.get(&lane).map_or(&[], Vec::as_slice)
    }

    /// Encrypts `plain` to the lane's recipients as a binary age v1 file.
    fn encrypt(&self, lane: Lane, plain: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt_to(self.of(lane), plain).map_err(|e| {
            if self.of(lane).is_empty() {
                Error::NoRecipient(lane)
            } else {
                e
            }
        })
    }
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

/// The size class of a tip's plaintext. The size of a sealed tip reveals only this (promise P4).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum SizeClass {
    /// 16 KiB: every tip without photos.
    Text,
    /// 1 MiB.
    One,
    /// 2 MiB.
    Two,
    /// 4 MiB.
    Four,
    /// 8 MiB.
    Eight,
}

impl SizeClass {
    /// Every class, smallest first.
    pub const ALL: [Self; 5] = [Self::Text, Self::One, Self::Two, Self::Four, Self::Eight];

    /// Most bytes that age adds to the plaintext with [`MAX_RECIPIENTS`] recipients: the header and
    /// the grease stanza (less than 2,000). [`Self::sealed`] adds 16 bytes for each 64 KiB.
    const ENVELOPE: usize = 2_044;

    /// Bytes of plaintext, including padding.
    #[must_use]
    pub const fn plain(self) -> usize {
        match self {
            Self::Text => 16 << 10,
            Self::One => 1 << 20,
            Self::Two => 2 << 20,
            Self::Four => 4 << 20,
            Self::Eight => 8 << 20,
        }
    }

    /// Bytes of the largest sealed tip in this class.
    #[must_use]
    pub const fn sealed(self) -> usize {
        self.plain() + Self::ENVELOPE + self.plain() / (64 << 10) * 16
    }

    /// The smallest class that fits a tar of `bytes`: [`Self::Text`] only if there is no photo.
    fn holding(bytes: usize, photos: usize) -> Result<Self, Error> {
        let classes = if photos == 0 {
            Self::ALL.get(..1)
        } else {
            Self::ALL.get(1..)
        };
        classes
            .unwrap_or_default()
            .iter()
            .copied()
            .find(|c| c.plain() >= bytes)
            .ok_or(Error::TooBig)
    }
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

/// The padded tar of named files. One file alone is packed into [`SizeClass::Text`], several into
/// one of the larger classes. The buffer has the size of the class from the start, so growing leaves
/// no copies in memory. A report to a partner is packed by this function too, so both open the same
/// way.
///
/// # Errors
/// [`Error::TooBig`] if they do not fit.
pub fn pack_files(files: &[(&str, &[u8])]) -> Result<(SizeClass, Zeroizing<Vec<u8>>), Error> {
    let block = |bytes: usize| 512 + bytes.next_multiple_of(512);
    let all: usize = files.iter().map(|(_, bytes)| block(bytes.len())).sum();
    let length = all + END;
    let class = SizeClass::holding(length, files.len().saturating_sub(1))?;
    let mut plain = Zeroizing::new(Vec::with_capacity(class.plain()));
    pad(&mut plain, class.plain() - length)?;
    for (name, bytes) in files {
        append(&mut plain, name, bytes)?;
    }
    plain.resize(class.plain(), 0);
    Ok((class, plain))
}

/// Bytes of the two zero blocks at the end of a tar (POSIX ustar).
const END: usize = 1_024;

/// Most bytes of one padding record. libarchive skips a line of a pax header over 999,999 bytes
/// with a warning, and warns about a whole header over 1 MiB.
pub const PADDING: usize = 512 << 10;

/// Appends one file to the tar.
fn append(plain: &mut Vec<u8>, name: &str, bytes: &[u8]) -> Result<(), Error> {
    header(plain, name, tar::EntryType::Regular, bytes.len())?;
    plain.extend_from_slice(bytes);
    plain.resize(plain.len().next_multiple_of(512), 0);
    Ok(())
}

/// Pads the beginning of the tar up to `end` with global pax headers (POSIX pax, type `g`) that
/// contain one `comment` record each. Every tar program reads them, and none lists or extracts
/// anything for them.
///
/// Zeros after the end blocks would give the same size. But busybox and bsdtar stop reading at the
/// end blocks, so `age -d … | tar -x` would end with a broken pipe before age has verified the
/// whole file. The headers come before the first file, as in the output of `git archive`: Python's
/// `tarfile` rejects a header that no file follows.
fn pad(plain: &mut Vec<u8>, end: usize) -> Result<(), Error> {
    while plain.len() < end {
        // The padding is whole blocks, because every file of the tar is. If one block is left, it
        // is a header without a record.
        let size = (end - plain.len() - 512).min(PADDING);
        header(plain, "padding", tar::EntryType::XGlobalHeader, size)?;
        if size > 0 {
            let record = plain.len() + size;
            plain.extend_from_slice(comment(size).as_bytes());
            plain.resize(record - 1, b' ');
            plain.push(b'\n');
        }
    }
    Ok(())
}

/// The beginning of a padding record of `size` bytes (POSIX pax: length, space, keyword, equals
/// sign). Spaces and a line break follow.
fn comment(size: usize) -> String {
    format!("{size} comment=")
}

/// Whether the records of a global pax header are padding written by this file.
pub fn is_padding(records: &[u8]) -> bool {
    let spaces = records
        .strip_prefix(comment(records.len()).as_bytes())
        .and_then(|rest| rest.strip_suffix(b"\n"));
    records.is_empty() || spaces.is_some_and(|spaces| spaces.iter().all(|byte| *byte == b' '))
}

/// Appends the header of an entry, without owner or time. `tar::Builder` would copy the content
/// over the stack and leave it there.
fn header(plain: &mut Vec<u8>, name: &str, kind: tar::EntryType, size: usize) -> Result<(), Error> {
    let mut header = tar::Header::new_ustar();
    header.set_path(name).map_err(|_| Error::Encrypt)?;
    header.set_entry_type(kind);
    header.set_size(size as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header.set_cksum();
    plain.extend_from_slice(header.as_bytes());
    Ok(())
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
