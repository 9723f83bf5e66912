//! JSON text from a provider, whatever a phone put into it: half a surrogate pair, bytes that are no UTF-8. What cannot be a
//! character is shown as one that says so (U+FFFD); it is never a reason to lose a text.

use serde::Deserialize;
use serde::de::{Deserializer, Visitor};
use zeroize::Zeroizing;

/// Text that was read leniently.
#[derive(Default)]
pub(super) struct Lossy(pub(super) Zeroizing<String>);

impl<'de> Deserialize<'de> for Lossy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Asked for bytes, serde_json hands a string over without looking whether it is one, and half a pair as WTF-8.
        deserializer.deserialize_bytes(Bytes)
    }
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = Lossy;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a text")
    }

    fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Lossy, E> {
        Ok(Lossy(Zeroizing::new(String::from_utf8_lossy(bytes).into_owned())))
    }

    fn visit_unit<E>(self) -> Result<Lossy, E> {
        Ok(Lossy::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &[u8]) -> Option<String> {
        serde_json::from_slice::<Lossy>(json).ok().map(|text| text.0.to_string())
    }

    #[test]
    fn half_a_character_is_shown_and_loses_nothing_else() {
        assert_eq!(read(br#""a\ud83d\ude00b""#).as_deref(), Some("a😀b"));
        assert_eq!(read(br#""a \u0000 b""#).as_deref(), Some("a \0 b"));
        assert!(read(br#""before \ud83d after""#).is_some_and(|t| t.starts_with("before ") && t.ends_with(" after") && t.contains('\u{fffd}')));
        assert!(read(b"\"before \xff\xfe after\"").is_some_and(|t| t.starts_with("before ") && t.ends_with(" after")));
        assert_eq!(read(b"{}"), None);
    }
}
