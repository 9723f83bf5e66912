//! `desk.toml`: the page's address, the mail relay, and when reports leave.

use std::num::NonZeroU16;
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
    /// TLS of the desk's page. Without it, the page listens on loopback.
    pub tls: Option<DeskTls>,
    /// The time zone of the desk's own days: those of campaigns and keys. A tip's day comes from
    /// the gateway.
    pub zone: Zone,
    /// Of 100 tips that were closed in a week, so many are read again by somebody else.
    pub sample_percent: u8,
    /// Whether every page says that nothing is sent anywhere.
    pub demo: bool,
    /// The folder in which the partner page leaves answers.
    pub answers: Option<PathBuf>,
    /// The folder from which the partner page takes reports and accounts.
    pub page_inbox: Option<PathBuf>,
}

/// `[batches]`.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Batches {
    /// Reports leave together at whole multiples of this many minutes since midnight UTC. 0: at once.
    #[serde(default = "an_hour")]
    pub reports_minutes: u32,
    /// Replies to residents leave together at whole multiples of this many minutes, counted from 11:00
    /// UTC. 0: at once.
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

/// `public_url`, `tls_cert` and `tls_key`.
#[derive(Debug, Clone)]
pub struct DeskTls {
    /// The host, with the port if it is not 443, as a browser sends it.
    pub host: String,
    /// A PEM file with the certificate chain.
    pub cert: PathBuf,
    /// A PEM file with the private key.
    pub key: PathBuf,
}

/// `[mail]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// `smtp://…` or `smtps://…`, with credentials if the relay needs them.
    pub smtp: String,
    /// The sender.
    pub from: String,
    /// The address that answers go to. People read it.
    pub reply_to: Option<String>,
    /// The domains for which the relay's operator declared that it forces TLS. Only to these a
    /// document leaves in the clear.
    #[serde(default)]
    pub tls_domains: Vec<String>,
    /// A file with the certificate (PEM) of the authority that signed the relay's certificate, if it
    /// is not a public one.
    pub ca: Option<PathBuf>,
    /// How long one mail may take, in seconds.
    #[serde(default = "patience")]
    pub patience_seconds: NonZeroU16,
}

/// A minute.
fn patience() -> NonZeroU16 {
    NonZeroU16::MIN.saturating_add(59)
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
    public_url: Option<Spanned<String>>,
    tls_cert: Option<PathBuf>,
    tls_key: Option<PathBuf>,
    sample_percent: Option<Spanned<u8>>,
    #[serde(default)]
    demo: bool,
    answers: Option<Answers>,
    partner_page: Option<PageFolders>,
}

impl File {
    /// The settings of TLS: all three of them, or none.
    fn tls(&self, source: &Source) -> Result<Option<DeskTls>, ConfigError> {
        let trouble = |key, what, mend| Err(source.trouble(source.key(&[key]), what, mend));
        match (&self.public_url, &self.tls_cert, &self.tls_key) {
            (None, None, None) if self.listen.ip().is_loopback() => Ok(None),
            (None, None, None) => trouble(
                "listen",
                "the desk's page would be open to the network in the clear",
                "Listen on 127.0.0.1 or [::1], or set public_url, tls_cert and tls_key",
            ),
            (Some(url), Some(cert), Some(key)) => {
                let Some(host) = https_host(url.get_ref()) else {
                    return trouble(
                        "public_url",
                        "not an address that a browser can open over TLS",
                        "Write it as https://desk.example.org or https://desk.example.org:8443",
                    );
                };
                let folder = source.folder();
                Ok(Some(DeskTls {
                    host,
                    cert: folder.join(cert),
                    key: folder.join(key),
                }))
            }
            (Some(_), ..) => trouble(
                "public_url",
                "a page with a public_url needs TLS of its own",
                "Set tls_cert and tls_key too",
            ),
            (None, Some(_), _) => trouble(
                "tls_cert",
                "TLS needs a name and a key",
                "Set public_url, tls_cert and tls_key",
            ),
            (None, None, Some(_)) => trouble(
                "tls_key",
                "TLS needs a name and a certificate",
                "Set public_url, tls_cert and tls_key",
            ),
        }
    }
}

