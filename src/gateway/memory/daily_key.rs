//! An in-memory key that changes at random times. It distinguishes callers without identifying
//! them. It must never be written to disk: once it is gone, nobody can interpret its hashes
//! (promise P8).

use std::sync::{Mutex, PoisonError};

use ring::hmac;
use zeroize::Zeroizing;

use loke_core::random::{self, NoRandomness};
use loke_core::zeroing_alloc::scrub_stack;

/// Minimum lifetime of a key in seconds.
pub(crate) const LIVES_AT_LEAST: i64 = 6 * 3_600;
/// Maximum lifetime of a key in seconds.
pub(crate) const LIVES_AT_MOST: i64 = 24 * 3_600;

/// A secret key that is replaced every 6 to 24 hours.
pub struct RotatingKey(Mutex<Current>);

struct Current {
    key: hmac::Key,
    made: i64,
    until: i64,
}

impl Current {
    fn fresh(now: i64) -> Result<Self, NoRandomness> {
        let secret = Zeroizing::new(random::bytes::<32>()?);
        let spread = random::below((LIVES_AT_MOST - LIVES_AT_LEAST).unsigned_abs())?;
        let until = now
            .saturating_add(LIVES_AT_LEAST)
            .saturating_add_unsigned(spread);
        Ok(Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, &*secret),
            made: now,
            until,
        })
    }
}

impl RotatingKey {
    /// Creates a fresh key.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub fn new(now: i64) -> Result<Self, NoRandomness> {
        Current::fresh(now).map(|current| Self(Mutex::new(current)))
    }

    /// HMAC-SHA256 of `bytes` under the key that is current at `now` (seconds since 1970).
    pub fn tag(&self, bytes: &[u8], now: i64) -> hmac::Tag {
        let mut current = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // A clock that was set back must not extend a key's lifetime.
        if now >= current.until || now < current.made {
            // Without randomness, keep the old key until there is some: no caller is refused for
            // that.
            if let Ok(fresh) = Current::fresh(now) {
                *current = fresh;
            }
        }
        let tag = hmac::sign(&current.key, bytes);
        scrub_stack();
        tag
    }
}

/// The first 12 bits of a tag: one of the 4,096 buckets in which callers are counted.
#[must_use]
pub fn bucket(tag: &hmac::Tag) -> u16 {
    match tag.as_ref() {
        [first, second, ..] => u16::from(*first) << 4 | u16::from(*second) >> 4,
        _ => 0,
    }
}
