//! `desk.toml`: the page's address, the mail relay, and when reports leave.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::Zone;
use loke_core::config::{ConfigError, Source};

/// The desk's configuration, checked.
#[derive(Clone)]
pub struct DeskSettings {
    /// The folder of the file, with the register, the people and the books.
    pub folder: PathBuf,
    /// When reports to partners leave.
    pub batches: Batches,
    /// The mail relay.
    pub mail: Option<Mail>,
    /// A list of the district's wards, instead of Norwich's.
    pub wards: Option<PathBuf>,
    /// The address of the desk's page.
    pub listen: std::net::SocketAddr,
    /// The time zone of the desk's own days: those of campaigns and keys. A tip's day comes from
    /// the gateway.
    pub zone: Zone,
    /// Whether every page says that nothing is sent anywhere.
    pub demo: bool,
    /// The folder in which the partner page leaves answers.
    pub answers: Option<PathBuf>,
}

/// `[batches]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    /// Reports leave together at whole multiples of this many minutes since midnight UTC. 0: at once.
    #[serde(default = "an_hour")]
    pub reports_minutes: u32,
    /// Replies to residents leave together at whole multiples of this many minutes. The desk cannot
    /// write replies yet.
    #[serde(default = "a_day")]
    pub replies_minutes: u32,
}

impl Default for Batches {
    fn default() -> Self {
        Self {
            reports_minutes: an_hour(),
            replies_minutes: a_day(),
        }
    }
}

fn an_hour() -> u32 {
    60
}

fn a_day() -> u32 {
    1_440
}

/// `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtp://…` or `smtps://…`, with credentials if the relay needs them.
    pub smtp: String,
    /// The sender.
    pub from: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    batches: Batches,
    mail: Option<Mail>,
    wards: Option<PathBuf>,
    timezone: Option<Spanned<String>>,
    #[serde(default = "listen")]
    listen: std::net::SocketAddr,
    #[serde(default)]
    demo: bool,
    answers: Option<Answers>,
}

/// `[answers]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    folder: PathBuf,
}

fn listen() -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 8090))
}

impl DeskSettings {
    /// Reads and checks `desk.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and remedy.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(file)?;
        let parsed: File = source.parse()?;
        let folder = source.folder();
        if !parsed.listen.ip().is_loopback() {
            let at = source.key(&["listen"]);
            return Err(source.trouble(
                at,
                "the desk's page would be open to the network",
                "Listen on 127.0.0.1 or [::1]",
            ));
        }
        let wards = parsed.wards.map(|file| folder.join(file));
        let answers = parsed.answers.map(|answers| folder.join(answers.folder));
        let zone = source.zone(parsed.timezone.as_ref())?;
        Ok(Self {
            folder,
            batches: parsed.batches,
            mail: parsed.mail,
            wards,
            listen: parsed.listen,
            zone,
            demo: parsed.demo,
            answers,
        })
    }

    /// When the next batch of reports leaves (seconds since 1970-01-01 UTC).
    #[must_use]
    pub fn next_batch(&self, now: i64) -> i64 {
        match i64::from(self.batches.reports_minutes) * 60 {
            0 => now,
            every => (now.div_euclid(every) + 1) * every,
        }
    }
}
