//! State shared by the resident's pages, the text messages and housekeeping. The routes are in
//! [`crate::web`].

use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::listener::caller::Caller;
use crate::listener::limit::Limit;
use crate::memory::lately::Lately;
use crate::memory::pending_photos::PendingPhotos;
use crate::reading_days::{ReadingDays, Status};
use crate::settings::GatewaySettings;
use crate::store::Store;
use crate::web::Setting;
use crate::web::form::room::{ROOM, Room};
use crate::web::pages::Frame;
use crate::web::pii_hints::{Finder, Rules};
use crate::web::replies::MOST_LOOKUPS;
use crate::web::replies::visit::Visits;
use crate::web::token::Keys;
use crate::web::you_said::YouSaid;
use loke_core::clock::Clock;
use loke_core::seal::MacKey;
use loke_core::tip::Lane;
use loke_core::words::Languages;
use loke_photo::Cleaner;

/// The shared state.
pub struct Site {
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
    /// The codes of the languages, in the order of the form.
    order: Vec<&'static str>,
    /// The pages of "You said, we did". Empty without a folder.
    pub you_said: YouSaid,
    /// Finds PII hints in a resident's text.
    pub hints: Finder,
    /// This process's keys for tokens and receipts.
    pub keys: Keys,
    /// This process's keys for the hidden field of the messages page.
    pub visits: Visits,
    /// Places for look-ups of reply boxes.
    pub lookups: Semaphore,
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

impl Site {
    /// Creates the state of a gateway.
    ///
    /// # Errors
    /// If the operating system returns no random bytes for the process's keys, or a file of texts,
    /// hints or reading days is broken.
    pub fn new(
        config: GatewaySettings,
        store: Store,
        mac_key: MacKey,
        clock: Clock,
    ) -> anyhow::Result<Arc<Self>> {
        let languages = Languages::read()?.having_read(&config.languages_read);
        let folder = config.web.as_ref().and_then(|web| web.you_said.as_deref());
        let you_said = folder.map(|folder| YouSaid::read(folder, &languages));
        // A broken folder of figures must never stop the form.
        let you_said = you_said.unwrap_or_else(|| Ok(YouSaid::default()));
        let you_said = you_said.unwrap_or_else(|problem| {
            tracing::error!(%problem, "the public figures are not shown");
            YouSaid::default()
        });
        Ok(Arc::new(Self {
            reading_days: ReadingDays::read(&config.folder)?,
            hints: Finder::new(Rules::read(&languages, &config.folder)?),
            order: order(&languages, &config),
            you_said,
            languages,
            keys: Keys::new()?,
            visits: Visits::new()?,
            lookups: Semaphore::new(MOST_LOOKUPS),
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

    /// The common part of every page in this language.
    #[must_use]
    pub fn frame(&self, language: &str) -> Frame<'_> {
        let web = self.config.web.as_ref();
        Frame {
            t: self.languages.pick(language),
            languages: self.languages.all(),
            order: &self.order,
            controller: web.and_then(|web| web.controller.as_deref()),
            contact: web.and_then(|web| web.contact.as_deref()),
            help: &self.config.help,
            demo: self.config.demo,
            answers: web.is_some_and(|web| web.answers),
            you_said: !self.you_said.is_empty(),
            campaign: None,
            next_read: self.reading_days.next(self.clock.now(), &self.clock.zone()),
            status: self.status(None),
        }
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

    /// The common part of a page that belongs to a form.
    #[must_use]
    pub fn frame_in(&self, caller: &Caller, setting: &Setting) -> Frame<'_> {
        self.frame(caller.language).of(setting.campaign())
    }

    /// Drops expired state in memory: pending photos, recently sent reports, limits. Called each
    /// minute.
    pub fn tidy(&self) {
        self.lately.tidy(self.clock.now());
        self.pending_photos.sweep(self.clock.now());
        self.limit.tidy();
    }
}

/// The built-in languages that the configuration names, in its order.
fn order(languages: &Languages, config: &GatewaySettings) -> Vec<&'static str> {
    config
        .languages()
        .iter()
        .filter_map(|code| languages.get(code))
        .map(|words| words.code)
        .collect()
}
