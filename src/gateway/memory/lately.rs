//! Recently sent reports from pages that were open for a while, so that a second tap shows the
//! receipt again. For a young page its age alone decides. In memory only: keyed hashes, each with
//! the second at which it expires.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Seconds in which the same page with the same text shows the same receipt again.
pub const AGAIN: i64 = 30 * 60;
/// A page younger than this (in seconds) is not recorded when sent: by its age alone it shows the
/// receipt again for at least 25 minutes.
const YOUNG: i64 = 5 * 60;
/// Most entries. A flood of old pages can only prevent a second display of a receipt.
const MOST: usize = 4_096;

/// Recently sent reports, oldest first.
#[derive(Default)]
pub struct Lately(Mutex<VecDeque<([u8; 16], i64)>>);

impl Lately {
    /// Records a report that was stored at `now` from a page of this age (in seconds).
    pub fn note(&self, once: [u8; 16], age: i64, now: i64) {
        if age < YOUNG {
            return;
        }
        let mut sent = self.lock();
        if sent.len() == MOST {
            sent.pop_front();
        }
        sent.push_back((once, now.saturating_add(AGAIN)));
    }

    /// Whether a report that was stored before shows its receipt again, from a page of this age.
    pub fn shows(&self, once: [u8; 16], age: i64, now: i64) -> bool {
        age <= AGAIN
            || self
                .lock()
                .iter()
                .any(|(sent, until)| *sent == once && now <= *until)
    }

    /// Drops expired entries.
    pub fn tidy(&self, now: i64) {
        self.lock().retain(|(_, until)| now <= *until);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<([u8; 16], i64)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_shown_again_for_half_an_hour_and_no_longer() {
        let lately = Lately::default();
        let (young, old, other) = ([1; 16], [2; 16], [3; 16]);
        lately.note(young, 0, 0);
        assert!(lately.shows(young, AGAIN, AGAIN) && !lately.shows(young, AGAIN + 1, AGAIN + 1));
        assert!(lately.lock().is_empty(), "a young page is not recorded");
        // A page that was open for two hours, sent at second 0.
        lately.note(old, 7_200, 0);
        assert!(
            lately.shows(old, 7_200 + AGAIN, AGAIN) && !lately.shows(old, 7_201 + AGAIN, AGAIN + 1)
        );
        assert!(!lately.shows(other, 7_200, 0), "control: another report");
        lately.tidy(AGAIN + 1);
        assert!(lately.lock().is_empty());
        for n in 0..2 * MOST {
            lately.note([(n % 251) as u8; 16], 7_200, 0);
        }
        assert_eq!(lately.lock().len(), MOST);
    }
}
