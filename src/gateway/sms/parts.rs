//! Cuts a text to size: a text that is longer than a tip allows becomes several tips, and a note
//! lists what is left out. No character is lost, and the same text is always cut in the same
//! places.

use super::untaken::{LONGEST_NOTE, Untaken};
use loke_core::tip::limits;

/// Characters reserved for the note with the part's number.
const NOTE: usize = 120;
/// How far before a part's end a space may be, in characters.
const BACK: usize = 100;

/// The parts of a text, each short enough for a tip with its notes. An empty text is one part. A
/// text with media leaves room for the note of what is left out.
pub(super) fn split(text: &str, has_media: bool) -> Vec<&str> {
    let most = limits::WHAT - NOTE - if has_media { LONGEST_NOTE } else { 0 };
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((end, _)) = rest.char_indices().nth(most) {
        let least = rest.char_indices().nth(most - BACK).map_or(0, |(at, _)| at);
        let window = rest.get(least..end).unwrap_or_default();
        let at = window
            .rfind(char::is_whitespace)
            .map_or(end, |space| least + space);
        let (part, behind) = rest.split_at(at);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// A part with a note of its number, for staff: the desk gets tips in no order.
pub(super) fn numbered(part: &str, number: usize, of: usize) -> String {
    if of == 1 {
        part.to_owned()
    } else {
        format!("[Part {number} of {of} of one text.] {}", part.trim_start())
    }
}

/// The words with a note of what is left out, for staff.
pub(super) fn with_note(words: &str, untaken: &Untaken) -> String {
    match (words, untaken.note()) {
        (words, note) if note.is_empty() => words.to_owned(),
        ("", note) => note,
        (words, note) => format!("{words}\n\n{note}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::untaken::Thing;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_the_whole_text_and_each_fits_with_its_notes(text in "(\\PC| ){0,6000}", has_media: bool) {
            let parts = split(&text, has_media);
            prop_assert_eq!(&parts.concat(), &text);
            let mut untaken = Untaken::default();
            untaken.unread = usize::from(has_media);
            Thing::ALL.into_iter().filter(|_| has_media).for_each(|thing| untaken.add_all(thing, 100));
            for part in parts {
                prop_assert!(with_note(&numbered(part, 99, 99), &untaken).chars().count() <= limits::WHAT);
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_words_where_there_are_any() {
        let text = "word ".repeat(1_000);
        let parts = split(&text, false);
        assert!(parts.len() > 2 && parts.iter().skip(1).all(|part| part.starts_with(' ')));
        assert_eq!(split("", true).len(), 1);
        assert_eq!(split(&"灰".repeat(2_000), false).len(), 2);
    }
}
