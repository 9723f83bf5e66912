//! The files in `deploy/`, checked by the programs that read them: units by systemd; samples by
//! nginx, Caddy, tor and nft; the backup by a total loss. If a program is missing, the test prints
//! that it was skipped; `tests/run` installs the small ones.

use std::path::PathBuf;
use std::process::Command;

use crate::house::skip::skipped;

mod backup;
mod install;
mod packages;
mod proxies;
mod runbook;
mod samples;
mod shared;
mod sockets;
mod units;

pub(crate) fn deploy() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy"))
}

/// Runs a program. Returns its success and all its output; if it is not installed, prints a note
/// and returns `None`.
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
