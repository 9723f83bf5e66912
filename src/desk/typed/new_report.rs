//! A report that a person was entering at `/new`.

use serde_json::{Map, Value};

use crate::register::Slot;

/// The page of the form.
pub(crate) const PATH: &str = "/new";
/// The fields that a person types into. Without any of them there is nothing to keep.
const TEXTS: [&str; 5] = ["what", "where", "when", "impact", "vehicle"];
/// Fields of the page, and not of the report.
const NOT_TYPED: [&str; 4] = ["form_token", "hinted", "kept", "discard"];

/// The fields of a form that was not sent in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HalfReport {
    /// The fields by name.
    fields: Map<String, Value>,
    /// The place of its sealed copy, once it has one.
    pub(crate) slot: Option<Slot>,
}

impl HalfReport {
    /// The report in a form; `None` if nothing was typed.
    pub(super) fn of(form: &[u8]) -> Option<Self> {
        let (mut fields, mut slot) = (Map::new(), None);
        for (name, value) in form_urlencoded::parse(form) {
            if name == "kept" {
                slot = Slot::read(&value);
            }
            // Photos stay out: the text alone is kept.
            let is_photo = name.starts_with("photo.") || name.starts_with("removed.");
            if !is_photo && !NOT_TYPED.contains(&name.as_ref()) {
                fields.insert(name.into_owned(), value.into_owned().into());
            }
        }
        let typed = |name: &&str| {
            let text = fields.get(*name).and_then(Value::as_str);
            text.is_some_and(|text| !text.trim().is_empty())
        };
        let any = TEXTS.iter().any(typed);
        any.then_some(Self { fields, slot })
    }

    pub(super) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        serde_json::to_vec(&self.fields)
    }

    pub(super) fn read(plain: &[u8], slot: Slot) -> Option<Self> {
        let fields = serde_json::from_slice(plain).ok()?;
        Some(Self {
            fields,
            slot: Some(slot),
        })
    }

    /// The same report with its sealed copy in this place.
    pub(crate) fn at(self, slot: Slot) -> Self {
        Self {
            slot: Some(slot),
            ..self
        }
    }

    /// The form with these fields; `None` if it has other fields in this version.
    pub(crate) fn form<T: serde::de::DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_value(Value::Object(self.fields.clone())).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_without_the_fields_of_the_page() {
        let form = b"form_token=secret&hinted=x&topic=drugs&what=a+van&kept=zz";
        let report = HalfReport::of(form).unwrap();
        let json = String::from_utf8(report.to_json().unwrap()).unwrap();
        assert_eq!(json, r#"{"topic":"drugs","what":"a van"}"#);
        assert_eq!(report.slot, None, "not a place");
        let slot = Slot([7; 32]);
        let kept = format!("where=+the+yard&kept={}", slot.word());
        assert_eq!(HalfReport::of(kept.as_bytes()).unwrap().slot, Some(slot));
        for nothing in ["topic=drugs&danger=yes&what=+", "form_token=x&hinted=words"] {
            assert_eq!(HalfReport::of(nothing.as_bytes()), None, "{nothing}");
        }
    }
}
