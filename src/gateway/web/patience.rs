//! How long a page may wait for things that all callers share, while it holds a resident's words:
//! ten seconds in all, and no longer than the client stays. It must never drop words that were sent
//! whole to `/send`: who waits decides what an end means.

use std::future::Future;
use std::time::Duration;

use axum::extract::Request;
use tokio::time::{Instant, sleep};

use crate::listener::Gone;

/// The longest that one page may wait in all.
const IN_ALL: Duration = Duration::from_secs(10);

/// The patience of one request.
pub struct Patience {
    left: Duration,
    gone: Gone,
}

impl Patience {
    /// That of a request, whose client is watched.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        Self::new(
            IN_ALL,
            request
                .extensions()
                .get::<Gone>()
                .cloned()
                .unwrap_or_default(),
        )
    }

    /// A patience of one's own; tests use short ones.
    #[must_use]
    pub fn new(left: Duration, gone: Gone) -> Self {
        Self { left, gone }
    }

    /// Waits. None if the time is up or the client is gone. What is ready at once is had even then.
    pub async fn wait<T>(&mut self, wanted: impl Future<Output = T>) -> Option<T> {
        let began = Instant::now();
        let had = tokio::select! {
            biased;
            had = wanted => Some(had),
            () = self.gone.gone() => None,
            () = sleep(self.left) => None,
        };
        self.left = self.left.saturating_sub(began.elapsed());
        had
    }
}
