//! `[sms]`: the listener, the providers, and the answers. The settings of each provider are in its
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
    /// The URL that providers call, with scheme: `https://sms.example.org`.
    pub public_url: Option<String>,
    /// Certificate chain, PEM. With `tls_key` the gateway terminates TLS itself.
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// The answer to the phone.
    #[serde(default)]
    pub answers: Answers,
    /// A word that texts to a shared number begin with. It is removed, and not required.
    pub keyword: Option<String>,
    /// A folder with word lists that replace the built-in ones.
    pub words: Option<PathBuf>,
    /// Texts from one phone that are at most this far apart share a thread.
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

/// The answer to the phone. A lit screen can endanger a resident: the default is no answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answers {
    /// No answer.
    #[default]
    Off,
    /// A neutral sentence.
    Thanks,
    /// A neutral sentence and the receipt.
    Receipt,
}

impl Sms {
    /// Resolves its paths, which are relative to the configuration's folder.
    pub(crate) fn at(mut self, folder: &Path) -> Self {
        for path in [&mut self.tls_cert, &mut self.tls_key, &mut self.words]
            .into_iter()
            .flatten()
        {
            *path = folder.join(&path);
        }
        self
    }

    /// Opens every configured provider.
    ///
    /// # Errors
    /// [`Bad`] if a secret is missing, a value is invalid, or no provider is configured.
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

    /// The first provider that makes outgoing calls. The process that serves the pages must have
    /// none.
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
