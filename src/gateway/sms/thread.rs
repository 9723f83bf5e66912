//! Recognises texts that one phone sent in a row. A number is only ever hashed, under a key that is
//! in memory only and changes. The sealed tip contains a random word that is derived from nothing.
//! (Without a number, the parts of one text still share a thread: see `known`.)

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::listener::caller::Caller;
use crate::memory::daily_key::{self, RotatingKey};
use loke_core::random::{self, NoRandomness};

/// The open threads.
pub(super) struct Threads {
    key: RotatingKey,
    /// Maximum seconds between two texts in a row.
    window: i64,
    /// By the first 16 bytes of the number's keyed hash.
    open: Mutex<HashMap<[u8; 16], Thread>>,
}

struct Thread {
    id: String,
    last: i64,
}

/// The thread and the bucket of a text.
pub(super) struct Placed {
    /// The random word that texts in a row share; `None` without a number.
    pub(super) thread: Option<String>,
    /// The bucket that it counts for: [`Caller::NO_NUMBER`] without a number.
    pub(super) bucket: u16,
}

impl Threads {
    /// No threads yet. Texts at most `minutes` apart are in a row.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub(super) fn new(minutes: u16, now: i64) -> Result<Self, NoRandomness> {
        Ok(Self {
            key: RotatingKey::new(now)?,
            window: i64::from(minutes) * 60,
            open: Mutex::default(),
        })
    }

    /// Finds the thread of a text by its sender's number in any notation: `+44 7700 900123` and
    /// `447700900123` are one phone.
    ///
    /// # Errors
    /// If the operating system returns no random bytes.
    pub(super) fn place(&self, sender: Option<&str>, now: i64) -> Result<Placed, NoRandomness> {
        let Some(sender) = sender else {
            return Ok(Placed {
                thread: None,
                bucket: Caller::NO_NUMBER,
            });
        };
        let digits: zeroize::Zeroizing<Vec<u8>> = sender
            .bytes()
            .filter(u8::is_ascii_digit)
            .collect::<Vec<_>>()
            .into();
        // A sender may be a word ("Norwich Bus"), which is hashed unchanged.
        let tag = self.key.tag(
            if digits.is_empty() {
                sender.as_bytes()
            } else {
                &digits
            },
            now,
        );
        let Some((name, _)) = tag.as_ref().split_first_chunk::<16>() else {
            return Err(NoRandomness);
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let thread = match open
            .get_mut(name)
            .filter(|thread| (0..=self.window).contains(&(now - thread.last)))
        {
            Some(thread) => {
                thread.last = now;
                thread.id.clone()
            }
            None => {
                let id = hex::encode(random::bytes::<16>()?);
                open.insert(
                    *name,
                    Thread {
                        id: id.clone(),
                        last: now,
                    },
                );
                id
            }
        };
        Ok(Placed {
            thread: Some(thread),
            bucket: daily_key::bucket(&tag),
        })
    }

    /// Drops expired threads. Called each minute.
    pub(super) fn tidy(&self, now: i64) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, thread| (0..=self.window).contains(&(now - thread.last)));
        open.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_a_row_share_a_random_thread_and_others_do_not() {
        let threads = Threads::new(30, 0).unwrap();
        let of = |sender: &str, now| threads.place(Some(sender), now).unwrap().thread.unwrap();
        let first = of("+44 7700 900123", 100);
        assert_eq!(of("447700900123", 100 + 1_800), first);
        assert_ne!(of("447700900124", 200), first);
        assert_ne!(of("447700900123", 100 + 1_800 + 1_801), first);
        assert_ne!(
            Threads::new(30, 0)
                .unwrap()
                .place(Some("447700900123"), 100)
                .unwrap()
                .thread
                .unwrap(),
            first
        );
        let placed = threads.place(None, 100).unwrap();
        assert!(placed.thread.is_none() && placed.bucket == Caller::NO_NUMBER);
        assert!(
            threads.place(Some("447700900123"), 100).unwrap().bucket < Caller::NO_NUMBER,
            "the control"
        );
    }

    #[test]
    fn a_row_that_ended_is_forgotten_and_the_key_changes_within_a_day() {
        let threads = Threads::new(30, 0).unwrap();
        let first = threads.place(Some("447700900123"), 100).unwrap();
        threads.tidy(100 + 1_800);
        assert_eq!(threads.open.lock().unwrap().len(), 1);
        threads.tidy(100 + 1_801);
        assert_eq!(threads.open.lock().unwrap().len(), 0);
        let buckets = (0..20).map(|day| {
            threads
                .place(Some("447700900123"), 100 + day * 86_401)
                .unwrap()
                .bucket
        });
        assert!(
            buckets.collect::<std::collections::BTreeSet<_>>().len() > 1,
            "bucket {}",
            first.bucket
        );
    }
}
