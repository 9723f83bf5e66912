//! Values that tie tips together beside their words: number plates, phone numbers, e-mail addresses, places
//! and names. Each has a normal form, so that two spellings are equal, and its words in the original,
//! which staff see. Every search here takes one pass over the text.

mod email;
mod name;
mod phone;
mod place;
mod plate;

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

use super::{is_unspaced, spelt};
use loke_core::characters::{digit, is_invisible, plain_separator};

loke_core::words! {
    /// What a value is.
    ValueKind {
        /// A British number plate.
        Plate = "plate",
        /// A phone number.
        Phone = "phone",
        /// An e-mail address.
        Email = "email",
        /// A house or flat.
        Place = "place",
        /// A person's name after a title. [`names`] finds it, [`values`] does not.
        Name = "name",
    }
}

/// Values of one text. More are left out.
const VALUES: usize = 20;

/// A value of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// What it is.
    pub kind: ValueKind,
    /// Equal for every spelling: `AB12CDE`, `+447700900123`, `x@example.org`, `3/12 mill road`.
    pub normal: String,
    /// As in the text.
    pub shown: String,
}

/// The values of a text, each once, by kind and then in the order of the text.
#[must_use]
pub fn values(text: &str) -> Vec<Value> {
    values_of(text, &Plain::of(text))
}

fn values_of(text: &str, plain: &Plain) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    let mut add = |kind, normal: String, place: Range<usize>| {
        let is_known = |value: &Value| value.kind == kind && value.normal == normal;
        if values.len() < VALUES && !values.iter().any(is_known) {
            let shown = text.get(place).unwrap_or_default().to_owned();
            values.push(Value {
                kind,
                normal,
                shown,
            });
        }
    };
    plate::find(&plain.words, |normal, at| add(ValueKind::Plate, normal, at));
    phone::find(&plain.characters, |normal, at| {
        add(ValueKind::Phone, normal, at);
    });
    email::find(&plain.characters, |normal, at| {
        add(ValueKind::Email, normal, at);
    });
    place::find(&plain.words, |normal, at| add(ValueKind::Place, normal, at));
    values
}

/// The names after a title, each once. They tie tips together less surely than other values.
#[must_use]
pub fn names(text: &str) -> Vec<Value> {
    names_of(text, &Plain::of(text))
}

fn names_of(text: &str, plain: &Plain) -> Vec<Value> {
    let mut names: Vec<Value> = Vec::new();
    name::find(text, &plain.words, |normal, at| {
        let is_new = names.iter().all(|name| name.normal != normal);
        if names.len() < VALUES && is_new {
            names.push(Value {
                kind: ValueKind::Name,
                normal,
                shown: text.get(at).unwrap_or_default().to_owned(),
            });
        }
    });
    names
}

/// [`values`] and [`names`]. Plain words are most of their cost.
pub(crate) fn values_and_names(text: &str) -> (Vec<Value>, Vec<Value>) {
    let plain = Plain::of(text);
    (values_of(text, &plain), names_of(text, &plain))
}

/// The plates and phone numbers in one spelling, for the index and for a query.
#[must_use]
pub fn in_one_spelling(values: &[Value]) -> String {
    let spelt = values.iter().filter(|value| value.has_one_spelling());
    let spelt: Vec<&str> = spelt.map(|value| value.normal.as_str()).collect();
    spelt.join(" ")
}

impl Value {
    /// Whether its normal form is one token, however people space it.
    #[must_use]
    pub fn has_one_spelling(&self) -> bool {
        matches!(self.kind, ValueKind::Plate | ValueKind::Phone)
    }
}

/// The first place of a text: a house number or flat, with its street, building or postcode. `None`
/// if the text names no house: a street alone ties strangers. "Flat 3, 12 Mill Road",
/// "12/3 mill rd" and "3/12 Mill Rd." are one place. So are flat 3 of number 12 and flat 12 of
/// number 3, because people write the two numbers in either order.
#[must_use]
pub fn place(text: &str) -> Option<Value> {
    let plain = Plain::of(text);
    let mut first = None;
    place::find(&plain.words, |normal, at| {
        first.get_or_insert((normal, at));
    });
    let (normal, at) = first?;
    Some(Value {
        kind: ValueKind::Place,
        normal,
        shown: text.get(at)?.to_owned(),
    })
}

