//! Creates and unlocks a desk. A desk is one folder: the identity, the casebook with its key, the
//! audit head and `desk.toml`.

use std::path::Path;

use super::audit::Action;
use super::casebook::{self, Casebook};
use super::keys::{self, CASEBOOK_KEY_FILE, CasebookKey, IDENTITY_FILE, Identity, Passphrase};
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::seal::Recipient;

/// The configuration file in the desk's folder.
pub const CONFIG_FILE: &str = "desk.toml";

/// Why a desk could not be created or unlocked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key failed.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The casebook failed.
    #[error(transparent)]
    Casebook(#[from] casebook::Error),
    /// A file failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
}

/// Creates a desk in `folder`, which must be new or empty: identity, casebook and configuration.
/// Returns the recipient for the gateway.
///
/// # Errors
/// If something already exists there, or a file cannot be written.
pub async fn make(
    folder: &Path,
    passphrase: &Passphrase,
    clock: Clock,
) -> Result<Recipient, Error> {
    private_file::new_folder(folder)?;
    let identity = Identity::generate();
    identity.write(&folder.join(IDENTITY_FILE), passphrase, clock.today())?;
    let key = CasebookKey::random()?;
    key.write(&folder.join(CASEBOOK_KEY_FILE), passphrase)?;
    let casebook = Casebook::create(folder, &key, clock).await?;
    casebook.record(Action::Init, "desk", "").await?;
    casebook.close().await;
    // The configuration comes last: a desk with a configuration is complete.
    private_file::write_new(&folder.join(CONFIG_FILE), include_bytes!("setup/desk.toml"))?;
    Ok(identity.recipient()?)
}

/// Opens the casebook of the desk in `folder`.
///
/// # Errors
/// If the passphrase is wrong, or a file does not belong to this desk.
pub async fn unlock_casebook(
    folder: &Path,
    passphrase: &Passphrase,
    clock: Clock,
) -> Result<Casebook, Error> {
    let key = CasebookKey::read(&folder.join(CASEBOOK_KEY_FILE), passphrase)?;
    Ok(Casebook::open(folder, &key, clock).await?)
}

/// Decrypts the identities of the desk in `folder`. By design this takes a large part of a second
/// and 128 MiB.
///
/// # Errors
/// If the passphrase is wrong or the file is damaged.
pub fn unlock_identities(folder: &Path, passphrase: &Passphrase) -> Result<Vec<Identity>, Error> {
    Ok(Identity::read(&folder.join(IDENTITY_FILE), passphrase)?)
}
