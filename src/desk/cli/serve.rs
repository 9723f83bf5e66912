//! `loke-desk serve`: runs the page and the work by the clock, until Ctrl-C or SIGTERM. It starts
//! without any passphrase: people sign in at the page.

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use super::signed_in::open_register;
use crate::serving::Serving;
use crate::settings::DeskSettings;
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
