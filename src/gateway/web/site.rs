//! State of the resident's pages: the gateway's, and what only the pages use. The routes are in
//! [`crate::web`].

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::Semaphore;

use crate::listener::caller::Caller;
use crate::settings::GatewaySettings;
use crate::state::Gateway;
use crate::web::Setting;
use crate::web::pages::Frame;
use crate::web::pii_hints::{Finder, Rules};
use crate::web::replies::MOST_LOOKUPS;
use crate::web::replies::visit::Visits;
use crate::web::token::Keys;
use crate::web::you_said::YouSaid;
use loke_core::words::Languages;

/// The state of the pages.
pub struct Site {
    /// The gateway's state.
    pub gateway: Arc<Gateway>,
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
}

/// A page reads the gateway's state as its own.
impl Deref for Site {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.gateway
    }
}

impl Site {
    /// Creates the state of the pages.
    ///
    /// # Errors
    /// If the operating system returns no random bytes for the process's keys, or a file of hints
    /// is broken.
    pub fn new(gateway: Arc<Gateway>) -> anyhow::Result<Arc<Self>> {
        let (config, languages) = (&gateway.config, &gateway.languages);
        let folder = config.web.as_ref().and_then(|web| web.you_said.as_deref());
        let you_said = folder.map(|folder| YouSaid::read(folder, languages));
        // A broken folder of figures must never stop the form.
        let you_said = you_said.unwrap_or_else(|| Ok(YouSaid::default()));
        let you_said = you_said.unwrap_or_else(|problem| {
            tracing::error!(%problem, "the public figures are not shown");
            YouSaid::default()
        });
        Ok(Arc::new(Self {
            hints: Finder::new(Rules::read(languages, &config.folder)?),
            order: order(languages, config),
            you_said,
            keys: Keys::new()?,
            visits: Visits::new()?,
            lookups: Semaphore::new(MOST_LOOKUPS),
            gateway,
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

    /// The common part of a page that belongs to a form.
    #[must_use]
    pub fn frame_in(&self, caller: &Caller, setting: &Setting) -> Frame<'_> {
        self.frame(caller.language).of(setting.campaign())
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
