//! Purges the books that somebody has open: each once a day, soon after it opened. A closed book
//! cannot be purged, because nobody has its key.

use std::collections::BTreeMap;

use super::Step;
use crate::backup;
use crate::book::Asked;
use crate::open_books::OpenBooks;
use crate::retention;
use loke_core::clock::Day;

/// The job, with the day on which it searched each book.
pub struct Purge<'a> {
    open: &'a OpenBooks,
    searched: BTreeMap<String, Day>,
}

impl<'a> Purge<'a> {
    /// A job that has not run yet.
    #[must_use]
    pub fn new(open: &'a OpenBooks) -> Self {
        Self {
            open,
            searched: BTreeMap::new(),
        }
    }

    /// Searches each open book that was not searched today.
    pub async fn step(&mut self) -> Step {
        let register = self.open.register();
        let today = register.clock().today();
        let mut failed = None;
        if let Err(problem) = backup::clear(register.folder()) {
            failed = Some(format!("{problem}."));
        }
        for book in self.open.all() {
            if self.searched.get(book.name()) == Some(&today) {
                continue;
            }
            match book.purge(Asked::ByTheClock, |_| ()).await {
                Ok(_) => {
                    self.searched.insert(book.name().to_owned(), today);
                }
                Err(problem) => failed = Some(retention::sentence(&problem)),
            }
        }
        failed.map_or(Step::Done, Step::Failed)
    }
}
