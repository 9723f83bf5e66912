//! Fair shares of a queue that fills. Below half of a class nobody is counted and nobody is
//! refused. From half on, memory counts the places that each [`Taker`] and each network above it
//! hold, by 12 bits, and nobody gets more than a share. The counts fall as desks collect and are
//! wiped when the class is below half again (promise P8).
//!
//! **What a refusal tells.** A prober who fills a class counts own reports until one is refused. If
//! the points were fixed, that number would say how many reports others sent. So each point is
//! drawn: where counting begins and where the last eighth begins, once for each time that the class
//! fills; a taker's limit, anew at each release time. Drawn anew alone would not do, since the
//! largest of many draws is always near the end of their range: each taker also has a ceiling of
//! its own, drawn once.
//!
//! Time and randomness are parameters: [`Shares::release`], [`Shares::hour`] and `draw`, which
//! gives a number below another one.

use std::collections::HashMap;

pub mod rules;

use rules::Rules;

use super::Capacity;
use loke_core::random::NoRandomness;
use loke_core::seal::SizeClass;

/// Gives a random number below another one.
pub type Draw<'a> = &'a mut dyn FnMut(u64) -> Result<u64, NoRandomness>;

/// Bits that a taker is counted by.
const BITS: u16 = 12;
/// The room in which all photo classes are counted together, in MiB; before it stand the five
/// classes, in slots.
const PHOTOS: usize = 5;
/// The number of an hour or a release that never was.
const NEVER: u64 = u64::MAX;

/// The taker of a place. It names nobody: some thousand networks share each value, under a key that
/// lives in memory and changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// A caller's network, and the one above it.
    Network {
        /// 12 bits of the network.
        bucket: u16,
        /// 12 bits of the network above.
        parent: u16,
    },
    /// The onion: a circuit, if tor tells circuits apart. The whole onion counts as the network
    /// above.
    Onion {
        /// 12 bits of the circuit.
        circuit: Option<u16>,
    },
    /// A phone, by 12 bits of its number. Texts cost their senders money: there is no network
    /// above.
    Phone {
        /// 12 bits of the number.
        bucket: u16,
    },
    /// Every text that came without a number: one taker.
    Texts,
}

impl std::fmt::Debug for Taker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taker(…)")
    }
}

/// The key that a share is counted under: a kind in the upper 4 bits, a taker's 12 bits below.
type Key = u16;

impl Taker {
    /// The key of the taker itself; none for an onion that does not tell circuits apart.
    fn own(self) -> Option<Key> {
        match self {
            Self::Network { bucket, .. } => Some(key(0, bucket)),
            Self::Onion { circuit } => circuit.map(|bits| key(1, bits)),
            Self::Phone { bucket } => Some(key(2, bucket)),
            Self::Texts => Some(key(3, 0)),
        }
    }

    /// The key of the network above.
    fn above(self) -> Option<Key> {
        match self {
            Self::Network { parent, .. } => Some(key(4, parent)),
            Self::Onion { .. } => Some(key(5, 0)),
            Self::Phone { .. } | Self::Texts => None,
        }
    }

    /// Whether a page can ask the sender to tap again. A text that is refused may be lost for good.
    fn can_tap_again(self) -> bool {
        matches!(self, Self::Network { .. } | Self::Onion { .. })
    }
}

fn key(kind: u16, bits: u16) -> Key {
    kind << BITS | bits & ((1 << BITS) - 1)
}

/// Why a report gets no place although there are some.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The sender's share is used up, or that of the network above.
    Crowded,
    /// The class is filling, and something spoke against a person at a keyboard.
    Unproven,
}

/// The shares of each class, as this process knows them.
pub struct Shares {
    rooms: [Room; PHOTOS + 1],
    /// Numbers of the current hour and of the last release.
    hour: u64,
    release: u64,
}

/// A class, or all photo classes together.
struct Room {
    rules: Rules,
    used: u64,
    /// From here on places are counted.
    begins: u64,
    /// From here on a taker gets one report an hour into it.
    last: u64,
    /// The places that takers hold; empty unless the room fills.
    held: HashMap<Key, Held>,
}

