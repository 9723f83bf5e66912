//! Character classes that decide whether a text is empty and where a number ends. There is one list
//! of blanks, one of separators and one of digits, shared by the form, text messages, receipts and
//! PII hints. The lists follow Unicode 18.0; a test compares them with the tables of `regex`.

/// The zero of each decimal digit range, sorted (Unicode 18.0, general category Nd: each range is
/// ten code points in a row, from 0 to 9).
const ZEROS: [u32; 77] = [
    0x30, 0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66,
    0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90,
    0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0,
    0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];

/// Converts a digit of any script to ASCII. Keyboards, PDF files and contact lists use their own
/// digits.
#[must_use]
pub fn digit(c: char) -> Option<char> {
    if c.is_ascii() {
        return c.is_ascii_digit().then_some(c);
    }
    let code = u32::from(c);
    let at = ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?;
    char::from_digit(code - ZEROS.get(at)?, 10)
}

/// Whether the character has no width and no ink: Unicode `Default_Ignorable_Code_Point` (joiners,
/// direction marks, soft hyphens, variation selectors, tags, fillers), control characters and
/// annotation marks.
#[must_use]
pub const fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{8}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{84}' | '\u{86}'..='\u{9f}'
        | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
        | '\u{16fe4}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d159}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Whether the character only takes up space: all of `White_Space`, the Hangul fillers and the
/// blank Braille cell.
#[must_use]
pub fn is_space(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
        )
}

/// Whether the character shows nothing: white space or invisible.
#[must_use]
pub fn is_blank(c: char) -> bool {
    is_space(c) || is_invisible(c)
}

/// The ASCII form of a separator that people and programs put between the groups of a number: a
/// space, dash, slash, dot, comma or bracket. `None` for all other characters. Invisible characters
/// have no ASCII form: see [`is_invisible`].
#[must_use]
pub fn plain_separator(c: char) -> Option<char> {
    if is_space(c) {
        return Some(' ');
    }
    Some(match c {
        // Dash_Punctuation, and characters that people type as a dash.
        '-'
        | '\u{58a}'
        | '\u{5be}'
        | '\u{1400}'
        | '\u{1806}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{207b}'
        | '\u{208b}'
        | '\u{2212}'
        | '\u{2e17}'
        | '\u{2e1a}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{2e40}'
        | '\u{2e5d}'
        | '\u{301c}'
        | '\u{3030}'
        | '\u{30a0}'
        | '\u{fe31}'
        | '\u{fe32}'
        | '\u{fe58}'
        | '\u{fe63}'
        | '\u{ff0d}'
        | '\u{10d6e}'
        | '\u{10ead}'
        | '\u{2d7}'
        | '\u{2500}'
        | '\u{2796}'
        | '~'
        | '\u{ff5e}'
        | '_'
        | '\u{ff3f}' => '-',
        '/' | '\\' | '|' | '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29f8}' | '\u{29f9}'
        | '\u{ff0f}' | '\u{ff3c}' | '\u{fe68}' | '\u{ff5c}' => '/',
        '.' | '·' | '\u{387}' | '\u{6d4}' | '\u{2022}' | '\u{2024}' | '\u{2027}' | '\u{2219}'
        | '\u{22c5}' | '\u{2e31}' | '\u{2e33}' | '\u{3002}' | '\u{30fb}' | '\u{fe52}'
        | '\u{ff0e}' | '\u{ff61}' | '\u{ff65}' => '.',
        ',' | ';' | '\u{60c}' | '\u{61b}' | '\u{66b}' | '\u{66c}' | '\u{3001}' | '\u{fe10}'
        | '\u{fe11}' | '\u{fe50}' | '\u{ff0c}' | '\u{ff1b}' | '\u{ff64}' => ',',
        '(' | '[' | '{' | '<' | '\u{2768}' | '\u{3008}' | '\u{300a}' | '\u{300c}' | '\u{3010}'
        | '\u{3014}' | '\u{fd3e}' | '\u{fe59}' | '\u{ff08}' | '\u{ff3b}' => '(',
        ')' | ']' | '}' | '>' | '\u{2769}' | '\u{3009}' | '\u{300b}' | '\u{300d}' | '\u{3011}'
        | '\u{3015}' | '\u{fd3f}' | '\u{fe5a}' | '\u{ff09}' | '\u{ff3d}' => ')',
        _ => return None,
    })
}

/// Whether the character may appear between the digits of a number without being part of it.
#[must_use]
pub fn separates(c: char) -> bool {
    is_invisible(c) || plain_separator(c).is_some()
}

/// Whether the text has no visible character.
#[must_use]
pub fn shows_nothing(text: &str) -> bool {
    text.chars().all(is_blank)
}

/// Normalizes a text: line ends become `\n`, control characters become their pictures (U+2400 …),
/// and white space at both ends is removed. The pictures are visible, and escaping in JSON cannot
/// make the text longer. Returns an empty string if nothing in the text is visible. Other invisible
/// characters stay, because Persian, Arabic and emoji need them.
#[must_use]
pub fn visible(text: &str) -> String {
    let text = text.trim();
    if shows_nothing(text) {
        return String::new();
    }
    if !text.bytes().any(|b| b.is_ascii_control()) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.replace("\r\n", "\n").chars() {
        out.push(match c {
            '\n' | '\t' => c,
            '\r' => '\n',
            '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{2400}'),
            '\u{7f}' => '\u{2421}',
            _ => c,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_and_line_ends_are_one_kind() {
        assert_eq!(visible(" a\r\nb\rc\0d\u{1b}[0m\u{7f} "), "a\nb\nc␀d␛[0m␡");
    }

    #[test]
    fn digits_of_every_script_are_read_by_their_value() {
        for zero in ZEROS.map(|zero| char::from_u32(zero).unwrap()) {
            let ten: String = (0..10)
                .filter_map(|n| char::from_u32(u32::from(zero) + n))
                .filter_map(digit)
                .collect();
            assert_eq!(ten, "0123456789", "{zero:?}");
        }
        assert_eq!(
            ('\0'..=char::MAX).filter(|c| digit(*c).is_some()).count(),
            770
        );
        assert!(
            ['²', '①', '½', '一', 'Ⅷ', 'l', 'O']
                .into_iter()
                .all(|c| digit(c).is_none()),
            "other numbers: the control"
        );
    }

    #[test]
    fn text_that_shows_something_is_kept_as_it_is() {
        for text in [
            ".",
            "?",
            "👍",
            "👍🏽",
            "❤️",
            "👨‍👩‍👧",
            "می‌خواهم",
            "🏴\u{e0067}\u{e0062}\u{e007f}",
            "a\u{200b}",
            "\u{feff}x",
            "é",
            "ｶﾞ",
            "␀",
        ] {
            assert_eq!(visible(text), text);
        }
    }
}
