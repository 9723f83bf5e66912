//! Reports that a later one withdraws or corrects. Only the later one says so, and it is sealed: so each
//! page that shows a report looks through what came since.

use std::collections::HashMap;
use std::io;

use super::accounts::Reader;
use super::opened::OpenedReport;
use super::store::Store;
use crate::report::Kind;
use crate::viewing::day_in_words as day;

/// Most later reports that a page looks through.
const LOOKED_THROUGH: usize = 500;

/// The report that replaces another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Replacement {
    pub(super) reference: String,
    pub(super) day: String,
    /// Whether it withdraws the other one. If not, it corrects it.
    pub(super) withdraws: bool,
}

impl Replacement {
    /// The mark of the report that it replaces.
    pub(super) fn mark(&self) -> &'static str {
        match self.withdraws {
            true => "Withdrawn",
            false => "Corrected",
        }
    }
}

/// The replacements that came on this day or later, by the reference of the report that each replaces. A
/// withdrawal counts more than a correction, and a later correction more than an earlier one.
pub(super) fn since(
    store: &Store,
    reader: &Reader,
    first_day: &str,
) -> io::Result<HashMap<String, Replacement>> {
    let mut found: HashMap<String, Replacement> = HashMap::new();
    store.reports_since(&reader.partner, first_day, LOOKED_THROUGH, |sealed| {
        let Ok(OpenedReport { report, .. }) = OpenedReport::open(&reader.member, &sealed) else {
            return;
        };
        let Some(replaced) = report.replaces.filter(|_| report.to == reader.partner) else {
            return;
        };
        let withdraws = report.kind == Kind::Withdrawal;
        let replacement = Replacement {
            reference: report.reference,
            day: day(&report.day),
            withdraws,
        };
        // The newest day comes first.
        match found.get(&replaced) {
            Some(earlier) if earlier.withdraws || !withdraws => {}
            _ => {
                found.insert(replaced, replacement);
            }
        }
    })?;
    Ok(found)
}
