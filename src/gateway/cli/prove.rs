//! `prove`: prints what this gateway stores about residents, from a search of its files, logs and
//! memory.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::Failure;
use crate::mac_key;
use crate::prove::{self, Plan};
use crate::settings::GatewaySettings;
use loke_core::clock::Clock;
use loke_core::terminal::say;

/// Show that the running gateway stores nothing that identifies a resident
///
/// Sends marked reports through each channel as a resident would, and waits. Then searches for every
/// planted word: the gateway's files, new log entries and the memory of its processes. The desk drops
/// the marked reports and records it. Prints a dated statement with places and never contents. Exits
/// with 1 if anything was found.
#[derive(Args)]
pub(super) struct Prove {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Also write the statement to this file
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Visit this URL instead of `public_url`
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Trust these certificates (PEM) besides the public authorities
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// Search the memory of this process. May be repeated. Default: all that run `loke-gateway
    /// serve`
    #[arg(long = "pid", value_name = "PID")]
    processes: Vec<u32>,
    /// A log, or a folder of logs, also the proxy's. May be repeated
    #[arg(long = "log", value_name = "PATH", default_values = ["/var/log", "/run/log"])]
    logs: Vec<PathBuf>,
    /// Seconds between the last response and the search
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    wait: u64,
}

impl Prove {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let mac_key = mac_key::read(&config.folder)?;
        let plan = Plan {
            config,
            mac_key,
            url: self.url,
            authority: self.authority,
            processes: self.processes,
            logs: self.logs,
            wait: Duration::from_secs(self.wait),
        };
        let clock = Clock::System.in_zone(plan.config.zone.clone());
        let statement = prove::prove(plan, &clock)
            .await
            .map_err(|e| Failure(e.to_string()))?;
        say(statement.to_string().trim_end())?;
        if let Some(out) = &self.out {
            std::fs::write(out, statement.to_string()).map_err(|e| {
                Failure::new(
                    format!("{} cannot be written ({})", out.display(), e.kind()),
                    "Name another file",
                )
            })?;
        }
        match statement.finds() {
            0 => Ok(()),
            _ => Err(Failure::new(
                "the gateway keeps what it must not",
                "See the places above; stop it until they are fixed",
            )),
        }
    }
}
