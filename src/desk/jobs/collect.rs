//! Collects from every gateway, and logs what a person must look at.

use indicatif::ProgressBar;

use super::Step;
use crate::casebook::Casebook;
use crate::keys::Identity;
use crate::pull::{self, Error, Tally};

/// The job, with the gateways whose queue was filling up at its last step.
pub struct Collect<'a> {
    casebook: &'a Casebook,
    identities: &'a [Identity],
    filling: Vec<String>,
}

impl<'a> Collect<'a> {
    /// A job that has not run yet.
    #[must_use]
    pub fn new(casebook: &'a Casebook, identities: &'a [Identity]) -> Self {
        Self {
            casebook,
            identities,
            filling: Vec::new(),
        }
    }

    /// One pull from every gateway. Passes its outcome to `note`.
    pub async fn step(&mut self, note: impl FnOnce(&Result<Tally, Error>)) -> Step {
        let outcome = pull::once(self.casebook, self.identities, &ProgressBar::hidden()).await;
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
