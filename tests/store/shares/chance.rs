//! A seeded random generator and an in-memory queue, for simulations of the shares.

use loke::random::{self, NoRandomness};
use loke::seal::SizeClass;
use loke::store::Capacity;
use loke::store::shares::{Shares, Taker};

/// The capacity that `init` writes.
pub(super) const DEFAULT: Capacity = Capacity {
    text: 20_000,
    photos: [128, 32, 16, 8],
};

/// The seed: from the environment variable LOKE_SEED, or a new one, which is printed.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = std::env::var("LOKE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| random::below(u64::MAX).unwrap());
    println!("{test}: LOKE_SEED={seed}");
    seed
}

/// SplitMix64.
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    pub(crate) fn below(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((u128::from(z ^ (z >> 31)) * u128::from(below)) >> 64) as u64
    }

    pub(super) fn bits(&mut self) -> u16 {
        self.below(4_096) as u16
    }
}

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
