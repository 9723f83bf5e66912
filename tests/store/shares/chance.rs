//! An in-memory queue, for simulations of the shares.

use loke::random::NoRandomness;
use loke::seal::SizeClass;
use loke::store::Capacity;
use loke::store::shares::{Shares, Taker};

use crate::house::chance::Chance;

/// The capacity that `init` writes.
pub(super) const DEFAULT: Capacity = Capacity {
    text: 20_000,
    photos: [128, 32, 16, 8],
};

/// A taker whose network is shared with nobody, except by chance.
pub(super) fn anybody(chance: &mut Chance) -> Taker {
    Taker::Network {
        bucket: chance.bits(),
        parent: chance.bits(),
    }
}

/// How the shares draw random numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Draws {
    AtRandom,
    /// Always the highest.
    Highest,
    /// Always the lowest: no random offset hides the counts.
    Lowest,
}

/// A queue in memory: the shares, and the used slots.
pub(super) struct Slots {
    pub(super) shares: Shares,
    pub(super) used: [u64; 5],
    all: [u64; 5],
    chance: Chance,
    draws: Draws,
}

impl Slots {
    pub(super) fn new(capacity: Capacity, draws: Draws, seed: u64) -> Self {
        let [one, two, four, eight] = capacity.photos;
        let all = [capacity.text, one, two, four, eight].map(u64::from);
        let mut chance = Chance(seed);
        let shares = Shares::new(capacity, &mut draw(&mut chance, draws)).unwrap();
        Self {
            shares,
            used: [0; 5],
            all,
            chance,
            draws,
        }
    }

    /// This many slots of the text class are used already, by takers that are not counted.
    pub(super) fn begin_at(&mut self, text: u64) {
        self.used[0] = text;
        self.shares
            .observe(self.used, &mut draw(&mut self.chance, self.draws))
            .unwrap();
    }

    /// Returns whether a report is stored; one with photos may use its own class or a larger one.
    pub(super) fn send(&mut self, class: SizeClass, taker: Taker, proven: bool) -> bool {
        let larger = SizeClass::ALL
            .into_iter()
            .filter(|larger| class != SizeClass::Text && *larger > class);
        [class]
            .into_iter()
            .chain(larger)
            .any(|class| self.send_in(class, taker, proven))
    }

    fn send_in(&mut self, class: SizeClass, taker: Taker, proven: bool) -> bool {
        let at = class as usize;
        if self
            .shares
            .admit(
                class,
                taker,
                proven,
                &mut draw(&mut self.chance, self.draws),
            )
            .unwrap()
            .is_err()
        {
            return false;
        }
        if self.used[at] == self.all[at] {
            self.shares.give_back(class, taker);
            return false;
        }
        self.used[at] += 1;
        true
    }

    /// Sends until a report is rejected, `most` at most. Returns the number of stored reports.
    pub(super) fn flood(&mut self, class: SizeClass, taker: Taker, most: u64) -> u64 {
        (0..most)
            .take_while(|_| self.send(class, taker, true))
            .count() as u64
    }

    /// Desks collect this many tips of the text class.
    pub(super) fn collect(&mut self, text: u64) {
        self.used[0] -= text.min(self.used[0]);
        self.shares
            .observe(self.used, &mut draw(&mut self.chance, self.draws))
            .unwrap();
    }
}

fn draw(chance: &mut Chance, draws: Draws) -> impl FnMut(u64) -> Result<u64, NoRandomness> {
    move |below| {
        Ok(match draws {
            Draws::AtRandom => chance.below(below),
            Draws::Highest => below.saturating_sub(1),
            Draws::Lowest => 0,
        })
    }
}
