//! Finds hints without blocking other requests: a long text is searched on a thread of its own,
//! with a limit in total and a lower one for each bucket. If no place is free, the page says that
//! the text was not searched, and shows it all the same.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use zeroize::Zeroizing;

use super::{Found, Hint, MOST, Rules};
use crate::web::form::Typed;
use loke_core::zeroing_alloc::scrub_stack;

/// Up to this many bytes, a report's texts are searched on the thread that serves the request, in
/// under a millisecond.
const AT_ONCE: usize = 3 << 10;
/// Long reports that are searched at the same time.
const PLACES: usize = 4;
/// Long reports of one bucket that are searched at the same time.
const EACH: usize = 2;

/// The hints of a report.
#[derive(Debug, Default)]
pub struct Hints {
    /// With the field's number: the hints of all fields in order, at most [`MOST`].
    pub found: Vec<(usize, Hint)>,
    /// Whether there are more.
    pub more: bool,
    /// How much of the texts was searched.
    pub searched: Searched,
}

/// How much of a report's texts was searched for hints.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Searched {
    /// Nothing: too many long reports were searched at the same time.
    #[default]
    Nothing,
    /// Numbers, addresses and some phrases. The rules of the texts' language are not complete.
    Partly,
    /// Numbers, addresses and the phrases of the texts' language.
    Fully,
}

/// Finds the hints of reports.
pub struct Finder {
    rules: Arc<Rules>,
    free: Arc<Semaphore>,
    held: Arc<Mutex<HashMap<u16, usize>>>,
}

/// A place for one long report.
struct Place {
    bucket: u16,
    held: Arc<Mutex<HashMap<u16, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Finder {
    /// All places are free.
    #[must_use]
    pub fn new(rules: Rules) -> Self {
        Self {
            rules: Arc::new(rules),
            free: Arc::new(Semaphore::new(PLACES)),
            held: Arc::default(),
        }
    }

    /// The hints for a report on a page in this language.
    pub async fn find(&self, typed: &Typed, page: &'static str, bucket: u16) -> Hints {
        self.find_in(&typed.free_texts().map(|(_, text)| text), page, bucket)
            .await
    }

    async fn find_in(&self, texts: &[&str], page: &'static str, bucket: u16) -> Hints {
        let is_short = texts.iter().map(|text| text.len()).sum::<usize>() <= AT_ONCE;
        if is_short && self.rules.are_ready(page) {
            return look(&self.rules, texts, page);
        }
        let Some(place) = self.place(bucket) else {
            return if is_short {
                look(&self.rules, texts, page)
            } else {
                Hints::default()
            };
        };
        let texts: Vec<Zeroizing<String>> = texts
            .iter()
            .map(|text| Zeroizing::new((*text).to_owned()))
            .collect();
        let rules = Arc::clone(&self.rules);
        let task = tokio::task::spawn_blocking(move || {
            let _place = place;
            look(
                &rules,
                &texts.iter().map(|text| text.as_str()).collect::<Vec<_>>(),
                page,
            )
        });
        task.await.unwrap_or_default()
    }

    /// A place for a report of this bucket, if one is free.
    fn place(&self, bucket: u16) -> Option<Place> {
        let permit = Arc::clone(&self.free).try_acquire_owned().ok()?;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = held.entry(bucket).or_default();
        if *mine == EACH {
            return None;
        }
        *mine += 1;
        Some(Place {
            bucket,
            held: Arc::clone(&self.held),
            _permit: permit,
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mine) = held.get_mut(&self.bucket) {
            *mine -= 1;
            if *mine == 0 {
                held.remove(&self.bucket);
            }
        }
    }
}

fn look(rules: &Rules, texts: &[&str], page: &str) -> Hints {
    let reading = rules.read_in(texts, page);
    let mut hints = Hints {
        searched: if reading.is_complete() {
            Searched::Fully
        } else {
            Searched::Partly
        },
        ..Hints::default()
    };
    for (field, text) in texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty())
    {
        let Found {
            hints: found, more, ..
        } = reading.find(text);
        let room = MOST - hints.found.len();
        hints.more |= more || found.len() > room;
        hints
            .found
            .extend(found.into_iter().take(room).map(|hint| (field, hint)));
    }
    scrub_stack();
    hints
}

#[cfg(test)]
mod tests {
    use super::*;
    use loke_core::words::Languages;

    fn finder() -> Finder {
        Finder::new(
            Rules::read(&Languages::read().unwrap(), std::path::Path::new("nowhere"))
                .unwrap_or_else(|e| panic!("{e}")),
        )
    }

    #[tokio::test]
    async fn a_bucket_has_a_share_of_the_places_and_gives_them_back() {
        let finder = finder();
        let long = format!("my name is Jo {}", "x ".repeat(AT_ONCE));
        let find =
            async |bucket| finder.find_in(&[&long], "en", bucket).await.searched == Searched::Fully;
        let mut held: Vec<Place> = (0..EACH).map(|_| finder.place(7).unwrap()).collect();
        assert!(!find(7).await, "its share is used up");
        assert!(find(8).await, "another bucket has its own: the control");
        held.extend((0..PLACES - EACH).map(|_| finder.place(9).unwrap()));
        assert!(!find(8).await, "no place is free");
        let short = finder.find_in(&["my name is Jo"], "en", 7).await;
        assert!(
            short.searched == Searched::Fully && short.found.len() == 1,
            "a short text needs none"
        );
        drop(held);
        assert!(find(7).await && find(8).await);
        assert!(
            finder.held.lock().unwrap().is_empty(),
            "nobody is remembered"
        );
    }
}
