//! `export` and `purge`: copying every sealed tip to a tar for an air-gapped desk, and deleting all
//! tips.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::Failure;
use super::init::unwritable;
use crate::settings::GatewaySettings;
use crate::store::Store;
use loke_core::private_file;
use loke_core::seal::Sealed;
use loke_core::terminal::say;

/// Write every sealed tip into a tar, for a desk without a network. The tips stay in the queue
#[derive(Args)]
pub(super) struct Export {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// The tar to make: ID.age for each tip, in random order, without times
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Delete every tip, reply and lease in the queue. This cannot be undone
#[derive(Args)]
pub(super) struct Purge {
    /// The gateway's configuration
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Confirm the deletion
    #[arg(long)]
    yes: bool,
}

impl Export {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        let store = Store::open(&config.database, config.capacity).await?;
        let written = self.write(&store).await;
        if let Err((true, _)) = &written {
            let _ = std::fs::remove_file(&self.out);
        }
        let count = written.map_err(|(_, failure)| failure)?;
        say(&format!(
            "Wrote {count} sealed tips to {}. They stay in the queue until a desk acknowledges them or they expire.",
            self.out.display()
        ))?;
        Ok(())
    }

    /// The bool of an error is true if a partial file was made and must be deleted.
    async fn write(&self, store: &Store) -> Result<u64, (bool, Failure)> {
        let file = private_file::create(&self.out)
            .map_err(|e| (false, unwritable(&self.out, e.kind())))?;
        let mut tar = tar::Builder::new(BufWriter::new(file));
        let mut count = 0;
        let mut each = |sealed: Sealed| {
            count += 1;
            append(&mut tar, &sealed)
        };
        store
            .export(&mut each)
            .await
            .map_err(|e| (true, e.into()))?;
        let finished = tar
            .into_inner()
            .and_then(|mut file| file.flush().and_then(|()| file.get_ref().sync_all()));
        finished.map_err(|e| (true, unwritable(&self.out, e.kind())))?;
        Ok(count)
    }
}

/// Appends a tip as a file without owner and time.
fn append(tar: &mut tar::Builder<impl Write>, sealed: &Sealed) -> std::io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(sealed.bytes.len() as u64);
    header.set_mode(0o600);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    tar.append_data(
        &mut header,
        Path::new(&format!("{}.age", sealed.id)),
        sealed.bytes.as_slice(),
    )
}

impl Purge {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = GatewaySettings::read(&self.config)?;
        if !self.yes {
            return Err(Failure::new(
                "this deletes every waiting tip for ever",
                "Add --yes to go on",
            ));
        }
        let store = Store::open(&config.database, config.capacity).await?;
        let count = store.purge().await?;
        say(&format!("Deleted {count} tips."))?;
        Ok(())
    }
}
