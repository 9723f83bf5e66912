//! Searches bytes for planted words, in every form in which a program might store them. It reports
//! the word's name, its form and its offset, and never the bytes that it read.
//!
//! A word is found only if it is complete. To find a partly overwritten word, plant a random word
//! twice and search for it once.

use std::collections::HashSet;
use std::fmt;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use base64::Engine as _;
use base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD};

/// Shorter words would be found by chance.
const SHORTEST: usize = 8;

/// The words cannot be searched for.
#[derive(Debug, thiserror::Error)]
pub enum Unsearchable {
    /// The word would be found by chance.
    #[error("the word for {0} is shorter than {SHORTEST} bytes")]
    TooShort(String),
    /// There are too many words.
    #[error("there are too many words to look for at once")]
    TooMany,
}

/// The words to search for.
pub struct Sweep {
    needles: AhoCorasick,
    /// For each needle, the index of its word's name, and its form.
    kinds: Vec<(usize, &'static str)>,
    names: Vec<String>,
}

/// One place where a word was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// The word's name.
    pub name: String,
    /// The form in which it was found.
    pub encoding: &'static str,
    /// Bytes from the start of the searched bytes.
    pub offset: usize,
}

impl fmt::Display for Find {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {} at {}", self.name, self.encoding, self.offset)
    }
}

impl Sweep {
    /// A sweep for these words in every form. Each word has a name.
    ///
    /// # Errors
    /// [`Unsearchable`] if a word is shorter than 8 bytes.
    pub fn new<N: Into<String>, W: AsRef<[u8]>>(
        words: impl IntoIterator<Item = (N, W)>,
    ) -> Result<Self, Unsearchable> {
        Self::with(words, forms)
    }

    /// A sweep for these bytes unchanged: for thousands of words, or for bytes that no program
    /// would encode.
    ///
    /// # Errors
    /// [`Unsearchable`] if a word is shorter than 8 bytes.
    pub fn raw<N: Into<String>, W: AsRef<[u8]>>(
        words: impl IntoIterator<Item = (N, W)>,
    ) -> Result<Self, Unsearchable> {
        Self::with(words, |word| vec![("raw", word.to_vec())])
    }

    fn with<N: Into<String>, W: AsRef<[u8]>>(
        words: impl IntoIterator<Item = (N, W)>,
        forms: impl Fn(&[u8]) -> Vec<(&'static str, Vec<u8>)>,
    ) -> Result<Self, Unsearchable> {
        let (mut needles, mut kinds, mut names) = (Vec::new(), Vec::new(), Vec::new());
        for (name, word) in words {
            let (name, word) = (name.into(), word.as_ref());
            if word.len() < SHORTEST {
                return Err(Unsearchable::TooShort(name));
            }
            // Some forms of a word are the same bytes: digits in hex, letters in percent-encoding.
            let mut seen = HashSet::new();
            for (encoding, needle) in forms(word) {
                if seen.insert(needle.clone()) {
                    needles.push(needle);
                    kinds.push((names.len(), encoding));
                }
            }
            names.push(name);
        }
        let mut builder = AhoCorasick::builder();
        builder
            .match_kind(MatchKind::Standard)
            .kind(Some(AhoCorasickKind::ContiguousNFA));
        Ok(Self {
            needles: builder.build(needles).map_err(|_| Unsearchable::TooMany)?,
            kinds,
            names,
        })
    }

    /// Every place where a word begins in these bytes, in any form.
    #[must_use]
    pub fn finds(&self, bytes: &[u8]) -> Vec<Find> {
        let find = |found: aho_corasick::Match| {
            let (name, encoding) = self.kinds.get(found.pattern().as_usize())?;
            Some(Find {
                name: self.names.get(*name)?.clone(),
                encoding,
                offset: found.start(),
            })
        };
        self.needles
            .find_overlapping_iter(bytes)
            .filter_map(find)
            .collect()
    }

    /// The length of the longest form of any word, in bytes. Pieces of a longer input must overlap
    /// by this much.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.needles.max_pattern_len()
    }
}

