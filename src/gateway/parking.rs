//! Where cleaned photos wait between check and send: in memory, sealed under a key that only the resident's page holds, for at
//! most 20 minutes. Who reads this memory later finds ciphertext; who floods it loses their own places first. Nothing here is
//! ever written to a file, and no ticket is kept.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use zeroize::{Zeroize, Zeroizing};

use crate::random;
use crate::receipt::expand;
use crate::tip::{Photo, Removed};

/// How long photos wait, in seconds.
pub const WAITS: i64 = 20 * 60;
/// Least that an entry counts, in bytes: so a flood of tiny ones cannot make the books large.
const LEAST: usize = 16 << 10;
/// Bytes of a nonce and of a tag (RFC 8439).
const NONCE: usize = 12;
const TAG: usize = 16;

/// There is no room now, or no randomness for a ticket: the resident may send without photos, or try again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no room for photos right now: try again in a few minutes, or send without them")]
pub struct NoRoom;

/// What the page holds: 32 random bytes as 43 characters of base64url (RFC 4648 section 5, no padding). Wiped on drop.
#[derive(Clone)]
pub struct Ticket(Zeroizing<String>);

/// The name of an entry in memory: it follows from the ticket and does not lead back to it.
type Name = [u8; 16];

impl Ticket {
    /// Reads a ticket; none where it is not one. It is not known yet whether anything waits under it.
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
        let key = Zeroizing::new(random::bytes::<32>().ok()?);
        Some(Self(Zeroizing::new(URL_SAFE_NO_PAD.encode(*key))))
    }

    fn key(&self) -> Option<Zeroizing<[u8; 32]>> {
        let mut key = Zeroizing::new([0; 32]);
        let length = URL_SAFE_NO_PAD.decode_slice(self.0.as_bytes(), &mut *key).ok()?;
        (length == 32).then_some(key)
    }

    /// The entry's name, and what its photos are sealed with.
    fn unlock(&self) -> Option<(Name, LessSafeKey)> {
        let key = self.key()?;
        let (mut name, mut cipher) = ([0; 16], Zeroizing::new([0; 32]));
        expand(&*key, &[b"loke parking name 1"], &mut name);
        expand(&*key, &[b"loke parking key 1"], &mut *cipher);
        Some((name, LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, &*cipher).ok()?)))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ticket(…)")
    }
}

/// Sealed photos of one page. Wiped when the last hand lets go.
struct Entry {
    sealed: Arc<Zeroizing<Vec<u8>>>,
    bucket: u16,
    lapses: i64,
}

impl Entry {
    fn counts(&self) -> usize {
        self.sealed.len().max(LEAST)
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
        Self { budget, books: Mutex::default() }
    }

    /// Seals the photos and what was taken off them, and returns the ticket for the page. Where the budget is full, the oldest entries of
    /// the bucket that holds most make room, as long as it holds more than the newcomer's bucket then would.
    ///
    /// # Errors
    /// [`NoRoom`]. Nothing was put aside for it.
    pub fn leave(&self, bucket: u16, photos: &[Photo], now: i64) -> Result<Ticket, NoRoom> {
        let ticket = Ticket::new().ok_or(NoRoom)?;
        let (name, key) = ticket.unlock().ok_or(NoRoom)?;
        let entry = Entry { sealed: Arc::new(seal(&key, photos).ok_or(NoRoom)?), bucket, lapses: now.saturating_add(WAITS) };
        let mut books = self.lock();
        let mut gone = books.take_lapsed(now);
        let room = books.make_room(&entry, self.budget, &mut gone);
        if room.is_ok() {
            books.put(name, entry);
        }
        drop(books);
        // Wiping megabytes is done after the lock is given back.
        drop(gone);
        room.map(|()| ticket)
    }

    /// The photos that wait under this ticket, if they still do. They stay until they are forgotten or lapse.
    #[must_use]
    pub fn look(&self, ticket: &Ticket, now: i64) -> Option<Vec<Photo>> {
        let (name, key) = ticket.unlock()?;
        let sealed = Arc::clone(&self.lock().entries.get(&name).filter(|entry| now < entry.lapses)?.sealed);
        open(&key, &sealed)
    }

    /// Drops and wipes what waits under this ticket.
    pub fn forget(&self, ticket: &Ticket) {
        let Some((name, _)) = ticket.unlock() else { return };
        let gone = self.lock().take(&name);
        drop(gone);
    }

