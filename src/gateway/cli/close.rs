//! `close`: stops taking messages. Every page says where to go instead, until `close --reopen`.

use std::path::PathBuf;

use clap::Args;

use super::Failure;
use crate::settings::GatewaySettings;
use crate::store::Store;
use loke_core::terminal::say;

/// Take no more messages: every page says where to go instead. Lasts until --reopen
///
/// Nothing is stored from now on. Within a minute every page of a resident says so, in their
/// language. It names 101, Crimestoppers and the contact in gateway.toml. A form that was open keeps
/// its words. Texts are refused. A phone is told if texts are answered. Else the provider keeps the
/// text. Desks still collect what waits.
#[derive(Args)]
pub(super) struct Close {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Take messages again
    #[arg(long)]
    reopen: bool,
}

impl Close {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let store = Store::open(&config.database, config.capacity).await?;
        store.close(!self.reopen).await?;
        if self.reopen {
            say("Open. The pages take messages again within a minute.")?;
            return Ok(());
        }
        say(
            "Closed. Nothing is stored any more, and within a minute every page says where to go.",
        )?;
        let waiting: u64 = store.room().await?.values().map(|(used, _)| used).sum();
        if waiting > 0 {
            say(&format!(
                "{waiting} tips wait: keep the pickup running until the desks have collected them."
            ))?;
        }
        say(&format!(
            "To open again: loke-gateway close --reopen --config {}",
            self.config.display()
        ))?;
        Ok(())
    }
}
