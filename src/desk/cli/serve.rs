//! `loke-desk serve-partners` and `loke-desk serve`. The second runs the page and the work by the clock, until Ctrl-C or SIGTERM. It starts
//! without any passphrase: people sign in at the page.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::signed_in::open_register;
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
    let address = settings.listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: another program uses it. Change `listen`")
    })?;
    say(&format!("partner page: http://{}/", listener.local_addr()?))?;
    let clock = Clock::System.in_zone(settings.zone.clone());
    let page = PartnerPage::new(settings, clock)?;
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        served = partner_page::serve(page, listener) => served?,
        stop = tokio::signal::ctrl_c() => stop?,
        _ = terminate.recv() => {}
    }
    Ok(ExitCode::SUCCESS)
}
