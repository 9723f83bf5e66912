//! Creates a desk. A desk is one folder: `desk.toml`, the register with its key, the audit head,
//! the people's identities and the books.

use std::path::Path;

use super::keys::Passphrase;
use super::people::{self, NotDone};
use super::register::{self, Register};
use loke_core::clock::Clock;
use loke_core::private_file;
use loke_core::seal::Recipient;
use loke_core::tip::Lane;

/// The configuration file in the desk's folder.
pub const CONFIG_FILE: &str = "desk.toml";
/// The name of the first book, which collects all lanes.
pub const FIRST_BOOK: &str = "main";

/// Why a desk could not be created.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The register failed.
    #[error(transparent)]
    Register(#[from] register::OpenError),
    /// The account or the book failed.
    #[error(transparent)]
    NotDone(#[from] NotDone),
    /// A file failed.
    #[error(transparent)]
    File(#[from] private_file::Error),
}

/// The person who creates a desk.
#[derive(Debug, Clone, Copy)]
pub struct Founder<'a> {
    /// The name of the first account. It gets all roles.
    pub name: &'a str,
    /// The person's organisation.
    pub organisation: &'a str,
    /// The person's own passphrase.
    pub passphrase: &'a Passphrase,
}

/// Creates a desk in `folder`, which must be new or empty: register, first account, the book `main`
/// with all lanes, configuration. Returns the book's recipient for the gateway.
///
/// # Errors
/// If something already exists there, or a file cannot be written.
pub async fn make(folder: &Path, founder: Founder<'_>, clock: Clock) -> Result<Recipient, Error> {
    people::check_name(founder.name)?;
    people::check_name(founder.organisation)?;
    private_file::new_folder(folder)?;
    let register = Register::create(folder, clock).await?;
    let made = people_and_book(&register, founder).await;
    register.close().await;
    let recipient = made?;
    // The configuration comes last: a desk with a configuration is complete.
    private_file::write_new(&folder.join(CONFIG_FILE), include_bytes!("setup/desk.toml"))?;
    Ok(recipient)
}

async fn people_and_book(register: &Register, founder: Founder<'_>) -> Result<Recipient, NotDone> {
    let Founder {
        name,
        organisation,
        passphrase,
    } = founder;
    let (account, _) = people::first_account(register, name, organisation, passphrase).await?;
    people::create_book(
        register,
        &account,
        FIRST_BOOK,
        people::Contents::Lanes(Lane::ALL),
    )
    .await
}
