//! `desk.toml`: the partners that can receive tips, and the mail relay. It contains no secret.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::Zone;
use loke_core::config::{ConfigError, Source};
use loke_core::seal::Recipient;

/// The desk's configuration, checked.
#[derive(Clone)]
pub struct DeskSettings {
    /// The folder of the file, with the register, the people and the books.
    pub folder: PathBuf,
    /// The partners that can receive tips.
    pub partners: Vec<Partner>,
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
}

/// One partner.
#[derive(Clone)]
pub struct Partner {
    /// Its name, as in `route --to NAME`.
    pub name: String,
    /// Its public key.
    pub key: Recipient,
    /// The way its copies travel.
    pub way: Way,
    /// Answers that its copies omit, in addition to those that never leave the desk.
    pub without: Vec<Answer>,
}

impl Partner {
    /// Whether its copies contain this answer.
    #[must_use]
    pub fn may_have(&self, answer: Answer) -> bool {
        !self.without.contains(&answer)
    }
}

/// An answer that a partner's copy may omit: `without = ["how_known", "impact"]`. The topic, the
/// urgency and the main text are always sent: without them nobody can act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The day it arrived.
    Received,
    /// Where it is.
    Where,
    /// When it happens.
    When,
    /// Whether it is still going on.
    Ongoing,
    /// Whether anyone is in danger.
    Danger,
    /// Whether a child may be at risk.
    Child,
    /// How it affects the resident or the area.
    Impact,
    /// A vehicle.
    Vehicle,
    /// How the resident knows.
    HowKnown,
    /// The ticked signs.
    Signs,
    /// Whether the graffiti is offensive.
    Offensive,
    /// The photos.
    Photos,
}

/// The way a partner's copies travel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// A folder that the partner's own tool watches.
    Folder(PathBuf),
    /// An e-mail address.
    Mail(String),
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
    partners: Vec<PartnerEntry>,
    mail: Option<Mail>,
    wards: Option<PathBuf>,
    timezone: Option<Spanned<String>>,
    #[serde(default = "listen")]
    listen: std::net::SocketAddr,
    #[serde(default)]
    demo: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartnerEntry {
    name: Spanned<String>,
    key: Spanned<String>,
    folder: Option<PathBuf>,
    mail: Option<String>,
    #[serde(default)]
    without: Vec<Answer>,
}

fn listen() -> std::net::SocketAddr {
    std::net::SocketAddr::from(([127, 0, 0, 1], 8090))
}

impl DeskSettings {
    /// Reads and checks `desk.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and remedy: an unreadable key, a partner without a way or
    /// with two, an unknown key.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(file)?;
        let parsed: File = source.parse()?;
        let folder = source.folder();
        let mut partners: Vec<Partner> = Vec::new();
        for entry in &parsed.partners {
            let (name, at) = (entry.name.get_ref(), entry.name.span().start);
            let key = entry.key.get_ref().parse().map_err(|e| {
                source.trouble(
                    entry.key.span().start,
                    format!("partner \"{name}\": {e}"),
                    "Correct the key",
                )
            })?;
            let way = match (&entry.folder, &entry.mail) {
                (Some(path), None) => Way::Folder(folder.join(path)),
                (None, Some(_)) if parsed.mail.is_none() => {
                    return Err(source.trouble(
                        at,
                        format!("partner \"{name}\" is reached by mail, but there is no [mail]"),
                        "Add [mail] with smtp and from",
                    ));
                }
                (None, Some(address)) => Way::Mail(address.clone()),
                _ => {
                    return Err(source.trouble(
                        at,
                        format!("partner \"{name}\" needs exactly one way"),
                        "Write either folder = \"…\" or mail = \"…\"",
                    ));
                }
            };
            if partners.iter().any(|p| p.name == *name) {
                return Err(source.trouble(
                    at,
                    format!("there are two partners named \"{name}\""),
                    "Rename or remove one",
                ));
            }
            partners.push(Partner {
                name: name.clone(),
                key,
                way,
                without: entry.without.clone(),
            });
        }
        if !parsed.listen.ip().is_loopback() {
            let at = source.key(&["listen"]);
            return Err(source.trouble(
                at,
                "the desk's page would be open to the network",
                "Listen on 127.0.0.1 or [::1]",
            ));
        }
        let wards = parsed.wards.map(|file| folder.join(file));
        let zone = source.zone(parsed.timezone.as_ref())?;
        Ok(Self {
            folder,
            partners,
            mail: parsed.mail,
            wards,
            listen: parsed.listen,
            zone,
            demo: parsed.demo,
        })
    }
}
