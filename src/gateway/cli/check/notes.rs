//! The notes that `check` has printed. An hourly timer should mail a note once, and again only when
//! it has changed.

use std::path::Path;

use loke_core::private_file;

/// The file, beside the configuration: one note a line, as printed.
const FILE: &str = "check.notes";
/// Its largest size in bytes.
const MOST: u64 = 64 << 10;

/// The notes that the last check found. None if the file is missing or cannot be read: then they are
/// printed again.
pub(super) fn printed(folder: &Path) -> Vec<String> {
    let bytes = private_file::read(&folder.join(FILE), MOST).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().map(str::to_owned).collect()
}

/// Records what this check found. A note that is gone and comes back is printed again. If the file
/// cannot be written, the next check prints all notes: better twice than never.
pub(super) fn remember(folder: &Path, notes: &[String]) {
    let text: String = notes.iter().map(|note| format!("{note}\n")).collect();
    let file = folder.join(FILE);
    if notes.is_empty() && !file.exists() {
        return;
    }
    let _ = private_file::replace(&file, text.as_bytes());
}
