//! The desk's secrets: the identity that opens tips, and the casebook's key. Both are on disk only
//! encrypted with the passphrase. They are zeroized on drop, and no error, `Debug` output or log
//! line shows them.

mod casebook_key;
mod identity;
mod passphrase;

pub use casebook_key::CasebookKey;
pub use identity::Identity;
pub use passphrase::{MINIMUM, Passphrase};

use std::path::PathBuf;

use loke_core::private_file;
use loke_core::random::NoRandomness;

/// The identity file in the desk's folder: a passphrase-encrypted age identity file.
pub const IDENTITY_FILE: &str = "identity.age";
/// The file with the encrypted casebook key in the desk's folder.
pub const CASEBOOK_KEY_FILE: &str = "casebook.key";

/// Why a secret could not be created or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The new passphrase is too easy to guess.
    #[error(
        "the passphrase has {0} characters, which is too short: anyone with a copy of this folder can make unlimited guesses. \
         Use at least {MINIMUM}, for example five unrelated words"
    )]
    Short(usize),
    /// The two typed passphrases differ.
    #[error("the two passphrases differ. Type the same one twice")]
    Differ,
    /// There is no terminal to ask on.
    #[error("there is no terminal to ask for the passphrase. Give it with --passphrase-file FILE")]
    NoTerminal,
    /// The passphrase file is not text.
    #[error(
        "{0} contains no passphrase: it must be one line of text. Write only the passphrase into it"
    )]
    NotText(PathBuf),
    /// The passphrase does not open this file.
    #[error("the passphrase does not open {0}. Check it and try again; nobody can reset it")]
    Wrong(PathBuf),
    /// The file is not a valid file of this kind.
    #[error("{0} is not a file that this desk can read. Restore it from your backup of the keys")]
    Damaged(PathBuf),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] private_file::Error),
    /// age or the cipher failed.
    #[error(
        "the key could not be encrypted: this is a fault of the program or of the machine's memory. Try again"
    )]
    Wrap,
    /// The operating system returned no random bytes.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
