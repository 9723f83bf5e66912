//! PII hints: what in a resident's words might tell who they are. The check page shows each hint
//! with its reason and leaves the choice to the writer: nothing is ever cut out for them, and
//! nothing of this is kept.
//!
//! | file | what happens there |
//! |---|---|
//! | `rules` | the patterns, one file a language in `rules/hints/`, and which languages a text is read in |
//! | `shadow` | the text as patterns read it: plain letters, plain digits, one space between words |
//! | `bounds` | where words begin and end: a hint never cuts one |
//! | `finder` | the rules on a thread of their own, if a text is long |

use std::ops::Range;

mod bounds;
mod finder;
mod rules;
mod shadow;

pub use finder::{Finder, Hints};
pub use rules::{REASONS, Rules};

/// Hints that one text, and one page, has at most.
pub const MOST: usize = 20;

/// Words that may tell who wrote, and why: `mark-REASON` in the language files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Bytes of the text: whole words.
    pub place: Range<usize>,
    /// The same with the words before and behind it.
    pub shown: Range<usize>,
    /// One of [`REASONS`].
    pub reason: &'static str,
}

/// The hints of one text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// In the order of the text, without overlaps, at most [`MOST`].
    pub hints: Vec<Hint>,
    /// Whether there are more.
    pub more: bool,
    /// Matches that were looked at, and comparisons with hints found before: what the work beyond
    /// one pass a pattern grows with.
    pub steps: usize,
}

impl Found {
    /// Takes a match, unless a hint is there already. False if no further one can be taken.
    fn take(&mut self, hint: impl FnOnce() -> Option<Hint>) -> bool {
        self.steps += 1;
        let Some(hint) = hint() else { return true };
        // At most MOST comparisons a match.
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
