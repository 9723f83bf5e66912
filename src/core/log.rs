//! The log: `tracing` to standard error, with a fixed list of field names. No line may belong to
//! one report, and no value of a field may come from what a visitor sent: a field is a word from
//! our own lists, a count, a path of the operator's or a code.
//!
//! What other crates log never comes out, at no level: rustls prints each caller's hello at `trace`
//! and a wrong server name at `warn`. What goes wrong in them reaches the log as one of our own
//! lines.

use std::io::IsTerminal;

use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Every field name that a log line of ours may carry. A test holds the sources to it.
pub const FIELDS: &[&str] = &[
    "action", "address", "code", "count", "desk", "file", "kind", "lane", "line", "listener",
    "minutes", "partner", "problem", "seconds", "size",
];

/// Starts logging to standard error at the level that `RUST_LOG` names, `info` where it names none.
/// From now on a panic is logged by its place alone: its words may hold what was sent.
#[expect(
    clippy::disallowed_methods,
    reason = "the level of the log is the one setting from the environment, as everywhere in Rust"
)]
pub fn start() {
    let level = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    if to(&level, std::io::stderr, std::io::stderr().is_terminal())
        .try_init()
        .is_err()
    {
        tracing::debug!("the log was started before");
    }
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("", 0), |place| (place.file(), place.line()));
        tracing::error!(
            file,
            line,
            "a part of the program failed: report this as a flaw"
        );
    }));
}

/// A log of our own lines alone, at the level that a text in the form of `RUST_LOG` names.
pub fn to<W>(level: &str, writer: W, colours: bool) -> impl Subscriber + Send + Sync
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = EnvFilter::try_new(level)
        .ok()
        .filter(|_| !level.is_empty())
        .unwrap_or_else(|| EnvFilter::new("info"));
    registry()
        .with(level)
        .with(FilterFn::new(is_ours))
        .with(fmt::layer().with_writer(writer).with_ansi(colours))
}

/// Whether a line, or what it is said to belong to, is of one of our own crates.
fn is_ours(about: &Metadata<'_>) -> bool {
    let root = about.target().split("::").next().unwrap_or_default();
    matches!(
        root,
        "loke" | "loke_core" | "loke_desk" | "loke_gateway" | "loke_photo" | "loke_print"
    )
}
