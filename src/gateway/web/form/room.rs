//! Room for photos that are on their way in, before they are cleaned: bytes that have arrived, over
//! all callers, within one budget. Words need none. It must never hold more than its budget, nor
//! let one network keep the others' photos out.
//!
//! **Who gives way.** A photo takes room as it arrives, so that a slow line holds little. If the
//! room is full, first the photo gives way that has been arriving for longest, if that is longer
//! than a slow phone needs; then the largest photo of the network that holds most, if that is more
//! than one photo of a phone and more than the newcomer's network would hold; else the photo that
//! began last, so that those that are far come through. Whose photo gave way is told so on the
//! check page, and keeps the line and the words.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::listener::caller::Caller;

/// Bytes of raw photos that may lie in memory, over all callers.
pub const ROOM: usize = 96 << 20;
/// Bytes that a network may hold without ever giving way to others: a photo of a phone.
const ONE_PHOTO: usize = 6 << 20;
/// Seconds after which a photo that still arrives gives way first. A phone sends 5.8 MB at 50 kB/s
/// in 116.
const LONG: i64 = 180;
/// Bytes of a photo's first piece of memory, and of each after it.
const FIRST: usize = 4 << 10;
const PIECE: usize = 64 << 10;
/// The holder of photos that come with text messages: no bucket of a caller.
const TEXTS: u16 = u16::MAX;

/// Which network or Tor circuit a caller counts as: their bucket, those at the onion apart from the
/// others.
#[must_use]
pub fn holder(caller: &Caller) -> u16 {
    let apart = if caller.is_onion() { 1 << 14 } else { 0 };
    caller.bucket % (1 << 14) + apart
}

/// The room, shared by all callers.
pub struct Room {
    budget: usize,
    books: Mutex<Books>,
    freed: Notify,
}

#[derive(Default)]
struct Books {
    used: usize,
    /// Bytes by holder.
    holders: HashMap<u16, usize>,
    /// In the order in which they began.
    photos: BTreeMap<u64, Entry>,
    next: u64,
}

struct Entry {
    holder: u16,
    began: i64,
    counts: usize,
    /// Its bytes while it may give way; none from the moment it is cleaned.
    bytes: Option<Slot>,
}

/// A photo's bytes so far, in pieces, so that what it takes is what has arrived. Wiped on drop.
#[derive(Default)]
struct Pieces(Vec<Zeroizing<Vec<u8>>>);

/// A photo's bytes, which a newcomer that needs the room can take.
type Slot = Arc<Mutex<Option<Pieces>>>;

/// A photo on its way in. It gives its room back when it is dropped.
pub struct Arriving {
    room: Arc<Room>,
    number: u64,
    length: usize,
    capacity: usize,
    bytes: Slot,
}

/// Room that cannot be taken away, for as long as this is kept.
pub struct Held {
    room: Arc<Room>,
    number: u64,
}

