//! Text that the built-in fonts can print.

use crate::fonts::Fonts;
use crate::paper::unbroken;

/// Longest run of letters without a place for a line break.
const LONGEST_WORD: usize = 40;

/// The text with every character that no built-in font has replaced by its number (`[U+1F600]`), so
/// that a reader can look it up. Marks that change the direction of the text around them are dropped,
/// because they can make it read as something else. A very long word may be broken.
#[must_use]
pub fn printable(fonts: &Fonts, text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = 0;
    for c in text.chars() {
        match c {
            '\n' => out.push(c),
            '\t' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push(' '),
            _ if c.is_control() || is_invisible(c) => continue,
            _ if c.is_whitespace() && c != '\u{a0}' => out.push(' '),
            _ if fonts.find(c, false, None).is_some() && !is_private(c) => out.push(c),
            _ => out.push_str(&format!("[U+{:04X}]", u32::from(c))),
        }
        word = if c.is_whitespace() || is_han(c) {
            0
        } else {
            word + 1
        };
        if word == LONGEST_WORD {
            out.push('\u{200b}');
            word = 0;
        }
    }
    out
}

/// The same text, with its numbers (`0344 800 8021`) on one line each, unless one would be longer than
/// a line.
pub(super) fn with_whole_numbers(text: &str) -> String {
    let whole = unbroken(text);
    let is_long = |word: &str| word.chars().count() > LONGEST_WORD;
    if whole.split(' ').any(is_long) {
        text.to_owned()
    } else {
        whole
    }
}

/// Overrides and isolates of direction, and marks that show nothing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' | '\u{ad}' | '\u{fe00}'..='\u{fe0f}')
}

/// Chinese characters, between which a line may break anywhere.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{2e80}'..='\u{9fff}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}
