//! The public keys that tips are sealed to: one of them, and those of each lane.

use std::collections::BTreeMap;
use std::str::FromStr;

use age::x25519;

use super::{Error, encrypt_to};
use crate::digest::sha256;
use crate::random::{self, NoRandomness};
use crate::tip::Lane;

/// Before the public part of a recipient (C2SP age).
const AGE: bech32::Hrp = bech32::Hrp::parse_unchecked("age");

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
pub struct Recipient(pub(super) x25519::Recipient);

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
    /// A public key at random. Its secret key is unknown: to compute it is as hard as to break the
    /// seal.
    fn of_nobody() -> Result<Self, NoRandomness> {
        let bytes: [u8; 32] = random::bytes()?;
        let line = bech32::encode::<bech32::Bech32>(AGE, &bytes).map_err(|_| NoRandomness)?;
        line.parse().map_err(|_| NoRandomness)
    }

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

    /// The recipients of a tip that `key` alone opens. Random keys, whose secret nobody has, fill up
    /// to as many as the lane has: the number of recipients shows in the length of a sealed tip.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn alone(&self, lane: Lane, key: &Recipient) -> Result<Self, NoRandomness> {
        let mut all = vec![key.clone()];
        for _ in 1..self.of(lane).len() {
            all.push(Recipient::of_nobody()?);
        }
        random::shuffle(&mut all)?;
        Ok(Self(BTreeMap::from([(lane, all)])))
    }

    /// Encrypts `plain` to the lane's recipients as a binary age v1 file.
    pub(super) fn encrypt(&self, lane: Lane, plain: &[u8]) -> Result<Vec<u8>, Error> {
        encrypt_to(self.of(lane), plain).map_err(|e| {
            if self.of(lane).is_empty() {
                Error::NoRecipient(lane)
            } else {
                e
            }
        })
    }
}
