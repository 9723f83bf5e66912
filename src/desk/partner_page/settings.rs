//! `partners.toml`: the settings of the partner page. It contains no secret, and the page refuses a
//! file with one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::http::HeaderName;
use serde::Deserialize;
use toml::Spanned;

use loke_core::clock::Zone;
use loke_core::config::{ConfigError, Source};
use loke_core::seal::Recipient;

/// The settings, checked.
#[derive(Clone)]
pub struct PartnerPageSettings {
    /// The address of the page, on loopback.
    pub listen: SocketAddr,
    /// The public key of the desk's book: answers are sealed to it.
    pub key: Recipient,
    /// The folder that the desk collects. It must be there.
    pub answers: PathBuf,
    /// The header in which the proxy names the client's address.
    pub client_address: Option<HeaderName>,
    /// The zone of the day in the clear line.
    pub zone: Zone,
    /// Accounts; `None` if partners answer by code alone.
    pub accounts: Option<PageAccounts>,
}

/// `[accounts]`: people at partners sign in.
#[derive(Clone)]
pub struct PageAccounts {
    /// The page's own folder: accounts, and reports that are sealed to them.
    pub store: PathBuf,
    /// The folder in which the desk leaves reports and accounts.
    pub inbox: PathBuf,
    /// The address in a browser. `None` on this machine alone, in the clear.
    pub origin: Option<String>,
    /// Days after which a report is deleted.
    pub keep_days: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default = "listen")]
    listen: Spanned<SocketAddr>,
    key: Spanned<String>,
    answers: PathBuf,
    client_address: Option<Spanned<String>>,
    timezone: Option<Spanned<String>>,
    accounts: Option<AccountsTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountsTable {
    #[serde(default = "store")]
    store: PathBuf,
    #[serde(default = "inbox")]
    inbox: PathBuf,
    public_url: Option<Spanned<String>>,
    #[serde(default = "keep_days")]
    keep_days: Spanned<u16>,
}

fn store() -> PathBuf {
    "store".into()
}

fn inbox() -> PathBuf {
    "inbox".into()
}

fn keep_days() -> Spanned<u16> {
    Spanned::new(0..0, 90)
}

impl AccountsTable {
    fn checked(self, source: &Source) -> Result<PageAccounts, ConfigError> {
        let origin = self.public_url.map(|url| {
            let text = url.get_ref().trim_end_matches('/').to_ascii_lowercase();
            let host = text.strip_prefix("https://").unwrap_or_default();
            let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
            match !host.is_empty() && host.chars().all(is_host) {
                true => Ok(text),
                false => Err(source.trouble(
                    url.span().start,
                    "not an address that a browser can open over TLS",
                    "Write it as https://partners.example.org",
                )),
            }
        });
        let keep_days = match *self.keep_days.get_ref() {
            0 => {
                return Err(source.trouble(
                    self.keep_days.span().start,
                    "reports would be deleted before anybody reads them",
                    "Write at least 1",
                ));
            }
            days => i32::from(days),
        };
        Ok(PageAccounts {
            store: source.folder().join(self.store),
            inbox: source.folder().join(self.inbox),
            origin: origin.transpose()?,
            keep_days,
        })
    }
}

fn listen() -> Spanned<SocketAddr> {
    Spanned::new(0..0, SocketAddr::from(([127, 0, 0, 1], 8070)))
}

impl PartnerPageSettings {
    /// Reads and checks the file.
    ///
    /// # Errors
    /// [`ConfigError`] with file, line and remedy.
    pub fn read(file: &Path) -> Result<Self, ConfigError> {
        let source = Source::read(file)?;
        if let Some(at) = source.contains("AGE-SECRET-KEY-") {
            return Err(source.trouble(
                at,
                "there is a secret key here, and this process must never have one",
                "Remove it, and give the desk new keys: `loke-desk book revoke` makes them",
            ));
        }
        let parsed: File = source.parse()?;
        let listen = *parsed.listen.get_ref();
        if !listen.ip().is_loopback() {
            return Err(source.trouble(
                parsed.listen.span().start,
                "the partner page would be open to the network without TLS",
                "Listen on 127.0.0.1 or [::1], behind a proxy",
            ));
        }
        let client_address = parsed.client_address.as_ref();
        let client_address = client_address.map(|name| {
            name.get_ref().parse().map_err(|_| {
                source.trouble(
                    name.span().start,
                    "client_address is not the name of a header",
                    "Write the header of the proxy, such as \"x-real-ip\"",
                )
            })
        });
        Ok(Self {
            listen,
            key: parsed.key.get_ref().parse().map_err(|e| {
                source.trouble(
                    parsed.key.span().start,
                    format!("key: {e}"),
                    "Copy the public key that `loke-desk init` printed last",
                )
            })?,
            answers: source.folder().join(parsed.answers),
            client_address: client_address.transpose()?,
            zone: source.zone(parsed.timezone.as_ref())?,
            accounts: match parsed.accounts {
                Some(accounts) => Some(accounts.checked(&source)?),
                None => None,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::Identity;

    #[test]
    fn a_broken_file_names_its_line_and_a_secret_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("partners.toml");
        let read = |text: &str| {
            std::fs::write(&file, text).unwrap();
            PartnerPageSettings::read(&file)
        };
        let key = Identity::generate().recipient().unwrap();
        let good =
            format!("key = \"{key}\"\nanswers = \"answers\"\nclient_address = \"x-real-ip\"\n");
        let settings = read(&good).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8070");
        assert_eq!(settings.answers, folder.path().join("answers"));
        for (text, line, what) in [
            (
                format!("{good}listen = \"0.0.0.0:80\"\n"),
                4,
                "open to the network",
            ),
            (format!("{good}# AGE-SECRET-KEY-1QQ\n"), 4, "secret key"),
            (format!("{good}keys = 1\n"), 4, "unknown field"),
            (
                good.replace("x-real-ip", "x real ip"),
                3,
                "not the name of a header",
            ),
            (good.replace("age1", "age2"), 1, "key: "),
            (
                format!("{good}[accounts]\npublic_url = \"http://page\"\n"),
                5,
                "over TLS",
            ),
            (format!("{good}[accounts]\nkeep_days = 0\n"), 5, "deleted"),
        ] {
            let problem = read(&text).err().unwrap();
            assert!(problem.what.contains(what), "{problem}");
            assert_eq!(problem.line, Some(line), "{problem}");
        }
    }
}
