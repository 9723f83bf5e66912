//! Shared code of the targets: a gateway's pages and its SMS providers without a listener, and a
//! configuration test with a planted value. It must never open a socket or leave a file behind.

use std::path::Path;

/// Replaces the byte 1 in a configuration file.
const PLANTED: &str = "planted4711value";

/// Reads a configuration with `read`, and checks that no error repeats a value. An error may
/// contain names of keys, recipients and partners.
pub fn config<T, E: std::fmt::Display>(data: &[u8], read: impl FnOnce(&Path) -> Result<T, E>) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text.replace('\u{1}', PLANTED)).expect("written");
    if let Err(trouble) = read(file.path()) {
        let said = trouble.to_string();
        let named = ["unknown field '", "duplicate key", "recipient \""];
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
