//! The desk's secrets. A member's identity is on disk only encrypted with the member's passphrase.
//! A book's secrets are on disk only sealed to its members. So a passphrase opens a member's file,
//! the member's identity opens a book's secrets, and these open the book and its tips. All are
//! zeroized on drop, and no error, `Debug` output or log line shows them.

mod book_secrets;
mod database_key;
mod identity;
mod one_time_code;
mod passphrase;
mod printed_code;
mod token_seed;

pub use book_secrets::BookSecrets;
pub use database_key::DatabaseKey;
pub use identity::Identity;
pub use one_time_code::{CodeHash, CodeKind, CodeSeconds, CodeSecret};
pub(crate) use passphrase::random_words;
pub use passphrase::{Passphrase, Weak};
pub use printed_code::{CodeSalt, ON_A_LIST, PrintedCode};
pub use token_seed::BadSeed;

use std::path::PathBuf;

use loke_core::private_file;
use loke_core::random::NoRandomness;

/// Why a secret could not be created or read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The new passphrase is too easy to guess.
    #[error(transparent)]
    Weak(#[from] Weak),
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
    /// The key file is sealed to another key than this member's.
    #[error(
        "{0} is sealed to another key than yours. Ask another member of the book to grant it to you again"
    )]
    NotForThisMember(PathBuf),
    /// The file is not a valid file of this kind.
    #[error("{0} is not a key file that this desk can read. Restore it from your backup")]
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
