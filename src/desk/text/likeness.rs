//! Whether two tips are likely about the same matter: words that are alike in any script, or the
//! same place, vehicle, or poster and day. A proposal for an officer, never a decision. A sketch is a
//! MinHash (Broder 1997): the share of equal numbers in two sketches estimates the share of
//! sequences of characters that two texts have in common.

use std::fmt::Write;

use loke_core::clock::Day;
use loke_core::tip::Topic;

use super::values::{ValueKind, place, values};
use super::{is_unspaced, letters};

/// Numbers of a sketch.
pub const SIZE: usize = 64;
/// Numbers that make one band.
const ROWS: usize = 3;
/// Characters of a sequence, by script: a word of Chinese has about two.
const LETTERS: usize = 4;
const UNSPACED: usize = 2;

/// The sketch of a text: [`SIZE`] numbers. They stay the same in every version, because they are
/// stored.
#[must_use]
pub fn sketch(text: &str) -> Vec<u64> {
    let mut sketch = vec![u64::MAX; SIZE];
    sequences(text, |hash| {
        let mut state = hash;
        for least in &mut sketch {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let number = mix(state ^ hash.rotate_left(17));
            // Not `min`: the compiler would make vectors of this loop. Without AVX-512 they have no
            // product of 64 bits, and take half as long again.
            if number < *least {
                *least = number;
            }
        }
    });
    sketch
}

/// How alike two texts are, from 0 to 1.
#[must_use]
pub fn likeness(a: &[u64], b: &[u64]) -> f64 {
    let both = a.iter().zip(b);
    let alike = both.filter(|(a, b)| a == b && **a != u64::MAX).count();
    let of = a.len().max(b.len()).max(1);
    f64::from(u32::try_from(alike).unwrap_or(u32::MAX))
        / f64::from(u32::try_from(of).unwrap_or(u32::MAX))
}

/// Keys for an index: two texts that are alike have one in common. At a likeness of 0.5 that holds
/// for 94 of 100 pairs, at 0.1 for 2. Empty for a text without letters.
#[must_use]
pub fn bands(sketch: &[u64]) -> Vec<u64> {
    let bands = sketch.chunks_exact(ROWS).zip(1..);
    bands
        .filter(|(rows, _)| !rows.contains(&u64::MAX))
        .map(|(rows, number)| rows.iter().fold(number, |key, row| mix(key ^ row)))
        .collect()
}

/// The bands as words of an index: ten hex digits each. `None` for a text without letters. Two
/// bands may have one word, so the texts are compared afterwards.
#[must_use]
pub fn keys(sketch: &[u64]) -> Option<String> {
    let mut keys = String::with_capacity(SIZE / ROWS * 11);
    for band in bands(sketch) {
        let gap = if keys.is_empty() { "" } else { " " };
        // Writing to a string never fails.
        let _ = write!(keys, "{gap}{:010x}", band & 0xff_ffff_ffff);
    }
    (!keys.is_empty()).then_some(keys)
}

/// Passes the hash of each sequence of neighbouring characters to `each`.
fn sequences(text: &str, mut each: impl FnMut(u64)) {
    let mut recent = [' '; LETTERS];
    let mut filled = 0;
    let mut gap = false;
    letters(text, |letter, _| {
        let Some(c) = letter else {
            // One space between words, none at the beginning or the end.
            gap = filled > 0;
            return;
        };
        for c in gap.then_some(' ').into_iter().chain([c]) {
            filled += 1;
            sequence(&mut recent, c, filled, &mut each);
        }
        gap = false;
    });
}

