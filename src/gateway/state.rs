//! State that the resident's pages, the text messages and housekeeping share. The pages add their
//! own in [`crate::web::Site`].

use std::sync::Arc;

use crate::listener::limit::Limit;
use crate::listener::room::{ROOM, Room};
use crate::memory::lately::Lately;
use crate::memory::pending_photos::PendingPhotos;
use crate::reading_days::{ReadingDays, Status};
use crate::settings::GatewaySettings;
use crate::store::Store;
use loke_core::clock::Clock;
use loke_core::seal::MacKey;
use loke_core::tip::Lane;
use loke_core::words::Languages;
use loke_photo::Cleaner;

/// The shared state.
pub struct Gateway {
    /// The configuration.
    pub config: GatewaySettings,
    /// The queue.
    pub store: Store,
    /// The key of the queue rows' MAC.
    pub mac_key: MacKey,
    /// The clock.
    pub clock: Clock,
    /// The days on which messages are read.
    pub reading_days: ReadingDays,
    /// The texts of the pages in all languages.
    pub languages: Languages,
    /// Recently sent reports from pages that were open for a while.
    pub lately: Lately,
    /// Cleans photos.
    pub cleaner: Cleaner,
    /// Photos between check and send.
    pub pending_photos: PendingPhotos,
    /// Rate limits per caller.
    pub limit: Limit,
    /// Memory budget for photo uploads.
    pub uploads: Arc<Room>,
}

impl Gateway {
    /// Creates the state of a gateway.
    ///
    /// # Errors
    /// If a file of texts or reading days is broken.
    pub fn new(
        config: GatewaySettings,
        store: Store,
        mac_key: MacKey,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            languages: Languages::read()?.having_read(&config.languages_read),
            reading_days: ReadingDays::read(&config.folder)?,
            lately: Lately::default(),
            cleaner: Cleaner::new(config.limits.parallel_photos),
            pending_photos: PendingPhotos::new(config.limits.waiting_photo_bytes),
            limit: Limit::new(&config.limits),
            uploads: Room::new(ROOM),
            config,
            store,
            mac_key,
            clock,
        }))
    }

    /// Whether messages of a lane are read. Without a lane: of the whole page, which counts as read
    /// while any lane is.
    #[must_use]
    pub fn status(&self, lane: Option<Lane>) -> Status {
        if self.store.is_closed() {
            return Status::Closed;
        }
        let today = self.clock.today();
        let of = |lane: &Lane| {
            self.store
                .collected_on(*lane)
                .map_or(Status::Read, |day| self.reading_days.status(day, today))
        };
        match lane {
            Some(lane) => of(&lane),
            None => Lane::ALL.iter().map(of).min().unwrap_or(Status::Read),
        }
    }

    /// Drops expired state in memory: pending photos, recently sent reports, limits. Called each
    /// minute.
    pub fn tidy(&self) {
        self.lately.tidy(self.clock.now());
        self.pending_photos.sweep(self.clock.now());
        self.limit.tidy();
    }
}
