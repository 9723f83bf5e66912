//! Storage of cleaned photos between check and send: in memory, sealed under a key that only the
//! resident's page has, for 20 minutes after the last page that showed them. An attacker who reads
//! this memory later finds ciphertext. A caller who floods it loses own entries first. Nothing here
//! is written to a file, and no ticket is stored.
//!
//! Each photo is sealed once, under its own key. An entry is a short list, sealed under its ticket:
//! for each photo the key, what was removed from the photo, and a thumbnail. So a page that shows
//! the photos again opens only the list; a page that adds or removes photos creates a new list. The
//! content of a ticket never changes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, LessSafeKey, Nonce};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use loke_core::random;
use loke_core::receipt::expand;
use loke_core::tip::{Photo, Removed};

mod list;

use list::{KEY, NONCE, PhotoLine, Sealed, cipher, read_list, seal, seal_photo, write_list};

/// Lifetime of pending photos, in seconds.
pub const WAITS: i64 = 20 * 60;
/// Lifetime of an old list, in seconds, after a page added or removed photos: a second tap still
/// finds it.
const LINGERS: i64 = 60;
/// Least size that an entry counts, in bytes, so that a flood of tiny entries cannot make the index
/// large.
const LEAST: usize = 16 << 10;
/// There is no room now, or no randomness for a ticket. The resident may send without photos or try
/// again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for photos right now: try again in a few minutes, or send without them")]
pub struct NoRoom;

/// Ticket in the page: 32 random bytes as 43 characters of base64url (RFC 4648 section 5, no
/// padding). Zeroized on drop.
#[derive(Clone)]
pub struct Ticket(Zeroizing<String>);

/// The view of a pending photo on a page. Zeroized on drop.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct PhotoShown {
    /// The metadata removed from it.
    pub removed: Vec<Removed>,
    /// A small JPEG of it. Empty if it has none.
    pub thumbnail: Vec<u8>,
}

/// Key of an entry in memory: derived one-way from the ticket.
type Name = [u8; 16];

impl Ticket {
    /// Parses a ticket; `None` if it is malformed. Does not check that an entry exists.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let ticket = (text.len() == 43).then(|| Self(Zeroizing::new(text.to_owned())))?;
        ticket.key().map(|_| ticket)
    }

    /// The ticket's text, for the page.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn new() -> Option<Self> {
        let key = Zeroizing::new(random::bytes::<KEY>().ok()?);
        Some(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*key))))
    }

    fn key(&self) -> Option<Zeroizing<[u8; KEY]>> {
        let mut key = Zeroizing::new([0; KEY]);
        let length = URL_SAFE_NO_PAD
            .decode_slice(self.0.as_bytes(), &mut *key)
            .ok()?;
        (length == KEY).then_some(key)
    }

    /// Derives the entry's name and the key of its list.
    fn unlock(&self) -> Option<(Name, LessSafeKey)> {
        let key = self.key()?;
        let (mut name, mut list) = ([0; 16], Zeroizing::new([0; KEY]));
        expand(&*key, &[b"loke parking name 1"], &mut name);
        expand(&*key, &[b"loke parking key 1"], &mut *list);
        Some((name, cipher(&list)?))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// The pending photos of one page.
struct PendingEntry {
    list: Sealed,
    photos: Vec<Sealed>,
    bucket: u16,
    lapses: i64,
}

impl PendingEntry {
    /// Seals the list under `key`.
    fn new(key: &LessSafeKey, lines: &[PhotoLine], bucket: u16, now: i64) -> Option<Self> {
        let list = write_list(lines)?;
        let photos = lines.iter().map(|line| Arc::clone(&line.sealed)).collect();
        Some(Self {
            list: Arc::new(seal(key, &list)?),
            photos,
            bucket,
            lapses: now.saturating_add(WAITS),
        })
    }

    /// Size in bytes. A photo in two lists counts in both.
    fn counts(&self) -> usize {
        (self.list.len() + self.photos.iter().map(|photo| photo.len()).sum::<usize>()).max(LEAST)
    }
}

#[derive(Default)]
struct Books {
    entries: HashMap<Name, PendingEntry>,
    /// For each caller bucket: its bytes, and its entries, oldest first.
    buckets: BTreeMap<u16, (usize, VecDeque<Name>)>,
    used: usize,
}

/// All pending photos; all callers share one budget.
pub struct PendingPhotos {
    budget: usize,
    books: Mutex<Books>,
    opened: AtomicU64,
}

impl fmt::Debug for PendingPhotos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PendingPhotos(…)")
    }
}

