//! `check`: lists what is wrong with this gateway, and what to do. It changes nothing except the
//! number of slots, if the configuration and the queue differ, and the list of printed notes.

use std::path::{Path, PathBuf};

use clap::Args;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::Failure;
use crate::mac_key;
use crate::pickup::desks::Desks;
use crate::pickup::tls;
use crate::providers::provider::Opened;
use crate::providers::settings::{Answers, Sms};
use crate::settings::GatewaySettings;
use crate::sms::keys;
use crate::sms::sort::Lists;
use crate::store;
use crate::web::pii_hints::Rules;
use crate::web::you_said::YouSaid;
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::terminal::say;
use loke_core::words::{Languages, Words};

mod notes;
mod proxy;
mod queue;

/// The name of a recipient in the examples, which says nothing to a resident.
const UNNAMED: &str = "desk";
/// A public certificate that expires within these seconds is reported.
const CERTIFICATE_LASTS: i64 = 14 * 86_400;

/// Check the gateway. Lists each problem and how to fix it. Exits with 1 if there is one
///
/// "Must" is a problem, and the reason of exit code 1. "Should" is advice. A "Note" is what you need
/// to know once. The file check.notes, beside the configuration, remembers it.
#[derive(Args)]
pub(super) struct Check {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Also print the notes that an earlier check printed
    #[arg(long)]
    notes: bool,
}

/// The findings, one line each.
#[derive(Default)]
struct Findings {
    /// Problems: the exit code is 1.
    musts: Vec<Failure>,
    /// Advice.
    shoulds: Vec<String>,
    /// Something to know, told once.
    notes: Vec<String>,
}

impl Check {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let now = Clock::System.now();
        let mut findings = Findings::default();
        findings.files(&self.config, &config);
        findings.listeners(&config, now);
        findings.callers(&config);
        // If another process serves the pickup, the desks are in its folder, and its `check`
        // examines them.
        let desks = if config.pickup.is_some() {
            findings.desks(&config.folder)
        } else {
            0
        };
        findings.queue(&config, desks, now).await;
        if config.web.is_some() || config.onion.is_some() {
            findings.hint_rules(&config.folder);
            findings.public_figures(&config);
            findings.drafts(&config);
            findings.holders(&config);
        }
        for finding in &findings.musts {
            say(&format!("Must: {finding}"))?;
        }
        for advice in &findings.shoulds {
            say(&format!("Should: {advice}"))?;
        }
        let known = if self.notes {
            Vec::new()
        } else {
            notes::printed(&config.folder)
        };
        for note in findings.notes.iter().filter(|note| !known.contains(note)) {
            say(&format!("Note: {note}"))?;
        }
        notes::remember(&config.folder, &findings.notes);
        match findings.musts.len() {
            0 => {
                say("All is well")?;
                Ok(())
            }
            1 => Err(Failure::new(
                "one thing is wrong",
                "It is listed above, with what to do",
            )),
            count => Err(Failure::new(
                format!("{count} things are wrong"),
                "They are listed above, with what to do",
            )),
        }
    }
}

impl Findings {
    fn add(&mut self, what: impl std::fmt::Display, mend: impl std::fmt::Display) {
        self.musts.push(Failure::new(what, mend));
    }

    /// The folder with the pages of "You said, we did": a broken one is not shown.
    fn public_figures(&mut self, config: &GatewaySettings) {
        let folder = config.web.as_ref().and_then(|web| web.you_said.as_deref());
        if let (Some(folder), Ok(languages)) = (folder, Languages::read())
            && let Err(problem) = YouSaid::read(folder, &languages)
        {
            self.musts.push(Failure(problem.to_string()));
        }
    }

