//! Whether a text is plainly in a language, by its usual words (`rules/usual-words/CODE.toml`). Most
//! texts are in the language of their page. This takes a microsecond, and the detection of any
//! language takes 70. If in doubt the answer is no, and the caller detects. A text in another language
//! must never be plainly in this one: the rules of its own language would not be searched.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::built_in::USUAL_WORDS;
use crate::config::{ConfigError, Source};

/// Least number of usual words in a text. Three were chance in parts of Slovak, Serbian, French and
/// Catalan texts that no list was tuned on.
const LEAST: usize = 4;
/// One word of this many is a usual one, at least. In texts of 50 other languages the largest share
/// is one of seven, except in Asturian, Scots, Silesian and creoles of English.
const SHARE: usize = 4;
/// The longest run of words without a usual one: a quarter of the words, within these bounds. A
/// longer one may be a sentence in another language, and detection may name that language.
const SHORT_RUN: usize = 5;
const LONG_RUN: usize = 8;

/// One language's file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    letters: String,
    words: String,
}

/// The usual words of a language.
struct List {
    code: &'static str,
    letters: Vec<char>,
    /// Sorted.
    words: Vec<Hash>,
}

static LISTS: LazyLock<Vec<List>> = LazyLock::new(|| {
    let lists = USUAL_WORDS
        .iter()
        .filter_map(|(code, text)| List::read(code, text).ok());
    lists.collect()
});

/// Whether a text is plainly in the language with this code. One pass over the text.
#[must_use]
pub fn is_plainly(code: &str, text: &str) -> bool {
    let list = LISTS.iter().find(|list| list.code == code);
    list.and_then(|list| list.count(text))
        .is_some_and(|count| count.is_plain())
}

impl List {
    fn read(code: &'static str, text: &str) -> Result<Self, ConfigError> {
        let name = format!("rules/usual-words/{code}.toml");
        let file: File = Source::built_in(&name, text).parse()?;
        let mut words: Vec<Hash> = file.words.split_whitespace().map(Hash::of).collect();
        words.sort_unstable();
        Ok(Self {
            code,
            letters: file.letters.chars().collect(),
            words,
        })
    }

    /// Counts the words of a text. `None` if it has a letter that the language does not use. Digits
    /// and all signs separate words, but an apostrophe between two letters is part of the word.
    fn count(&self, text: &str) -> Option<Count> {
        let mut count = Count::default();
        let mut word: Option<Hash> = None;
        let mut has_apostrophe = false;
        for c in text.chars().chain([' ']) {
            if is_apostrophe(c) {
                has_apostrophe = word.is_some();
            } else if is_letter(c) {
                let c = self.lowercase(c)?;
                let before = word.unwrap_or(Hash::EMPTY);
                let before = if has_apostrophe {
                    before.with('\'')
                } else {
                    before
                };
                word = Some(before.with(c));
                has_apostrophe = false;
            } else if let Some(word) = word.take() {
                count.add(self.words.binary_search(&word).is_ok());
                has_apostrophe = false;
            }
        }
        Some(count)
    }

    /// A letter of the language in lower case.
    fn lowercase(&self, c: char) -> Option<char> {
        if c.is_ascii() {
            return Some(c.to_ascii_lowercase());
        }
        c.to_lowercase().find(|c| self.letters.contains(c))
    }
}

/// Letters, and accents that are written as characters of their own.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '\u{300}'..='\u{36f}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | '‘' | '`' | '´')
}

/// A word by its hash (FNV-1a, over characters): a resident's words are never copied, so no copy must
/// be zeroized.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Hash(u64);

impl Hash {
    const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    fn of(word: &str) -> Self {
        word.chars().fold(Self::EMPTY, Self::with)
    }

    fn with(self, c: char) -> Self {
        Self((self.0 ^ u64::from(c)).wrapping_mul(0x100_0000_01b3))
    }
}

/// The words of a text.
#[derive(Default)]
struct Count {
    words: usize,
    usual: usize,
    /// Words since the last usual one.
    run: usize,
    longest_run: usize,
}

impl Count {
    fn add(&mut self, is_usual: bool) {
        self.words += 1;
        if is_usual {
            self.usual += 1;
            self.run = 0;
        } else {
            self.run += 1;
            self.longest_run = self.longest_run.max(self.run);
        }
    }

    fn is_plain(&self) -> bool {
        let longest = (self.words / SHARE).clamp(SHORT_RUN, LONG_RUN);
        self.usual >= LEAST && self.usual * SHARE >= self.words && self.longest_run <= longest
    }
}

#[cfg(test)]
pub(crate) mod tests;