/// The places that one taker holds.
struct Held {
    /// Places. In proportion to what desks collected, so that it need not be whole.
    places: f64,
    /// The most that a draw may give this taker until the room is below half again.
    ceiling: u64,
    /// The most that it may hold until the next release, and which release that was drawn at.
    limit: u64,
    drawn: u64,
    /// The last hour in which it got reports into the last eighth, and how many.
    hour: u64,
    in_hour: u64,
}

impl Shares {
    /// Empty shares of a queue.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn new(capacity: Capacity, draw: Draw<'_>) -> Result<Self, NoRandomness> {
        let [one, two, four, eight] = capacity.photos.map(u64::from);
        let mut room = |all| Room::new(Rules { all }, draw);
        let photos = room(one + 2 * two + 4 * four + 8 * eight)?;
        let rooms = [
            room(u64::from(capacity.text))?,
            room(one)?,
            room(two)?,
            room(four)?,
            room(eight)?,
            photos,
        ];
        Ok(Self {
            rooms,
            hour: 0,
            release: 0,
        })
    }

    /// A new hour began.
    pub fn hour(&mut self) {
        self.hour = (self.hour + 1) % NEVER;
    }

    /// A release time came: every limit is drawn anew.
    pub fn release(&mut self) {
        self.release = (self.release + 1) % NEVER;
    }

    /// Whether a taker is counted anywhere.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.rooms.iter().any(|room| !room.held.is_empty())
    }

    /// Takes note of how many slots of each class are in use, as the database says: the counts fall
    /// in proportion to what was collected, and are wiped below half.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn observe(&mut self, used: [u64; 5], draw: Draw<'_>) -> Result<(), NoRandomness> {
        let [_, one, two, four, eight] = used;
        let bytes = one + 2 * two + 4 * four + 8 * eight;
        self.rooms
            .iter_mut()
            .zip(used.into_iter().chain([bytes]))
            .try_for_each(|(room, used)| room.observe(used, draw))
    }

    /// Counts a place of this class, or refuses it. Whether a slot is free is not known here.
    ///
    /// # Errors
    /// If there is no randomness.
    pub fn admit(
        &mut self,
        class: SizeClass,
        taker: Taker,
        proven: bool,
        draw: Draw<'_>,
    ) -> Result<Result<(), Refusal>, NoRandomness> {
        let (hour, release) = (self.hour, self.release);
        let mut refusal = None;
        for (room, places) in rooms_of(&mut self.rooms, class) {
            if room.used < room.begins {
                continue;
            }
            if !room.has_room(taker, places, hour, release, draw)? {
                return Ok(Err(Refusal::Crowded));
            }
            if !proven && taker.can_tap_again() {
                refusal = Some(Refusal::Unproven);
            }
        }
        if let Some(refusal) = refusal {
            return Ok(Err(refusal));
        }
        for (room, places) in rooms_of(&mut self.rooms, class) {
            room.take(taker, places, hour);
        }
        Ok(Ok(()))
    }

    /// Takes back an admission that came to nothing.
    pub fn give_back(&mut self, class: SizeClass, taker: Taker) {
        for (room, places) in rooms_of(&mut self.rooms, class) {
            room.used = room.used.saturating_sub(places);
            for key in [taker.own(), taker.above()].into_iter().flatten() {
                if let Some(held) = room.held.get_mut(&key) {
                    held.places = (held.places - places as f64).max(0.0);
                    held.in_hour = held.in_hour.saturating_sub(1);
                }
            }
        }
    }
}

/// The rooms that a tip of this class takes places in, and how many.
fn rooms_of(
    rooms: &mut [Room; PHOTOS + 1],
    class: SizeClass,
) -> impl Iterator<Item = (&mut Room, u64)> {
    let own = class as usize;
    let photos = if class == SizeClass::Text {
        usize::MAX
    } else {
        PHOTOS
    };
    let size = (class.plain() >> 20) as u64;
    rooms
        .iter_mut()
        .enumerate()
        .filter_map(move |(at, room)| match at {
            at if at == own => Some((room, 1)),
            at if at == photos => Some((room, size)),
            _ => None,
        })
}

