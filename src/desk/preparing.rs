//! The values that the desk computes from a tip's words before it stores it: threats, places and
//! numbers, and the texts for search. It takes longer than opening the tip, so a pull and an import do
//! it on the threads that open tips, while earlier tips are written.

use zeroize::Zeroizing;

use crate::text::threats::{Found, Threats};
use crate::text::values::{self, Value};
use crate::text::{self, likeness};
use loke_core::tip::Tip;

/// The result for one tip.
pub(crate) struct Prepared {
    /// The word of a threat; empty if no list covers the tip's language.
    pub(crate) threat: Option<String>,
    /// The places, plates and numbers.
    pub(crate) values: Vec<Value>,
    /// The words, folded for search.
    pub(crate) folded: Zeroizing<String>,
    /// The keys by which texts that are alike are found.
    pub(crate) keys: Option<String>,
}

impl Prepared {
    pub(crate) fn of(tip: &Tip, threats: &Threats) -> Self {
        let parts = [
            Some(&tip.what),
            tip.place.as_ref(),
            tip.impact.as_ref(),
            tip.when.as_ref(),
            tip.vehicle.as_ref(),
        ];
        let parts: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let values = values_in(tip);
        let words = Zeroizing::new(format!(
            "{}\n{}",
            parts.join("\n"),
            values::in_one_spelling(&values)
        ));
        Self {
            threat: threat(threats, tip),
            folded: Zeroizing::new(text::folded(&words)),
            values,
            keys: likeness::keys(&likeness::sketch(&tip.what)),
        }
    }
}

fn threat(threats: &Threats, tip: &Tip) -> Option<String> {
    let whole = [
        Some(tip.what.as_str()),
        tip.impact.as_deref(),
        tip.when.as_deref(),
    ];
    let text: Vec<&str> = whole.into_iter().flatten().collect();
    match threats.look(&tip.language, &text.join("\n")) {
        Found::Threat(word) => Some(word),
        Found::NotCovered => Some(String::new()),
        Found::Nothing => None,
    }
}

fn values_in(tip: &Tip) -> Vec<Value> {
    let (mut found, mut names) = values::values_and_names(&tip.what);
    for text in [&tip.place, &tip.impact, &tip.vehicle]
        .into_iter()
        .flatten()
    {
        let (values, more) = values::values_and_names(text);
        found.extend(values);
        names.extend(more);
    }
    found.extend(tip.place.as_deref().and_then(values::place));
    found.extend(names);
    found
}

#[cfg(test)]
mod tests;
