//! Parts of a tip that a reply must not repeat: runs of words, names and the words of the place.

use std::collections::HashSet;
use std::ops::Range;

use super::Reason;
use crate::text::folded;
use crate::text::own_words::OwnWords;

/// Letters of the shortest word that counts as a name or as a part of a place.
const SHORTEST: usize = 3;
/// Characters in a row that count as a part of a place in a script without spaces.
const IN_A_ROW: usize = 3;
/// Words that English writes with a capital letter, and that name nobody.
const CAPITALS: [&str; 20] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "english",
];

/// The parts of a tip that its replies must not name.
#[derive(Debug, Default)]
pub struct Facts {
    own: OwnWords,
    names: HashSet<String>,
    place: HashSet<String>,
}

impl Facts {
    /// Reads the texts of a tip, and its place.
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>, place: &str) -> Self {
        let texts: Vec<&str> = texts.into_iter().collect();
        let mut facts = Self {
            own: OwnWords::of(texts.iter().copied().chain([place])),
            ..Self::default()
        };
        for text in texts {
            facts.names.extend(names(text));
        }
        let place = folded(place);
        let words = place.split(' ').filter(|word| {
            word.chars().count() >= SHORTEST && word.chars().any(char::is_alphabetic)
        });
        facts.place.extend(words.map(str::to_owned));
        let unspaced: Vec<char> = place_characters(&place);
        let rows = unspaced.windows(IN_A_ROW).map(String::from_iter);
        facts.place.extend(rows);
        facts
    }

    /// The places in a reply that have the tip's words.
    pub(super) fn passages(&self, text: &str) -> Vec<Range<usize>> {
        let mut at = 0;
        let mut places = Vec::new();
        for (piece, is_own) in self.own.marked(text) {
            if is_own {
                places.push(at..at + piece.len());
            }
            at += piece.len();
        }
        places
    }

    /// Passes each name and each word of the place in a plain text to `add`.
    pub(super) fn find(
        &self,
        plain: &str,
        is_generic: impl Fn(&str) -> bool,
        mut add: impl FnMut(Range<usize>, Reason),
    ) {
        let mut at = 0;
        for word in plain.split([' ', '.']) {
            let place = at..at + word.len();
            at = place.end + 1;
            if self.names.contains(word) {
                add(place, Reason::Person);
            } else if self.place.contains(word) && !is_generic(word) {
                add(place, Reason::Place);
            }
        }
        let rows = self.place.iter().filter(|row| !row.is_ascii());
        for row in rows.filter(|row| row.chars().all(|c| c as u32 >= 0x2e80)) {
            if let Some(start) = plain.find(row.as_str()).filter(|_| !is_generic(row)) {
                add(start..start + row.len(), Reason::Place);
            }
        }
    }
}

/// The characters of a folded text in a script without spaces. There, pairs overlap.
fn place_characters(folded: &str) -> Vec<char> {
    let mut characters: Vec<char> = Vec::new();
    for token in folded.split(' ') {
        let pair: Vec<char> = token.chars().collect();
        if pair.iter().all(|c| u32::from(*c) >= 0x2e80) {
            characters.extend(pair.first());
        }
    }
    characters
}

/// Words with a capital letter that do not begin a sentence, folded.
fn names(text: &str) -> Vec<String> {
    let names = words_with_capital(text, ".!?;:\n");
    let names = names.filter_map(|place| text.get(place).map(folded));
    names
        .filter(|name| !CAPITALS.contains(&name.as_str()))
        .collect()
}

/// Words with a capital letter that do not begin a sentence, a list or a quotation.
pub(super) fn capitals(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    words_with_capital(text, ".!?;:\n\"“„«(（")
}

/// Words with a capital letter that do not follow one of `ends`.
fn words_with_capital<'a>(text: &'a str, ends: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
    let (mut begins, mut at) = (true, 0);
    let words = text.split_inclusive(|c: char| !c.is_alphanumeric());
    words.filter_map(move |word| {
        let letters = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let place = at..at + letters.len();
        at += word.len();
        let is_name = letters.chars().next().is_some_and(char::is_uppercase)
            && letters.chars().any(char::is_lowercase)
            && letters.chars().count() >= SHORTEST;
        let found = (is_name && !begins).then_some(place);
        let does_end = word.chars().next_back().is_some_and(|c| ends.contains(c));
        if !letters.is_empty() || does_end {
            begins = does_end;
        }
        found
    })
}
