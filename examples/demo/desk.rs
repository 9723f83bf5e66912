//! The desk's page of the demo: the shipped page, with a link that signs its only officer in once.
//! The program that ships has no such link: it would need the passphrase in a file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use loke::clock::Clock;
use loke::desk::acting;
use loke::desk::keys::Passphrase;
use loke::desk::register::Register;
use loke::desk::serving::Serving;
use loke::desk::settings::DeskSettings;
use loke::terminal::{say, trouble};

/// The first account. It has all roles.
pub(crate) const SUPERVISOR: &str = "ann";
/// The other accounts.
pub(crate) const OFFICERS: [&str; 2] = ["ben", "cai"];
/// Enough for SQLCipher and scrypt.
const LOCKED: u64 = 2 << 30;

#[derive(Parser)]
struct Options {
    #[arg(long)]
    config: PathBuf,
    #[arg(long)]
    passphrase_file: PathBuf,
    #[arg(long)]
    listen: SocketAddr,
}

/// Serves the page until it is stopped.
pub(crate) fn main() -> ExitCode {
    let hardened = loke::harden::harden(LOCKED);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no threads");
    let ended = runtime.and_then(|runtime| {
        runtime.block_on(async {
            loke::log::start();
            hardened.log();
            serve(Options::parse()).await
        })
    });
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            trouble(&format!("the demonstration's desk stopped: {problem:#}"));
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> anyhow::Result<()> {
    let desk = DeskSettings::read(&options.config)?;
    let clock = Clock::System.in_zone(desk.zone.clone());
    let folder = desk.folder.clone();
    let register = Register::open(&folder, clock).await?;
    let account = register.accounts().await?;
    let account = account.into_iter().next().context("no account")?;
    let passphrase = Passphrase::ask(Some(&options.passphrase_file))?;
    let member = acting::unlock(&folder, &account.name, &passphrase)?;
    drop(passphrase);
    let serving = Serving::start(register, desk, &options.config, Some(options.listen)).await?;
    say(&format!(
        "staff desk: {}",
        serving.screen().demo_link(account, member)?
    ))?;
    serving.run().await
}