/// Appends a character, and passes the hash of the sequence that ends with it to `each`.
fn sequence(recent: &mut [char; LETTERS], c: char, filled: usize, each: &mut impl FnMut(u64)) {
    let before = recent.last().copied().unwrap_or(' ');
    recent.rotate_left(1);
    if let Some(last) = recent.last_mut() {
        *last = c;
    }
    let length = if is_unspaced(c) && is_unspaced(before) {
        UNSPACED
    } else {
        LETTERS
    };
    if filled >= length {
        let sequence = recent.iter().skip(LETTERS - length);
        each(sequence.fold(0xcbf2_9ce4_8422_2325, |hash, c| {
            (hash ^ u64::from(u32::from(*c))).wrapping_mul(0x0100_0000_01b3)
        }));
    }
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// The parts of a tip that decide whether it is like another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Near {
    /// The sketch of its words.
    pub sketch: Vec<u64>,
    /// Letters of its words; a character of a script without spaces counts as three. Two short texts
    /// may be equal by chance.
    pub letters: usize,
    /// The normal form of its place.
    pub place: Option<String>,
    /// The normal forms of its plates.
    pub plates: Vec<String>,
    /// The campaign of its poster.
    pub campaign: Option<String>,
    /// Its topic.
    pub topic: Topic,
    /// Its day.
    pub day: Day,
}

impl Near {
    /// From a tip's answers: `what`, `where`, `vehicle`. The place is in `where`, or else in `what`.
    #[must_use]
    pub fn of(
        (what, at, vehicle): (&str, &str, &str),
        campaign: Option<&str>,
        topic: Topic,
        day: Day,
    ) -> Self {
        let found = values(&format!("{what}\n{vehicle}"));
        let plates = found
            .into_iter()
            .filter(|value| value.kind == ValueKind::Plate);
        let mut letters_of = 0;
        letters(what, |letter, _| {
            letters_of += match letter {
                Some(c) if is_unspaced(c) => 3,
                Some(_) => 1,
                None => 0,
            };
        });
        Self {
            sketch: sketch(what),
            letters: letters_of,
            place: place(at).or_else(|| place(what)).map(|place| place.normal),
            plates: plates.map(|plate| plate.normal).collect(),
            campaign: campaign.map(str::to_owned),
            topic,
            day,
        }
    }
}

/// Days between two tips about one matter.
const DAYS: i32 = 28;
/// Letters of a text that is not equal to another one by chance.
const LONG: usize = 40;
/// The likeness of two texts about one matter.
const ALIKE: f64 = 0.5;
/// The same if they name different places or vehicles: a copy with a slip of the pen.
const EQUAL: f64 = 0.9;
/// The likeness of two texts from one poster on one day.
const AKIN: f64 = 0.25;

/// Why two tips are likely about one matter, in words for staff. `None` if they are not.
///
/// 1. The same vehicle, or the same place: within four weeks, and both about graffiti or both not.
/// 2. Much the same words: within four weeks, not about two different places or vehicles.
/// 3. The same poster, day and topic, and words that are akin.
#[must_use]
pub fn is_like(a: &Near, b: &Near) -> Option<&'static str> {
    let is_graffiti = |near: &Near| near.topic == Topic::Graffiti;
    let is_soon = a.day.0.abs_diff(b.day.0) <= DAYS.unsigned_abs();
    if !is_soon || is_graffiti(a) != is_graffiti(b) {
        return None;
    }
    if a.plates.iter().any(|plate| b.plates.contains(plate)) {
        return Some("the same vehicle");
    }
    let places = a.place.as_ref().zip(b.place.as_ref());
    if places.is_some_and(|(a, b)| a == b) {
        return Some("the same place");
    }
    let likeness = likeness(&a.sketch, &b.sketch);
    let differ = places.is_some() || !a.plates.is_empty() && !b.plates.is_empty();
    let least = if differ { EQUAL } else { ALIKE };
    if likeness >= least && a.letters.min(b.letters) >= LONG {
        return Some("much the same words");
    }
    let is_one_poster = a.campaign.is_some() && a.campaign == b.campaign;
    let is_one_day = a.day == b.day && a.topic == b.topic;
    (is_one_poster && is_one_day && !differ && likeness >= AKIN)
        .then_some("the same poster and day, and words that are akin")
}

#[cfg(test)]
mod tests;
