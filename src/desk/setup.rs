//! Making a desk, and unlocking it. A desk is one folder: the identity, the casebook with its key,
//! the audit head, `desk.toml`.

use std::path::Path;

use super::audit::Action;
use super::casebook::{self, Casebook};
use super::keys::{self, CASEBOOK_KEY_FILE, CasebookKey, IDENTITY_FILE, Identity, Passphrase};
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::seal::Recipient;

/// The configuration's file in the desk's folder.
pub const CONFIG_FILE: &str = "desk.toml";

/// Why a desk could not be made or unlocked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key.
    #[error(transparent)]
    Keys(#[from] keys::Error),
    /// The casebook.
    #[error(transparent)]
    Casebook(#[from] casebook::Error),
    /// A file.
    #[error(transparent)]
    File(#[from] private_file::Error),
}

/// Makes a desk in `folder`, which must be new or empty: identity, casebook and configuration.
/// Returns what the gateway seals to.
///
/// # Errors
/// Where something is there already or a file cannot be written.
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
    // Last, so that a desk with a configuration is a whole one.
    private_file::write_new(&folder.join(CONFIG_FILE), include_bytes!("setup/desk.toml"))?;
    Ok(identity.recipient()?)
}

/// Opens the casebook of the desk in `folder`.
///
/// # Errors
/// Where the passphrase is wrong or a file is not this desk's.
pub async fn unlock_casebook(
    folder: &Path,
    passphrase: &Passphrase,
    clock: Clock,
) -> Result<Casebook, Error> {
    let key = CasebookKey::read(&folder.join(CASEBOOK_KEY_FILE), passphrase)?;
    Ok(Casebook::open(folder, &key, clock).await?)
}

/// The identities of the desk in `folder`. It takes a good part of a second and 128 MiB for a
/// moment, by design.
///
/// # Errors
/// Where the passphrase is wrong or the file is damaged.
pub fn unlock_identities(folder: &Path, passphrase: &Passphrase) -> Result<Vec<Identity>, Error> {
    Ok(Identity::read(&folder.join(IDENTITY_FILE), passphrase)?)
}
