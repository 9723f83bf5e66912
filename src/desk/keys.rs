//! The desk's secrets: the identity that opens tips and the casebook's key. Both lie on disk
//! wrapped by the passphrase and nowhere else. They are wiped on drop, and no error, no `Debug` and
//! no log line shows any of them.

mod casebook_key;
mod identity;
mod passphrase;

pub use casebook_key::CasebookKey;
pub use identity::Identity;
pub use passphrase::{MINIMUM, Passphrase};

use std::path::PathBuf;

use loke_core::private_file;
use loke_core::random::NoRandomness;

/// The identity's file in the desk's folder: a passphrase-encrypted age identity file.
pub const IDENTITY_FILE: &str = "identity.age";
/// The file of the wrapped casebook key in the desk's folder.
pub const CASEBOOK_KEY_FILE: &str = "casebook.key";

/// Why a secret could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A new passphrase is too easy to guess.
    #[error(
        "the passphrase has {0} characters, which is too short: whoever takes a copy of this folder can try guesses without end. \
         Use at least {MINIMUM}, for example five words that do not belong together"
    )]
    Short(usize),
    /// The two that were typed differ.
    #[error("the two passphrases differ. Type the same one twice")]
    Differ,
    /// Nobody is there to type one.
    #[error("there is no terminal to ask for the passphrase. Give it with --passphrase-file FILE")]
    NoTerminal,
    /// The passphrase file is not text.
    #[error(
        "{0} holds no passphrase: it must be one line of text. Write the passphrase into it, and nothing else"
    )]
    NotText(PathBuf),
    /// The passphrase does not open this file.
    #[error("the passphrase does not open {0}. Check it and try again; nobody can reset it")]
    Wrong(PathBuf),
    /// The file is not what it should be.
    #[error("{0} is not a file that this desk can read. Restore it from your backup of the keys")]
    Damaged(PathBuf),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] private_file::Error),
    /// age or the key's cipher failed.
    #[error(
        "the key could not be wrapped: this is a fault of the program or of the machine's memory. Try again"
    )]
    Wrap,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}