impl Room {
    /// Empty room for so many bytes.
    #[must_use]
    pub fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self {
            budget,
            books: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// A photo begins to arrive. Takes nothing yet.
    #[must_use]
    pub fn begin(self: &Arc<Self>, holder: u16, now: i64) -> Arriving {
        let bytes = Arc::new(Mutex::new(Some(Pieces::default())));
        let entry = Entry {
            holder,
            began: now,
            counts: 0,
            bytes: Some(Arc::clone(&bytes)),
        };
        let number = self.lock().add(entry);
        Arriving {
            room: Arc::clone(self),
            number,
            length: 0,
            capacity: 0,
            bytes,
        }
    }

    /// Waits for room for a whole photo that comes with a text message. Texts hold a quarter of the
    /// room at most, or one photo.
    pub async fn hold(self: &Arc<Self>, bytes: usize, now: i64) -> Held {
        loop {
            let freed = self.freed.notified();
            if let Some(held) = self.try_hold(bytes, now) {
                return held;
            }
            freed.await;
        }
    }

    fn try_hold(self: &Arc<Self>, bytes: usize, now: i64) -> Option<Held> {
        let mut books = self.lock();
        let holds = books.holders.get(&TEXTS).copied().unwrap_or(0);
        if holds > 0 && holds + bytes > self.budget / 4 {
            return None;
        }
        let number = books.add(Entry {
            holder: TEXTS,
            began: now,
            counts: 0,
            bytes: None,
        });
        let (fits, gone) = books.make_room(number, bytes, self.budget, now);
        if !fits {
            books.take(number);
        }
        drop(books);
        wipe(gone);
        fits.then(|| Held {
            room: Arc::clone(self),
            number,
        })
    }

    /// Bytes that are held now.
    #[must_use]
    pub fn used(&self) -> usize {
        self.lock().used
    }

    fn give_back(&self, number: u64) {
        self.lock().take(number);
        self.freed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Arriving {
    /// Appends what came. False if the photo had to give way: it is gone then.
    #[must_use]
    pub fn push(&mut self, mut came: &[u8], now: i64) -> bool {
        while !came.is_empty() {
            if self.length == self.capacity {
                let more = if self.capacity == 0 { FIRST } else { PIECE };
                let (fits, gone) =
                    self.room
                        .lock()
                        .make_room(self.number, more, self.room.budget, now);
                wipe(gone);
                if !fits {
                    return false;
                }
                self.capacity += more;
                let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
                let Some(pieces) = bytes.as_mut() else {
                    return false;
                };
                pieces.0.push(Zeroizing::new(Vec::with_capacity(more)));
            }
            let (part, rest) = came.split_at(came.len().min(self.capacity - self.length));
            let mut bytes = self.bytes.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(last) = bytes.as_mut().and_then(|pieces| pieces.0.last_mut()) else {
                return false;
            };
            last.extend_from_slice(part);
            self.length += part.len();
            came = rest;
        }
        true
    }

    /// Bytes so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether nothing has come yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The photo's first bytes; none if it gave way.
    #[must_use]
    pub fn first_bytes(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()?
            .0
            .first()
            .cloned()
    }

    /// The whole photo, which gives way to nobody from now on, and the room that it keeps
    /// meanwhile. None if it gave way before.
    #[must_use]
    pub fn finish(self) -> Option<(Zeroizing<Vec<u8>>, Held)> {
        self.room.lock().photos.get_mut(&self.number)?.bytes = None;
        let pieces = self
            .bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let mut whole = Zeroizing::new(Vec::with_capacity(self.length));
        // Each piece goes as soon as it is copied.
        pieces
            .0
            .into_iter()
            .for_each(|piece| whole.extend_from_slice(&piece));
        let held = Held {
            room: Arc::clone(&self.room),
            number: self.number,
        };
        Some((whole, held))
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        // A finished photo's room belongs to its `Held`.
        let mut books = self.room.lock();
        if books
            .photos
            .get(&self.number)
            .is_some_and(|entry| entry.bytes.is_some())
        {
            books.take(self.number);
            drop(books);
            self.room.freed.notify_waiters();
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.room.give_back(self.number);
    }
}

/// Megabytes are wiped when no lock is held.
fn wipe(gone: Vec<Slot>) {
    for bytes in gone {
        let pieces = bytes.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(pieces);
    }
}

impl Books {
    fn add(&mut self, entry: Entry) -> u64 {
        self.next += 1;
        self.photos.insert(self.next, entry);
        self.next
    }

    fn take(&mut self, number: u64) -> Option<Entry> {
        let entry = self.photos.remove(&number)?;
        self.used -= entry.counts;
        if let Some(holds) = self.holders.get_mut(&entry.holder) {
            *holds -= entry.counts;
            if *holds == 0 {
                self.holders.remove(&entry.holder);
            }
        }
        Some(entry)
    }

    /// Gives `number` so many bytes more, if others or nobody must give way for it. Also returns
    /// what is to be wiped.
    fn make_room(
        &mut self,
        number: u64,
        more: usize,
        budget: usize,
        now: i64,
    ) -> (bool, Vec<Slot>) {
        let mut gone = Vec::new();
        let Some(holder) = self.photos.get(&number).map(|entry| entry.holder) else {
            return (false, gone);
        };
        while self.used + more > budget {
            let victim = self.who_gives_way(number, holder, more, now);
            let entry = self.take(victim);
            gone.extend(entry.and_then(|entry| entry.bytes));
            if victim == number {
                return (false, gone);
            }
        }
        self.used += more;
        *self.holders.entry(holder).or_default() += more;
        if let Some(entry) = self.photos.get_mut(&number) {
            entry.counts += more;
        }
        (true, gone)
    }

    /// It may be the newcomer itself.
    fn who_gives_way(&self, number: u64, holder: u16, more: usize, now: i64) -> u64 {
        let may = || {
            self.photos
                .iter()
                .filter(|(_, entry)| entry.bytes.is_some() && entry.counts > 0)
        };
        if let Some((longest, _)) = may().find(|(_, entry)| now - entry.began > LONG) {
            return *longest;
        }
        let mine = self.holders.get(&holder).copied().unwrap_or(0) + more;
        let others = self
            .holders
            .iter()
            .filter(|(other, _)| **other != holder)
            .max_by_key(|(_, holds)| **holds);
        let (most, holds) = others
            .filter(|(_, holds)| **holds > mine)
            .map_or((holder, mine), |(other, holds)| (*other, *holds));
        let size = |at: &u64, entry: &Entry| entry.counts + if *at == number { more } else { 0 };
        let largest = may()
            .filter(|(_, entry)| entry.holder == most)
            .max_by_key(|(at, entry)| size(at, entry))
            .map(|(at, _)| *at);
        let last = || may().map(|(at, _)| *at).chain([number]).max();
        largest
            .filter(|_| holds > ONE_PHOTO)
            .or_else(last)
            .unwrap_or(number)
    }
}
