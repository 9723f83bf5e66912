//! Collects from every gateway into the books that somebody has open, and logs what a person must
//! look at.

use indicatif::ProgressBar;

use super::Step;
use crate::audit::Actor;
use crate::open_books::OpenBooks;
use crate::pull::{self, Collector, Error, Tally};

/// The job, with the gateways whose queue was filling up at its last step.
pub struct Collect<'a> {
    open: &'a OpenBooks,
    filling: Vec<String>,
}

impl<'a> Collect<'a> {
    /// A job that has not run yet.
    #[must_use]
    pub fn new(open: &'a OpenBooks) -> Self {
        Self {
            open,
            filling: Vec::new(),
        }
    }

    /// One pull from every gateway. Passes its outcome to `note`. With no open book, nothing is
    /// collected: the sealed queue is the safest place.
    pub async fn step(&mut self, note: impl FnOnce(&Result<Tally, Error>)) -> Step {
        let books = self.open.all();
        if books.is_empty() {
            return Step::Done;
        }
        let into = match Collector::new(self.open.register(), books, Actor::desk()).await {
            Ok(into) => into,
            Err(problem) => return Step::Failed(problem.to_string()),
        };
        let outcome = pull::once(&into, &ProgressBar::hidden()).await;
        note(&outcome);
        let tally = match outcome {
            Ok(tally) => tally,
            // A desk without a gateway is not a failure: it may be connected while the page is
            // open.
            Err(Error::NoGateway) => return Step::Done,
            Err(problem) => return Step::Failed(problem.to_string()),
        };
        for trouble in tally.troubles() {
            tracing::error!(problem = trouble, "a pull needs a person");
        }
        for address in tally.filling.iter().filter(|a| !self.filling.contains(*a)) {
            tracing::warn!(
                address,
                "the queue is filling up: it was more than half full"
            );
        }
        self.filling = tally.filling;
        Step::Done
    }
}
