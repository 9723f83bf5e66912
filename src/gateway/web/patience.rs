//! How long a request may wait for resources that all callers share, while it has a resident's
//! texts in memory: ten seconds in total, and not after the client has gone. It must never drop
//! texts that arrived complete at `/send`: the waiting code decides what a timeout means.

use std::future::Future;
use std::time::Duration;

use axum::extract::Request;
use tokio::time::{Instant, sleep};

use crate::listener::Gone;

/// The total wait of one request.
const IN_ALL: Duration = Duration::from_secs(10);

/// The time that one request has left to wait.
pub struct Patience {
    left: Duration,
    gone: Gone,
}

impl Patience {
    /// Starts the time of a request and watches its client.
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

    /// With a limit of its own, for tests.
    #[must_use]
    pub fn new(left: Duration, gone: Gone) -> Self {
        Self { left, gone }
    }

    /// Waits for `wanted`. `None` if the time is up or the client has gone. A future that is ready
    /// at once is returned even then.
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
