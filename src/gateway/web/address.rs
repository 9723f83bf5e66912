//! Paths as people and scanners type them: in capitals, with a trailing full stop, with an extra
//! slash, in full-width letters. They lead to the same page as the plain path. No path can make the
//! router fail: bytes that are not UTF-8 are replaced before routing.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use loke_core::characters::is_blank;

/// Rounds of percent-decoding. A link that was copied twice is encoded twice.
const LAYERS: usize = 3;
/// The characters of our own paths.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');
/// The one folder whose name begins with a full stop (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// The plain form of a path.
pub(super) fn plain(path: &str) -> String {
    let mut text = path.to_owned();
    for _ in 0..LAYERS {
        match percent_decode_str(&text).decode_utf8_lossy() {
            decoded if decoded == text => break,
            decoded => text = decoded.into_owned(),
        }
    }
    let text: String = text
        .chars()
        .map(narrow)
        .filter(|c| !is_blank(*c))
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let words = text.split('/').map(bare).filter(|word| !word.is_empty());
    let path = words.fold(String::with_capacity(text.len() + 1), |path, word| {
        path + "/" + word
    });
    if path.is_empty() {
        "/".to_owned()
    } else {
        utf8_percent_encode(&path, PLAIN).to_string()
    }
}

/// A path segment without the punctuation around it.
fn bare(part: &str) -> &str {
    if part == WELL_KNOWN {
        part
    } else {
        part.trim_matches(|c: char| !c.is_alphanumeric())
    }
}

/// A full-width character as its ASCII form, and characters that look like a slash as `/`.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).map_or(c, narrow),
        '\\' | '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        c => c,
    }
}

/// The word at the beginning of a text. It ends at the first character that is not an ASCII letter,
/// digit or hyphen.
pub(super) fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    text.get(..end.unwrap_or(text.len())).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_where_its_plain_form_leads() {
        for (path, leads) in [
            ("/", "/"),
            ("/c/AB12CD", "/c/ab12cd"),
            ("/c/AB12CD/", "/c/ab12cd"),
            ("//c//AB12CD//", "/c/ab12cd"),
            ("/./c/../c/AB12CD", "/c/c/ab12cd"),
            ("/c/AB12CD.", "/c/ab12cd"),
            ("/c/AB12CD),", "/c/ab12cd"),
            ("/(c/\"AB12CD\"", "/c/ab12cd"),
            ("/c/AB12CD%20", "/c/ab12cd"),
            ("/c/%20AB12CD%C2%A0%0A", "/c/ab12cd"),
            ("/c/AB%2012%E2%80%8BCD", "/c/ab12cd"),
            ("/c/AB12CD%2520", "/c/ab12cd"),
            ("/c%2FAB12CD%2f", "/c/ab12cd"),
            ("/c\\AB12CD", "/c/ab12cd"),
            ("/c/AB12CD%E2%80%9D%E3%80%82", "/c/ab12cd"),
            ("/\u{ff43}\u{ff0f}\u{ff21}B12CD", "/c/ab12cd"),
            ("/c/%FF", "/c"),
            ("/%00", "/"),
            ("*", "/"),
            ("/..", "/"),
            ("/.well-known/security.txt", "/.well-known/security.txt"),
            ("/nowhere/%zz%", "/nowhere/zz"),
            ("/\u{65e5}%E6%9C%AC", "/%E6%97%A5%E6%9C%AC"),
            ("/a?b", "/a%3Fb"),
        ] {
            assert_eq!(plain(path), leads, "{path}");
            assert_eq!(plain(leads), leads, "it is its own plain form");
        }
        assert_eq!(
            (word("pl."), word("pt-BR)"), word("pl%20"), word("")),
            ("pl", "pt-BR", "pl", "")
        );
    }
}
