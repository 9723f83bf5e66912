//! The result that `prove` prints: a dated page that a council can publish. It contains places,
//! forms and offsets, and never contents.

use std::fmt;

use super::places::Searched;
use loke_core::clock::Day;

/// The outcome of one run.
pub struct Statement {
    pub(super) day: Day,
    /// The channels of the reports.
    pub(super) sent: Vec<&'static str>,
    pub(super) words: Vec<String>,
    pub(super) searched: Vec<Searched>,
}

impl Statement {
    /// The number of planted words that were found. It should be 0.
    #[must_use]
    pub fn finds(&self) -> usize {
        self.searched.iter().map(|place| place.finds.len()).sum()
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "What this gateway keeps about residents: a search on {}",
            self.day
        )?;
        writeln!(f, "\nSent, as a resident would:")?;
        for channel in &self.sent {
            writeln!(
                f,
                "  1 marked report by {channel}, with a photo; one more checked but not sent; one half sent and broken off"
            )?;
        }
        writeln!(
            f,
            "\nLooked for, each as it was sent and in 16 other forms (hex, base64, UTF-16, percent-encoding and so on):"
        )?;
        writeln!(f, "  {}", self.words.join(", "))?;
        writeln!(f, "\nLooked in:")?;
        for place in &self.searched {
            let found = if place.finds.is_empty() {
                "nothing found".to_owned()
            } else {
                format!("{} FOUND", place.finds.len())
            };
            writeln!(
                f,
                "  {}: {} places, {} KiB: {found}",
                place.place,
                place.count,
                place.bytes.div_ceil(1_024)
            )?;
            for (name, find) in place.finds.iter().take(20) {
                writeln!(f, "    {find} in {name}")?;
            }
        }
        writeln!(
            f,
            "\nThe search was tested first: it found the half-sent report in memory while its connection was open."
        )?;
        writeln!(
            f,
            "Not searched: the kernel's buffers, other machines on the route, the resident's phone."
        )?;
        match self.finds() {
            0 => writeln!(f, "\nResult: none of it was found."),
            1 => writeln!(
                f,
                "\nResult: one find. This gateway keeps what it must not."
            ),
            more => writeln!(
                f,
                "\nResult: {more} finds. This gateway keeps what it must not."
            ),
        }
    }
}
