//! PII hints: text that may identify the writer. The check page of residents and the desk's form for
//! officers show each hint with its reason, and the person who types decides: a program never removes
//! text, and stores no hint.
//!
//! | file | content |
//! |---|---|
//! | `rules` | the patterns (`rules/hints/`), and the languages that a text is searched in |
//! | `shadow` | the text as patterns match it: plain letters and digits, single spaces |
//! | `bounds` | where words begin and end: a hint never cuts a word |

use std::ops::Range;

mod bounds;
mod rules;
mod shadow;

pub use rules::{REASONS, Reading, Rules};

/// Maximum number of hints for one text, and for one page.
pub const MOST: usize = 20;

/// Words that may identify the writer, and the reason: `mark-REASON` in the language files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Range in the text, in bytes: whole words.
    pub place: Range<usize>,
    /// The same range with the words before and after it.
    pub shown: Range<usize>,
    /// One of [`REASONS`].
    pub reason: &'static str,
}

impl Hint {
    /// Whether the hint's line begins before the words that are shown, and ends after them.
    #[must_use]
    pub fn cut(&self, text: &str) -> (bool, bool) {
        let line = |words: Option<&str>| words.is_some_and(|words| !words.trim().is_empty());
        let before = text.get(..self.shown.start);
        let after = text.get(self.shown.end..);
        (
            line(before.and_then(|text| text.rsplit('\n').next())),
            line(after.and_then(|text| text.split('\n').next())),
        )
    }
}

/// The hints of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the text, without overlaps, at most [`MOST`].
    pub hints: Vec<Hint>,
    /// Whether there are more.
    pub more: bool,
    /// Matches plus comparisons with earlier hints: a measure of the work beyond one pass for each
    /// pattern.
    pub steps: usize,
}

impl Found {
    /// Adds a hint, unless it overlaps an earlier one. Returns false if there is no room for more.
    fn take(&mut self, hint: impl FnOnce() -> Option<Hint>) -> bool {
        self.steps += 1;
        let Some(hint) = hint() else { return true };
        // At most MOST comparisons for each match.
        self.steps += self.hints.len();
        if self
            .hints
            .iter()
            .any(|known| known.place.start < hint.place.end && hint.place.start < known.place.end)
        {
            return true;
        }
        if self.hints.len() == MOST {
            self.more = true;
            return false;
        }
        self.hints.push(hint);
        true
    }
}
