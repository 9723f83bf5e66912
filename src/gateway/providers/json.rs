//! Lenient parsing of a provider's JSON, so that one invalid field never loses the text in another:
//! a field may be null, missing, repeated or of another type, a phone may send half a surrogate
//! pair, and bytes may be invalid UTF-8. Invalid characters become U+FFFD.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

/// A JSON value. Numbers and booleans are kept as text.
pub(super) enum Json {
    Null,
    Text(Zeroizing<String>),
    List(Vec<Json>),
    /// In the order of the document, with repeated names.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a document. `None` if it is not JSON.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        serde_json::from_str(&mended(&String::from_utf8_lossy(bytes))).ok()
    }

    /// All values of this name, in order. Empty if this is not an object.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        let fields: &[(String, Self)] = if let Self::Object(fields) = self {
            fields
        } else {
            &[]
        };
        fields
            .iter()
            .filter(move |(own, _)| own == name)
            .map(|(_, value)| value)
    }

    /// The first value of this name that is not null.
    pub(super) fn get<'a>(&'a self, name: &'a str) -> Option<&'a Self> {
        self.all(name).find(|value| !matches!(value, Self::Null))
    }

    /// The first text of this name that is not empty, for an id, a number or a URL.
    pub(super) fn text(&self, name: &str) -> Zeroizing<String> {
        let mut texts = self.all(name).filter_map(|value| {
            if let Self::Text(text) = value {
                Some(text)
            } else {
                None
            }
        });
        texts
            .find(|text| !text.is_empty())
            .cloned()
            .unwrap_or_default()
    }

    /// A person's words: each different text of this name, and each text inside a value that is not
    /// a text, one per line. `None` if all values of this name are null or missing.
    pub(super) fn words(&self, name: &str) -> Option<Zeroizing<String>> {
        let mut texts = Vec::new();
        self.all(name).for_each(|value| value.gather(&mut texts));
        joined(texts.into_iter())
    }

    fn gather<'a>(&'a self, texts: &mut Vec<&'a str>) {
        match self {
            Self::Null => {}
            Self::Text(text) => texts.push(text),
            Self::List(all) => all.iter().for_each(|one| one.gather(texts)),
            Self::Object(fields) => fields.iter().for_each(|(_, one)| one.gather(texts)),
        }
    }
}

/// The different texts, one per line. `None` if there are none.
pub(super) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<Zeroizing<String>> {
    let mut different: Vec<&str> = Vec::new();
    for text in texts {
        if !different.contains(&text) {
            different.push(text);
        }
    }
    // Drops an empty text if there are others.
    if different.len() > 1 {
        different.retain(|text| !text.is_empty());
    }
    (!different.is_empty()).then(|| Zeroizing::new(different.join("\n")))
}

/// Replaces half a surrogate pair with U+FFFD, and escapes a bare control character in a string:
/// `serde_json` rejects both.
fn mended(document: &str) -> Zeroizing<String> {
    let mut out = Zeroizing::new(String::with_capacity(document.len() + 16));
    let mut rest = document;
    let mut in_text = false;
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        match letter {
            '"' => {
                in_text = !in_text;
                out.push(letter);
            }
            '\\' => {
                length = escape(rest);
                let written = rest.get(..length).unwrap_or_default();
                out.push_str(if is_half_a_pair(written) {
                    "\\ufffd"
                } else {
                    written
                });
            }
            control if in_text && control.is_ascii_control() && control != '\u{7f}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(control)));
            }
            other => out.push(other),
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

/// Length in bytes of the escape at the start: `\n`, `\u0061`, or both halves of a pair.
fn escape(rest: &str) -> usize {
    let first = unit(rest);
    let second = first.and_then(|_| unit(rest.get(6..)?));
    match (first, second) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
        (Some(_), _) => 6,
        (None, _) => 1 + rest.chars().nth(1).map_or(0, char::len_utf8),
    }
}

/// The UTF-16 unit of a `\uXXXX` escape at the start.
fn unit(rest: &str) -> Option<u16> {
    let digits = rest.strip_prefix("\\u")?.get(..4)?;
    digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u16::from_str_radix(digits, 16).ok())?
}

fn is_half_a_pair(written: &str) -> bool {
    written.len() == 6 && matches!(unit(written), Some(0xd800..=0xdfff))
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl Any {
    fn text(text: impl fmt::Display) -> Json {
        Json::Text(Zeroizing::new(text.to_string()))
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
        Ok(Self::text(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
        Ok(Self::text(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
        Ok(Self::text(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
        Ok(Self::text(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json, E> {
        Ok(Self::text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(one) = all.next_element()? {
            list.push(one);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Json, A::Error> {
        let mut fields = Vec::new();
        while let Some(field) = all.next_entry()? {
            fields.push(field);
        }
        Ok(Json::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(json: &[u8]) -> Option<String> {
        Json::read(json)?.words("w").map(|words| words.to_string())
    }

    #[test]
    fn half_a_character_is_shown_and_loses_nothing_else() {
        assert_eq!(words(br#"{"w":"a\ud83d\ude00b"}"#).as_deref(), Some("a😀b"));
        assert_eq!(words(br#"{"w":"a \u0000 b"}"#).as_deref(), Some("a \0 b"));
        assert_eq!(
            words(br#"{"w":"before \ud83d after \\ud83d"}"#).as_deref(),
            Some("before \u{fffd} after \\ud83d")
        );
        assert_eq!(
            words(br#"{"w":"\ude00\ud83d\ud83d\ude00\""}"#).as_deref(),
            Some("\u{fffd}\u{fffd}😀\"")
        );
        assert_eq!(
            words(b"{\"w\":\"before \xff\xfe after\"}").as_deref(),
            Some("before \u{fffd}\u{fffd} after")
        );
        assert_eq!(
            words(b"{\n\"w\":\"two\nlines\"}").as_deref(),
            Some("two\nlines")
        );
        assert_eq!(words(br#"{"w":"\ud83"#), None);
    }

    #[test]
    fn words_of_any_type_and_number_are_kept_and_none_at_all_are_none() {
        for (json, kept) in [
            (r#"{"w":"a"}"#, Some("a")),
            (r#"{"w":["a",{"x":"b"},null]}"#, Some("a\nb")),
            (r#"{"w":{"text":"a"}}"#, Some("a")),
            (r#"{"w":null,"w":"a","w":"a","w":"b"}"#, Some("a\nb")),
            (r#"{"w":"","w":"a"}"#, Some("a")),
            (r#"{"w":12,"w":true}"#, Some("12\ntrue")),
            (r#"{"w":""}"#, Some("")),
            (r#"{"w":null}"#, None),
            (r#"{"w":[]}"#, None),
            (r#"{"x":"a"}"#, None),
            (r#"["w"]"#, None),
        ] {
            assert_eq!(words(json.as_bytes()).as_deref(), kept, "{json}");
        }
    }

    proptest! {
        /// Valid JSON parses as in `serde_json`.
        #[test]
        fn good_json_is_not_changed(text in ".{0,60}", other in "\\PC{0,20}") {
            let json = serde_json::json!({ "w": text, "o": { "w": other } }).to_string();
            prop_assert_eq!(words(json.as_bytes()), Some(text));
            prop_assert_eq!(&**mended(&json), json.as_str());
        }

        #[test]
        fn no_bytes_are_too_odd(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in "[\"\\\\ud89af{}: \n\0]{0,60}") {
            let _ = (Json::read(&bytes), Json::read(text.as_bytes()));
        }
    }
}