    /// Drops and wipes what has lapsed.
    pub fn sweep(&self, now: i64) {
        let gone = self.lock().take_lapsed(now);
        drop(gone);
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
        let lapsed: Vec<Name> = self.entries.iter().filter(|(_, entry)| entry.lapses <= now).map(|(name, _)| *name).collect();
        lapsed.iter().filter_map(|name| self.take(name)).collect()
    }

    /// Frees what the newcomer needs, or nothing: the plan is made first, and carried out where it reaches far enough.
    fn make_room(&mut self, newcomer: &Entry, budget: usize, gone: &mut Vec<Entry>) -> Result<(), NoRoom> {
        let mut short = (self.used + newcomer.counts()).saturating_sub(budget);
        let would_hold = self.buckets.get(&newcomer.bucket).map_or(0, |(held, _)| *held) + newcomer.counts();
        let mut queues: Vec<(usize, VecDeque<Name>)> = Vec::new();
        if short > 0 {
            queues.extend(self.buckets.iter().filter(|(bucket, _)| **bucket != newcomer.bucket).map(|(_, queue)| queue.clone()));
        }
        let mut going = Vec::new();
        while short > 0 {
            let (held, names) = queues.iter_mut().max_by_key(|(held, _)| *held).filter(|(held, _)| *held > would_hold).ok_or(NoRoom)?;
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

/// Nonce, then the photos under ChaCha20-Poly1305. For each photo: how many words were taken off it, their places in
/// [`Removed::ALL`], the JPEG's length (32 bits, little-endian), the JPEG. Sealed in place: there is no other plaintext copy.
fn seal(key: &LessSafeKey, photos: &[Photo]) -> Option<Zeroizing<Vec<u8>>> {
    let size: usize = photos.iter().map(|photo| photo.jpeg.len() + photo.removed.len() + 5).sum();
    let nonce = random::bytes::<NONCE>().ok()?;
    let mut out = Zeroizing::new(Vec::with_capacity(NONCE + size + TAG));
    out.extend_from_slice(&nonce);
    for photo in photos {
        out.push(u8::try_from(photo.removed.len()).ok()?);
        for word in &photo.removed {
            out.push(u8::try_from(Removed::ALL.iter().position(|other| other == word)?).ok()?);
        }
        out.extend_from_slice(&u32::try_from(photo.jpeg.len()).ok()?.to_le_bytes());
        out.extend_from_slice(&photo.jpeg);
    }
    let (_, plain) = out.split_at_mut_checked(NONCE)?;
    let tag = key.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), plain).ok()?;
    out.extend_from_slice(tag.as_ref());
    Some(out)
}

#[expect(clippy::disallowed_methods, reason = "a waiting photo is opened for the page that holds its ticket")]
fn open(key: &LessSafeKey, sealed: &[u8]) -> Option<Vec<Photo>> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
    let mut bytes = Zeroizing::new(sealed.to_vec());
    let mut rest: &[u8] = key.open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut bytes).ok()?;
    let mut photos = Vec::new();
    while let Some((count, after)) = rest.split_first() {
        let (words, after) = after.split_at_checked(usize::from(*count))?;
        let (length, after) = after.split_first_chunk::<4>()?;
        let (jpeg, after) = after.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        let removed = words.iter().map(|word| Removed::ALL.get(usize::from(*word)).copied()).collect::<Option<_>>()?;
        photos.push(Photo { jpeg: jpeg.to_vec(), removed });
        rest = after;
    }
    Some(photos)
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
        let jpeg: Vec<u8> = (0..40_000_u32).map(|i| (i * 7919 >> 3) as u8).collect();
        let photo = Photo { jpeg: jpeg.clone(), removed: vec![Removed::Gps] };
        let ticket = parking.leave(7, std::slice::from_ref(&photo), 0).unwrap();
        let books = parking.lock();
        let key = ticket.key().unwrap();
        for (name, entry) in &books.entries {
            let runs = |bytes: &[u8]| jpeg.chunks_exact(8).any(|run| memchr::memmem::find(bytes, run).is_some());
            assert!(runs(&jpeg), "the control finds runs in the photo itself");
            assert!(!runs(&entry.sealed) && memchr::memmem::find(&entry.sealed, &jpeg[..4]).is_none());
            assert!(!key.windows(8).any(|run| name.windows(8).any(|n| n == run) || memchr::memmem::find(&entry.sealed, run).is_some()));
        }
        drop(books);
        assert_eq!(parking.look(&ticket, 0).unwrap()[0].jpeg, jpeg);
    }
}
