//! Making one text fit: one that is longer than a tip's words becomes several tips, and a photo that could not be kept leaves a note.
//! No character is lost, and the same text always falls into the same parts.

use crate::tip::limits;

/// Room that is kept for both notes, in characters.
const NOTE: usize = 120;
/// How far back from a part's end a space is looked for, in characters.
const BACK: usize = 100;

/// The parts of a text, each of at most as many characters as a tip's words with a note behind them; one where it is empty.
pub(super) fn split(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some((most, _)) = rest.char_indices().nth(limits::WHAT - NOTE) {
        let least = rest.char_indices().nth(limits::WHAT - NOTE - BACK).map_or(0, |(at, _)| at);
        let window = rest.get(least..most).unwrap_or_default();
        let at = window.rfind(char::is_whitespace).map_or(most, |space| least + space);
        let (part, behind) = rest.split_at(at);
        parts.push(part);
        rest = behind;
    }
    parts.push(rest);
    parts
}

/// A part with a note for staff which one it is: the desk gets tips in no order.
pub(super) fn numbered(part: &str, number: usize, of: usize) -> String {
    if of == 1 { part.to_owned() } else { format!("[Part {number} of {of} of one text.] {}", part.trim_start()) }
}

/// The words with a note for staff that so many things came with them and could not be kept.
pub(super) fn with_note(words: &str, lost: usize) -> String {
    let note = match lost {
        0 => return words.to_owned(),
        1 => "[A photo or file came with this text and could not be kept.]".to_owned(),
        n => format!("[{n} photos or files came with this text and could not be kept.]"),
    };
    if words.is_empty() { note } else { format!("{words}\n\n{note}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_are_the_whole_text_and_each_fits_with_a_note(text in "(\\PC| ){0,6000}") {
            let parts = split(&text);
            prop_assert_eq!(&parts.concat(), &text);
            for part in parts {
                prop_assert!(with_note(&numbered(part, 99, 99), 999).chars().count() <= limits::WHAT);
            }
        }
    }

    #[test]
    fn a_text_is_cut_between_words_where_there_are_any() {
        let text = "word ".repeat(1_000);
        let parts = split(&text);
        assert!(parts.len() > 2 && parts.iter().skip(1).all(|part| part.starts_with(' ')));
        assert_eq!(split("").len(), 1);
        assert_eq!(split(&"灰".repeat(2_000)).len(), 2);
    }
}
