//! Quotas for senders while a queue fills. Below half of a class, nothing is counted and nobody is
//! refused. From half on, memory counts the slots used by each [`Taker`] and by each network above
//! it, under 12 bits, and nobody gets more than a quota. The counts fall as desks collect, and are
//! zeroized when the class is below half again (promise P8).
//!
//! **What a refusal reveals.** An attacker who fills a class can count own reports until one is
//! refused. With fixed thresholds, that number would reveal how many reports others sent. So each
//! threshold is random. The start of counting and the start of the last eighth are drawn once per
//! filling; a taker's limit is drawn again at each release time. A new limit each time is not
//! enough, since the largest of many draws is always near the end of their range. So each taker
//! also has its own ceiling, drawn once per filling.
//!
//! Time and randomness are parameters: [`Shares::release`], [`Shares::hour`], and `draw`, which
//! returns a random number below its argument.

use std::collections::HashMap;

pub mod rules;

use rules::Rules;

use super::Capacity;
use loke_core::random::NoRandomness;
use loke_core::seal::SizeClass;

/// Returns a random number below its argument.
pub type Draw<'a> = &'a mut dyn FnMut(u64) -> Result<u64, NoRandomness>;

/// Bits of a taker that are counted.
const BITS: u16 = 12;
/// Index of the pool that counts all photo classes together, in MiB. The five classes come before
/// it, in slots.
const PHOTOS: usize = 5;
/// No hour or release has this number.
const NEVER: u64 = u64::MAX;

/// The sender that a slot is counted against. It identifies nobody: some thousand networks share
/// each value, under a key that stays in memory and changes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Taker {
    /// A caller's network and the larger network above it.
    Network {
        /// 12 bits of the network.
        bucket: u16,
        /// 12 bits of the network above.
        parent: u16,
    },
    /// The onion service: a circuit, if tor reports circuits. All of the onion counts as the
    /// network above.
    Onion {
        /// 12 bits of the circuit.
        circuit: Option<u16>,
    },
    /// A phone, by 12 bits of its number. Texts cost their senders money, so there is no network
    /// above.
    Phone {
        /// 12 bits of the number.
        bucket: u16,
    },
    /// All texts without a number: one taker.
    Texts,
}

impl std::fmt::Debug for Taker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Taker(…)")
    }
}

/// Map key of a quota: the kind in the upper 4 bits, a taker's 12 bits below.
type Key = u16;

impl Taker {
    /// Key of the taker itself; `None` for an onion without circuits.
    fn own(self) -> Option<Key> {
        match self {
            Self::Network { bucket, .. } => Some(key(0, bucket)),
            Self::Onion { circuit } => circuit.map(|bits| key(1, bits)),
            Self::Phone { bucket } => Some(key(2, bucket)),
            Self::Texts => Some(key(3, 0)),
        }
    }

    /// Key of the network above.
    fn above(self) -> Option<Key> {
        match self {
            Self::Network { parent, .. } => Some(key(4, parent)),
            Self::Onion { .. } => Some(key(5, 0)),
            Self::Phone { .. } | Self::Texts => None,
        }
    }

    /// Whether a page can ask the sender to tap again. A refused text may be lost for good.
    fn can_tap_again(self) -> bool {
        matches!(self, Self::Network { .. } | Self::Onion { .. })
    }
}

fn key(kind: u16, bits: u16) -> Key {
    kind << BITS | bits & ((1 << BITS) - 1)
}

/// Why a report gets no slot although some are free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The quota of the sender, or of the network above, is used up.
    Crowded,
    /// The class is filling, and a check suspected a bot.
    Unproven,
}

/// The quotas of each class, as this process counts them.
pub struct Shares {
    rooms: [Room; PHOTOS + 1],
    /// Numbers of the current hour and of the last release.
    hour: u64,
    release: u64,
}

/// Pool: a class, or all photo classes together.
struct Room {
    rules: Rules,
    used: u64,
    /// Slots are counted when `used` is at or above this.
    begins: u64,
    /// At or above this, a taker gets one report an hour.
    last: u64,
    /// Slots per taker; empty unless the pool fills.
    held: HashMap<Key, Held>,
}

/// The slots of one taker.
struct Held {
    /// Scaled down when desks collect, so it may be a fraction.
    places: f64,
    /// Upper bound of this taker's limits until the pool is below half again.
    ceiling: u64,
    /// Most slots until the next release, and the release at which this was drawn.
    limit: u64,
    drawn: u64,
    /// The last hour in which it got reports into the last eighth, and how many.
    hour: u64,
    in_hour: u64,
}

impl Shares {
    /// Creates empty counts for a queue.
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

    /// Starts a new hour.
    pub fn hour(&mut self) {
        self.hour = (self.hour + 1) % NEVER;
    }

    /// Starts a new release period: every limit is drawn again.
    pub fn release(&mut self) {
        self.release = (self.release + 1) % NEVER;
    }

    /// Whether any taker is counted.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.rooms.iter().any(|room| !room.held.is_empty())
    }

    /// Takes the number of used slots per class from the database. Counts fall in proportion to
    /// what desks collected, and are zeroized below half.
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

    /// Counts a slot of this class for the taker, or refuses it. Does not check whether a slot is
    /// free.
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

    /// Reverses [`Shares::admit`] when the tip was not stored.
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

/// The pools that count a tip of this class, and how much each counts.
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

    /// Draws the two thresholds for the next filling.
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

    /// Whether the taker and the network above may use this many more slots. A taker without slots
    /// may always use one.
    fn has_room(
        &mut self,
        taker: Taker,
        places: u64,
        hour: u64,
        release: u64,
        draw: Draw<'_>,
    ) -> Result<bool, NoRandomness> {
        let in_last = self.used >= self.last;
        // An onion without circuits is one taker.
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

    /// Draws the limit again if a release came since the last draw.
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
