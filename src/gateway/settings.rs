//! `gateway.toml`: listeners, recipients, queue. It never contains an identity; a file with one is
//! rejected.

mod help;
mod languages;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Spanned;

use self::help::check_help;
use self::languages::{check_languages, in_order, read_languages};
use crate::providers::settings::Sms;
use crate::store::Capacity;
use loke_core::clock::Zone;
use loke_core::config::{ConfigError, Source};
use loke_core::seal::{MAX_RECIPIENTS, Recipient, Recipients};
use loke_core::tip::Lane;

pub use help::{Help, Signposts};

/// The gateway's configuration, checked.
#[derive(Clone)]
pub struct GatewaySettings {
    /// The folder of the file. `mac.key`, the pickup's TLS keys and `desks/` are in it.
    pub folder: PathBuf,
    /// `sqlite:PATH` (made absolute) or `postgres://…`.
    pub database: String,
    /// The residents' time zone: the day of a tip is their day.
    pub zone: Zone,
    /// Days until an uncollected tip expires; each tip's expiry is moved at random.
    pub retention_days: u16,
    /// Slots of the queue.
    pub capacity: Capacity,
    /// Limits per caller.
    pub limits: Limits,
    /// The public listener.
    pub web: Option<Web>,
    /// The onion listener.
    pub onion: Option<Onion>,
    /// The SMS providers' listener.
    pub sms: Option<Sms>,
    /// The desks' listener.
    pub pickup: Option<Pickup>,
    /// The public keys that tips are sealed to.
    pub recipients: Recipients,
    /// The same as in the file, for the page about who can open a tip.
    pub holders: Vec<Holder>,
    /// Codes of the languages that a native reader has read here, beside the languages whose file says so.
    pub languages_read: Vec<String>,
    /// Signposts for residents.
    pub help: Help,
    /// Shows on every page that nothing is sent anywhere.
    pub demo: bool,
}

/// A `[[recipients]]` entry.
#[derive(Clone)]
pub struct Holder {
    /// Their name as residents see it.
    pub name: String,
    /// Their public key.
    pub key: Recipient,
    /// The lanes that they can open.
    pub lanes: Vec<Lane>,
}

/// `[web]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Web {
    /// Address and port.
    pub listen: SocketAddr,
    /// The URL that residents type, with scheme.
    pub public_url: Option<String>,
    /// Certificate chain, PEM. With `tls_key`, the gateway terminates TLS itself.
    pub tls_cert: Option<PathBuf>,
    /// Private key, PEM.
    pub tls_key: Option<PathBuf>,
    /// Source of the caller's network: `peer` or `forwarded:HEADER`.
    #[serde(default)]
    pub client_address: ClientAddress,
    /// The onion service's address, for the page that ranks the channels.
    pub onion_url: Option<String>,
    /// The phone number for texts, for the same page.
    pub sms_number: Option<String>,
    /// Whether texts get an answer.
    #[serde(default)]
    pub sms_answers: bool,
    /// The provider of that number; `None` for an own modem.
    pub sms_provider: Option<String>,
    /// URL behind "leave this page". Default: [`crate::web::quick_exit::COVER`].
    pub leave_to: Option<String>,
    /// The data controller (UK GDPR).
    pub controller: Option<String>,
    /// How residents contact the controller.
    pub contact: Option<String>,
    /// Where to report security problems: a URL with scheme, for `security.txt`.
    pub security_contact: Option<String>,
    /// Codes of languages, in the order in which the form offers them. The others follow.
    pub languages: Option<Spanned<Vec<String>>>,
    /// Whether a desk can answer residents. If not, no page promises an answer.
    #[serde(default)]
    pub answers: bool,
    /// The folder with the pages of `loke-desk you-said pages`.
    pub you_said: Option<PathBuf>,
    /// A form sent sooner than this after its page was loaded is marked unproven.
    #[serde(default = "min_dwell")]
    pub min_dwell_seconds: u32,
}

/// Source of the caller's network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum ClientAddress {
    /// The connection's peer.
    #[default]
    Peer,
    /// The last address in this header, which our proxy adds. Lower case.
    Forwarded(String),
    /// The Tor circuit, which tor reports in a line before each connection. Set by `[onion]
    /// circuits`.
    Circuit,
}

impl<'de> Deserialize<'de> for ClientAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once(':') {
            None if text == "peer" => Ok(Self::Peer),
            Some(("forwarded", header)) if !header.trim().is_empty() => {
                Ok(Self::Forwarded(header.trim().to_ascii_lowercase()))
            }
            _ => Err(serde::de::Error::custom(
                "client_address is \"peer\" or \"forwarded:HEADER\"",
            )),
        }
    }
}

/// `[onion]`. Tips from here have `channel: onion`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Onion {
    /// Address and port that tor connects to.
    pub listen: SocketAddr,
    /// Whether tor reports the circuit before each connection (`HiddenServiceExportCircuitID
    /// haproxy`).
    #[serde(default)]
    pub circuits: bool,
}