impl Room {
    fn new(rules: Rules, draw: Draw<'_>) -> Result<Self, NoRandomness> {
        let mut room = Self {
            rules,
            used: 0,
            begins: 0,
            last: 0,
            held: HashMap::new(),
        };
        room.begin(draw)?;
        Ok(room)
    }

    /// Draws where the next filling is counted from, and where its last eighth begins.
    fn begin(&mut self, draw: Draw<'_>) -> Result<(), NoRandomness> {
        let (begins, last) = (self.rules.begins(), self.rules.last());
        self.begins = begins.start() + draw(begins.end() - begins.start() + 1)?;
        self.last = last.start() + draw(last.end() - last.start() + 1)?;
        Ok(())
    }

    fn observe(&mut self, used: u64, draw: Draw<'_>) -> Result<(), NoRandomness> {
        let before = std::mem::replace(&mut self.used, used);
        if used < self.rules.half() && before >= self.rules.half() {
            self.held = HashMap::new();
            return self.begin(draw);
        }
        if used < before {
            let left = used as f64 / before as f64;
            self.held.values_mut().for_each(|held| held.places *= left);
        }
        Ok(())
    }

    /// Whether the taker and the network above may have so many places more. Who holds nothing may
    /// always have one.
    fn has_room(
        &mut self,
        taker: Taker,
        places: u64,
        hour: u64,
        release: u64,
        draw: Draw<'_>,
    ) -> Result<bool, NoRandomness> {
        let in_last = self.used >= self.last;
        // An onion that does not tell circuits apart is one taker.
        let alone = taker.own().is_none();
        for (key, most, an_hour) in [
            (taker.own(), self.rules.taker(), 1),
            (
                taker.above(),
                self.rules.above(),
                if alone { 1 } else { self.rules.above_an_hour() },
            ),
        ] {
            let Some(key) = key else { continue };
            let held = match self.held.entry(key) {
                std::collections::hash_map::Entry::Occupied(held) => held.into_mut(),
                std::collections::hash_map::Entry::Vacant(free) => {
                    free.insert(Held::new(&most, draw)?)
                }
            };
            held.draw(&most, release, draw)?;
            if held.places.round() as u64 + places > held.limit.max(places) {
                return Ok(false);
            }
            if in_last && held.hour == hour && held.in_hour >= an_hour {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn take(&mut self, taker: Taker, places: u64, hour: u64) {
        let (counts, in_last) = (self.used >= self.begins, self.used >= self.last);
        self.used += places;
        if !counts {
            return;
        }
        for key in [taker.own(), taker.above()].into_iter().flatten() {
            if let Some(held) = self.held.get_mut(&key) {
                held.places += places as f64;
                if in_last {
                    held.in_hour = if held.hour == hour {
                        held.in_hour + 1
                    } else {
                        1
                    };
                    held.hour = hour;
                }
            }
        }
    }
}

impl Held {
    fn new(most: &rules::Share, draw: Draw<'_>) -> Result<Self, NoRandomness> {
        let ceiling = most.ceilings();
        let ceiling = ceiling.start() + draw(ceiling.end() - ceiling.start() + 1)?;
        Ok(Self {
            places: 0.0,
            ceiling,
            limit: 0,
            drawn: NEVER,
            hour: NEVER,
            in_hour: 0,
        })
    }

    /// Draws the limit anew if a release came since.
    fn draw(
        &mut self,
        most: &rules::Share,
        release: u64,
        draw: Draw<'_>,
    ) -> Result<(), NoRandomness> {
        if self.drawn != release {
            self.limit = most.least() + draw(self.ceiling.saturating_sub(most.least()) + 1)?;
            self.drawn = release;
        }
        Ok(())
    }
}
