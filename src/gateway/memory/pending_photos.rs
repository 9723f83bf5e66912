//! The place of cleaned photos between check and send: in memory, sealed under a key that only the
//! resident's page holds, for 20 minutes after the last page that showed them. Who reads this
//! memory later finds ciphertext; who floods it loses their own places first. Nothing here is ever
//! written to a file, and no ticket is kept.
//!
//! Each photo is sealed once, under a key of its own. An entry is a short list, sealed under its
//! ticket: for each photo that key, and what was taken off it. So a page that shows the photos
//! again opens the list alone, and one that leaves some out or adds some makes a new list. What
//! waits under a ticket never changes.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, LessSafeKey, Nonce};
use zeroize::{Zeroize, Zeroizing};

use loke_core::random;
use loke_core::receipt::expand;
use loke_core::tip::{Photo, Removed};

mod list;

use list::{KEY, Line, NONCE, Sealed, cipher, read_list, seal, seal_photo, write_list};

/// How long photos wait, in seconds.
pub const WAITS: i64 = 20 * 60;
/// How long a list waits, in seconds, after a page left some of its photos out or added some: a
/// second tap finds it still.
const LINGERS: i64 = 60;
/// Least that an entry counts, in bytes: so a flood of tiny ones cannot make the books large.
const LEAST: usize = 16 << 10;
/// There is no room now, or no randomness for a ticket: the resident may send without photos, or
/// try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for photos right now: try again in a few minutes, or send without them")]
pub struct NoRoom;

/// What the page holds: 32 random bytes as 43 characters of base64url (RFC 4648 section 5, no
/// padding). Wiped on drop.
#[derive(Clone)]
pub struct Ticket(Zeroizing<String>);

/// The name of an entry in memory: it follows from the ticket and does not lead back to it.
type Name = [u8; 16];

impl Ticket {
    /// Reads a ticket; none if it is not one. It is not known yet whether anything waits under it.
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

    /// The entry's name, and what its list is sealed with.
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

/// The photos that wait for one page.
struct Entry {
    list: Sealed,
    photos: Vec<Sealed>,
    bucket: u16,
    lapses: i64,
}

impl Entry {
    /// Under this key.
    fn new(key: &LessSafeKey, lines: &[Line], bucket: u16, now: i64) -> Option<Self> {
        let list = write_list(lines)?;
        let photos = lines.iter().map(|line| Arc::clone(&line.sealed)).collect();
        Some(Self {
            list: Arc::new(seal(key, &list)?),
            photos,
            bucket,
            lapses: now.saturating_add(WAITS),
        })
    }

    /// A photo that two lists name counts for both.
    fn counts(&self) -> usize {
        (self.list.len() + self.photos.iter().map(|photo| photo.len()).sum::<usize>()).max(LEAST)
    }
}

#[derive(Default)]
struct Books {
    entries: HashMap<Name, Entry>,
    /// For each caller bucket: the bytes it holds, and its entries, oldest first.
    buckets: BTreeMap<u16, (usize, VecDeque<Name>)>,
    used: usize,
}

/// The places, shared by all callers within one budget.
pub struct Parking {
    budget: usize,
    books: Mutex<Books>,
    opened: AtomicU64,
}

impl fmt::Debug for Parking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Parking(…)")
    }
}

impl Parking {
    /// Empty places for `budget` bytes over all callers.
    #[must_use]
    pub fn new(budget: usize) -> Self {
        Self {
            budget,
            books: Mutex::default(),
            opened: AtomicU64::new(0),
        }
    }

    /// Seals the photos and what was taken off them, and returns the ticket for the page. If the
    /// budget is full, the oldest entries of the bucket that holds most make room, as long as it
    /// holds more than the newcomer's bucket then would.
    ///
    /// # Errors
    /// [`NoRoom`]. Nothing was put aside for it.
    pub fn leave(&self, bucket: u16, photos: &[Photo], now: i64) -> Result<Ticket, NoRoom> {
        self.put(None, Vec::new(), photos, bucket, now)
    }

    /// Those of the waiting photos whose number (from 1) `keeps`, and these behind them, under a
    /// new ticket. The old one leads nowhere a minute later, or at once if there is no room for
    /// both. None if nothing waits under it.
    ///
    /// # Errors
    /// [`NoRoom`]. The old ticket holds as before.
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

    /// The notes on each of the photos that wait under this ticket, if they still do. Opens the
    /// list alone.
    #[must_use]
    pub fn notes(&self, ticket: &Ticket, now: i64) -> Option<Vec<Vec<Removed>>> {
        Some(
            self.lines(ticket, now)?
                .1
                .into_iter()
                .map(|line| line.removed)
                .collect(),
        )
    }

    /// The photos that wait under this ticket, if they still do. They stay until they are forgotten
    /// or lapse.
    #[must_use]
    pub fn look(&self, ticket: &Ticket, now: i64) -> Option<Vec<Photo>> {
        let (_, lines) = self.lines(ticket, now)?;
        let open = |line: Line| {
            Some(Photo {
                jpeg: self.open(&cipher(&line.key)?, &line.sealed)?,
                removed: line.removed,
            })
        };
        lines.into_iter().map(open).collect()
    }

