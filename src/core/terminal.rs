//! The output of both programs. A closed pipe (`… | head`) is not an error, but `println!` would
//! panic on it. The output may contain text from a resident, a hostile sender of sealed tips or a
//! mail relay, so no control code and no bidirectional control character ever reaches a terminal.

use std::io::{self, Write};

/// Writing to standard output failed: a full disk, or a closed file.
#[derive(Debug, thiserror::Error)]
#[error("the result cannot be printed ({0}). Check where the output goes")]
pub struct Unprinted(io::ErrorKind);

/// Prints text and a line break to standard output.
///
/// # Errors
/// [`Unprinted`], but not for a closed pipe: the command has done its work, and its exit status
/// shows that.
pub fn say(text: &str) -> Result<(), Unprinted> {
    print(&safe(text))
}

/// Prints JSON and a line break to standard output.
///
/// # Errors
/// As [`say`].
pub fn say_json(json: &str) -> Result<(), Unprinted> {
    print(&safe_json(json))
}

/// Prints text and a line break to standard error. Ignores a failure, because no other output is
/// left.
pub fn trouble(text: &str) {
    let _ = writeln!(io::stderr(), "{}", safe(text));
}

fn print(text: &str) -> Result<(), Unprinted> {
    let mut out = io::stdout().lock();
    match out
        .write_all(text.as_bytes())
        .and_then(|()| out.write_all(b"\n"))
        .and_then(|()| out.flush())
    {
        Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Unprinted(e.kind())),
        _ => Ok(()),
    }
}

/// Replaces control codes with their pictures: U+241B for an escape, U+FFFD for codes that have
/// none. Keeps line breaks.
#[must_use]
pub fn safe(text: &str) -> String {
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\n' { c } else { picture(c) })
        .collect()
}

/// The same on one line, for a table cell, a name or another program's output: line breaks become
/// pictures too.
#[must_use]
pub fn one_line(text: &str) -> String {
    text.chars().map(picture).collect()
}

/// Valid JSON with the same meaning and no control codes: inside strings they are escaped (RFC
/// 8259, section 7), between tokens they become spaces.
#[must_use]
pub fn safe_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '\n' => out.push(c),
            // Inside a JSON string these are always escaped, so this one is between tokens.
            c if c < ' ' => out.push(' '),
            c if drives(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// Whether a character controls a terminal or hides what the terminal shows: C0, DEL and C1
/// (ECMA-48), characters with the property `Bidi_Control` (Unicode UAX #9), and the line and
/// paragraph separators.
fn drives(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Replaces a character that controls a terminal with its picture. Returns other characters
/// unchanged.
fn picture(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{7f}' => '\u{2421}',
        c if drives(c) => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    const HOSTILE: &str = "a\u{1b}]0;owned\u{7}b\u{9b}31m\u{202e}c\u{2066}d\u{2069}\u{200f}\u{61c}\u{2028}\u{2029}\u{7f}\u{85}\0\r\n\t";

    /// Characters that must never be printed. This second list is written out independently of the
    /// code.
    fn is_printed_by_none(c: char) -> bool {
        let code = u32::from(c);
        (code < 0x20 && c != '\n')
            || (0x7f..=0x9f).contains(&code)
            || [0x61c, 0x200e, 0x200f].contains(&code)
            || (0x2028..=0x202e).contains(&code)
            || (0x2066..=0x2069).contains(&code)
    }

    /// Strings of dangerous characters, mixed with any others.
    fn any_text() -> impl Strategy<Value = String> {
        let hostile: Vec<char> = HOSTILE.chars().collect();
        let one = prop_oneof![
            any::<char>(),
            prop::sample::select(hostile),
            prop::char::range('\0', '\u{ff}'),
            prop::char::range('\u{2000}', '\u{2070}')
        ];
        prop::collection::vec(one, 0..60).prop_map(String::from_iter)
    }

    #[test]
    fn an_escape_is_a_picture_and_letters_of_every_script_stay() {
        assert!(HOSTILE.chars().any(is_printed_by_none), "the control");
        assert_eq!(
            safe("red \u{1b}[31m\u{9b}31m\r\nback\u{202e}\t"),
            "red \u{241b}[31m\u{fffd}31m\nback\u{fffd}\u{2409}"
        );
        assert_eq!(one_line("a\nb\u{7f}"), "a\u{240a}b\u{2421}");
        for text in ["żółć 灰色 سيارة 🚗", "it's \"quoted\" \\ — fine"] {
            assert_eq!(
                (safe(text), one_line(text), safe_json(text)),
                (text.to_owned(), text.to_owned(), text.to_owned())
            );
        }
        assert_eq!(
            safe_json("{\"\u{9b}\":\t\"\u{202e}\"}"),
            "{\"\\u009b\": \"\\u202e\"}"
        );
    }

    proptest! {
        #[test]
        fn nothing_that_is_printed_drives_a_terminal(text in any_text(), key in any_text(), pretty in any::<bool>()) {
            prop_assert!(!safe(&text).chars().any(is_printed_by_none));
            prop_assert!(!one_line(&text).chars().any(|c| is_printed_by_none(c) || c == '\n'));
            let value = json!({ "known": [text, 1.5, null], key: text });
            let written = if pretty { serde_json::to_string_pretty(&value).unwrap().replace('\n', "\r\t\n") } else { value.to_string() };
            let printed = safe_json(&written);
            prop_assert!(!printed.chars().any(is_printed_by_none), "{printed:?}");
            prop_assert_eq!(serde_json::from_str::<Value>(&printed).unwrap(), value);
        }
    }
}