/// The host of `https://HOST` or `https://HOST:PORT`, in lower case, as a browser sends it.
fn https_host(url: &str) -> Option<String> {
    let host = url.strip_prefix("https://")?;
    let host = host.strip_suffix('/').unwrap_or(host).to_ascii_lowercase();
    let (name, port) = host.split_once(':').unwrap_or((&host, "8443"));
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-');
    if name.is_empty() || !name.chars().all(is_name) || port.parse::<u16>().is_err() {
        return None;
    }
    // A browser leaves the usual port out.
    Some(host.strip_suffix(":443").unwrap_or(&host).to_owned())
}

/// `[answers]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    folder: PathBuf,
}

/// `[partner_page]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PageFolders {
    inbox: PathBuf,
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
        let tls = parsed.tls(&source)?;
        let wards = parsed.wards.map(|file| folder.join(file));
        let answers = parsed.answers.map(|answers| folder.join(answers.folder));
        let page_inbox = parsed.partner_page.map(|page| folder.join(page.inbox));
        if let Some(percent) = &parsed.sample_percent
            && !(1..=100).contains(percent.get_ref())
        {
            return Err(source.trouble(
                percent.span().start,
                "sample_percent is not between 1 and 100",
                "Write how many of 100 closed tips somebody reads again, such as 5",
            ));
        }
        let zone = source.zone(parsed.timezone.as_ref())?;
        let mail = parsed.mail.map(|mail| Mail {
            ca: mail.ca.map(|file| folder.join(file)),
            ..mail
        });
        Ok(Self {
            folder,
            batches: parsed.batches,
            mail,
            wards,
            listen: parsed.listen,
            tls,
            zone,
            sample_percent: parsed.sample_percent.map_or(5, Spanned::into_inner),
            demo: parsed.demo,
            answers,
            page_inbox,
        })
    }

    /// Whether reports do not wait for a batch.
    #[must_use]
    pub fn leaves_at_once(&self) -> bool {
        self.batches.reports_minutes == 0
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<DeskSettings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("desk.toml");
        std::fs::write(&file, text).unwrap();
        DeskSettings::read(&file)
    }

    #[test]
    fn a_page_that_the_network_reaches_has_tls_with_all_its_three_settings() {
        let tls =
            "public_url = \"https://Desk.example.org:8443/\"\ntls_cert = \"a\"\ntls_key = \"b\"\n";
        let desk = read(&format!("listen = \"0.0.0.0:8443\"\n{tls}")).unwrap();
        assert_eq!(desk.tls.unwrap().host, "desk.example.org:8443");
        assert!(read("").unwrap().tls.is_none());
        for (text, line) in [
            ("listen = \"0.0.0.0:8443\"\n".to_owned(), 1),
            ("\nlisten = \"[::]:8443\"\n".to_owned(), 2),
            (tls.replace("tls_key", "#"), 1),
            (tls.replace("public_url", "#"), 2),
            ("tls_key = \"b\"\n".to_owned(), 1),
            (tls.replace("https", "http"), 1),
        ] {
            let problem = read(&text).map(|_| ()).unwrap_err().to_string();
            assert!(problem.contains(&format!("line {line}")), "{problem}");
        }
    }

    #[test]
    fn the_page_has_the_name_that_a_browser_sends() {
        for (url, host) in [
            ("https://desk.example.org", Some("desk.example.org")),
            ("https://desk.example.org:443/", Some("desk.example.org")),
            ("https://DESK:8443", Some("desk:8443")),
            ("https://", None),
            ("https://desk/queue", None),
            ("https://desk:port", None),
            ("https://me@desk", None),
        ] {
            assert_eq!(https_host(url).as_deref(), host, "{url}");
        }
    }
}
