//! The tips that each person has open. Only in memory, and shown only beside tips that the reader may read.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use loke_core::tip::TipId;

/// How long a page counts as open after it was sent, in seconds.
const OPEN: i64 = 10 * 60;
/// Most pages that are remembered.
const MOST: usize = 4_096;

/// The open pages.
#[derive(Default)]
pub(super) struct Presence(Mutex<HashMap<(TipId, String), i64>>);

impl Presence {
    /// Notes that `who` opened a tip.
    pub(super) fn note(&self, tip: TipId, who: &str, now: i64) {
        let mut pages = self.pages();
        pages.retain(|_, at| (0..OPEN).contains(&(now - *at)));
        if pages.len() < MOST {
            pages.insert((tip, who.to_owned()), now);
        }
    }

    /// Notes that `who` left a tip.
    pub(super) fn leave(&self, tip: TipId, who: &str) {
        self.pages().remove(&(tip, who.to_owned()));
    }

    /// Others who have the tip open, as a phrase: "Ann has it open, 2 min".
    pub(super) fn others(&self, tip: TipId, who: &str, now: i64) -> Option<String> {
        let pages = self.pages();
        let mut others: Vec<(&str, i64)> = pages
            .iter()
            .filter(|((of, name), at)| {
                *of == tip && name != who && (0..OPEN).contains(&(now - **at))
            })
            .map(|((_, name), at)| (name.as_str(), (now - at) / 60))
            .collect();
        others.sort_unstable_by_key(|(_, minutes)| *minutes);
        let (name, minutes) = others.first()?;
        Some(match others.len() {
            1 => format!("{name} has it open, {minutes} min"),
            more => format!("{name} and {} more have it open", more - 1),
        })
    }

    fn pages(&self) -> MutexGuard<'_, HashMap<(TipId, String), i64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_named_for_ten_minutes_and_never_oneself() {
        let (presence, tip) = (Presence::default(), TipId([1; 16]));
        presence.note(tip, "ann", 1_000);
        assert_eq!(presence.others(tip, "ann", 1_000), None);
        assert_eq!(
            presence.others(tip, "ben", 1_130).as_deref(),
            Some("ann has it open, 2 min")
        );
        assert_eq!(presence.others(TipId([2; 16]), "ben", 1_130), None);
        assert_eq!(presence.others(tip, "ben", 1_000 + OPEN), None);
        presence.leave(tip, "ann");
        assert_eq!(presence.others(tip, "ben", 1_130), None);
    }
}