/// `[pickup]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pickup {
    /// Address and port.
    pub listen: SocketAddr,
    /// Minutes between release times, counted from midnight, for tips that are not urgent; 0:
    /// release at once.
    #[serde(default = "release_minutes")]
    pub release_minutes: u32,
    /// Length of a lease in seconds. After that, other desks may claim the tips.
    #[serde(default = "lease_seconds")]
    pub lease_seconds: u32,
    /// Reply rows of each book: the most letters that its boxes can have at a time.
    #[serde(default = "reply_rows")]
    pub reply_rows: u32,
}

/// Most [`Pickup::reply_rows`]: one request carries all of them.
pub const MOST_REPLY_ROWS: u32 = 4_096;

/// `[limits]`: per caller, that is per 12 bits of a keyed hash of a network prefix (promise P8).
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Requests per minute before a page asks the caller to wait.
    pub requests_per_minute: u32,
    /// Reports per hour before further ones are marked unproven.
    pub reports_per_hour: u32,
    /// Photos per hour before further ones are refused for now: a photo costs as much as hundreds
    /// of reports without one.
    pub photos_per_hour: u32,
    /// Memory in bytes for pending photos of all callers together.
    pub waiting_photo_bytes: usize,
    /// Photos decoded at the same time.
    pub parallel_photos: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests_per_minute: 240,
            reports_per_hour: 30,
            photos_per_hour: 120,
            waiting_photo_bytes: 64 << 20,
            parallel_photos: 2,
        }
    }
}

fn min_dwell() -> u32 {
    4
}
fn release_minutes() -> u32 {
    60
}
fn lease_seconds() -> u32 {
    600
}
fn reply_rows() -> u32 {
    1_024
}
fn retention_days() -> u16 {
    30
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    database: String,
    timezone: Option<Spanned<String>>,
    #[serde(default = "retention_days")]
    retention_days: u16,
    #[serde(default)]
    capacity: Slots,
    #[serde(default)]
    limits: Limits,
    web: Option<Web>,
    onion: Option<Onion>,
    sms: Option<Sms>,
    pickup: Option<Pickup>,
    #[serde(default)]
    recipients: Vec<RecipientEntry>,
    #[serde(default)]
    languages_read: Vec<Spanned<String>>,
    #[serde(default)]
    help: Help,
    #[serde(default)]
    demo: bool,
}

/// `[capacity]`: slots per size class. The default covers a bank-holiday weekend of a city without
/// collection.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Slots {
    text: u32,
    photos: [u32; 4],
}

