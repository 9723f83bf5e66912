//! A prober sends 3,000 reports a night and counts the rejected ones. Each night other people sent
//! none or five: does the count reveal which? A rank test (Mann and Whitney) over all nights must
//! find no more than chance gives; as the control, without random draws it finds everything.

use loke::seal::SizeClass;
use loke::store::shares::Taker;

use super::chance::{DEFAULT, Draws, Slots, anybody};
use crate::house::chance::{Chance, seed};

/// The prober's reports per night.
const REPORTS: u64 = 3_000;
/// Reports of other people on a night that has any.
const OTHERS: u64 = 5;
/// Release times per night.
const RELEASES: u64 = 12;
/// In standard deviations: a value that chance alone exceeds once in some 100,000 runs, and one
/// that a control must exceed.
const CHANCE: f64 = 4.5;
const SEEN: f64 = 8.0;

/// The prober's method.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// One address, from below half until it is rejected, again at each release.
    OneAddress,
    /// A second address measures the limits that the first one met.
    TwoAddresses,
    /// Reports that are asked to come again from half on.
    Unproven,
    /// Addresses that send two reports each, until one's second is rejected: the last eighth
    /// begins.
    LastEighth,
    /// Three addresses in the other people's range, after the counting began.
    Neighbour,
}

/// The prober's result of one night: the number of accepted reports.
fn night(way: Way, others: u64, draws: Draws, seed: u64) -> f64 {
    let mut slots = Slots::new(DEFAULT, draws, seed);
    let mut chance = Chance(seed ^ 0x5A5A);
    let own = |bucket| Taker::Network { bucket, parent: 1 };
    // The prober knows how full the queue was at dusk.
    slots.begin_at(match way {
        Way::Neighbour => 12_000,
        Way::LastEighth => 17_000,
        Way::OneAddress | Way::TwoAddresses | Way::Unproven => 9_600,
    });
    for n in 0..others {
        let other = if matches!(way, Way::Neighbour) {
            Taker::Network {
                bucket: 100 + n as u16,
                parent: 1,
            }
        } else {
            anybody(&mut chance)
        };
        assert!(slots.send(SizeClass::Text, other, true));
    }
    let (mut left, mut taken, mut second) = (REPORTS, 0, 0);
    for _ in 0..RELEASES {
        match way {
            Way::OneAddress => taken += slots.flood(SizeClass::Text, own(1), left - taken),
            Way::TwoAddresses => {
                taken += slots.flood(SizeClass::Text, own(1), left);
                second += slots.flood(SizeClass::Text, own(2), left);
            }
            Way::Unproven => {
                taken += (0..left - taken)
                    .take_while(|_| slots.send(SizeClass::Text, own(1), false))
                    .count() as u64
            }
            Way::LastEighth => {
                let mut address = (1..1_000).map(|bits| Taker::Network {
                    bucket: bits,
                    parent: bits,
                });
                let twice = |taker| {
                    u64::from(slots.send(SizeClass::Text, taker, true))
                        + u64::from(slots.send(SizeClass::Text, taker, true))
                };
                // It can measure this only once.
                if taken == 0 {
                    taken = 2 * address
                        .by_ref()
                        .map(twice)
                        .take_while(|stored| *stored == 2)
                        .count() as u64;
                }
            }
            Way::Neighbour => {
                taken += (1..=3)
                    .map(|bucket| slots.flood(SizeClass::Text, own(bucket), left))
                    .sum::<u64>()
            }
        }
        if matches!(way, Way::TwoAddresses) {
            left = REPORTS.saturating_sub(taken + second);
        }
        slots.shares.hour();
        slots.shares.release();
    }
    taken as f64 - second as f64
}

/// The distance between the ranks of nights with and without other people's reports, in standard
/// deviations of chance.
fn told(way: Way, draws: Draws, nights: u64, seed: u64) -> f64 {
    let mut chance = Chance(seed);
    let mut numbers: Vec<(f64, bool)> = (0..nights)
        .map(|n| (n % 2 == 1, chance.below(u64::MAX)))
        .map(|(others, seed)| {
            (
                night(way, if others { OTHERS } else { 0 }, draws, seed),
                others,
            )
        })
        .collect();
    numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut ranks = 0.0;
    let mut at = 0;
    // Equal numbers share their ranks.
    for same in numbers.chunk_by(|a, b| a.0 == b.0) {
        let rank = at as f64 + (same.len() + 1) as f64 / 2.0;
        ranks += rank * same.iter().filter(|(_, others)| *others).count() as f64;
        at += same.len();
    }
    let half = nights as f64 / 2.0;
    let (mean, deviation) = (
        half * (nights + 1) as f64 / 2.0,
        (half * half * (nights + 1) as f64 / 12.0).sqrt(),
    );
    (ranks - mean) / deviation
}

#[test]
fn p8_a_prober_tells_none_from_five_reports_of_others_no_better_than_chance() {
    let nights = std::env::var("LOKE_NIGHTS")
        .ok()
        .and_then(|nights| nights.parse().ok())
        .unwrap_or(200);
    let seed = seed("the prober");
    for way in [
        Way::OneAddress,
        Way::TwoAddresses,
        Way::Unproven,
        Way::LastEighth,
        Way::Neighbour,
    ] {
        let (drawn, fixed) = (
            told(way, Draws::AtRandom, nights, seed),
            told(way, Draws::Lowest, nights, seed),
        );
        println!(
            "{way:?}: {nights} nights, {drawn:+.2} standard deviations from chance; if nothing were drawn, {fixed:+.2}"
        );
        assert!(drawn.abs() < CHANCE, "{way:?} tells: {drawn}");
        assert!(fixed < -SEEN, "the control, {way:?}: {fixed}");
    }
}
