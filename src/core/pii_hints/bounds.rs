//! Word boundaries (UAX #29) for hints and the words around them. A hint never cuts a word or a
//! grapheme cluster.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::Hint;
use crate::characters::is_blank;

/// Maximum number of characters shown before, and after, a hint.
const AROUND: usize = 24;

/// The boundaries of a text's words, in order.
pub(super) struct Bounds<'a> {
    text: &'a str,
    at: Vec<usize>,
}

impl<'a> Bounds<'a> {
    /// Positions that are boundaries of a word and of a grapheme cluster: in some scripts (Thai) a
    /// word boundary may be inside a cluster.
    pub(super) fn of(text: &'a str) -> Self {
        let mut clusters = text.grapheme_indices(true).map(|(at, _)| at).peekable();
        let mut at: Vec<usize> = Vec::with_capacity(text.len() / 4 + 2);
        for (word, _) in text.split_word_bound_indices() {
            while clusters.next_if(|cluster| *cluster < word).is_some() {}
            if clusters.peek() == Some(&word) {
                at.push(word);
            }
        }
        at.push(text.len());
        Self { text, at }
    }

    /// The hint for a match, which need not end at word boundaries. `None` if nothing visible is
    /// there.
    pub(super) fn hint(&self, found: Range<usize>, reason: &'static str) -> Option<Hint> {
        let inside = self.text.get(found.clone())?;
        let tells = |c: char| c.is_alphanumeric() || c == '+';
        let start = found.start + inside.find(tells)?;
        // Inside the last visible character: it contains no boundary.
        let end = found.start + inside.rfind(tells)? + 1;
        let first = self
            .at
            .partition_point(|bound| *bound <= start)
            .checked_sub(1)?;
        let last = self.at.partition_point(|bound| *bound < end);
        let place = *self.at.get(first)?..*self.at.get(last)?;
        let shown = self.back(first, place.start)..self.forth(last, place.end);
        Some(Hint {
            place,
            shown,
            reason,
        })
    }

    /// The start of the words that are shown before a boundary.
    fn back(&self, bound: usize, from: usize) -> usize {
        let bounds = self
            .at
            .get(..bound)
            .unwrap_or_default()
            .iter()
            .rev()
            .copied();
        let near = bounds.take_while(|at| self.text.get(*at..from).is_some_and(fits));
        near.filter(|at| {
            let (before, after) = self.text.split_at_checked(*at).unwrap_or_default();
            after.starts_with(char::is_alphanumeric) && may_cut(before, after)
        })
        .last()
        .unwrap_or(from)
    }

    /// The end of the words that are shown after a boundary.
    fn forth(&self, bound: usize, from: usize) -> usize {
        let bounds = self.at.get(bound + 1..).unwrap_or_default().iter().copied();
        let near = bounds.take_while(|at| self.text.get(from..*at).is_some_and(fits));
        near.filter(|at| {
            let (before, after) = self.text.split_at_checked(*at).unwrap_or_default();
            !before.ends_with(is_blank) && may_cut(before, after)
        })
        .last()
        .unwrap_or(from)
    }
}

/// Whether a text may be cut here: at a space, or in a script without spaces.
fn may_cut(before: &str, after: &str) -> bool {
    let (last, next) = (before.chars().next_back(), after.chars().next());
    [last, next]
        .into_iter()
        .any(|c| c.is_none_or(|c| is_blank(c) || is_unspaced(c)))
}

/// Whether the character belongs to a script without spaces between words: Thai, Lao, Burmese,
/// Khmer, Chinese and Japanese, with the punctuation of the last two.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3000}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
}

/// Whether these words may be shown beside a hint: they are in its line and short enough.
fn fits(words: &str) -> bool {
    !words.contains('\n') && words.chars().nth(AROUND).is_none()
}
