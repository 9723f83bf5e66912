//! Finds a resident's words in an officer's text. Five words in a row count as the resident's words
//! (P15), whatever changes in case, accents and punctuation. In a script without spaces, each pair of
//! neighbours counts as a word.

use std::collections::HashSet;
use std::ops::Range;

use super::{Kind, tokens};

/// So many words in a row are the resident's.
const IN_A_ROW: usize = 5;

/// The words of one or several tips.
#[derive(Debug, Default)]
pub struct OwnWords(HashSet<[String; IN_A_ROW]>);

impl OwnWords {
    /// Reads the texts of tips. No row of words goes from one text to the next.
    #[must_use]
    pub fn of<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rows = HashSet::new();
        for text in texts {
            rows.extend(words(text).windows(IN_A_ROW).filter_map(row));
        }
        Self(rows)
    }

    /// A text in pieces: `true` if the piece has the resident's words.
    #[must_use]
    pub fn marked<'a>(&self, text: &'a str) -> Vec<(&'a str, bool)> {
        let words = words(text);
        let mut pieces: Vec<(&str, bool)> = Vec::new();
        let mut at = 0;
        for place in self.places(&words) {
            push(&mut pieces, text.get(at..place.start), false);
            push(&mut pieces, text.get(place.clone()), true);
            at = place.end;
        }
        push(&mut pieces, text.get(at..), false);
        pieces
    }

    /// Whether a text has the resident's words.
    #[must_use]
    pub fn are_in(&self, text: &str) -> bool {
        self.marked(text).iter().any(|(_, own)| *own)
    }

    /// The parts of the text with the resident's words, in order, none touching the next.
    fn places(&self, words: &[(String, Range<usize>)]) -> Vec<Range<usize>> {
        let mut places: Vec<Range<usize>> = Vec::new();
        for window in words.windows(IN_A_ROW) {
            if !row(window).is_some_and(|row| self.0.contains(&row)) {
                continue;
            }
            let (Some((_, first)), Some((_, last))) = (window.first(), window.last()) else {
                continue;
            };
            match places.last_mut() {
                Some(before) if before.end >= first.start => before.end = before.end.max(last.end),
                _ => places.push(first.start..last.end),
            }
        }
        places
    }
}

fn push<'a>(pieces: &mut Vec<(&'a str, bool)>, part: Option<&'a str>, own: bool) {
    if let Some(part) = part.filter(|part| !part.is_empty()) {
        pieces.push((part, own));
    }
}

/// The folded words of a text, each with its bytes.
fn words(text: &str) -> Vec<(String, Range<usize>)> {
    let mut words = Vec::new();
    tokens(text, |token| {
        // The last character of a run is in the pair before it.
        if token.kind != Kind::Last {
            words.push((token.text.to_owned(), token.place));
        }
    });
    words
}

fn row(window: &[(String, Range<usize>)]) -> Option<[String; IN_A_ROW]> {
    let words: Vec<String> = window.iter().map(|(word, _)| word.clone()).collect();
    words.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(tip: &str, text: &str) -> String {
        let words = OwnWords::of([tip]);
        let pieces = words.marked(text);
        assert_eq!(
            pieces.iter().map(|(piece, _)| *piece).collect::<String>(),
            text,
            "nothing is lost"
        );
        let own = pieces.iter().filter(|(_, own)| *own);
        own.map(|(piece, _)| *piece).collect::<Vec<_>>().join("|")
    }

    const TIP: &str = "They swapped the lock on Tuesday, and the old man has not been seen since.";

    #[test]
    fn p15_five_words_in_a_row_are_marked_and_four_are_not() {
        assert_eq!(
            own(TIP, "Flat 2: the old man has not been there."),
            "the old man has not been"
        );
        assert_eq!(own(TIP, "An old man has not come out."), "");
        // Control: the text itself is marked from its first word to its last.
        assert_eq!(own(TIP, TIP), TIP.trim_end_matches('.'));
    }

    #[test]
    fn p15_case_accents_and_punctuation_hide_no_words() {
        assert_eq!(
            own(
                TIP,
                "\u{201c}THE OLD MÁN \u{2014} has, not... BEEN\u{201d} he wrote"
            ),
            "THE OLD MÁN \u{2014} has, not... BEEN"
        );
        assert_eq!(
            own(TIP, "the old\nman\nhas\nnot slept"),
            "the old\nman\nhas\nnot"
        );
    }

    #[test]
    fn p15_two_places_are_marked_apart_and_overlapping_rows_as_one() {
        let text =
            "Swapped the lock on Tuesday. We think that the old man has not been seen since.";
        assert_eq!(
            own(TIP, text),
            "Swapped the lock on Tuesday|the old man has not been seen since"
        );
    }

    #[test]
    fn p15_words_are_found_in_other_scripts() {
        let arabic = "يبيعون المخدرات في الطابق الأول كل ليلة";
        assert_eq!(
            own(arabic, "قال: يبيعون المخدّرات في الطابق الأول"),
            "يبيعون المخدّرات في الطابق الأول"
        );
        let chinese = "他们每天晚上在一楼卖毒品";
        assert_eq!(own(chinese, "报告说每天晚上在一楼有人"), "每天晚上在一楼");
        assert_eq!(own(chinese, "一楼每天有人"), "");
        let polish = "sprzedają narkotyki na parterze każdej nocy";
        assert_eq!(
            own(polish, "Sprzedaja narkotyki na parterze kazdej nocy"),
            "Sprzedaja narkotyki na parterze kazdej nocy"
        );
    }

    #[test]
    fn no_row_of_words_goes_from_one_answer_to_the_next() {
        let words = OwnWords::of(["the old man", "has not been seen"]);
        assert!(!words.are_in("the old man has not been seen"));
    }
}
