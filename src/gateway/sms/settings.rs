//! `[sms]`: the listener, the providers, and what is said back. What a provider needs stands in its
//! own file.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::provider::Opened;
pub use super::secret::Bad;
use super::{gammu, kannel, notify, telnyx, twilio};

/// `[sms]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sms {
    /// Address and port.
    pub listen: SocketAddr,
    /// What providers call, with scheme: `https://sms.example.org`.
    pub public_url: Option<String>,
    /// Certificate chain, PEM. With `tls_key`: the gateway speaks TLS itself.
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// What goes back to the phone.
    #[serde(default)]
    pub answers: Answers,
    /// A word that texts to a shared number begin with. It is taken off, and never demanded.
    pub keyword: Option<String>,
    /// A folder with word lists of one's own, in the place of those that are built in.
    pub words: Option<PathBuf>,
    /// Texts from one phone that are no further apart than this carry the same thread.
    #[serde(default = "thread_minutes")]
    pub thread_minutes: u16,
    notify: Option<notify::Settings>,
    twilio: Option<twilio::Settings>,
    telnyx: Option<telnyx::Settings>,
    kannel: Option<kannel::Settings>,
    gammu: Option<gammu::Settings>,
}

fn thread_minutes() -> u16 {
    30
}

/// What goes back to the phone. A lit screen can hurt: nothing, unless the operator says so.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    /// Nothing.
    #[default]
    Off,
    /// A neutral sentence.
    Thanks,
    /// A neutral sentence and the receipt.
    Receipt,
}

impl Sms {
    /// With its paths made whole: they are relative to the configuration's folder.
    pub(crate) fn at(mut self, folder: &Path) -> Self {
        for path in [&mut self.tls_cert, &mut self.tls_key, &mut self.words]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&path);
        }
        self
    }

    /// Opens every provider that is configured.
    ///
    /// # Errors
    /// [`Bad`], where a secret is missing or a value makes no sense, or there is no provider.
    pub fn open(&self, folder: &Path) -> Result<Vec<Opened>, Bad> {
        let url = self.public_url.as_deref();
        let opened = [
            ("notify", self.notify.as_ref().map(|s| s.open(folder))),
            ("twilio", self.twilio.as_ref().map(|s| s.open(folder, url))),
            ("telnyx", self.telnyx.as_ref().map(|s| s.open(folder))),
            ("kannel", self.kannel.as_ref().map(|s| s.open(folder))),
            ("gammu", self.gammu.as_ref().map(|s| s.open(folder))),
        ];
        let opened = opened
            .into_iter()
            .filter_map(|(name, opened)| Some((name, opened?)));
        let opened: Vec<_> = opened
            .map(|(name, opened)| {
                opened
                    .map(|o| Opened::new(name, o))
                    .map_err(|bad| bad.of(name))
            })
            .collect::<Result<_, _>>()?;
        if opened.is_empty() {
            return Err(Bad::new(
                "[sms]",
                "no provider is configured: add [sms.notify], [sms.twilio], [sms.telnyx], [sms.kannel] or [sms.gammu]",
            ));
        }
        Ok(opened)
    }

    /// The first provider that calls out. The process that serves the pages must have none.
    #[must_use]
    pub fn calls_out(&self) -> Option<&'static str> {
        let calling = [
            (
                "notify",
                self.notify
                    .as_ref()
                    .is_some_and(notify::Settings::calls_out),
            ),
            (
                "twilio",
                self.twilio
                    .as_ref()
                    .is_some_and(twilio::Settings::calls_out),
            ),
            (
                "telnyx",
                self.telnyx
                    .as_ref()
                    .is_some_and(telnyx::Settings::calls_out),
            ),
        ];
        calling
            .into_iter()
            .find(|(_, calls)| *calls)
            .map(|(name, _)| name)
    }
}
