//! What `prove` says at the end: a dated page that a council can publish. It names places, forms
//! and offsets and never contents.

use std::fmt;

use super::places::Searched;
use loke_core::clock::Day;

/// The outcome of one run.
pub struct Statement {
    pub(super) day: Day,
    /// The channels that a report was sent by.
    pub(super) sent: Vec<&'static str>,
    pub(super) words: Vec<String>,
    pub(super) searched: Vec<Searched>,
}

impl Statement {
    /// How many times a planted word was found. None is what should be.
    #[must_use]
    pub fn finds(&self) -> usize {
        self.searched.iter().map(|place| place.finds.len()).sum()
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "What this gateway keeps of who reports: a search on {}",
            self.day
        )?;
        writeln!(f, "\nSent, as a resident would:")?;
        for channel in &self.sent {
            writeln!(
                f,
                "  1 marked report by {channel}, with a photo; one more looked at and not sent; one half sent and broken off"
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
            "\nThat the search sees was shown first: it found the half-sent report in memory while its connection was open."
        )?;
        writeln!(
            f,
            "Not reached: the kernel's buffers, other machines on the way, the phone that reports."
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
