//! The fields of a report on a tip's page. A tick is a field of its own: `safety.WORD`, `work.WORD`,
//! `stays.FIELD` or `photo.ID-NUMBER`.

use std::collections::BTreeMap;

use super::{CAN_STAY, Draft, PhotoOf};

impl Draft {
    /// The report of an empty form.
    #[must_use]
    pub fn blank() -> Self {
        Self {
            is_lead: true,
            ..Self::default()
        }
    }

    /// The report as an officer typed and ticked it. Ignores fields that are not a report's.
    #[must_use]
    pub fn of_fields(fields: &BTreeMap<String, String>) -> Self {
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let is_ticked = |name: &str| fields.contains_key(name);
        let ticked = |prefix: &'static str| {
            let names = fields.keys();
            names.filter_map(move |name| name.strip_prefix(prefix))
        };
        Self {
            partner: text("partner"),
            text: text("text"),
            place: text("report_place"),
            ask: text("ask"),
            conditions: text("conditions"),
            safety: ticked("safety.").map(str::to_owned).collect(),
            work: ticked("work.").map(str::to_owned).collect(),
            leave_out: ticked("stays.")
                .filter_map(|field| field.parse().ok())
                .filter(|field| CAN_STAY.contains(field))
                .collect(),
            photos: ticked("photo.").filter_map(photo_of).collect(),
            grade: is_ticked("grade"),
            is_lead: !is_ticked("information"),
            as_written: is_ticked("as_written"),
            why_own_words: text("why_own"),
            section_eight: is_ticked("section_eight"),
            ..Self::default()
        }
    }

    /// Whether the officer wrote or ticked something. A partner alone is no beginning: the page
    /// proposes one.
    #[must_use]
    pub fn is_begun(&self) -> bool {
        !self.text.trim().is_empty() || self.has_more()
    }

    /// Whether the officer wrote or ticked something beside the text.
    #[must_use]
    pub fn has_more(&self) -> bool {
        let without = Self {
            partner: self.partner.clone(),
            text: self.text.clone(),
            ..Self::blank()
        };
        *self != without
    }
}

/// A photo's field, without its prefix: `ID-NUMBER`.
fn photo_of(field: &str) -> Option<PhotoOf> {
    let (tip, number) = field.split_once('-')?;
    Some(PhotoOf {
        tip: tip.parse().ok()?,
        number: number.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fields: &[(&str, &str)]) -> Draft {
        let fields = fields.iter();
        let fields = fields.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Draft::of_fields(&fields.collect())
    }

    #[test]
    fn a_report_is_begun_by_a_word_or_a_tick_and_not_by_the_proposed_partner() {
        assert!(!of(&[("partner", "police"), ("text", " "), ("note", "they rang")]).is_begun());
        for field in [
            ("text", "a van"),
            ("report_place", "the yard"),
            ("safety.dog", "yes"),
            ("grade", "yes"),
            ("information", "yes"),
            ("photo.00000000000000000000000000000005-2", "yes"),
            ("stays.ask", "yes"),
        ] {
            assert!(of(&[("partner", "police"), field]).is_begun(), "{field:?}");
        }
    }
}
