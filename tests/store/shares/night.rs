//! A simulated bank-holiday weekend: 88 hours without a desk, with the default capacity, and with a
//! flooder all the time. Which residents are rejected?

use loke::seal::SizeClass;
use loke::store::shares::Taker;

use super::chance::{DEFAULT, Draws, Slots, anybody};
use crate::house::chance::{Chance, seed};

const WEEKEND: u64 = 88;
const NIGHT: u64 = 12;
/// Residents of each kind, spread over the hours.
const RESIDENTS: u64 = 100;

/// The kind of flooder.
#[derive(Clone, Copy)]
enum Attack {
    /// This many networks, no two of them in one range.
    Networks(u64),
    /// Every network of one IPv6 /32.
    Range,
    Circuits(u64),
    /// Texts without a number.
    Texts,
}

impl Attack {
    fn name(self) -> String {
        match self {
            Self::Networks(1) => "one address".to_owned(),
            Self::Networks(n) => format!("{n} addresses"),
            Self::Range => "one IPv6 /32".to_owned(),
            Self::Circuits(1) => "one Tor circuit".to_owned(),
            Self::Circuits(n) => format!("{n} Tor circuits"),
            Self::Texts => "texts without a number".to_owned(),
        }
    }

    /// The attacker's takers under this key: each key gives other bits.
    fn takers(self, key: u64) -> Vec<Taker> {
        let bits = |of: u64| Chance(key.wrapping_mul(0x1_0001).wrapping_add(of)).bits();
        match self {
            Self::Networks(n) => (0..n)
                .map(|n| Taker::Network {
                    bucket: bits(n),
                    parent: bits(n + (1 << 40)),
                })
                .collect(),
            Self::Range => (0..4_096)
                .map(|bucket| Taker::Network {
                    bucket,
                    parent: bits(0),
                })
                .collect(),
            Self::Circuits(n) => (0..n)
                .map(|n| Taker::Onion {
                    circuit: Some(bits(n)),
                })
                .collect(),
            Self::Texts => vec![Taker::Texts],
        }
    }
}

/// The number of stored residents of each kind.
#[derive(Default, Debug)]
struct Stored {
    elsewhere: u64,
    elsewhere_with_photo: u64,
    at_its_address: u64,
    in_its_range: u64,
    by_tor: u64,
    texts: u64,
    texts_without_number: u64,
    /// Slots of the text class that are used at the end.
    taken: u64,
}

/// The bits of a network outside the attacker's: against a few networks, none of theirs. (A range
/// and a thousand circuits have every bucket, or none.)
///
/// By chance, one network in 2,048 has a bucket or a parent in common with a given one, so an exact
/// count of residents elsewhere would fail once in twenty runs.
fn elsewhere(chance: &mut Chance, attack: Attack, takers: &[Taker]) -> (u16, u16) {
    let few = matches!(attack, Attack::Networks(n) if n <= 12);
    loop {
        let drawn = (chance.bits(), chance.bits());
        let of_attacker = |taker: &Taker| matches!(taker, Taker::Network { bucket, parent } if *bucket == drawn.0 || *parent == drawn.1);
        if !(few && takers.iter().any(of_attacker)) {
            return drawn;
        }
    }
}