    fn files(&mut self, file: &Path, config: &GatewaySettings) {
        if let Err(trouble) = mac_key::read(&config.folder) {
            self.musts.push(trouble.into());
        }
        let mut paths = vec![config.folder.clone(), file.to_owned()];
        paths.extend(
            [
                mac_key::MAC_KEY,
                keys::FOLDER,
                keys::OLD,
                tls::KEY,
                "desks",
                "sms",
            ]
            .map(|name| config.folder.join(name)),
        );
        paths.extend(
            config
                .web
                .as_ref()
                .and_then(|w| w.tls_key.clone())
                .into_iter()
                .chain(config.sms.as_ref().and_then(|s| s.tls_key.clone())),
        );
        // The group of its folder may share the queue.
        let queue = config
            .database
            .strip_prefix("sqlite:")
            .map(PathBuf::from)
            .filter(|queue| private_file::is_wider(queue, store::file_mode(queue)));
        for path in paths
            .iter()
            .filter(|path| private_file::is_open_to_others(path))
            .chain(&queue)
        {
            let path = path.display();
            self.add(
                format!("{path} can be read or changed by other users of this machine"),
                format!("Run: chmod go= {path}"),
            );
        }
    }

    fn listeners(&mut self, config: &GatewaySettings, now: i64) {
        if config.web.is_none()
            && config.onion.is_none()
            && config.pickup.is_none()
            && config.sms.is_none()
        {
            self.add(
                "the configuration names no listener",
                "Add at least one of [web], [onion], [sms] and [pickup]",
            );
        }
        if let Some(web) = &config.web {
            if web.controller.is_none() || web.contact.is_none() {
                self.shoulds.push("the privacy notice does not name who is in charge of the data: set `controller` and `contact` in [web]".into());
            }
            match (&web.tls_cert, &web.tls_key) {
                (Some(cert), Some(key)) => self.certificate(cert, key, now),
                _ if !web.listen.ip().is_loopback() => self.add(
                    format!("[web] listens on {} without TLS, so reports cross the network in the clear", web.listen),
                    "Set tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy on this machine",
                ),
                _ => {}
            }
        }
        if let Some(onion) = &config.onion
            && !onion.listen.ip().is_loopback()
        {
            self.add(
                "[onion] listens on the network, and callers there cannot be told apart",
                "Listen on 127.0.0.1, where tor connects",
            );
        }
        if let Some(sms) = &config.sms {
            self.texts(sms, config, now);
        }
        if config.pickup.is_some() {
            let (certificate, key) = (
                config.folder.join(tls::CERTIFICATE),
                config.folder.join(tls::KEY),
            );
            if let Err(e) = tls::server(&certificate, &key, Desks::of(&config.folder)) {
                self.add(e, tls::MEND);
            }
        }
    }

    /// The SMS listener, and what each provider keeps. The gateway cannot change that, so the
    /// operator must know it.
    fn texts(&mut self, sms: &Sms, config: &GatewaySettings, now: i64) {
        let folder = &config.folder;
        match (&sms.tls_cert, &sms.tls_key) {
            (Some(cert), Some(key)) => self.certificate(cert, key, now),
            _ if !sms.listen.ip().is_loopback() => self.add(
                format!(
                    "[sms] listens on {} without TLS, so texts cross the network in the clear",
                    sms.listen
                ),
                "Set tls_cert and tls_key, or listen on 127.0.0.1 behind a proxy on this machine",
            ),
            _ => {}
        }
        match sms.open(folder) {
            Ok(providers) => {
                for key in keys::overdue(folder, &providers, config.zone.day(now)) {
                    let what = format!(
                        "{} should have been destroyed: an attacker with it and the queue can confirm a guessed text",
                        key.display()
                    );
                    self.add(what, "Start the gateway, which destroys it; if it will not run again, run: shred -u FILE");
                }
                if folder.join(keys::OLD).exists() {
                    let old = folder.join(keys::OLD).display().to_string();
                    self.shoulds.push(format!(
                        "{old} is of an earlier version: the next start takes it as today's key and destroys it. Destroy backups that contain it too"
                    ));
                }
                let days = |opened: &Opened| {
                    format!(
                        "of {} for {} days",
                        opened.name,
                        opened.provider.repeats_for() + 1
                    )
                };
                let days: Vec<_> = providers.iter().map(days).collect();
                self.notes.push(format!(
                    "a repeated text is recognised by a key of its day in {}: {}. Then the key is overwritten and deleted, which an SSD may not do: \
                     encrypt the disk. Do not back it up. A text without a provider's id is recognised until a restart",
                    keys::FOLDER,
                    days.join(", ")
                ));
                self.notes.extend(
                    providers
                        .iter()
                        .map(|opened| format!("[sms.{}] {}", opened.name, opened.provider.keeps())),
                );
                if providers
                    .iter()
                    .any(|opened| opened.name == "telnyx" && opened.provider.media().is_none())
                {
                    let left_out = "photos, and words that a phone sends in a separate part, are left out, and their tips say so";
                    self.notes
                        .push(format!("[sms.telnyx] media_hosts is empty: {left_out}"));
                }
                let silent = providers
                    .iter()
                    .filter(|opened| sms.answers != Answers::Off && !opened.provider.can_say());
                self.notes.extend(silent.map(|opened| {
                    format!("[sms.{}] has no way to answer within its request, so its texts get no answer: Loke never sends a message by itself", opened.name)
                }));
            }
            Err(bad) => self.add(bad, "Then run `check` again"),
        }
        if let Ok(languages) = Languages::read()
            && let Err(trouble) = Lists::read(&languages, sms.words.as_deref())
        {
            self.musts.push(trouble.into());
        }
    }

