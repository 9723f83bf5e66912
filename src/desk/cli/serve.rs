//! `loke-desk serve`: runs the page, a pull every minute and the outbox, until Ctrl-C or SIGTERM.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use super::Access;
use super::acts::Unlocked;
use crate::jobs::{self, collect::Collect, deliver};
use crate::screen::{self, Screen};
use loke_core::harden::Hardened;
use loke_core::terminal::{say, trouble};

/// Unlocks the desk once. Its keys stay in memory while it serves.
pub(super) async fn serve(
    access: &Access,
    listen: Option<SocketAddr>,
    hardened: Hardened,
) -> anyhow::Result<ExitCode> {
    loke_core::log::start();
    hardened.log();
    Unlocked::opening(access, async |desk| {
        let address = listen.unwrap_or(desk.config.listen);
        if !address.ip().is_loopback() {
            bail!("the desk's page would be open to the network at {address}. Listen on 127.0.0.1 or [::1]");
        }
        let listener = TcpListener::bind(address).await;
        let listener = listener.with_context(|| format!("cannot listen on {address}: another program uses it. Choose another with --listen"))?;
        let screen = Screen::new(desk.casebook.clone(), desk.identities.clone(), access.config.clone(), listener.local_addr()?, desk.config.demo);
        show_link(&screen)?;
        links_on_enter(screen.clone());
        let page = Arc::clone(&screen);
        let clock = desk.casebook.clock();
        let mut collect = Collect::new(&desk.casebook, &desk.identities);
        let collect_step = async || collect.step(|outcome| page.note_collected(outcome)).await;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            served = screen::serve(screen, listener) => served?,
            () = jobs::run("collect", clock, collect_step) => {}
            () = jobs::run("deliver", clock, async || deliver::step(&desk.casebook, &access.config).await) => {}
            stop = tokio::signal::ctrl_c() => stop?,
            _ = terminate.recv() => {}
        }
        Ok(ExitCode::SUCCESS)
    })
    .await
}

fn show_link(screen: &Screen) -> anyhow::Result<()> {
    Ok(say(&format!("staff desk: {}", screen.new_link()?))?)
}

/// Prints a new link each time someone presses Enter in the terminal. Does nothing in a background
/// program, because reading from the terminal would stop it.
fn links_on_enter(screen: Arc<Screen>) {
    if !std::io::stdin().is_terminal() || !in_foreground() {
        return;
    }
    trouble("Press Enter for another one-time link, Ctrl-C to stop.");
    // A separate thread: a thread that waits for a terminal cannot be cancelled, and must not delay
    // the program's end.
    std::thread::spawn(move || {
        for line in std::io::stdin().lines() {
            if line.is_err() || show_link(&screen).is_err() {
                return;
            }
        }
    });
}

/// Whether this program's process group is in the terminal's foreground: fields `pgrp` and `tpgid`
/// of /proc/self/stat (proc(5)).
fn in_foreground() -> bool {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or(Vec::new(), |(_, rest)| rest.split_whitespace().collect());
    fields
        .get(2)
        .is_some_and(|pgrp| fields.get(5) == Some(pgrp))
}