/// Simulates this many hours of an attack. Each hour the attacker floods first, and then the
/// residents report.
fn hours(attack: Attack, hours: u64, seed: u64) -> Stored {
    let mut slots = Slots::new(DEFAULT, Draws::AtRandom, seed);
    let mut chance = Chance(seed ^ 0xA5A5);
    let mut stored = Stored::default();
    let (mut key, mut key_ends) = (chance.below(u64::MAX), 0);
    for hour in 0..hours {
        slots.shares.hour();
        slots.shares.release();
        // The daily key behind the bits lasts 6 to 24 hours.
        if hour >= key_ends {
            (key, key_ends) = (chance.below(u64::MAX), hour + 6 + chance.below(19));
        }
        let takers = attack.takers(key);
        for class in SizeClass::ALL {
            for taker in &takers {
                slots.flood(class, *taker, u64::MAX);
            }
        }
        for _ in 0..(RESIDENTS * (hour + 1) / hours - RESIDENTS * hour / hours) {
            let (bucket, parent) = elsewhere(&mut chance, attack, &takers);
            stored.elsewhere +=
                u64::from(slots.send(SizeClass::Text, Taker::Network { bucket, parent }, true));
            let resident = anybody(&mut chance);
            stored.elsewhere_with_photo += u64::from(slots.send(SizeClass::One, resident, true));
            let first = takers[0];
            stored.at_its_address += u64::from(slots.send(SizeClass::Text, first, true));
            let beside = if let Taker::Network { parent, .. } = first {
                Taker::Network { bucket, parent }
            } else {
                first
            };
            stored.in_its_range += u64::from(slots.send(SizeClass::Text, beside, true));
            stored.by_tor += u64::from(slots.send(
                SizeClass::Text,
                Taker::Onion {
                    circuit: Some(bucket),
                },
                true,
            ));
            stored.texts += u64::from(slots.send(SizeClass::Text, Taker::Phone { bucket }, true));
            stored.texts_without_number +=
                u64::from(slots.send(SizeClass::Text, Taker::Texts, true));
        }
    }
    stored.taken = slots.used[0];
    stored
}

#[test]
fn p8_over_a_closed_weekend_one_address_or_circuit_shuts_out_nobody_elsewhere() {
    let seed = seed("88 hours without a desk");
    println!(
        "of {RESIDENTS} residents of each kind stored | elsewhere | with a photo | at its address | in its range | by Tor | texts | without number | places taken"
    );
    let attacks = [
        Attack::Networks(1),
        Attack::Networks(12),
        Attack::Range,
        Attack::Circuits(1),
        Attack::Circuits(1_000),
        Attack::Texts,
        Attack::Networks(100),
    ];
    for attack in attacks {
        let s = hours(attack, WEEKEND, seed);
        println!(
            "{:<44} | {:>9} | {:>12} | {:>14} | {:>12} | {:>6} | {:>5} | {:>14} | {:>6} of {}",
            attack.name(),
            s.elsewhere,
            s.elsewhere_with_photo,
            s.at_its_address,
            s.in_its_range,
            s.by_tor,
            s.texts,
            s.texts_without_number,
            s.taken,
            DEFAULT.text
        );
        match attack {
            Attack::Networks(1) | Attack::Circuits(_) | Attack::Texts => {
                assert_eq!(s.elsewhere, RESIDENTS, "{}", attack.name())
            }
            // Twelve fill the queue to its last eighth, where two residents with the same bits have
            // one place an hour; one resident in 4,096 has the parent of the range.
            Attack::Networks(12) | Attack::Range => assert!(
                s.elsewhere >= RESIDENTS - 3,
                "{}: {}",
                attack.name(),
                s.elsewhere
            ),
            Attack::Networks(_) => assert!(
                s.elsewhere < RESIDENTS,
                "the control: whoever holds many networks fills it"
            ),
        }
        // Residents with a number or a network of their own are stored, whatever way the attacker
        // uses.
        if !matches!(attack, Attack::Networks(100)) {
            assert!(
                s.texts >= RESIDENTS - 3,
                "{}: texts {}",
                attack.name(),
                s.texts
            );
        }
    }
}

#[test]
fn p8_the_price_of_filling_the_queue_is_networks_and_hours() {
    let seed = seed("the price");
    for (name, of) in [
        ("a night of 12 hours", NIGHT),
        ("a weekend of 88 hours", WEEKEND),
    ] {
        let shut = |n| hours(Attack::Networks(n), of, seed).elsewhere < RESIDENTS * 9 / 10;
        let price = (0..12)
            .map(|power| 1 << power)
            .find(|n| shut(*n))
            .unwrap_or(u64::MAX);
        println!(
            "{name}: more than {} networks of different ranges shut out residents elsewhere, at most {price}",
            price / 2
        );
        assert!(price > 12, "{name}: {price}");
    }
}
