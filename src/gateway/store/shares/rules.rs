//! Arithmetic of the quotas: every number follows from the number of slots in a class.
//! [`Rules::broken`] computes whether that number is large enough; `loke-gateway check` runs it for
//! the configured `[capacity]`.

use std::ops::RangeInclusive;

use crate::store::Capacity;

/// Parameters of one class, or of all photo classes together (in MiB).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Total slots.
    pub all: u64,
}

/// Most slots of one taker, before random draws. Never less than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share(u64);

/// A guarantee that needs more slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// One caller can use every slot.
    #[error("one caller can fill it")]
    One,
    /// One network and the onion together can use every slot.
    #[error("one network's callers and the onion can fill it together")]
    Two,
}

/// Least number of reports with photos that a queue should have room for.
pub const PHOTO_REPORTS: u32 = 64;
/// The network above a taker gets one such part of the last eighth per hour. There are more parts
/// than hours in a bank-holiday weekend without collection.
const WEEKEND: u64 = 128;

impl Rules {
    /// Below this number of used slots, nothing is counted and nobody is refused.
    #[must_use]
    pub const fn half(self) -> u64 {
        self.all / 2
    }

    /// Slots of the second half.
    #[must_use]
    pub const fn second_half(self) -> u64 {
        self.all - self.half()
    }

    /// Where counting may begin: from half, up to an eighth of the second half later.
    #[must_use]
    pub fn begins(self) -> RangeInclusive<u64> {
        self.half()..=self.half() + self.second_half() / 8
    }

    /// Where the last eighth may begin: up to a quarter of it later.
    #[must_use]
    pub fn last(self) -> RangeInclusive<u64> {
        let eighth = self.all / 8;
        self.all - eighth..=self.all - eighth + eighth / 4
    }

    /// The quota of one taker.
    #[must_use]
    pub fn taker(self) -> Share {
        Share((self.second_half() / 8).max(1))
    }

    /// The quota of the network above a taker, or of the whole onion.
    #[must_use]
    pub fn above(self) -> Share {
        Share((self.second_half() / 4).max(1))
    }

    /// Reports per hour into the last eighth from the network above a taker, or from the whole
    /// onion. Never less than one.
    #[must_use]
    pub fn above_an_hour(self) -> u64 {
        (self.all / 8 / WEEKEND).max(1)
    }

    /// The guarantee that this number of slots breaks. `None` for a class without slots.
    ///
    /// A slot is used only if the counts of the taker and of the network above stay within their
    /// drawn limits, and no limit is above [`Share::most`]. Nothing is counted before
    /// [`Rules::begins`]. So one taker reaches at most the end of `begins` plus its quota; one
    /// network and the onion together reach at most the end of `begins` plus both quotas.
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
    /// The highest limit that can be drawn.
    #[must_use]
    pub const fn most(self) -> u64 {
        self.0
    }

    /// The lowest limit that can be drawn: three quarters, and never less than one slot.
    #[must_use]
    pub const fn least(self) -> u64 {
        self.0 - self.0 / 4
    }

    /// Range of one taker's ceiling.
    #[must_use]
    pub fn ceilings(self) -> RangeInclusive<u64> {
        self.0 - self.0 / 8..=self.0
    }
}

/// The broken guarantee of each class; `None` for a class that keeps all of them or has no slots.
/// The photo classes also share one pool of bytes. Each is judged by its own slots, which run out
/// first.
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
