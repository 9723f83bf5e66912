//! The line and the warnings about collecting that are on every page. A failure stays there until a
//! later pull is fine.

use crate::pull::{self, Tally};
use loke_core::clock::Zone;

/// The outcome of the last pull.
#[derive(Default)]
pub(super) struct LastPull {
    /// The time when every gateway was last reached.
    whole: Option<i64>,
    /// The time of the last attempt.
    tried: Option<i64>,
    /// Everything that a person must look at.
    troubles: Vec<String>,
}

/// [`LastPull`], in words.
pub(super) struct Collected {
    pub(super) line: String,
    pub(super) troubles: Vec<String>,
}

impl LastPull {
    /// Stores an outcome. `now` is in seconds since 1970-01-01 UTC.
    pub(super) fn note(&mut self, outcome: &Result<Tally, pull::Error>, now: i64) {
        self.tried = Some(now);
        self.troubles = match outcome {
            Ok(tally) => {
                if tally.problems.is_empty() {
                    self.whole = Some(now);
                }
                [tally.troubles(), pull::fills(&tally.filling)].concat()
            }
            Err(problem) => vec![problem.to_string()],
        };
    }

    pub(super) fn in_words(&self, zone: &Zone) -> Collected {
        let line = match (self.whole, self.tried) {
            (Some(at), _) => format!("Last collected at {}.", zone.time(at)),
            (None, Some(at)) => format!("Tried to collect at {}, and could not.", zone.time(at)),
            (None, None) => "Not collected since this desk started.".to_owned(),
        };
        Collected {
            line,
            troubles: self.troubles.clone(),
        }
    }
}