    /// Lets the photos under this ticket wait on, as if they came now.
    pub fn prolong(&self, ticket: &Ticket, now: i64) {
        let Some((name, _)) = ticket.unlock() else {
            return;
        };
        let mut books = self.lock();
        if let Some(entry) = books.take(&name) {
            books.put(
                name,
                Entry {
                    lapses: now.saturating_add(WAITS),
                    ..entry
                },
            );
        }
    }

    /// Drops and wipes what waits under this ticket.
    pub fn forget(&self, ticket: &Ticket) {
        let Some((name, _)) = ticket.unlock() else {
            return;
        };
        let gone = self.lock().take(&name);
        drop(gone);
    }

    /// Drops and wipes what has lapsed.
    pub fn sweep(&self, now: i64) {
        let gone = self.lock().take_lapsed(now);
        drop(gone);
    }

    /// Bytes that were opened since the start: what looking costs.
    #[must_use]
    pub fn opened(&self) -> u64 {
        self.opened.load(Ordering::Relaxed)
    }

    /// Puts a list of these photos into the books under a new ticket, in the place of an old list.
    fn put(
        &self,
        old: Option<Name>,
        mut lines: Vec<Line>,
        added: &[Photo],
        bucket: u16,
        now: i64,
    ) -> Result<Ticket, NoRoom> {
        let ticket = Ticket::new().ok_or(NoRoom)?;
        let (name, key) = ticket.unlock().ok_or(NoRoom)?;
        for photo in added {
            lines.push(seal_photo(photo).ok_or(NoRoom)?);
        }
        let entry = Entry::new(&key, &lines, bucket, now).ok_or(NoRoom)?;
        let mut books = self.lock();
        let mut gone = books.take_lapsed(now);
        let room = books.replace(old, name, entry, (self.budget, now), &mut gone);
        drop(books);
        // Wiping megabytes is done after the lock is given back.
        drop(gone);
        room.map(|()| ticket)
    }

    /// The entry's name and its photos, none of them opened.
    fn lines(&self, ticket: &Ticket, now: i64) -> Option<(Name, Vec<Line>)> {
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

    // The ban stands in the gateway's own list, which is read when that zone is built alone.
    #[expect(
        clippy::disallowed_methods,
        reason = "a waiting photo is opened for the page that holds its ticket"
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
    fn put(&mut self, name: Name, entry: Entry) {
        let (held, names) = self.buckets.entry(entry.bucket).or_default();
        *held += entry.counts();
        names.push_back(name);
        self.used += entry.counts();
        self.entries.insert(name, entry);
    }

    fn take(&mut self, name: &Name) -> Option<Entry> {
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

    fn take_lapsed(&mut self, now: i64) -> Vec<Entry> {
        let lapsed: Vec<Name> = self
            .entries
            .iter()
            .filter(|(_, entry)| entry.lapses <= now)
            .map(|(name, _)| *name)
            .collect();
        lapsed.iter().filter_map(|name| self.take(name)).collect()
    }

    /// Puts an entry in. The old one, whose place it takes, lingers if there is room for both and
    /// goes if there is not; if there is no room even then, it is left as it was.
    fn replace(
        &mut self,
        old: Option<Name>,
        name: Name,
        entry: Entry,
        (budget, now): (usize, i64),
        gone: &mut Vec<Entry>,
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

    /// Frees what the newcomer needs, or nothing: the plan is made first, and carried out if it
    /// reaches far enough.
    fn make_room(
        &mut self,
        newcomer: &Entry,
        budget: usize,
        gone: &mut Vec<Entry>,
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
            let counts = self.entries.get(&oldest).map_or(0, Entry::counts);
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
        let parking = Parking::new(1 << 20);
        let jpeg: Vec<u8> = (0..40_000_u32).map(|i| ((i * 7919) >> 3) as u8).collect();
        let photo = Photo {
            jpeg: jpeg.clone(),
            removed: vec![Removed::Gps],
        };
        let ticket = parking.leave(7, std::slice::from_ref(&photo), 0).unwrap();
        let (_, lines) = parking.lines(&ticket, 0).unwrap();
        let books = parking.lock();
        let keys = [ticket.key().unwrap(), lines[0].key.clone()];
        for (name, entry) in &books.entries {
            let runs = |bytes: &[u8]| {
                jpeg.chunks_exact(8)
                    .any(|run| memchr::memmem::find(bytes, run).is_some())
            };
            assert!(runs(&jpeg), "the control finds runs in the photo itself");
            for sealed in [&entry.list, &entry.photos[0]] {
                assert!(!runs(sealed) && memchr::memmem::find(sealed, &jpeg[..4]).is_none());
                let leaks = |run: &[u8]| {
                    name.windows(8).any(|n| n == run) || memchr::memmem::find(sealed, run).is_some()
                };
                assert!(!keys.iter().any(|key| key.windows(8).any(leaks)));
            }
        }
        drop(books);
        assert_eq!(parking.look(&ticket, 0).unwrap()[0].jpeg, jpeg);
    }
}