/// A character in its plain form, and the bytes of the original that it came from.
struct Character {
    c: char,
    place: Range<usize>,
}

/// Letters and digits in a row.
struct Word {
    /// Lower case.
    text: String,
    place: Range<usize>,
    /// Whether it has no lower-case letter.
    is_upper: bool,
    gap: Gap,
}

/// The characters before a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gap {
    /// None: the script changes.
    Joined,
    /// Only white space.
    Space,
    /// One of these, with white space or without it.
    Comma,
    Dot,
    Dash,
    Slash,
    /// A new line.
    Line,
    /// Anything else, or the beginning of the text.
    Other,
    /// A sign of money, or a colon after a digit: the word is part of a price or a time.
    Figure,
}

/// A text without marks, with plain digits, dashes, spaces and compatibility forms.
struct Plain {
    characters: Vec<Character>,
    words: Vec<Word>,
}

impl Plain {
    fn of(text: &str) -> Self {
        let mut characters = Vec::with_capacity(text.len());
        for (start, c) in text.char_indices() {
            let place = start..start + c.len_utf8();
            let mut add = |c| {
                characters.push(Character {
                    c,
                    place: place.clone(),
                });
            };
            if c.is_ascii() {
                add(c);
            } else if is_invisible(c) {
                // Inside a word.
            } else if let Some(plain) = digit(c).or_else(|| plain_separator(c)) {
                add(plain);
            } else {
                decompose_compatible(c, |part| {
                    if !is_combining_mark(part) {
                        add(part);
                    }
                });
            }
        }
        let words = words(&characters);
        Self { characters, words }
    }
}

fn words(characters: &[Character]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut gap = Gap::Other;
    let mut is_open = false;
    let mut last = ' ';
    for Character { c, place } in characters {
        let c = *c;
        let is_apostrophe = matches!(c, '\'' | '’' | '‘' | '`' | '´');
        if !c.is_alphanumeric() {
            // "St Benedict's" is one word.
            if !(is_apostrophe && is_open) {
                gap = if is_open {
                    between(Gap::Joined, c, last)
                } else {
                    between(gap, c, last)
                };
                is_open = false;
            }
            last = c;
            continue;
        }
        if is_open && is_unspaced(c) != is_unspaced(last) {
            (is_open, gap) = (false, Gap::Joined);
        }
        if !is_open {
            words.push(Word {
                text: String::new(),
                place: place.clone(),
                is_upper: true,
                gap,
            });
        }
        (is_open, last) = (true, c);
        if let Some(word) = words.last_mut() {
            word.place.end = place.end;
            word.is_upper &= !c.is_lowercase();
            for c in c.to_lowercase().filter(|c| !is_combining_mark(*c)) {
                match spelt(c) {
                    "" => word.text.push(c),
                    spelt => word.text.push_str(spelt),
                }
            }
        }
    }
    words
}

/// The gap after one more character.
fn between(gap: Gap, c: char, last: char) -> Gap {
    let one = |kind| match gap {
        Gap::Joined | Gap::Space => kind,
        _ => Gap::Other,
    };
    match c {
        '£' | '$' | '€' => Gap::Figure,
        ':' if last.is_ascii_digit() => Gap::Figure,
        '\n' => Gap::Line,
        c if c.is_whitespace() => match gap {
            Gap::Joined => Gap::Space,
            gap => gap,
        },
        ',' | ';' => one(Gap::Comma),
        '.' => one(Gap::Dot),
        '-' => one(Gap::Dash),
        '/' => one(Gap::Slash),
        _ => Gap::Other,
    }
}

#[cfg(test)]
mod tests;
