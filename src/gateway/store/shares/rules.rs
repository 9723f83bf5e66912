//! The arithmetic of fair shares: every number follows from how many places a class has.
//! [`Rules::broken`] computes whether they keep their promise for that many; `loke-gateway check`
//! runs it for the configured `[capacity]`.

use std::ops::RangeInclusive;

use crate::store::Capacity;

/// The numbers of one class, or of all photo classes together (in MiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Places in all.
    pub all: u64,
}

/// How much one taker may hold at the most, before anything is drawn. Never less than one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u64);

/// A promise that so few places cannot keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// One caller can take every place.
    #[error("one caller can fill it")]
    One,
    /// One network's range and the onion together can take every place.
    #[error("one network's callers and the onion can fill it together")]
    Two,
}

/// Reports with photos that a queue should have room for at least.
pub const PHOTO_REPORTS: u32 = 64;
/// Parts of the last eighth of which the network above a taker gets one an hour: more than a closed
/// bank-holiday weekend has hours.
const WEEKEND: u64 = 128;

impl Rules {
    /// Below it nobody is counted and nobody is refused.
    #[must_use]
    pub const fn half(self) -> u64 {
        self.all / 2
    }

    /// Places of the second half.
    #[must_use]
    pub const fn second_half(self) -> u64 {
        self.all - self.half()
    }

    /// The point from which places are counted: from half on, an eighth of the second half later at
    /// the most.
    #[must_use]
    pub fn begins(self) -> RangeInclusive<u64> {
        self.half()..=self.half() + self.second_half() / 8
    }

    /// The beginning of the last eighth: a quarter of it later at the most.
    #[must_use]
    pub fn last(self) -> RangeInclusive<u64> {
        let eighth = self.all / 8;
        self.all - eighth..=self.all - eighth + eighth / 4
    }

    /// The share of one taker.
    #[must_use]
    pub fn taker(self) -> Share {
        Share((self.second_half() / 8).max(1))
    }

    /// The share of the network above a taker, or of the whole onion.
    #[must_use]
    pub fn above(self) -> Share {
        Share((self.second_half() / 4).max(1))
    }

    /// Reports that the network above a taker, or the whole onion, gets into the last eighth in an
    /// hour. Never less than one.
    #[must_use]
    pub fn above_an_hour(self) -> u64 {
        (self.all / 8 / WEEKEND).max(1)
    }

    /// The promises that so few places cannot keep. A class without places makes none.
    ///
    /// A place is taken only if the taker's count and that of the network above stay at or below
    /// what was drawn, and no draw is above [`Share::most`]. Nothing is counted before
    /// [`Rules::begins`]. So one taker reaches no further than the end of `begins` and its share,
    /// and one network and the onion no further than the end of `begins` and both their shares.
    #[must_use]
    pub fn broken(self) -> Option<Broken> {
        let from = *self.begins().end();
        let one = from + self.taker().most();
        let two = from + 2 * self.above().most();
        if self.all == 0 {
            None
        } else if one >= self.all || one > *self.last().start() {
            Some(Broken::One)
        } else if two >= self.all || two > *self.last().start() {
            Some(Broken::Two)
        } else {
            None
        }
    }
}

impl Share {
    /// The highest that a limit is ever drawn.
    #[must_use]
    pub const fn most(self) -> u64 {
        self.0
    }

    /// The lowest that a limit is ever drawn: three quarters, and never less than one place.
    #[must_use]
    pub const fn least(self) -> u64 {
        self.0 - self.0 / 4
    }

    /// The ceiling of one taker's draws.
    #[must_use]
    pub fn ceilings(self) -> RangeInclusive<u64> {
        self.0 - self.0 / 8..=self.0
    }
}

/// The faults of a queue of so many places, for each class: none for a class that keeps every
/// promise, or has no places. The photo classes also share one room of bytes; each is judged by its
/// own slots, which run out first.
#[must_use]
pub fn broken(capacity: Capacity) -> [Option<Broken>; 5] {
    let [one, two, four, eight] = capacity.photos;
    [capacity.text, one, two, four, eight].map(|all| {
        Rules {
            all: u64::from(all),
        }
        .broken()
    })
}