/// The forms of a word, each with a name.
fn forms(word: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let text = std::str::from_utf8(word);
    let units: Vec<u16> = text.map_or_else(
        |_| word.iter().map(|b| u16::from(*b)).collect(),
        |text| text.encode_utf16().collect(),
    );
    let escaped = |all: bool, upper: bool| percent(word, all, upper);
    let mut forms = vec![
        ("raw", word.to_vec()),
        ("hex", hex::encode(word).into_bytes()),
        ("HEX", hex::encode_upper(word).into_bytes()),
        (
            "UTF-16 LE",
            units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        ),
        (
            "UTF-16 BE",
            units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        ),
        ("percent", escaped(false, false)),
        ("PERCENT", escaped(false, true)),
        ("all percent", escaped(true, false)),
        ("ALL PERCENT", escaped(true, true)),
        // As Rust prints a list of bytes.
        (
            "numbers",
            word.iter()
                .map(u8::to_string)
                .collect::<Vec<_>>()
                .join(", ")
                .into_bytes(),
        ),
    ];
    let names = [
        ("base64", "base64 +1", "base64 +2"),
        ("base64url", "base64url +1", "base64url +2"),
    ];
    for (alphabet, (none, one, two)) in [&STANDARD, &URL_SAFE].into_iter().zip(names) {
        forms.extend(
            [(none, 0), (one, 1), (two, 2)]
                .map(|(name, before)| (name, base64_after(alphabet, word, before))),
        );
    }
    forms
}

/// A word in percent-encoding: every byte, or only what a form escapes.
fn percent(word: &[u8], all: bool, upper: bool) -> Vec<u8> {
    let escape = |byte: &u8| match byte {
        plain if !all && (plain.is_ascii_alphanumeric() || b"-._~*".contains(plain)) => {
            char::from(*plain).to_string()
        }
        byte if upper => format!("%{byte:02X}"),
        byte => format!("%{byte:02x}"),
    };
    word.iter().map(escape).collect::<String>().into_bytes()
}

/// The base64 characters that depend on the word alone, with `before` bytes in front of it and any
/// bytes after it.
fn base64_after(alphabet: &Alphabet, word: &[u8], before: usize) -> Vec<u8> {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(word);
    let written = GeneralPurpose::new(alphabet, NO_PAD).encode(&bytes);
    written
        .as_bytes()
        .get((before * 8).div_ceil(6)..bytes.len() * 8 / 6)
        .unwrap_or_default()
        .to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sweep_finds_a_word_in_every_form_and_nothing_else() {
        let word = "Ünïtäry-\u{624}\u{4f60}?/&=+ 0xFE~".as_bytes();
        let sweep =
            Sweep::new([("the word", word), ("another", b"not in there".as_slice())]).unwrap();
        let around =
            |before: usize, written: &[u8]| [&vec![b'='; before], written, b"==="].concat();
        for form in forms(word) {
            let finds = sweep.finds(&around(7, &form.1));
            assert!(
                finds
                    .iter()
                    .any(|find| find.name == "the word" && find.offset == 7),
                "{} {finds:?}",
                form.0
            );
        }
        // Base64 as a program writes it, of a longer text that contains the word.
        for alphabet in [&STANDARD, &URL_SAFE] {
            for (before, after) in (0..9).zip([5, 3, 0, 8, 1, 7, 2, 6, 4]) {
                let long = [&vec![0xA7; before], word, &vec![0x5C; after]].concat();
                let written = GeneralPurpose::new(alphabet, NO_PAD).encode(long);
                assert_eq!(
                    sweep.finds(written.as_bytes()).len(),
                    1,
                    "{before} before, {after} after"
                );
            }
        }
        let other_case = String::from_utf8(word.to_vec()).unwrap().to_uppercase();
        assert_eq!(
            sweep.finds(
                &[
                    other_case.as_bytes(),
                    b"another",
                    &word[1..],
                    &word[..word.len() - 1]
                ]
                .concat()
            ),
            []
        );
        let twice = [word, word].concat();
        assert_eq!(sweep.finds(&twice).len(), 2);
        assert_eq!(
            sweep
                .finds(&twice)
                .iter()
                .map(Find::to_string)
                .collect::<Vec<_>>()[0],
            "the word as raw at 0"
        );
        assert_eq!(
            Sweep::raw([("the word", word)])
                .unwrap()
                .finds(&[hex::encode(word).as_bytes(), word].concat())
                .len(),
            1
        );
        assert!(
            !format!("{:?}", sweep.finds(&twice)).contains("0xFE"),
            "it never says what it read"
        );
    }

    #[test]
    fn a_short_word_is_refused_by_its_name_alone() {
        let refused = Sweep::new([("the word", "hunter2")])
            .err()
            .unwrap()
            .to_string();
        assert!(refused.contains("the word") && !refused.contains("hunter2"));
    }
}
