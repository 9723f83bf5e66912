//! Weighs the words of a reply. Each weight in `rules/guard/weights.tsv` says how far a word, or words
//! in a row, speak for holding a reply. They are learned from the replies in `tests/data/guard/`
//! (`learning`). The sum decides if the patterns find nothing, or something that only seems to ask.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use std::sync::LazyLock;

use super::sentences;
use crate::text::patterns::Plain;

const FILE: &str = include_str!("../../../rules/guard/weights.tsv");

/// At and above this sum a reply is held without a find.
const HOLD: f64 = 0.12;
/// Below this sum a find in words alone does not hold a reply.
const FREE: f64 = -0.25;
/// With fewer known features a reply is neither: new words are no evidence.
const LEAST: usize = 5;
/// The feature that every reply has.
pub(super) const ANY: &str = "^^";
/// Marks of a sentence's beginning and end.
const BEGIN: &str = "^";
const END: &str = ".";
/// In place of a word between two others.
const ANOTHER: &str = "_";
/// Letters of a word's beginning. Endings change in most of the languages.
const STEM: usize = 5;
/// Most words in a row of one feature.
const ROW: usize = 3;
/// From this character on, scripts have no spaces: each character counts as a word.
const UNSPACED: char = '\u{2e80}';

static WEIGHTS: LazyLock<HashMap<&'static str, f64>> = LazyLock::new(|| {
    let lines = FILE.lines().filter(|line| !line.starts_with('#'));
    let weights = lines.filter_map(|line| {
        let (weight, feature) = line.split_once('\t')?;
        Some((feature, weight.parse().ok()?))
    });
    weights.collect()
});

/// The meaning of a reply's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tends {
    /// It reads like replies that must be held.
    Hold,
    /// It reads like neither.
    Open,
    /// It reads like replies that ask for nothing.
    Free,
}

/// How a reply reads, with the sentence that speaks most for holding it.
pub(super) fn weigh(text: &str) -> (Tends, Range<usize>) {
    let (sum, known) = sum(text);
    let tends = match sum {
        _ if known < LEAST => Tends::Open,
        _ if sum >= HOLD => Tends::Hold,
        _ if sum < FREE => Tends::Free,
        _ => Tends::Open,
    };
    let mut strongest = (f64::MIN, 0..text.len());
    for place in sentences(text) {
        let features = features(text.get(place.clone()).unwrap_or_default());
        let sum: f64 = features.iter().filter_map(|f| weight(f)).sum();
        if sum > strongest.0 {
            strongest = (sum, place);
        }
    }
    (tends, strongest.1)
}

/// The sum of a reply's features, each counted once and independent of the reply's length, and the number
/// of those that are known.
fn sum(text: &str) -> (f64, usize) {
    let features = features(text);
    let (mut sum, mut known) = (0.0, 0);
    for weight in features.iter().filter_map(|f| weight(f)) {
        sum += weight;
        known += 1;
    }
    let bias = weight(ANY).unwrap_or_default();
    (sum / (features.len() as f64).sqrt().max(1.0) + bias, known)
}

fn weight(feature: &str) -> Option<f64> {
    WEIGHTS.get(feature).copied()
}

/// Words of a text, up to three in a row, the first and the last of three, and up to two with their
/// endings cut off.
pub(super) fn features(text: &str) -> BTreeSet<String> {
    let mut features = BTreeSet::new();
    for place in sentences(text) {
        let sentence = text.get(place).unwrap_or_default();
        let words = words(sentence);
        if words.len() == 2 {
            continue;
        }
        let stems: Vec<String> = words.iter().map(|word| stem(word)).collect();
        for length in 1..=ROW {
            let rows = words.windows(length).map(|row| row.join(" "));
            features.extend(rows.filter(|row| row != BEGIN && row != END));
        }
        let pairs = words
            .windows(ROW)
            .filter_map(|row| Some((row.first()?, row.last()?)));
        features.extend(pairs.map(|(first, last)| format!("{first} {ANOTHER} {last}")));
        for length in 1..ROW {
            let rows = stems.windows(length).map(|row| row.join(" "));
            features.extend(rows.filter(|row| row.contains('*')));
        }
    }
    features
}

/// The folded words of a sentence, its beginning and its end.
fn words(sentence: &str) -> Vec<String> {
    let mut words = vec![BEGIN.to_owned()];
    let plain = Plain::of(sentence).text;
    for word in plain.split([' ', '.']).filter(|word| !word.is_empty()) {
        match word.starts_with(|c| c >= UNSPACED) {
            true => words.extend(word.chars().map(String::from)),
            false => words.push(word.to_owned()),
        }
    }
    let is_question = sentence.contains(['?', '？', '؟']);
    words.push(if is_question { "?" } else { END }.to_owned());
    words
}

/// A word without its ending. A star is in place of what was cut off.
fn stem(word: &str) -> String {
    match word.char_indices().nth(STEM) {
        Some((end, _)) => format!("{}*", word.get(..end).unwrap_or(word)),
        None => word.to_owned(),
    }
}
