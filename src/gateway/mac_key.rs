//! The key of the queue's MACs, in a file of the gateway's folder. Each desk has a copy, so that it
//! can tell a row of this gateway from a forged one.

use std::path::Path;

use loke_core::config::ConfigError;
use loke_core::private_file::{self, Error};
use loke_core::seal::MacKey;
use zeroize::Zeroizing;

/// The file's name. It holds 64 hex digits.
pub const MAC_KEY: &str = "mac.key";

/// Reads the key from the gateway's folder.
///
/// # Errors
/// If the file is missing or does not hold 64 hex digits.
pub fn read(folder: &Path) -> Result<MacKey, ConfigError> {
    let file = folder.join(MAC_KEY);
    let key = private_file::read_key(&file).map_err(|error| ConfigError {
        what: match error {
            Error::NotAKey(_) => "the queue's MAC key is not 64 hex digits".to_owned(),
            other => format!("the queue's MAC key cannot be read ({})", other.kind()),
        },
        line: None,
        mend: "Restore it from the backup of the gateway's folder; without it desks reject every waiting tip".into(),
        file,
    })?;
    Ok(MacKey::new(*key))
}

/// The file's text.
#[must_use]
pub fn text(key: &MacKey) -> Zeroizing<String> {
    private_file::key_text(key.expose())
}
