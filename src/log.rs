//! The log: `tracing` to standard error, with a fixed list of field names. No line may belong to one report, and no value of
//! a field may come from what a visitor sent: a field is a word from our own lists, a count, a path of the operator's or a code.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Every field name that a log line of ours may carry. A test holds the sources to it.
pub const FIELDS: &[&str] =
    &["action", "address", "code", "count", "desk", "file", "kind", "lane", "listener", "minutes", "partner", "problem", "seconds", "size"];

/// Starts logging to standard error at the level that `RUST_LOG` names, `info` where it names none.
pub fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let started =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).try_init();
    if started.is_err() {
        tracing::debug!("the log was started before");
    }
}
