//! What several targets need: a gateway's pages and its SMS providers without a listener, and a
//! configuration file's reader under a planted value. It must never open a socket or keep a file
//! behind.

use std::path::Path;

/// What is planted in a configuration file wherever it holds the byte 1.
const PLANTED: &str = "planted4711value";

/// Reads a configuration with `read`, and holds that no error repeats a value. Names of keys,
/// recipients and partners may stand in one.
pub fn config<T, E: std::fmt::Display>(data: &[u8], read: impl FnOnce(&Path) -> Result<T, E>) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text.replace('\u{1}', PLANTED)).expect("written");
    if let Err(trouble) = read(file.path()) {
        let said = trouble.to_string();
        let named = [
            "unknown field '",
            "duplicate key",
            "recipient \"",
            "partner \"",
            "two partners named",
        ];
        assert!(
            !said.contains(PLANTED) || named.iter().any(|names| said.contains(names)),
            "{said}"
        );
    }
}

#[cfg(feature = "gateway")]
pub mod pages;
#[cfg(feature = "gateway")]
pub mod parts;
#[cfg(feature = "gateway")]
pub mod texts;