impl Default for Slots {
    fn default() -> Self {
        Self {
            text: 20_000,
            photos: [128, 32, 16, 8],
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecipientEntry {
    name: String,
    key: Spanned<String>,
    lanes: Option<Vec<Lane>>,
}

impl GatewaySettings {
    /// Reads and checks `gateway.toml`.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and fix: an identity in the file, an unreadable key, a lane
    /// without recipient, an unknown key, half a TLS pair.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(file)?;
        if let Some(at) = source.contains("AGE-SECRET-KEY-") {
            return Err(source.trouble(
                at,
                "this line has an age secret key, and the gateway must never have one",
                "Remove it, treat it as exposed to this machine, and create a new one with `loke-desk init` on the desk",
            ));
        }
        let parsed: File = source.parse()?;
        let folder = source.folder();
        let (recipients, holders) = read_recipients(&source, &parsed.recipients)?;
        if let Some(web) = &parsed.web {
            check_links(&source, web)?;
            check_languages(&source, web)?;
        }
        check_help(&source, &parsed.help)?;
        let half = |cert: &Option<PathBuf>, key: &Option<PathBuf>| cert.is_some() != key.is_some();
        if parsed
            .web
            .as_ref()
            .is_some_and(|w| half(&w.tls_cert, &w.tls_key))
            || parsed
                .sms
                .as_ref()
                .is_some_and(|s| half(&s.tls_cert, &s.tls_key))
        {
            let keys = ["web", "sms"]
                .map(|table| ["tls_cert", "tls_key"].map(|name| source.key(&[table, name])));
            // Of the first table with only one of them.
            let at = keys
                .into_iter()
                .find(|[cert, key]| (*cert == 0) != (*key == 0))
                .map_or(0, |[cert, key]| cert.max(key));
            return Err(source.trouble(
                at,
                "TLS needs both tls_cert and tls_key",
                "Add the other one, or remove this one",
            ));
        }
        // An attacker who takes over the public process must not be able to make outgoing
        // connections.
        if let Some(name) = parsed
            .sms
            .as_ref()
            .and_then(Sms::calls_out)
            .filter(|_| parsed.web.is_some() || parsed.onion.is_some())
        {
            return Err(source.trouble(
                source.key(&["sms", name]),
                format!("[sms.{name}] calls its provider, but the process that serves the pages must not make outgoing connections"),
                "Move [sms] to a separate configuration file with the same database, mac.key and [[recipients]], and start a second `serve` with it",
            ));
        }
        if let Some(pickup) = &parsed.pickup {
            check_pickup(&source, pickup)?;
        }
        if parsed.retention_days == 0 {
            let at = source.key(&["retention_days"]);
            return Err(source.trouble(at, "retention_days is 0", "Set it to 1 or more"));
        }
        let database = match parsed.database.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{}", folder.join(path).display()),
            None if parsed.database.starts_with("postgres://")
                || parsed.database.starts_with("postgresql://") =>
            {
                parsed.database
            }
            None => {
                let at = source.key(&["database"]);
                return Err(source.trouble(
                    at,
                    "not a database that Loke supports",
                    "Write \"sqlite:queue.db\" or \"postgres://…\"",
                ));
            }
        };
        let at_folder = |path: PathBuf| folder.join(path);
        Ok(Self {
            database,
            zone: source.zone(parsed.timezone.as_ref())?,
            retention_days: parsed.retention_days,
            capacity: Capacity {
                text: parsed.capacity.text,
                photos: parsed.capacity.photos,
            },
            limits: parsed.limits,
            web: parsed.web.map(|w| Web {
                tls_cert: w.tls_cert.map(at_folder),
                tls_key: w.tls_key.map(at_folder),
                you_said: w.you_said.map(at_folder),
                ..w
            }),
            onion: parsed.onion,
            sms: parsed.sms.map(|s| s.at(&folder)),
            pickup: parsed.pickup,
            recipients,
            holders,
            languages_read: read_languages(&source, parsed.languages_read)?,
            help: parsed.help,
            demo: parsed.demo,
            folder,
        })
    }

    /// The codes of the languages, in the order in which the form offers them.
    #[must_use]
    pub fn languages(&self) -> Vec<&str> {
        match self.web.as_ref().and_then(|web| web.languages.as_ref()) {
            Some(codes) => codes.get_ref().iter().map(String::as_str).collect(),
            None => in_order(),
        }
    }
}

fn check_pickup(source: &Source, pickup: &Pickup) -> Result<(), ConfigError> {
    if (1..=MOST_REPLY_ROWS).contains(&pickup.reply_rows) {
        return Ok(());
    }
    Err(source.trouble(
        source.key(&["pickup", "reply_rows"]),
        "a book cannot have this many reply rows",
        format!("Set reply_rows to a number from 1 to {MOST_REPLY_ROWS}"),
    ))
}

/// Checks the two `[web]` keys that are sent in a header or a text file: one address each, without
/// a line break.
fn check_links(source: &Source, web: &Web) -> Result<(), ConfigError> {
    let is_one = |link: &str, schemes: &[&str]| {
        link.bytes().all(|b| b.is_ascii_graphic())
            && schemes
                .iter()
                .any(|s| link.len() > s.len() && link.starts_with(s))
    };
    if web
        .leave_to
        .as_deref()
        .is_some_and(|to| !is_one(to, &["https://", "http://localhost:", "http://127.0.0.1:"]))
    {
        let at = source.key(&["web", "leave_to"]);
        return Err(source.trouble(
            at,
            "leave_to is not a URL that a browser can open",
            "Write it as \"https://www.example.org/weather\"",
        ));
    }
    if web
        .security_contact
        .as_deref()
        .is_some_and(|to| !is_one(to, &["https://", "mailto:", "tel:"]))
    {
        let at = source.key(&["web", "security_contact"]);
        return Err(source.trouble(
            at,
            "security_contact is not a contact URL",
            "Write it as \"mailto:security@example.org\" or \"https://…\"",
        ));
    }
    Ok(())
}

fn read_recipients(
    source: &Source,
    entries: &[RecipientEntry],
) -> Result<(Recipients, Vec<Holder>), ConfigError> {
    let mut recipients = Recipients::default();
    let mut holders = Vec::new();
    for entry in entries {
        let at = entry.key.span().start;
        let key: Recipient = entry.key.get_ref().parse().map_err(|e| {
            source.trouble(
                at,
                format!("recipient \"{}\": {e}", entry.name),
                "Correct the key",
            )
        })?;
        let lanes = entry.lanes.as_deref().unwrap_or(Lane::ALL);
        holders.push(Holder {
            name: entry.name.clone(),
            key: key.clone(),
            lanes: lanes.to_vec(),
        });
        for lane in lanes {
            if recipients.of(*lane).len() == MAX_RECIPIENTS {
                return Err(source.trouble(
                    at,
                    format!("lane {lane} has more than {MAX_RECIPIENTS} recipients"),
                    "Remove some",
                ));
            }
            recipients.add(*lane, key.clone());
        }
    }
    match Lane::ALL.iter().find(|lane| recipients.of(**lane).is_empty()) {
        None => Ok((recipients, holders)),
        Some(lane) => Err(source.trouble(
            source.key(&["recipients"]),
            format!("lane {lane} has no recipient, so nobody could read its tips"),
            format!("Add \"{lane}\" to the lanes of a [[recipients]] entry, or omit `lanes` (then the entry has all lanes)"),
        )),
    }
}
