//! A seeded random generator, so that a failed test can run again with the same draws.

use std::time::Duration;

use loke::random;

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

    pub(crate) fn bits(&mut self) -> u16 {
        self.below(4_096) as u16
    }

    /// An instant of a run of this length.
    pub(crate) fn within(&mut self, span: Duration) -> Duration {
        span.mul_f64(self.below(1_000) as f64 / 1_000.0)
    }
}
