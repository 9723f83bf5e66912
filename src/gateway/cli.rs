//! The commands of `loke-gateway`. Each prints what it did. An error names the problem and what to
//! do, and the exit code is 1. A command must never print a key, or repeat a value that may be one.

use std::fmt;
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::serve;
use crate::settings::GatewaySettings;
use loke_core::clock::Clock;
use loke_core::config::ConfigError;
use loke_core::harden::harden;
use loke_core::terminal;
use loke_core::zeroing_alloc;

mod check;
mod close;
mod enrol;
mod export;
mod init;
mod prove;

/// Receives residents' reports anonymously, seals them, and stores them until a desk collects them.
///
/// First `init`, then `enrol` for each desk, then `serve`. If something seems wrong: `check`.
#[derive(Parser)]
#[command(
    name = "loke-gateway",
    version,
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Init(init::Init),
    Serve(Configured),
    Enrol(enrol::Enrol),
    Revoke(enrol::Revoke),
    Check(check::Check),
    Export(export::Export),
    Purge(export::Purge),
    Close(close::Close),
    Prove(prove::Prove),
}

/// Run the configured listeners until SIGTERM or Ctrl-C
#[derive(Args)]
struct Configured {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
}

/// The program's command line, for its manual and its completions.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Why a command stopped: what happened, and what to do.
#[derive(Debug)]
struct Failure(String);

impl Failure {
    fn new(what: impl fmt::Display, mend: impl fmt::Display) -> Self {
        Self(format!("{what}. {mend}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<ConfigError> for Failure {
    fn from(trouble: ConfigError) -> Self {
        Self(trouble.to_string())
    }
}

impl From<serve::Error> for Failure {
    fn from(error: serve::Error) -> Self {
        Self(error.to_string())
    }
}

impl From<terminal::Unprinted> for Failure {
    fn from(error: terminal::Unprinted) -> Self {
        Self(error.to_string())
    }
}

impl From<crate::store::Error> for Failure {
    fn from(error: crate::store::Error) -> Self {
        match error {
            crate::store::Error::Unusable(said) => Self(said),
            other => Self::new(
                other,
                "Check that the database runs, that its disk has room and that `database` in the configuration is right",
            ),
        }
    }
}

/// Runs the command from the command line.
#[must_use]
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    loke_core::log::start();
    let outcome = match cli.command {
        Command::Init(init) => run(init.run()),
        // Before any thread starts: see `HandedOver::take`.
        Command::Serve(configured) => {
            zeroing_alloc::keep_little();
            serve::HandedOver::take()
                .map_err(Failure::from)
                .and_then(|sockets| run(serve(configured, sockets)))
        }
        Command::Enrol(enrol) => enrol.run(),
        Command::Revoke(revoke) => revoke.run(),
        Command::Check(check) => run(check.run()),
        Command::Export(export) => run(export.run()),
        Command::Purge(purge) => run(purge.run()),
        Command::Close(close) => run(close.run()),
        Command::Prove(prove) => run(prove.run()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            terminal::trouble(&failure.to_string());
            ExitCode::FAILURE
        }
    }
}

/// Recommended limit on locked memory: 1 GiB. With less, a busy gateway could run out of it.
const LOCKED: u64 = 1 << 30;

fn run(command: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = runtime.map_err(|e| {
        Failure::new(
            format!("the program could not start its threads ({})", e.kind()),
            "Check the machine's limits",
        )
    })?;
    runtime.block_on(command)
}

async fn serve(configured: Configured, sockets: serve::HandedOver) -> Result<(), Failure> {
    harden(LOCKED).log();
    let config = GatewaySettings::read(&configured.config)?;
    let signals = serve::Signals::listen();
    let signals = signals.map_err(|e| {
        Failure::new(
            format!("the program cannot listen for signals ({})", e.kind()),
            "Start it again",
        )
    })?;
    let serving = serve::start_on(sockets, config, Clock::System).await?;
    signals.come().await;
    tracing::info!(action = "stop");
    serving.stop().await;
    Ok(())
}
