//! The log: `tracing` to standard error, with a fixed list of field names. No line may belong to
//! one report, and no field may contain a value that a visitor sent. A field is a word from our own
//! lists, a count, a path that the operator chose, or a code.
//!
//! The log drops lines of other crates at every level: rustls prints each caller's ClientHello at
//! `trace` and a wrong server name at `warn`. An error in another crate appears as one of our own
//! lines.

use std::io::IsTerminal;

use tracing::{Metadata, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt, registry};

/// Every field name that our log lines may use. A test checks the sources.
pub const FIELDS: &[&str] = &[
    "action", "address", "code", "count", "desk", "file", "kind", "lane", "line", "listener",
    "minutes", "partner", "problem", "seconds", "size",
];

/// Starts logging to standard error at the level in `RUST_LOG` (default `info`). From then on a
/// panic is logged by file and line only, because its message may contain what a resident sent.
#[expect(
    clippy::disallowed_methods,
    reason = "RUST_LOG is the only setting from the environment, as is usual in Rust"
)]
pub fn start() {
    let level = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    if to(&level, std::io::stderr, std::io::stderr().is_terminal())
        .try_init()
        .is_err()
    {
        tracing::debug!("the log is already started");
    }
    std::panic::set_hook(Box::new(|panic| {
        let (file, line) = panic
            .location()
            .map_or(("", 0), |place| (place.file(), place.line()));
        tracing::error!(file, line, "the program panicked: report this as a flaw");
    }));
}

/// A subscriber that writes only our own lines, at a level in the syntax of `RUST_LOG`.
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

/// Whether the target of a line is one of our own crates.
fn is_ours(about: &Metadata<'_>) -> bool {
    let root = about.target().split("::").next().unwrap_or_default();
    matches!(
        root,
        "loke" | "loke_core" | "loke_desk" | "loke_gateway" | "loke_photo" | "loke_print"
    )
}
