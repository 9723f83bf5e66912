//! The arithmetic of `check`, compared with the shares themselves: for every `[capacity]` and every
//! random draw.

use loke::seal::SizeClass;
use loke::store::Capacity;
use loke::store::shares::Taker;
use loke::store::shares::rules::{Broken, Rules, broken};

use super::chance::{DEFAULT, Draws, Slots};

const CAPACITIES: [u32; 20] = [
    1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 31, 32, 63, 100, 256, 2_048, 5_001, 20_000, 65_536, 1_000_000,
];
const ELSEWHERE: Taker = Taker::Network {
    bucket: 99,
    parent: 99,
};

/// The takers send as much as they can at every release of two days. No hour passes, so the last
/// eighth gives each of them one slot.
fn flooded(text: u32, draws: Draws, takers: &[Taker]) -> Slots {
    let mut slots = Slots::new(
        Capacity {
            text,
            photos: [0; 4],
        },
        draws,
        u64::from(text),
    );
    for _ in 0..48 {
        for taker in takers {
            slots.flood(SizeClass::Text, *taker, u64::MAX);
        }
        slots.shares.release();
    }
    slots
}

#[test]
fn p8_the_rules_hold_at_any_capacity_or_check_names_the_one_that_does_not() {
    let one = [Taker::Network {
        bucket: 1,
        parent: 1,
    }];
    let range: Vec<Taker> = (1..50)
        .map(|bucket| Taker::Network { bucket, parent: 1 })
        .collect();
    let onion = (1..50).map(|circuit| Taker::Onion {
        circuit: Some(circuit),
    });
    let two: Vec<Taker> = range.into_iter().chain(onion).collect();
    for text in CAPACITIES {
        let rules = Rules {
            all: u64::from(text),
        };
        let why = rules.broken();
        for share in [rules.taker(), rules.above()] {
            assert!(
                share.least() >= 1
                    && *share.ceilings().start() >= share.least()
                    && share.most() >= *share.ceilings().end(),
                "{text}"
            );
        }
        assert!(
            *rules.begins().start() >= rules.half() && *rules.last().end() <= rules.all,
            "{text}"
        );
        assert!(
            8 * rules.taker().most() <= rules.second_half().max(8),
            "{text}"
        );
        for draws in [Draws::AtRandom, Draws::Highest, Draws::Lowest] {
            let mut slots = flooded(text, draws, &one);
            assert_eq!(
                slots.send(SizeClass::Text, ELSEWHERE, true),
                why != Some(Broken::One),
                "{text}: one caller, {why:?}"
            );
            let mut slots = flooded(text, draws, &two);
            assert_eq!(
                slots.send(SizeClass::Text, ELSEWHERE, true),
                why.is_none(),
                "{text}: a range and the onion, {why:?}"
            );
        }
        println!(
            "{text}: {}",
            why.map_or("holds".to_owned(), |why| why.to_string())
        );
    }
    assert_eq!(broken(DEFAULT), [None; 5]);
    assert_eq!(
        broken(Capacity {
            text: 2,
            photos: [0, 4, 8, 1]
        }),
        [
            Some(Broken::One),
            None,
            Some(Broken::Two),
            None,
            Some(Broken::One)
        ]
    );
}

#[test]
fn p8_counts_fall_in_proportion_as_desks_collect_and_are_wiped_below_half() {
    let flooder = Taker::Network {
        bucket: 1,
        parent: 1,
    };
    let mut slots = Slots::new(DEFAULT, Draws::Highest, 1);
    assert_eq!(
        slots.flood(SizeClass::Text, flooder, u64::MAX),
        10_000 + 1_250 + 1_250
    );
    slots.shares.release();
    assert!(
        !slots.send(SizeClass::Text, flooder, true),
        "a release frees nothing"
    );
    // A tenth is collected, so a tenth of the share is free again.
    slots.collect(1_250);
    assert_eq!(slots.flood(SizeClass::Text, flooder, u64::MAX), 125);
    assert!(slots.shares.counts());
    slots.collect(1_400);
    assert!(!slots.shares.counts(), "below half memory counts nobody");
}
