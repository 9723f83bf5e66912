//! `loke-desk serve-partners` and `loke-desk serve`. The second runs the page and the work by the clock, until Ctrl-C or SIGTERM. It starts
//! without any passphrase: people sign in at the page.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::signed_in::open_register;
use crate::jobs::{self, Step};
use crate::partner_page::{self, PartnerPage, PartnerPageSettings};
use crate::serving::Serving;
use crate::settings::DeskSettings;
use loke_core::clock::Clock;
use loke_core::harden::Hardened;
use loke_core::terminal::say;

pub(super) async fn serve(
    config: &Path,
    listen: Option<SocketAddr>,
    hardened: Hardened,
) -> anyhow::Result<ExitCode> {
    loke_core::log::start();
    hardened.log();
    let desk = DeskSettings::read(config)?;
    let register = open_register(&desk).await?;
    let serving = Serving::start(register, desk, config, listen).await?;
    say(&format!("staff desk: {}", serving.screen().sign_in_url()))?;
    serving.run().await?;
    Ok(ExitCode::SUCCESS)
}

/// Runs the partner page until Ctrl-C or SIGTERM.
pub(super) async fn partners(config: &Path, hardened: Hardened) -> anyhow::Result<ExitCode> {
    if !config.exists() {
        bail!(
            "{} is not there. deploy/README.md shows one, under \"The page for partners\"",
            config.display()
        );
    }
    let settings = PartnerPageSettings::read(config)?;
    loke_core::log::start();
    hardened.log();
    let folder = &settings.answers;
    if !folder.is_dir() {
        bail!(
            "the folder for answers {} is not there. Make it, writable for this program and for the desk",
            folder.display()
        );
    }
    // The folder's group is the desk's, which must read the answers. Each is encrypted.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o027));
    let address = settings.listen;
    let clock = Clock::System.in_zone(settings.zone.clone());
    let page = PartnerPage::open(settings, clock.clone()).await?;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: another program uses it. Change `listen`")
    })?;
    // The inbox is read before anybody signs in.
    if let Step::Failed(problem) = page.look().await {
        tracing::error!(problem, "the inbox was not read");
    }
    say(&format!("partner page: http://{}/", listener.local_addr()?))?;
    let look = async || page.look().await;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        never = partner_page::serve(Arc::clone(&page), listener) => never,
        () = jobs::run("look", &clock, look) => {}
        stop = tokio::signal::ctrl_c() => stop?,
        _ = terminate.recv() => {}
    }
    page.end_all("the program stopped").await;
    Ok(ExitCode::SUCCESS)
}
