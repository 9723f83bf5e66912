//! Memory budget for photos that are arriving, before they are cleaned: their bytes, over all
//! callers. Texts need no room. It must never exceed its budget, nor let one network keep the
//! photos of others out.
//!
//! **Eviction.** A photo takes room as it arrives, so that a slow connection takes little. If the
//! room is full, photos are evicted in this order:
//! 1. the photo that has been arriving for longest, if that is longer than a slow phone needs;
//! 2. the largest photo of the network that uses most, if that network uses more than one phone
//!    photo and more than the newcomer's network would;
//! 3. the photo that began last, so that photos that are nearly complete finish.
//!
//! The caller of an evicted photo sees that on the check page, and keeps the connection and the
//! texts.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use zeroize::Zeroizing;

use crate::listener::caller::Caller;

/// Bytes of raw photos in memory, over all callers.
pub const ROOM: usize = 96 << 20;
/// Bytes that a network may use without eviction in favour of other networks: one photo of a phone.
const ONE_PHOTO: usize = 6 << 20;
/// Seconds after which a photo that is still arriving is evicted first. A phone sends 5.8 MB at 50
/// kB/s in 116 s.
const LONG: i64 = 180;
/// Bytes of a photo's first allocation, and of each further one.
const FIRST: usize = 4 << 10;
const PIECE: usize = 64 << 10;
/// The holder of photos that come with text messages. No caller's bucket has this value.
const TEXTS: u16 = u16::MAX;

/// The network or Tor circuit that a caller's photos count for: the caller's bucket. Buckets of the
/// onion are separate from the others.
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
    photos: BTreeMap<u64, Arrival>,
    next: u64,
}

struct Arrival {
    holder: u16,
    began: i64,
    counts: usize,
    /// Its bytes while it may be evicted; `None` once cleaning begins.
    bytes: Option<Slot>,
}

/// A photo's bytes so far. They are in pieces, so that the memory grows with the bytes that have
/// arrived. Zeroized on drop.
#[derive(Default)]
struct Pieces(Vec<Zeroizing<Vec<u8>>>);

/// A photo's bytes, which a newcomer that needs the room can take.
type Slot = Arc<Mutex<Option<Pieces>>>;

/// A photo that is arriving. Releases its room on drop.
pub struct Arriving {
    room: Arc<Room>,
    number: u64,
    length: usize,
    capacity: usize,
    bytes: Slot,
}

/// Room that cannot be evicted. Released on drop.
pub struct Held {
    room: Arc<Room>,
    number: u64,
}

impl Room {
    /// Empty room of `budget` bytes.
    #[must_use]
    pub fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self {
            budget,
            books: Mutex::default(),
            freed: Notify::new(),
        })
    }

    /// Registers a photo that begins to arrive. Takes no room yet.
    #[must_use]
    pub fn begin(self: &Arc<Self>, holder: u16, now: i64) -> Arriving {
        let bytes = Arc::new(Mutex::new(Some(Pieces::default())));
        let entry = Arrival {
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

    /// Waits for room for a whole photo that comes with a text message. Such photos use at most a
    /// quarter of the room, or one photo.
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
        let number = books.add(Arrival {
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

    /// Bytes in use.
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
    /// Appends bytes. Returns false if the photo was evicted.
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

    /// Whether no byte has arrived.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The photo's first bytes, or `None` if it was evicted.
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

    /// Returns the whole photo, which cannot be evicted from now on, and its room. `None` if it was
    /// evicted before.
    #[must_use]
    pub fn finish(self) -> Option<(Zeroizing<Vec<u8>>, Held)> {
        self.room.lock().photos.get_mut(&self.number)?.bytes = None;
        let pieces = self
            .bytes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()?;
        let mut whole = Zeroizing::new(Vec::with_capacity(self.length));
        // Each piece is zeroized and freed as soon as it is copied.
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

/// Zeroizes megabytes, so call it without a lock.
fn wipe(gone: Vec<Slot>) {
    for bytes in gone {
        let pieces = bytes.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(pieces);
    }
}

impl Books {
    fn add(&mut self, entry: Arrival) -> u64 {
        self.next += 1;
        self.photos.insert(self.next, entry);
        self.next
    }

    fn take(&mut self, number: u64) -> Option<Arrival> {
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

    /// Gives `number` this many more bytes and evicts photos if needed. Returns whether it has
    /// them, and the evicted bytes, which the caller must zeroize.
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

    /// Picks the photo to evict. It may be the newcomer itself.
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
        let size = |at: &u64, entry: &Arrival| entry.counts + if *at == number { more } else { 0 };
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
