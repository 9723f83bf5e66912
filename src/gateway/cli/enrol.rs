//! `enrol` and `revoke`: which desks may collect. The desk's key is made here, written only to its
//! enrolment file, and not stored.

use std::path::PathBuf;

use clap::Args;
use zeroize::Zeroizing;

use super::Failure;
use super::init::unwritable;
use crate::mac_key;
use crate::pickup::desks::{Desks, is_name};
use crate::pickup::tls::{self, Pair};
use crate::settings::GatewaySettings;
use loke_core::pickup::Enrolment;
use loke_core::private_file;
use loke_core::terminal::say;
use loke_core::tip::Lane;

/// Create the file that lets a desk collect. It works at once, without a restart
#[derive(Args)]
pub(super) struct Enrol {
    /// The desk's name: letters, digits and dashes
    name: String,
    /// The lanes that it may collect, separated by commas:
    /// safeguarding,cuckooing,drugs,graffiti,other. Default: all
    #[arg(long, value_name = "LANES", value_delimiter = ',')]
    lanes: Vec<Lane>,
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The enrolment file to make. It is a secret: carry it to the desk safely, and delete it once
    /// the desk is connected
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The pickup's address for the desk, if it is not the address that it listens on
    #[arg(long, value_name = "HOST:PORT")]
    pickup: Option<String>,
}

/// Stop one desk from collecting. It takes effect at once, without a restart
#[derive(Args)]
pub(super) struct Revoke {
    /// The desk's name
    name: String,
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

impl Enrol {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let desks = Desks::of(&config.folder);
        if !is_name(&self.name) {
            return Err(Failure::new(
                "not a valid desk name",
                "Use at most 64 letters, digits and dashes, and do not begin with a dash",
            ));
        }
        if desks.has(&self.name) {
            return Err(Failure::new(
                format!("a desk named {} is enrolled already", self.name),
                format!(
                    "Choose another name, or run first: loke-gateway revoke {} --config {}",
                    self.name,
                    self.config.display()
                ),
            ));
        }
        let listen = config.pickup.as_ref().map(|p| p.listen.to_string());
        let pickup = self.pickup.clone().or(listen).ok_or_else(|| {
            Failure::new(
                "the configuration has no [pickup], so no desk could collect",
                "Add [pickup] with listen, or give --pickup HOST:PORT",
            )
        })?;
        let mac_key = mac_key::read(&config.folder)?;
        let pin = tls::pin(&config.folder.join(tls::CERTIFICATE))
            .map_err(|e| Failure::new(e, tls::MEND))?;
        let pair = Pair::new(&self.name).map_err(|_| {
            Failure::new(
                "no TLS key could be made",
                "Check that /dev/urandom can be read",
            )
        })?;
        let mut lanes = if self.lanes.is_empty() {
            Lane::ALL.to_vec()
        } else {
            self.lanes
        };
        lanes.sort_unstable();
        lanes.dedup();
        let enrolment = Enrolment {
            schema: 1,
            desk: self.name.clone(),
            pickup,
            pin: hex::encode(pin),
            lanes,
            certificate: pair.certificate,
            key: pair.key,
            mac_key: Zeroizing::new(hex::encode(mac_key.expose())),
        };
        let text = toml::to_string(&enrolment).map(Zeroizing::new);
        let text = text.map_err(|_| {
            Failure::new(
                "the enrolment could not be written as TOML",
                "Report this as a flaw",
            )
        })?;
        private_file::write_new(&self.out, text.as_bytes())
            .map_err(|e| unwritable(&self.out, e.kind()))?;
        if let Err(e) = desks.add(&self.name, pair.fingerprint, &enrolment.lanes) {
            let _ = std::fs::remove_file(&self.out);
            return Err(unwritable(&config.folder.join("desks"), e.kind()));
        }
        say(&format!(
            "{} may collect: {}.",
            self.name,
            words(&enrolment.lanes)
        ))?;
        say(&format!(
            "Carry {} to the desk, run loke-desk connect with it, then delete it everywhere: it is a secret.",
            self.out.display()
        ))?;
        Ok(())
    }
}

impl Revoke {
    pub(super) fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let desks = Desks::of(&config.folder);
        if !is_name(&self.name) || !desks.has(&self.name) {
            let names: Vec<String> = desks
                .all()
                .unwrap_or_default()
                .into_iter()
                .map(|(name, _)| name)
                .collect();
            let mend = if names.is_empty() {
                "No desk is enrolled".into()
            } else {
                format!("Enrolled desks: {}", names.join(", "))
            };
            return Err(Failure::new("no desk of this name is enrolled", mend));
        }
        desks
            .remove(&self.name)
            .map_err(|e| unwritable(&config.folder.join("desks"), e.kind()))?;
        say(&format!(
            "{} can no longer collect. The tips that it had leased return to the queue when the lease expires.",
            self.name
        ))?;
        Ok(())
    }
}

fn words(lanes: &[Lane]) -> String {
    lanes
        .iter()
        .map(|lane| lane.word())
        .collect::<Vec<_>>()
        .join(", ")
}
