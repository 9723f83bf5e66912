//! Decodes a text part of a picture message by its character set. Phones write UTF-8, Windows-1252
//! under the name of ISO 8859-1 (decoded as in the WHATWG Encoding Standard), and UTF-16.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use zeroize::Zeroizing;

/// Decodes these bytes. `kinds` are media types in lower case; the first that names a character set
/// counts, and a byte-order mark overrides it. `None` if the character set is unknown and the bytes
/// are not UTF-8.
pub(super) fn decoded(kinds: &[&str], bytes: &[u8]) -> Option<Zeroizing<String>> {
    let is_utf_8 = std::str::from_utf8(bytes).is_ok();
    let named = kinds.iter().find_map(|kind| charset(kind));
    let encoding = match (Encoding::for_bom(bytes), named) {
        (Some((encoding, _)), _) => encoding,
        (None, Some("utf-16" | "ucs-2" | "iso-10646-ucs-2" | "csunicode")) => order(bytes),
        (None, Some("utf-16be")) => UTF_16BE,
        (None, Some(name)) => {
            Encoding::for_label(name.as_bytes()).or_else(|| is_utf_8.then_some(UTF_8))?
        }
        (None, None) if is_utf_8 => UTF_8,
        (None, None) => WINDOWS_1252,
    };
    Some(Zeroizing::new(encoding.decode(bytes).0.into_owned()))
}

/// The `charset` of a media type.
fn charset(kind: &str) -> Option<&str> {
    let value = kind.split(';').skip(1).find_map(|parameter| {
        parameter
            .trim()
            .strip_prefix("charset")?
            .trim_start()
            .strip_prefix('=')
    })?;
    Some(value.trim().trim_matches(['"', '\''])).filter(|value| !value.is_empty())
}

/// The byte order of UTF-16 without a byte-order mark: the bytes that vary less are the high ones.
fn order(bytes: &[u8]) -> &'static Encoding {
    let different = |from: usize| {
        bytes
            .iter()
            .skip(from)
            .step_by(2)
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    if different(0) <= different(1) {
        UTF_16BE
    } else {
        UTF_16LE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(kind: &str, bytes: &[u8]) -> Option<String> {
        decoded(&[kind, ""], bytes).map(|words| words.to_string())
    }

    fn utf_16(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_character_set_that_phones_write_is_read() {
        assert_eq!(
            words("text/plain; charset=utf-8", "żółć 灰😀".as_bytes()).as_deref(),
            Some("żółć 灰😀")
        );
        assert_eq!(
            words("text/plain", "żółć".as_bytes()).as_deref(),
            Some("żółć")
        );
        assert_eq!(
            words("text/plain;charset=\"us-ascii\"", b"plain").as_deref(),
            Some("plain")
        );
        for kind in [
            "text/plain; charset=iso-8859-1",
            "text/plain; format=flowed; charset = windows-1252",
            "text/plain",
        ] {
            assert_eq!(
                words(kind, b"caf\xe9 \x80 \x93x\x94").as_deref(),
                Some("café € “x”"),
                "{kind}"
            );
        }
        assert_eq!(
            words("text/plain; charset=iso-8859-2", b"\xbf\xf3\xb3\xe6").as_deref(),
            Some("żółć")
        );
        for text in [
            "they deal here",
            "ثلاثة رجال عند الباب كل ليلة",
            "三个人每天晚上在门口",
            "żółć 😀 x",
        ] {
            let (big, little) = (
                utf_16(text, u16::to_be_bytes),
                utf_16(text, u16::to_le_bytes),
            );
            assert_eq!(
                words(
                    "text/plain; charset=utf-16",
                    &[b"\xfe\xff", &big[..]].concat()
                )
                .as_deref(),
                Some(text)
            );
            assert_eq!(
                words(
                    "text/plain; charset=utf-8",
                    &[b"\xff\xfe", &little[..]].concat()
                )
                .as_deref(),
                Some(text)
            );
            assert_eq!(
                words("text/plain; charset=utf-16be", &big).as_deref(),
                Some(text)
            );
            assert_eq!(
                words("text/plain; charset=utf-16le", &little).as_deref(),
                Some(text)
            );
            assert_eq!(
                words("text/plain; charset=utf-16", &big).as_deref(),
                Some(text)
            );
            assert_eq!(
                words("text/plain; charset=iso-10646-ucs-2", &little).as_deref(),
                Some(text)
            );
        }
        assert_eq!(words("text/plain; charset=x-unheard-of", b"caf\xe9"), None);
        assert_eq!(
            words("text/plain; charset=x-unheard-of", b"plain").as_deref(),
            Some("plain")
        );
    }

    #[test]
    fn a_broken_character_is_shown_as_one_and_costs_nothing_else() {
        assert_eq!(
            words("text/plain; charset=utf-8", b"a\xff b").as_deref(),
            Some("a\u{fffd} b")
        );
        assert_eq!(
            words("text/plain; charset=utf-16be", b"\0a\xd8\x3d\0b").as_deref(),
            Some("a\u{fffd}b")
        );
        assert_eq!(words("", b"").as_deref(), Some(""));
    }
}