impl PendingPhotos {
    /// Creates empty storage of `budget` bytes for all callers together.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            books: Mutex::default(),
            opened: AtomicU64::new(0),
        }
    }

    /// Seals the photos with the list of what was removed from them. Returns the ticket for the
    /// page. If the budget is full, drops the oldest entries of the largest bucket, as long as that
    /// bucket uses more than the new entry's bucket would.
    ///
    /// # Errors
    /// [`NoRoom`]. Nothing was stored or dropped.
    pub fn leave(&self, bucket: u16, photos: &[Photo], now: i64) -> Result<Ticket, NoRoom> {
        self.put(None, Vec::new(), photos, bucket, now)
    }

    /// Creates a new ticket for those pending photos whose number (from 1) `keeps` accepts,
    /// followed by `added`. The old ticket expires a minute later, or at once if there is no room
    /// for both. `None` if the old ticket has no entry.
    ///
    /// # Errors
    /// [`NoRoom`]. The old ticket is still valid.
    pub fn change(
        &self,
        old: &Ticket,
        keeps: impl Fn(usize) -> bool,
        added: &[Photo],
        bucket: u16,
        now: i64,
    ) -> Option<Result<Ticket, NoRoom>> {
        let (name, lines) = self.lines(old, now)?;
        let kept = lines
            .into_iter()
            .zip(1..)
            .filter(|(_, number)| keeps(*number))
            .map(|(line, _)| line)
            .collect();
        Some(self.put(Some(name), kept, added, bucket, now))
    }

    /// The views of the photos of this ticket; `None` if it has expired. Opens only the
    /// list.
    #[must_use]
    pub fn notes(&self, ticket: &Ticket, now: i64) -> Option<Vec<PhotoShown>> {
        Some(
            self.lines(ticket, now)?
                .1
                .into_iter()
                .map(|line| line.shown)
                .collect(),
        )
    }

    /// Opens the photos of this ticket; `None` if it has expired. They stay until [`Self::forget`]
    /// or expiry.
    #[must_use]
    pub fn look(&self, ticket: &Ticket, now: i64) -> Option<Vec<Photo>> {
        let (_, lines) = self.lines(ticket, now)?;
        let open = |line: PhotoLine| {
            Some(Photo {
                jpeg: self.open(&cipher(&line.key)?, &line.sealed)?,
                removed: line.shown.removed.clone(),
                thumbnail: Vec::new(),
            })
        };
        lines.into_iter().map(open).collect()
    }

    /// Restarts the lifetime of this ticket's photos.
    pub fn prolong(&self, ticket: &Ticket, now: i64) {
        let Some((name, _)) = ticket.unlock() else {
            return;
        };
        let mut books = self.lock();
        if let Some(entry) = books.take(&name) {
            books.put(
                name,
                PendingEntry {
                    lapses: now.saturating_add(WAITS),
                    ..entry
                },
            );
        }
    }

    /// Drops and zeroizes the entry of this ticket.
    pub fn forget(&self, ticket: &Ticket) {
        let Some((name, _)) = ticket.unlock() else {
            return;
        };
        let gone = self.lock().take(&name);
        drop(gone);
    }

    /// Drops and zeroizes expired entries.
    pub fn sweep(&self, now: i64) {
        let gone = self.lock().take_lapsed(now);
        drop(gone);
    }

    /// Bytes decrypted since the start; measures the cost of [`Self::look`].
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Stores a list of these photos under a new ticket. It replaces the list `old`, if any.
    fn put(
        &self,
        old: Option<Name>,
        mut lines: Vec<PhotoLine>,
        added: &[Photo],
        bucket: u16,
        now: i64,
    ) -> Result<Ticket, NoRoom> {
        let ticket = Ticket::new().ok_or(NoRoom)?;
        let (name, key) = ticket.unlock().ok_or(NoRoom)?;
        for photo in added {
            lines.push(seal_photo(photo).ok_or(NoRoom)?);
        }
        let entry = PendingEntry::new(&key, &lines, bucket, now).ok_or(NoRoom)?;
        let mut books = self.lock();
        let mut gone = books.take_lapsed(now);
        let room = books.replace(old, name, entry, (self.budget, now), &mut gone);
        drop(books);
        // Zeroize megabytes only after the lock is released.
        drop(gone);
        room.map(|()| ticket)
    }

    /// The entry's name and its photos, still sealed.
    fn lines(&self, ticket: &Ticket, now: i64) -> Option<(Name, Vec<PhotoLine>)> {
        let (name, key) = ticket.unlock()?;
        let books = self.lock();
        let entry = books
            .entries
            .get(&name)
            .filter(|entry| now < entry.lapses)?;
        let (list, photos) = (Arc::clone(&entry.list), entry.photos.clone());
        drop(books);
        read_list(&Zeroizing::new(self.open(&key, &list)?), photos).map(|lines| (name, lines))
    }

    // The ban is in the gateway's own clippy.toml, which applies only when this crate is built
    // alone.
    #[expect(
        clippy::disallowed_methods,
        reason = "a pending photo is opened for the page that has its ticket"
    )]
    fn open(&self, key: &LessSafeKey, sealed: &[u8]) -> Option<Vec<u8>> {
        self.opened
            .fetch_add(sealed.len() as u64, Ordering::Relaxed);
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let mut bytes = Zeroizing::new(sealed.to_vec());
        let length = key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::empty(),
                &mut bytes,
            )
            .ok()?
            .len();
        bytes.truncate(length);
        Some(std::mem::take(&mut *bytes))
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Books {
    fn put(&mut self, name: Name, entry: PendingEntry) {
        let (held, names) = self.buckets.entry(entry.bucket).or_default();
        *held += entry.counts();
        names.push_back(name);
        self.used += entry.counts();
        self.entries.insert(name, entry);
    }

    fn take(&mut self, name: &Name) -> Option<PendingEntry> {
        let entry = self.entries.remove(name)?;
        self.used -= entry.counts();
        if let Some((held, names)) = self.buckets.get_mut(&entry.bucket) {
            *held -= entry.counts();
            names.retain(|other| other != name);
            if names.is_empty() {
                self.buckets.remove(&entry.bucket);
            }
        }
        Some(entry)
    }

    fn take_lapsed(&mut self, now: i64) -> Vec<PendingEntry> {
        let lapsed: Vec<Name> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.lapses <= now)
            .map(|(name, _)| *name)
            .collect();
        lapsed.iter().filter_map(|name| self.take(name)).collect()
    }

    /// Inserts an entry. If there is room for both, the old entry stays for [`LINGERS`]; otherwise
    /// it is dropped. If there is no room even then, the old entry stays unchanged.
    fn replace(
        &mut self,
        old: Option<Name>,
        name: Name,
        entry: PendingEntry,
        (budget, now): (usize, i64),
        gone: &mut Vec<PendingEntry>,
    ) -> Result<(), NoRoom> {
        if self.make_room(&entry, budget, gone).is_ok() {
            if let Some(before) = old.and_then(|old| self.entries.get_mut(&old)) {
                before.lapses = before.lapses.min(now.saturating_add(LINGERS));
            }
        } else {
            let old = old.ok_or(NoRoom)?;
            let before = self.take(&old).ok_or(NoRoom)?;
            if self.make_room(&entry, budget, gone).is_err() {
                self.put(old, before);
                return Err(NoRoom);
            }
            gone.push(before);
        }
        self.put(name, entry);
        Ok(())
    }

    /// Frees the space that the new entry needs, or nothing: it plans first and drops entries only
    /// if the plan frees enough.
    fn make_room(
        &mut self,
        newcomer: &PendingEntry,
        budget: usize,
        gone: &mut Vec<PendingEntry>,
    ) -> Result<(), NoRoom> {
        let mut short = (self.used + newcomer.counts()).saturating_sub(budget);
        let would_hold = self
            .buckets
            .get(&newcomer.bucket)
            .map_or(0, |(held, _)| *held)
            + newcomer.counts();
        let mut queues: Vec<(usize, VecDeque<Name>)> = Vec::new();
        if short > 0 {
            queues.extend(
                self.buckets
                    .iter()
                    .filter(|(bucket, _)| **bucket != newcomer.bucket)
                    .map(|(_, queue)| queue.clone()),
            );
        }
        let mut going = Vec::new();
        while short > 0 {
            let (held, names) = queues
                .iter_mut()
                .max_by_key(|(held, _)| *held)
                .filter(|(held, _)| *held > would_hold)
                .ok_or(NoRoom)?;
            let oldest = names.pop_front().ok_or(NoRoom)?;
            let counts = self.entries.get(&oldest).map_or(0, PendingEntry::counts);
            *held = held.saturating_sub(counts);
            short = short.saturating_sub(counts);
            going.push(oldest);
        }
        gone.extend(going.iter().filter_map(|name| self.take(name)));
        Ok(())
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_plaintext_lies_in_the_books_and_a_dropped_ticket_leaves_no_key() {
        let pending = PendingPhotos::new(1 << 20);
        let jpeg: Vec<u8> = (0..40_000_u32).map(|i| ((i * 7919) >> 3) as u8).collect();
        let photo = Photo {
            jpeg: jpeg.clone(),
            removed: vec![Removed::Gps],
            thumbnail: Vec::new(),
        };
        let ticket = pending.leave(7, std::slice::from_ref(&photo), 0).unwrap();
        let (_, lines) = pending.lines(&ticket, 0).unwrap();
        let books = pending.lock();
        let keys = [ticket.key().unwrap(), lines[0].key.clone()];
        for (name, entry) in &books.entries {
            let runs = |bytes: &[u8]| {
                jpeg.chunks_exact(8)
                    .any(|run| memchr::memmem::find(bytes, run).is_some())
            };
            assert!(
                runs(&jpeg),
                "control: the search finds runs in the photo itself"
            );
            for sealed in [&entry.list, &entry.photos[0]] {
                assert!(!runs(sealed) && memchr::memmem::find(sealed, &jpeg[..4]).is_none());
                let leaks = |run: &[u8]| {
                    name.windows(8).any(|n| n == run) || memchr::memmem::find(sealed, run).is_some()
                };
                assert!(!keys.iter().any(|key| key.windows(8).any(leaks)));
            }
        }
        drop(books);
        assert_eq!(pending.look(&ticket, 0).unwrap()[0].jpeg, jpeg);
    }
}