    fn certificate(&mut self, cert: &Path, key: &Path, now: i64) {
        if let Err(e) = loke_core::tls::server(cert, key) {
            self.musts.push(Failure(e.to_string()));
        }
        let renew = "Renew it, then restart the gateway";
        match last_second(cert) {
            Some(end) if end <= now => self.add(
                "the public certificate has expired: browsers reject the page",
                renew,
            ),
            Some(end) if end - now < CERTIFICATE_LASTS => {
                self.add(
                    format!(
                        "the public certificate expires in {} days",
                        (end - now) / 86_400
                    ),
                    renew,
                );
            }
            _ => {}
        }
    }

    /// Checks the operator's own rules for PII hints.
    fn hint_rules(&mut self, folder: &Path) {
        if let Ok(languages) = Languages::read()
            && let Err(trouble) = Rules::read(&languages, folder)
        {
            self.musts.push(trouble.into());
        }
    }

    /// Notes the languages that no native reader has checked. It is not a problem: for a resident
    /// who reads no English, a draft is better than English.
    fn drafts(&mut self, config: &GatewaySettings) {
        let drafts = Languages::read().map_or_else(
            |_| Vec::new(),
            |all| {
                all.having_read(&config.languages_read)
                    .all()
                    .iter()
                    .filter(|w| w.is_draft())
                    .map(said)
                    .collect()
            },
        );
        if !drafts.is_empty() {
            self.notes.push(format!(
                "no native reader has read these languages yet: {}. Print review sheets for them (locales/README.md), then set languages_read",
                drafts.join(", ")
            ));
        }
    }

    /// Residents read the names of the recipients.
    fn holders(&mut self, config: &GatewaySettings) {
        if config.holders.iter().any(|holder| holder.name == UNNAMED) {
            self.notes.push(format!(
                "residents read the name \"{UNNAMED}\" on the page about this page. Write the name of the team that holds this key into [[recipients]]"
            ));
        }
    }

    /// Returns how many desks are enrolled.
    fn desks(&mut self, folder: &Path) -> usize {
        let all = match Desks::of(folder).all() {
            Ok(all) => all,
            Err(e) => {
                self.add(
                    format!("the folder desks cannot be read ({})", e.kind()),
                    "Check its permissions: until then no desk can collect",
                );
                return 0;
            }
        };
        for (name, _) in all.iter().filter(|(_, desk)| desk.is_none()) {
            self.add(
                format!("desks/{name}.toml cannot be read, so that desk is shut out"),
                format!("Run `loke-gateway revoke {name}`, then enrol it again"),
            );
        }
        if all.is_empty() {
            self.add(
                "no desk is enrolled, so nobody can read a tip",
                "Run `loke-gateway enrol`",
            );
        }
        all.len()
    }
}

fn said(words: &Words) -> String {
    format!("{} ({})", words.say("language-name"), words.code)
}

/// Unix time when the first certificate of a PEM file expires (RFC 5280, 4.1.2.5).
fn last_second(cert: &Path) -> Option<i64> {
    let der = CertificateDer::from_pem_file(cert).ok()?;
    let (_, parsed) = x509_parser::parse_x509_certificate(&der).ok()?;
    Some(parsed.validity().not_after.timestamp())
}
