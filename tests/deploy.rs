//! What `deploy/` ships, by the programs that will read it: units by systemd, samples by nginx,
//! Caddy, tor and nft; the backup by losing everything. Where a program is missing the test says
//! that it was skipped; `tests/run` installs what is small.

use std::path::PathBuf;
use std::process::Command;

use crate::house::skip::skipped;

mod backup;
mod proxies;
mod samples;
mod shared;
mod sockets;
mod units;

/// The folder that is shipped.
pub(crate) fn deploy() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy"))
}

/// Runs a program; `None`, and a word about it, where it is not on this machine. Success, and all
/// that it said.
pub(crate) fn run(program: &str, words: &[&str]) -> Option<(bool, String)> {
    match Command::new(program).args(words).output() {
        Ok(out) => Some((
            out.status.success(),
            String::from_utf8_lossy(&[out.stdout, out.stderr].concat()).into_owned(),
        )),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            skipped!("{program} is not on this machine");
            None
        }
        Err(e) => panic!("{program}: {e}"),
    }
}
